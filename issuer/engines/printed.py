"""The printed zone against the machine readable one, field by field.

A name's line in the machine readable zone has no check digit, so the print is the only thing that tells
a name misread. What cannot be found in print is not held against a document, names apart.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from issuer.engines.mrz import Check, Mrz, check_digit, parse
from issuer.engines.mrz_layout import FILLER
from issuer.engines.printed_names import NameReader
from issuer.evidence.ports import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from issuer.engines.text import Line

_NEARLY: Final = 0.72  # likeness from which a printed text is taken for the same field, differently spelt
_LEAST_NUMBER: Final = 5  # characters: shorter numbers are found in print by chance
_CONFIDENT: Final = 0.85
_MONTHS: Final = {
    month: number
    for number, months in enumerate(
        (
            "JAN GEN STY TAM ENE", "FEB FEV LUT HEL", "MAR MRZ MAC MAA", "APR AVR KWI HUH ABR",
            "MAY MAI MAJ TOU MAG", "JUN JUIN CZE KES GIU", "JUL JUIL LIP HEI LUG", "AUG AOU SIE ELO AGO",
            "SEP WRZ SYY SET", "OCT OKT PAZ LOK OTT", "NOV LIS NOE", "DEC DEZ GRU JOU DIC",
        ),
        start=1,
    )
    for month in months.split()
}  # fmt: skip
# One of the two separators may be lost in reading; without any, it is a number.
_NUMERIC_DATE: Final = re.compile(
    r"(?<!\d)(?=\S*?[ .,/-])(\d{1,2})[ .,/-]{0,2}(\d{2})[ .,/-]{0,2}(\d{4})(?!\d)"
)
_ISO_DATE: Final = re.compile(r"(?<!\d)(\d{4})[ .-](\d{2})[ .-](\d{2})(?!\d)")
_WORD_DATE: Final = re.compile(r"(?<!\d)(\d{1,2})\s*([A-Z]{3,9})[A-Z /.]{0,12}?\s*(\d{4}|\d{2})(?!\d)")
_LOOKALIKES: Final = str.maketrans("OQDIZSGB", "00012568")


@dataclass(frozen=True, slots=True)
class Printed:
    """What the printed zone says: names as people write them (None where unread), and differences."""

    family_name: str | None
    given_name: str | None
    findings: tuple[Finding, ...]


def compare(
    mrz: Mrz,
    lines: Sequence[Line],
    *,
    birth: date | None,
    expiry: date | None,
    again: Callable[[Line], Sequence[Line]],
) -> Printed:
    """Compare the printed lines with the machine readable zone.

    Args:
        mrz: The zone.
        lines: All other lines that were read off the document.
        birth: The zone's birth date.
        expiry: The zone's expiry date.
        again: Reads a line anew, cut out in other ways: a name whose marks come and go between the
            readings is not taken for read.
    """
    findings: list[Finding] = []
    cut = mrz.names_truncated
    name = NameReader(lines, mrz.issuing_state, again, findings)
    family = name.read("family_name", mrz.surname, mrz.given_names, cut=cut)
    given: str | None = ""
    if mrz.given_names or cut:  # none in a full field: they were left out of it
        given = name.read("given_name", mrz.given_names, mrz.surname, cut=cut)
    elif not name.alone(mrz.surname):
        findings += (
            Finding("document.printed_unread", "family_name"),
            Finding("document.printed_unread", "given_name"),
        )
        family = given = None
    findings += _number(mrz.number, lines)
    printed = [day for line in lines for day in dates(line.text)]
    for field, day in (("birth_date", birth), ("expiry_date", expiry)):
        if day is not None and len(set(printed)) >= 3 and not any(_same_day(day, other) for other in printed):
            findings.append(Finding("document.mrz_mismatch", field))
    return Printed(family, given, tuple(findings))


def in_print(number: str, lines: Sequence[Line]) -> bool:
    """Whether a document number stands in a printed line, character for character."""
    return len(number) >= _LEAST_NUMBER and any(number in "".join(line.text.split()) for line in lines)


def settle_number(mrz: Mrz, lines: Sequence[Line]) -> Mrz:
    """Where the number's check digit fails: the zone with the number as printed, if only look-alikes differ.

    A number takes letters and digits, so that its type does not tell O from 0 or Z from 2. The print does,
    and it counts only where the check digit then agrees with it.
    """
    field = mrz.layout.field("number")
    if mrz.checks["number"] is not Check.FAILED or field is None or len(mrz.number) < _LEAST_NUMBER:
        return mrz
    wanted = mrz.number.translate(_LOOKALIKES)
    for line in lines:
        text = _letters_and_digits(line.text)
        start = text.translate(_LOOKALIKES).find(wanted)
        if start < 0:
            continue
        printed = text[start : start + len(wanted)].ljust(field.width, FILLER)
        rows = list(mrz.lines)
        rows[field.line] = (
            rows[field.line][: field.start] + printed + rows[field.line][field.start + field.width :]
        )
        try:
            settled = parse("\n".join(rows))
        except Refused:
            continue
        if settled.checks["number"] is Check.OK:
            return settled
    return mrz


def names_missing(printed: Printed) -> bool:
    """Whether reading the lines anew may help: a name was not found in print as it is in the zone."""
    return printed.family_name is None or printed.given_name is None


def _number(number: str, lines: Sequence[Line]) -> Iterator[Finding]:
    """A printed number that is nearly the zone's, but not it.

    Look-alikes count as the same, but for those that the check digit cannot tell apart: 25 for ZS.
    """
    wanted = _packed(number)
    packed = [(_packed(line.text), line.score) for line in lines]
    if len(wanted) < _LEAST_NUMBER:
        return
    if spelt := [
        _spelt(line.text, wanted) for line, (text, _) in zip(lines, packed, strict=True) if wanted in text
    ]:
        if number not in spelt and check_digit(number) in {check_digit(one) for one in spelt}:
            yield Finding("document.mrz_mismatch", "number")
        return
    likeness = max(
        (
            SequenceMatcher(None, text, wanted, autojunk=False).ratio()
            for text, score in packed
            if len(text) == len(wanted) and score >= _CONFIDENT
        ),
        default=0.0,
    )
    if likeness >= _NEARLY:
        yield Finding("document.mrz_mismatch", "number", round(likeness, 3))


def _packed(text: str) -> str:
    return _letters_and_digits(text).translate(_LOOKALIKES)


def _letters_and_digits(text: str) -> str:
    return "".join(character for character in text.upper() if character.isascii() and character.isalnum())


def _spelt(text: str, packed: str) -> str:
    """The part of a text that is this when look-alikes are the same, as it is spelt."""
    whole = _letters_and_digits(text)
    start = whole.translate(_LOOKALIKES).index(packed)
    return whole[start : start + len(packed)]


def dates(text: str) -> Iterator[tuple[int, int, int]]:
    """The dates in a printed line as (year, month, day); a two-digit year stays below 100."""
    # AOÛT and MÄRZ without their marks.
    spelt = "".join(c for c in unicodedata.normalize("NFD", text.upper()) if not unicodedata.combining(c))
    for day, month, year in _NUMERIC_DATE.findall(spelt):
        yield from _valid(int(year), int(month), int(day))
    for year, month, day in _ISO_DATE.findall(spelt):
        yield from _valid(int(year), int(month), int(day))
    for day, word, year in _WORD_DATE.findall(spelt):
        month_number = _MONTHS.get(word[:4]) or _MONTHS.get(word[:3])
        if month_number:
            yield from _valid(int(year), month_number, int(day))


def _valid(year: int, month: int, day: int) -> Iterator[tuple[int, int, int]]:
    if 1 <= month <= 12 and 1 <= day <= 31:
        yield year, month, day


def _same_day(day: date, printed: tuple[int, int, int]) -> bool:
    year, month, number = printed
    return (day.month, day.day) == (month, number) and year in {day.year, day.year % 100}
