"""What stands on a document and cannot be: dates out of order, print that says another sex or state."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from issuer.engines.printed import dates
from issuer.engines.states import STATES
from issuer.evidence.ports import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from issuer.engines.mrz import Mrz
    from issuer.engines.text import Line

_LONGEST_VALIDITY: Final = 15  # years: passports and cards are valid for ten, a few for fifteen
_FOUR_DIGITS: Final = 1000
_SURE: Final = 0.95  # of a line of one to three characters, which is easily misread
# A state's own letter may stand before ICAO's: K/F, Ž/F, V/M.
_SEX: Final = re.compile(r"(?:\w\s*/\s*)?([MF])")
_STATE: Final = re.compile(r"[A-Z]{3}")


def field_signs(
    mrz: Mrz, lines: Sequence[Line], *, birth: date | None, expiry: date | None, today: date
) -> Iterator[Finding]:
    """The contradictions, by the names of the fields.

    Args:
        mrz: The zone.
        lines: The printed lines of all sides.
        birth: The zone's birth date, century decided.
        expiry: The zone's expiry date, likewise.
        today: The day of reading.
    """
    if expiry is not None:
        too_long = expiry.year - today.year > _LONGEST_VALIDITY
        before_birth = birth is not None and expiry <= birth
        if too_long or before_birth:
            yield Finding("document.date", "expiry_date")
    if birth is not None and expiry is not None and not _issued_in_time(lines, birth, expiry, today):
        yield Finding("document.date", "issue_date")
    alone = [line.text.strip() for line in lines if line.score >= _SURE]
    sexes = {found[1] for text in alone if (found := _SEX.fullmatch(text))}
    if mrz.sex in {"M", "F"} and sexes and mrz.sex not in sexes:
        yield Finding("document.mrz_mismatch", "sex")
    states = {text for text in alone if _STATE.fullmatch(text) and text in STATES}
    if states and states.isdisjoint({mrz.issuing_state, mrz.nationality}):
        yield Finding("document.mrz_mismatch", "issuing_state")


def _issued_in_time(lines: Sequence[Line], birth: date, expiry: date, today: date) -> bool:
    """Whether the one printed date that is neither birth nor expiry lies between them, and is past.

    Where there are several such dates, nobody knows which of them is the day of issue.
    """
    known = {_parts(birth), _parts(expiry)}
    printed = {day for line in lines if line.score >= _SURE for day in dates(line.text)}
    full = {day for day in printed if day[0] >= _FOUR_DIGITS}
    others = full - known
    if len(others) != 1 or not known <= full:
        return True
    return _parts(birth) < others.pop() <= _parts(min(today, expiry))


def _parts(day: date) -> tuple[int, int, int]:
    return day.year, day.month, day.day
