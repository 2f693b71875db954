"""What the wallet does for its person: accept, show, present, block, remove."""
