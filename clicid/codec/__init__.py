"""Bytes and text to values and back, each form in its strictest reading."""
