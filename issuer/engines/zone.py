"""The machine readable zone among the lines of text of a photograph."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, product
from typing import TYPE_CHECKING, Final

import numpy as np

from clicid.errors import Refused
from issuer.engines.mrz import Check
from issuer.engines.mrz_layout import DIGITS, FILLER, LETTERS
from issuer.engines.mrz_repair import Repaired, normalise, repair

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from issuer.engines.text import Line

_ZONE_CHARACTERS: Final = LETTERS | DIGITS | {FILLER}
_SHORTEST_ROW: Final = 25
_LONGEST_ROW: Final = 50
_SAME_ROW: Final = 0.6  # of a line's height
_MAX_COMBINATIONS: Final = 64


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the zone: the boxes it was found in, left to right, and its text."""

    pieces: tuple[Line, ...]
    text: str

    @property
    def score(self) -> float:
        """The lowest confidence among the pieces."""
        return min(piece.score for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone that was read, and the rows it was read from."""

    repaired: Repaired
    rows: tuple[Row, ...]

    @property
    def score(self) -> float:
        """The lowest confidence among its rows."""
        return min(row.score for row in self.rows)


def looks_like_zone(line: Line) -> bool:
    """Whether a line, or a piece of one, may be of a machine readable zone."""
    text = normalise(line.text)
    return _ZONE_CHARACTERS.issuperset(text) and (text.count(FILLER) >= 2 or len(text) >= _SHORTEST_ROW)


def rows(lines: Sequence[Line], angle: float) -> list[Row]:
    """The rows of a zone, top to bottom, put together from lines and pieces of lines.

    Args:
        lines: Lines as read.
        angle: The direction of the text, radians.
    """
    axes = np.array([(np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))])
    placed: list[tuple[NDArray[np.float64], Line]] = [
        (axes @ line.corners.mean(axis=0), line) for line in lines if looks_like_zone(line)
    ]
    placed.sort(key=lambda item: float(item[0][1]))
    grouped: list[list[tuple[NDArray[np.float64], Line]]] = []
    for place, line in placed:
        if grouped and place[1] - grouped[-1][-1][0][1] < _SAME_ROW * line.height:
            grouped[-1].append((place, line))
        else:
            grouped.append([(place, line)])
    found = []
    for group in grouped:
        group.sort(key=lambda item: float(item[0][0]))
        pieces = tuple(line for _, line in group)
        text = "".join(normalise(piece.text) for piece in pieces)
        if _SHORTEST_ROW <= len(text) <= _LONGEST_ROW:
            found.append(Row(pieces, text))
    return found


def best_zone(readings: Sequence[Sequence[Row]]) -> Zone | None:
    """The best zone that rows, each read once or several times, make.

    Args:
        readings: For each row, top to bottom, its readings.

    Returns:
        The zone of two or three neighbouring rows with no check digit failed, else the one with the
        fewest failed; None where no rows fit any format.
    """
    best: tuple[tuple[int, int], Zone] | None = None
    for count in (3, 2):
        for start in range(len(readings) - count, -1, -1):
            for chosen in islice(product(*readings[start : start + count]), _MAX_COMBINATIONS):
                zone = _zone(chosen)
                if zone is None:
                    continue
                checks = list(zone.repaired.mrz.checks.values())
                failed = checks.count(Check.FAILED)
                if best is None or (failed, -len(checks)) < best[0]:
                    best = (failed, -len(checks)), zone
    return best[1] if best else None


def _zone(chosen: tuple[Row, ...]) -> Zone | None:
    try:
        return Zone(repair([row.text for row in chosen]), chosen)
    except Refused:
        return None
