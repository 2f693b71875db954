"""How often each attack passes, and how often the genuine head does not: ``python -m sandbox.faces 12``."""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

from issuer.engines.faces import FaceFinder
from issuer.engines.liveness import HeadTurnChecker
from issuer.evidence.liveness import Answer
from issuer.usecases.liveness import draw
from sandbox.documents.assets import GENUINE, IMPOSTOR, photograph_of
from sandbox.faces.attacks import ATTACKS
from sandbox.faces.turning import turn_head

if TYPE_CHECKING:
    from collections.abc import Sequence

    from issuer.evidence.liveness import Move
    from sandbox.faces.attacks import Attack


def _genuine(photograph: bytes, moves: Sequence[Move], seed: int, other: bytes) -> list[bytes]:
    del other
    return turn_head(photograph, moves, seed)


def main(rounds: int) -> None:
    """Print a line for the genuine head and each attack: how many passed, and what was found."""
    checker = HeadTurnChecker(FaceFinder())
    holder, selfie, other = (photograph_of(name) for name in (*GENUINE, IMPOSTOR))
    kinds: dict[str, Attack] = {"genuine": _genuine, **ATTACKS}
    for name, film in kinds.items():
        found: Counter[str] = Counter()
        passed, seconds = 0, 0.0
        for seed in range(rounds):
            moves = draw(37 * seed + 11)
            frames = film(holder, moves, seed, other)
            begun = time.process_time()
            reading = checker.check(Answer(moves, tuple(frames)), selfie)
            seconds = max(seconds, time.process_time() - begun)
            passed += not reading.findings
            found.update(finding.code for finding in reading.findings)
        line = f"{name:<20} passed {passed}/{rounds}, at most {seconds:.2f} s: {dict(found)}"
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
