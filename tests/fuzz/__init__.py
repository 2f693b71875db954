"""Fuzz targets: each has `target(data)`, which must end in a value or a `ClicidError`, and `SEEDS`."""

from __future__ import annotations

from pathlib import Path

TARGETS = sorted(path.stem.removeprefix("fuzz_") for path in Path(__file__).parent.glob("fuzz_*.py"))
