"""Who may issue what, and who may ask for what."""
