"""The printed zone against the machine readable one, field by field.

A name's line in the machine readable zone has no check digit, so the print is the only thing that tells
a name misread. What cannot be found in print is not held against a document, names apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from issuer.engines.names import agrees, as_written, respaced, transliterate
from issuer.evidence.ports import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from issuer.engines.mrz import Mrz
    from issuer.engines.text import Line

_NEARLY: Final = 0.72  # likeness from which a printed text is taken for the same field, differently spelt
_MAX_WORDS: Final = 8
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
_NUMERIC_DATE: Final = re.compile(r"(?<!\d)(\d{1,2})[ .,/-]{0,2}(\d{2})[ .,/-]{0,2}(\d{4})(?!\d)")
_ISO_DATE: Final = re.compile(r"(?<!\d)(\d{4})[ .-](\d{2})[ .-](\d{2})(?!\d)")
_WORD_DATE: Final = re.compile(r"(?<!\d)(\d{1,2})\s*([A-Z]{3,9})[A-Z /.]{0,12}?\s*(\d{4}|\d{2})(?!\d)")
_LOOKALIKES: Final = str.maketrans("OQDIZSGB", "00012568")


@dataclass(frozen=True, slots=True)
class Printed:
    """What the printed zone says: names as people write them (None where unread), and differences."""

    family_name: str | None
    given_name: str | None
    findings: tuple[Finding, ...]


def compare(mrz: Mrz, lines: Sequence[Line], birth: date | None, expiry: date | None) -> Printed:
    """Compare the printed lines with the machine readable zone.

    Args:
        mrz: The zone.
        lines: All other lines that were read off the document.
        birth: The zone's birth date.
        expiry: The zone's expiry date.
    """
    findings: list[Finding] = []
    cut = mrz.names_truncated
    family = _name("family_name", mrz.surname, lines, findings, cut=cut and not mrz.given_names)
    given = _name("given_name", mrz.given_names, lines, findings, cut=cut) if mrz.given_names else ""
    findings += _number(mrz.number, lines)
    printed = [day for line in lines for day in dates(line.text)]
    for field, day in (("birth_date", birth), ("expiry_date", expiry)):
        if day is not None and len(set(printed)) >= 3 and not any(_same_day(day, other) for other in printed):
            findings.append(Finding("document.mrz_mismatch", field))
    return Printed(family, given, tuple(findings))


def names_missing(printed: Printed) -> bool:
    """Whether reading the lines anew may help: a name was not found in print as it is in the zone."""
    return printed.family_name is None or printed.given_name is None


def _name(
    field: str, machine: str, lines: Sequence[Line], findings: list[Finding], *, cut: bool
) -> str | None:
    whole = [line.text for line in lines]
    for candidates in (whole, [] if cut else [span for text in whole for span in _spans(text)]):
        found = [text for text in candidates if agrees(text, machine, truncated=cut)]
        if found:
            # The recommended transliteration first: of two readings it is the one with all its marks.
            found.sort(key=lambda text: transliterate(text) != machine)
            return as_written(respaced(found[0].strip(" .,:"), machine))
    likeness, nearest = max(
        ((_likeness(text, machine), line) for line in lines for text in (line.text, *_spans(line.text))),
        key=lambda pair: pair[0],
        default=(0.0, None),
    )
    if nearest is not None and likeness >= _NEARLY and nearest.score >= _CONFIDENT:
        findings.append(Finding("document.mrz_mismatch", field, round(likeness, 3)))
    else:
        findings.append(Finding("document.printed_unread", field))
    return None


def _spans(text: str) -> Iterator[str]:
    """Runs of words within a line: a label or another field may stand before or after a value."""
    words = re.split(r"[\s/:,]+", text.strip())
    if 1 < len(words) <= _MAX_WORDS:
        for start in range(len(words)):
            for end in range(start + 1, len(words) + 1):
                if end - start < len(words):
                    yield " ".join(words[start:end])


def _likeness(text: str, machine: str) -> float:
    return SequenceMatcher(None, transliterate(text), machine, autojunk=False).ratio()


def _number(number: str, lines: Sequence[Line]) -> Iterator[Finding]:
    """A printed number that is nearly the zone's, but not it; look-alikes count as the same."""
    wanted = _packed(number)
    packed = [(_packed(line.text), line.score) for line in lines]
    if len(wanted) < 5 or any(wanted in text for text, _ in packed):
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
    return "".join(character for character in text.upper() if character.isalnum()).translate(_LOOKALIKES)


def dates(text: str) -> Iterator[tuple[int, int, int]]:
    """The dates in a printed line as (year, month, day); a two-digit year stays below 100."""
    spelt = transliterate_months(text)
    for day, month, year in _NUMERIC_DATE.findall(spelt):
        yield from _valid(int(year), int(month), int(day))
    for year, month, day in _ISO_DATE.findall(spelt):
        yield from _valid(int(year), int(month), int(day))
    for day, word, year in _WORD_DATE.findall(spelt):
        month_number = _MONTHS.get(word[:4]) or _MONTHS.get(word[:3])
        if month_number:
            yield from _valid(int(year), month_number, int(day))


def transliterate_months(text: str) -> str:
    """Capitals, with the letters of month names (AOÛT, MÄRZ) in A to Z; digits and marks stay."""
    return "".join(transliterate(letter) if letter.isalpha() else letter for letter in text).upper()


def _valid(year: int, month: int, day: int) -> Iterator[tuple[int, int, int]]:
    if 1 <= month <= 12 and 1 <= day <= 31:
        yield year, month, day


def _same_day(day: date, printed: tuple[int, int, int]) -> bool:
    year, month, number = printed
    return (day.month, day.day) == (month, number) and year in {day.year, day.year % 100}
