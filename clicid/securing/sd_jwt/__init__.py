"""SD-JWT (RFC 9901) below any credential format: disclosures and key binding. SHA-256 digests only."""
