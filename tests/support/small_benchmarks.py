"""The benchmark at its smallest, in a process of its own: its workers must not inherit the threads of tests.

Run: ``python -m tests.support.small_benchmarks OUT``.
"""

from __future__ import annotations

import sys

from benchmarks import __main__ as bench
from benchmarks import catching_up, gas
from benchmarks.measure import Row

ON_CHAIN = Row("gas.commit.1", "a revocation", 35_768, "gas", "", "", None, "here")


def main(out: str) -> int:
    """All of it but the gas, which stands on its own."""
    gas.figures = lambda: [ON_CHAIN]
    for name, small in (("CHANGES", 2000), ("EACH", 20), ("LISTS", 10), ("SIZE", 1 << 12), ("EVENTS", 50)):
        setattr(catching_up, name, small)
    sys.argv = ["benchmarks", "--count", "2", "--out", out]
    return bench.main()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
