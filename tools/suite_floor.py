"""Prints how many tests of each published vector suite ran, and fails when one fell below its floor.

Usage: ``python tools/suite_floor.py COUNTS.json FLOOR.json``. COUNTS is written by the test run
(`tests/conftest.py`): ``{"suite": {"run": 12, "skipped": 0}}``. FLOOR is committed:
``{"suite": 12}``, the least number that must have run.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(counts_path: str, floor_path: str) -> int:
    """The exit status: 0 when every suite reached its floor."""
    counts: dict[str, dict[str, int]] = json.loads(Path(counts_path).read_bytes())
    floor: dict[str, int] = json.loads(Path(floor_path).read_bytes())
    status = 0
    for suite in sorted(counts.keys() | floor.keys()):
        row = counts.get(suite, {"run": 0, "skipped": 0})
        least = floor.get(suite)
        if least is None:
            verdict, status = "has no committed floor", 1
        elif row["run"] < least:
            verdict, status = f"BELOW its floor of {least}", 1
        else:
            verdict = f"floor {least}"
        sys.stdout.write(f"{suite}: {row['run']} run, {row['skipped']} skipped; {verdict}\n")
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
