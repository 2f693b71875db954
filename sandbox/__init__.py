"""A whole ClicID network on one machine: chain, issuer, verifiers, wallets, people and documents."""
