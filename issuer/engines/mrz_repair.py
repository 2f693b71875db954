"""From text as it was recognised to a machine readable zone, with every change accounted for.

Three kinds of change are made, none of which can turn one valid reading into another unnoticed:

1. look-alikes are exchanged only where the field's type allows one of the two (a letter in a date, a
   digit in a name), never in fields that take both;
2. fillers are added or taken from a run of fillers, to come to the line's length: at the end of a name
   line, elsewhere only where the check digits then tell which run it was;
3. marks that are no characters of a zone are dropped from a line's ends;
4. letters that fillers are misread as are taken for fillers where the names have ended: after two fillers
   that follow the given names. The print tells whether the names are right.

Where two different zones would pass all their check digits equally, none is taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice, product
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from issuer.engines.mrz import Check, Mrz, parse
from issuer.engines.mrz_layout import FILLER, LAYOUTS, Kind
from issuer.engines.mrz_spelling import DIGITS_AS_LETTERS, LETTERS_AS_DIGITS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from issuer.engines.mrz_layout import Layout

MAX_LINES: Final = 3
MAX_LINE: Final = 60
MAX_OFF: Final = 5
_MAX_ZONES: Final = 400
_TO_LETTER: Final = str.maketrans(DIGITS_AS_LETTERS)
_TO_DIGIT: Final = str.maketrans(LETTERS_AS_DIGITS)
# One filler stands between given names, so that nothing follows two but fillers (9303-3 4.6).
_AFTER_NAMES: Final = re.compile(r"([A-Z]+(?:<[A-Z]+)*<<[A-Z]+(?:<[A-Z]+)*)<<[CEGKLS<]*")
# How recognisers write fillers.
_MARKS: Final = str.maketrans({"«": "<<", "‹": "<", "＜": "<", "〈": "<", "《": "<<", "≤": "<"})


@dataclass(frozen=True, slots=True)
class Repaired:
    """A zone, and the names of the fields in which what was recognised was changed."""

    mrz: Mrz
    repairs: tuple[str, ...]


def normalise(line: str) -> str:
    """A recognised line in capitals, without spaces, with its fillers as ``<``, without marks at its ends."""
    packed = "".join(line.translate(_MARKS).upper().split())
    return re.sub(r"^[^A-Z0-9<]+|[^A-Z0-9<]+$", "", packed)


def names_ended(lines: Sequence[str], layout: Layout) -> tuple[str, ...]:
    """The lines with nothing but fillers after the names, where letters were read in that run of fillers."""
    place, line = layout.names.line, lines[layout.names.line]
    ended = _AFTER_NAMES.fullmatch(line, layout.names.start)
    kept = line[: ended.end(1)].ljust(layout.width, FILLER) if ended else line
    return (*lines[:place], kept, *lines[place + 1 :])


def repair(lines: Sequence[str]) -> Repaired:
    """The zone that recognised lines stand for.

    Args:
        lines: Two or three lines of text from top to bottom.

    Returns:
        The zone with the most check digits right; not necessarily all.

    Raises:
        Refused: ``document.mrz_format`` where no format fits, or two fit equally well.
    """
    cleaned = [normalise(line) for line in islice(lines, MAX_LINES)]
    if any(len(line) > MAX_LINE for line in cleaned):
        raise Refused("document.mrz_format", detail="a line is too long")
    zones = [zone for layout in LAYOUTS for zone in _zones(layout, cleaned)]
    if not zones:
        raise Refused("document.mrz_format", detail="no format fits")
    best = max(_passed(zone.mrz) for zone in zones)
    fewest = min(len(zone.repairs) for zone in zones if _passed(zone.mrz) == best)
    chosen = {
        zone.mrz.lines: zone for zone in zones if _passed(zone.mrz) == best and len(zone.repairs) == fewest
    }
    if len(chosen) > 1:
        raise Refused("document.mrz_format", detail="ambiguous")
    return next(iter(chosen.values()))


def _passed(mrz: Mrz) -> int:
    values = list(mrz.checks.values())
    return values.count(Check.OK) - 2 * values.count(Check.FAILED)


def _zones(layout: Layout, lines: Sequence[str]) -> Iterator[Repaired]:
    if len(lines) != layout.lines or any(abs(len(line) - layout.width) > MAX_OFF for line in lines):
        return
    fitted = [
        _fit_names(line, layout.width) if row == layout.names.line else _fit_data(line, layout.width)
        for row, line in enumerate(lines)
    ]
    for candidate in islice(product(*fitted), _MAX_ZONES):
        typed = names_ended(_typed(layout, candidate), layout)
        try:
            mrz = parse("\n".join(typed))
        except Refused:
            continue
        if mrz.layout is layout:
            yield Repaired(mrz, _changes(layout, lines, candidate, typed))


def _fit_names(line: str, width: int) -> list[str]:
    """The name line may only gain or lose fillers at its end."""
    names = line.rstrip(FILLER)
    if len(names) > width or (len(names) == len(line) != width):
        return []
    return [names.ljust(width, FILLER)]


def _fit_data(line: str, width: int) -> list[str]:
    """Every way of coming to the width by changing one run of fillers."""
    missing = width - len(line)
    if missing == 0:
        return [line]
    fitted = []
    for run in re.finditer(f"{FILLER}+", line):
        length = len(run.group()) + missing
        if length >= 1:
            fitted.append(line[: run.start()] + FILLER * length + line[run.end() :])
    return fitted


def _typed(layout: Layout, lines: Sequence[str]) -> tuple[str, ...]:
    """The lines with look-alikes exchanged where only one of the two can stand."""
    typed = list(lines)
    for field in layout.fields:
        if field.kind is Kind.EITHER:
            continue
        line = typed[field.line]
        text = line[field.start : field.start + field.width]
        text = text.translate(_TO_DIGIT if field.kind is Kind.DIGIT else _TO_LETTER)
        typed[field.line] = line[: field.start] + text + line[field.start + field.width :]
    return tuple(typed)


def _changes(
    layout: Layout, read: Sequence[str], fitted: Sequence[str], typed: Sequence[str]
) -> tuple[str, ...]:
    fillers = [
        f"line {row + 1}" for row, (was, now) in enumerate(zip(read, fitted, strict=True)) if was != now
    ]
    fields = [field.name for field in layout.fields if field.of(tuple(fitted)) != field.of(tuple(typed))]
    return (*fillers, *fields)
