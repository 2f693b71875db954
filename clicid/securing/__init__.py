"""Envelopes of signatures, for a given key: no DID, no document, no policy."""
