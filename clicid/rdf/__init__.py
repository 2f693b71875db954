"""JSON-LD to canonical N-Quads: contexts by digest, a safe mode of our own, bounded work."""
