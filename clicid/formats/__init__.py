"""Credential formats. Each one is a room of its own and never sees another."""
