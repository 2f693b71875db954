"""``python -m issuer``: the command line."""

from __future__ import annotations

from issuer.cli import app

app()
