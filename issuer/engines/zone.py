"""The machine readable zone among the lines of text of a photograph."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import islice, product
from typing import TYPE_CHECKING, Final

import numpy as np

from clicid.errors import Refused
from issuer.engines.marks import likeliest
from issuer.engines.mrz import Check, parse
from issuer.engines.mrz_layout import DIGITS, FILLER, LAYOUTS, LETTERS, MRV_B
from issuer.engines.mrz_repair import Repaired, names_ended, normalise, repair
from issuer.engines.mrz_spelling import spell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from issuer.engines.images import Pixels
    from issuer.engines.mrz import Mrz
    from issuer.engines.mrz_layout import Layout
    from issuer.engines.mrz_spelling import Doubt, Spelling
    from issuer.engines.text import Line, Quad

_ZONE_CHARACTERS: Final = LETTERS | DIGITS | {FILLER}
_SHORTEST_ROW: Final = 25
_LONGEST_ROW: Final = 50
_SAME_ROW: Final = 0.6  # of a line's height
_SAME_LENGTH: Final = 0.75  # of the longest row
_FREE: Final = 1.0  # characters' widths between a zone's end and the edge of its document
_MAX_COMBINATIONS: Final = 64
_MAX_OFF: Final = 8  # characters by which a row, freely read, may be off a format's width
_LEAST_SURE: Final = 0.5
# By how much a line may fit badly: zones read right lie below half of it, other text bent into one above.
_WORST_FIT: Final = 0.8
_WORST_NAMES: Final = 2.0  # names have no check digit that agrees by luck, and the print tells them


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the zone: the boxes it was found in, left to right, and its text."""

    pieces: tuple[Line, ...]
    text: str
    _spellings: dict[tuple[str, int], Spelling | None] = field(
        default_factory=dict, repr=False, compare=False
    )

    @property
    def score(self) -> float:
        """The lowest confidence among the pieces."""
        return min(piece.score for piece in self.pieces)

    def spelling(self, layout: Layout, line: int) -> Spelling | None:
        """The likeliest line of a format here; None where there is none."""
        key = layout.name, line
        if key not in self._spellings:
            marks = [piece.marks for piece in self.pieces if piece.marks is not None]
            near = marks and abs(len(self.text) - layout.width) <= _MAX_OFF
            self._spellings[key] = spell(np.concatenate(marks), layout, line) if near else None
        return self._spellings[key]


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone that was read, and the rows it was read from.

    Args:
        repaired: The zone.
        rows: Its rows, top to bottom.
        doubts: For each row the other characters that may stand in it.
        misread: The numbers that were read here as well, and whose check digit failed: each had one chance in
            ten to agree, so that the one which does may do so by luck.
    """

    repaired: Repaired
    rows: tuple[Row, ...]
    doubts: tuple[tuple[Doubt, ...], ...] = ()
    misread: frozenset[str] = frozenset()

    @property
    def score(self) -> float:
        """The lowest confidence among its rows."""
        return min(row.score for row in self.rows)

    @property
    def failed(self) -> int:
        """How many check digits fail."""
        return list(self.repaired.mrz.checks.values()).count(Check.FAILED)


def runs_off(zone: Zone, image: Pixels) -> bool:
    """Whether a zone of 36 columns ends at the image's edge: it may be one of 44 of which the end is cut off.

    On a document two characters' width and more are free there. A visa has no composite check digit, so that
    all that is left of the longer format passes as the shorter.
    """
    width = zone.repaired.mrz.layout.width
    if width != MRV_B.width:
        return False
    height, length = image.shape[:2]
    for row in zone.rows:
        start = row.pieces[0].corners[[0, 3]].mean(axis=0)
        end = row.pieces[-1].corners[[1, 2]].mean(axis=0)
        x, y = end + _FREE * (end - start) / width
        if not (0 <= x < length and 0 <= y < height):
            return True
    return False


def zone_text(line: Line) -> str:
    """A line's text, in the characters of a zone where it is likely to be of one."""
    text = normalise(line.text)
    if line.marks is None or _ZONE_CHARACTERS.issuperset(text):
        return text
    marked, sure = likeliest(line.marks)
    return marked if sure >= _LEAST_SURE else text


def looks_like_zone(line: Line) -> bool:
    """Whether a line, or a piece of one, may be of a machine readable zone."""
    text = zone_text(line)
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
        text = "".join(zone_text(piece) for piece in pieces)
        if _SHORTEST_ROW <= len(text) <= _LONGEST_ROW:
            found.append(Row(pieces, text))
    return found


def aligned(found: Sequence[Row], angle: float) -> list[Quad]:
    """A box around each row as a whole, those of about one length from the same beginning to the same end.

    A row found in pieces, or cut short where the print is faint, is so read in one and to its end.
    """
    along = np.array((np.cos(angle), np.sin(angle)))
    ends = np.array(
        [
            (row.pieces[0].corners[[0, 3]].mean(axis=0), row.pieces[-1].corners[[1, 2]].mean(axis=0))
            for row in found
        ]
    )
    reach = ends @ along
    longest = (reach[:, 1] - reach[:, 0]).max()
    alike = reach[reach[:, 1] - reach[:, 0] >= _SAME_LENGTH * longest]
    first, last = alike[:, 0].min(), alike[:, 1].max()
    quads = []
    for row, (left, right), (start, end) in zip(found, ends, reach, strict=True):
        step = (right - left) / max(1.0, end - start)
        before, after = (start - first, last - end) if end - start >= _SAME_LENGTH * longest else (0, 0)
        begin, finish = left - before * step, right + after * step
        half = float(np.median([piece.height for piece in row.pieces])) / 2
        down = half * np.array((-step[1], step[0])) / max(1e-6, float(np.hypot(*step)))
        quads.append(np.array((begin - down, finish - down, finish + down, begin + down), np.float32))
    return quads


def best_zone(readings: Sequence[Sequence[Row]]) -> Zone | None:
    """The best zone that rows, each read once or several times, make.

    Args:
        readings: For each row, top to bottom, its readings.

    Returns:
        The zone of two or three neighbouring rows with no check digit failed, else the one with the
        fewest failed; None where no rows fit any format.
    """
    best: tuple[tuple[int, int, float], Zone] | None = None
    misread: dict[tuple[int, str], set[str]] = defaultdict(set)
    of_best = -1, ""
    for make in (_as_read, _as_spelt):
        for count in (3, 2):
            for start in range(len(readings) - count, -1, -1):
                for chosen in islice(product(*readings[start : start + count]), _MAX_COMBINATIONS):
                    for cost, zone in make(chosen):
                        mrz = zone.repaired.mrz
                        checks = list(mrz.checks.values())
                        rank = checks.count(Check.FAILED), -len(checks), cost
                        if mrz.checks["number"] is Check.FAILED:
                            misread[start, mrz.layout.name].add(mrz.number)
                        if best is None or rank < best[0]:
                            best, of_best = (rank, zone), (start, mrz.layout.name)
        if best is not None and best[1].repaired.mrz.all_checks_pass:
            break
    return replace(best[1], misread=frozenset(misread[of_best])) if best else None


def _as_read(chosen: tuple[Row, ...]) -> Iterator[tuple[float, Zone]]:
    """The zone that the rows' texts stand for."""
    try:
        yield 1 - min(row.score for row in chosen), Zone(repair([row.text for row in chosen]), chosen)
    except Refused:
        return


def _as_spelt(chosen: tuple[Row, ...]) -> Iterator[tuple[float, Zone]]:
    """The zone of each format that fits best what was seen, where it fits well enough."""
    for layout in LAYOUTS:
        if layout.lines != len(chosen):
            continue
        spelt = [
            spelling
            for line, row in enumerate(chosen)
            if (spelling := row.spelling(layout, line)) is not None
            and spelling.cost <= (_WORST_NAMES if line == layout.names.line else _WORST_FIT)
        ]
        if len(spelt) < len(chosen):
            continue
        text = names_ended([one.text for one in spelt], layout)
        try:
            mrz = parse("\n".join(text))
        except Refused:
            continue
        if mrz.layout is layout and not _mostly_failed(mrz):
            changed = (f"line {line + 1}" for line, its in enumerate(text) if its != chosen[line].text)
            repaired = Repaired(mrz, tuple(changed))
            yield max(one.cost for one in spelt), Zone(repaired, chosen, tuple(one.doubts for one in spelt))


def _mostly_failed(mrz: Mrz) -> bool:
    """Whether more check digits fail than agree: any text can be bent into a format."""
    checks = list(mrz.checks.values())
    return checks.count(Check.FAILED) > checks.count(Check.OK)
