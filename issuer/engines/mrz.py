"""The machine readable zone, parsed after ICAO Doc 9303-3 section 4 and parts 4 to 7.

`parse` is strict: it takes the exact lines, refuses what cannot stand where it stands, and reports
every check digit; it repairs nothing (`issuer.engines.mrz_repair` does, and says so).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from issuer.engines.mrz_layout import FILLER, Kind, layout_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from issuer.engines.mrz_layout import Layout

MAX_CHARACTERS: Final = 200
_WEIGHTS: Final = (7, 3, 1)
_OLDEST_EXPIRY: Final = 50


class Check(StrEnum):
    """What came of a check digit."""

    OK = "ok"
    FAILED = "failed"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Mrz:
    """A machine readable zone.

    Args:
        layout: Its format.
        lines: The lines themselves.
        document_code: One or two letters; the first is P, V, A, C or I.
        issuing_state: Code of the issuing state or organisation, without filler.
        number: The document number, without filler, long ones put together (9303-5 4.2.4 j).
        surname: Primary identifier, words separated by one space.
        given_names: Secondary identifier, likewise; may be empty.
        names_truncated: The name field is full: names may be cut or left out.
        nationality: Code without filler.
        birth_date: YYMMDD as it stands, fillers where unknown.
        sex: ``M``, ``F`` or ``X``.
        expiry_date: YYMMDD as it stands.
        optional: Optional data, without trailing filler.
        optional_2: The second optional field of TD1.
        checks: By field: number, birth_date, expiry_date, optional, composite.
    """

    layout: Layout
    lines: tuple[str, ...]
    document_code: str
    issuing_state: str
    number: str
    surname: str
    given_names: str
    names_truncated: bool
    nationality: str
    birth_date: str
    sex: str
    expiry_date: str
    optional: str
    optional_2: str
    checks: Mapping[str, Check]

    @property
    def all_checks_pass(self) -> bool:
        """Whether no check digit failed."""
        return Check.FAILED not in self.checks.values()


def check_digit(text: str) -> int:
    """Modulus 10, weights 7, 3, 1; digits as themselves, letters from 10, filler 0 (9303-3 4.9)."""
    values = (0 if character == FILLER else int(character, 36) for character in text)
    return sum(value * _WEIGHTS[place % 3] for place, value in enumerate(values)) % 10


def parse(text: str) -> Mrz:
    """Parse the lines of a zone.

    Args:
        text: Two or three lines, separated by a line feed, of A to Z, 0 to 9 and ``<`` only.

    Raises:
        Refused: ``document.mrz_format`` for what is no zone: its size, or a character that cannot
            stand in its field. A failed check digit is no reason: it is in `Mrz.checks`.
    """
    if len(text) > MAX_CHARACTERS:
        raise Refused("document.mrz_format", detail="too long")
    lines = tuple(text.split("\n"))
    layout = layout_of(len(lines), len(lines[0]), text[:1])
    if layout is None or any(len(line) != layout.width for line in lines):
        raise Refused("document.mrz_format", detail="no known format has lines of these lengths")
    for field in layout.fields:
        if not field.kind.allowed.issuperset(field.of(lines)):
            raise Refused("document.mrz_format", field.name, "a character that cannot stand there")
    return _build(layout, lines)


def _build(layout: Layout, lines: tuple[str, ...]) -> Mrz:
    text = {field.name: field.of(lines) for field in layout.fields}
    surname, given_names = split_names(text["names"])
    if not surname:
        raise Refused("document.mrz_format", "names", "no name")
    number, optional, number_check = _number(text)
    return Mrz(
        layout=layout,
        lines=lines,
        document_code=text["document_code"].rstrip(FILLER),
        issuing_state=text["issuing_state"].rstrip(FILLER),
        number=number,
        surname=surname,
        given_names=given_names,
        names_truncated=not text["names"].endswith(FILLER),
        nationality=text["nationality"].rstrip(FILLER),
        birth_date=text["birth_date"],
        sex="X" if text["sex"] == FILLER else text["sex"],
        expiry_date=text["expiry_date"],
        optional=optional.rstrip(FILLER),
        optional_2=text.get("optional_2", "").rstrip(FILLER),
        checks={"number": number_check} | _checks(layout, lines, text),
    )


def _checks(layout: Layout, lines: tuple[str, ...], text: Mapping[str, str]) -> dict[str, Check]:
    checks = {name: _check(text[name], text[f"{name}.check"]) for name in ("birth_date", "expiry_date")}
    if "optional.check" in text:
        # 9303-4 4.2.2: with empty optional data the check digit may be filler.
        empty = not text["optional"].strip(FILLER) and text["optional.check"] == FILLER
        checks["optional"] = Check.ABSENT if empty else _check(text["optional"], text["optional.check"])
    if "composite.check" in text:
        covered = "".join(lines[line][start:end] for line, start, end in layout.composite)
        checks["composite"] = _check(covered, text["composite.check"])
    return checks


def _number(text: Mapping[str, str]) -> tuple[str, str, Check]:
    """The number, what remains of the optional data, and the number's check.

    A number longer than its field goes on in the optional data of TD1 and TD2, ended by its check digit
    and a filler, and the check digit's own place holds a filler (9303-5 4.2.4 j, 9303-6 4.2.2 j).
    """
    number, check, optional = text["number"], text["number.check"], text["optional"]
    rest, _, after = optional.partition(FILLER)
    may_be_long = "composite.check" in text and "optional.check" not in text  # TD1 and TD2
    if may_be_long and check == FILLER and FILLER not in number and len(rest) > 1:
        whole = number + rest[:-1]
        return whole, after, _check(whole, rest[-1])
    return number.rstrip(FILLER).replace(FILLER, " "), optional, _check(number, check)


def _check(text: str, digit: str) -> Check:
    return Check.OK if digit == str(check_digit(text)) else Check.FAILED


def split_names(field: str) -> tuple[str, str]:
    """Primary and secondary identifier of a name field (9303-3 4.6)."""
    primary, _, secondary = field.strip(FILLER).partition(2 * FILLER)
    return _spaced(primary), _spaced(secondary)


def _spaced(words: str) -> str:
    return " ".join(word for word in words.split(FILLER) if word)


def birth_date(yymmdd: str, today: date) -> date | None:
    """The latest date not after `today` that the six characters can mean; None where they mean none.

    Unknown parts, written as fillers, and dates that no calendar has, give None.
    """
    for century in (today.year // 100 * 100, today.year // 100 * 100 - 100):
        day = _date(yymmdd, century)
        if day is not None and day <= today:
            return day
    return None


def expiry_date(yymmdd: str, today: date) -> date | None:
    """The date meant, from 50 years before `today` to 49 years after; None where there is none.

    No document is valid for so long, and older ones need not be told apart.
    """
    for century in (-100, 0, 100):
        day = _date(yymmdd, today.year // 100 * 100 + century)
        if day is not None and -_OLDEST_EXPIRY <= day.year - today.year < 100 - _OLDEST_EXPIRY:
            return day
    return None


def _date(yymmdd: str, century: int) -> date | None:
    if len(yymmdd) != 6 or not Kind.DIGIT.value.issuperset(yymmdd):
        return None
    year, month, day = (int(yymmdd[start : start + 2]) for start in (0, 2, 4))
    try:
        return date(century + year, month, day)
    except ValueError:
        return None
