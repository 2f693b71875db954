"""Faces before an imagined camera: heads that turn, and what passes itself off for one."""
