"""A whole ClicID network on one machine: chain, issuer, verifier, wallets, test people."""
