"""Keeps the verifier's material fresh in the background; presentation time touches only the store."""
