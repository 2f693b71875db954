"""The verifier's HTTP faces: one for the service provider's systems, one for wallets."""
