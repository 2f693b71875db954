"""The two lines of a TD3 machine readable zone, written after ICAO Doc 9303-4 section 4.2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from issuer.engines.names import transliterate

if TYPE_CHECKING:
    from datetime import date

    from sandbox.documents.person import Person

NAME_WIDTH = 39


def check_digit(text: str) -> str:
    """Weights 7, 3, 1; 0 to 9 count as themselves, A to Z as 10 to 35, filler as 0 (9303-3 4.9)."""
    values = (0 if c == "<" else int(c, 36) for c in text)
    return str(sum(value * (7, 3, 1)[place % 3] for place, value in enumerate(values)) % 10)


def name_field(family_name: str, given_name: str, width: int = NAME_WIDTH) -> str:
    """Both names in A to Z; of names too long, each keeps at least one letter (9303-3 4.6)."""
    primary, secondary = (transliterate(name).replace(" ", "<") for name in (family_name, given_name))
    if secondary:
        primary = f"{primary[: width - 3]}<<"
    return f"{primary}{secondary}"[:width].ljust(width, "<")


def optional_field(person: Person) -> str:
    """The personal number as a Swedish passport carries it: ``YYMMDD<NNNN``."""
    number = person.personal_number
    return (f"{number[2:8]}<{number[8:]}" if number else "").ljust(14, "<")


def td3_lines(person: Person) -> tuple[str, str]:
    """Two lines of 44 characters."""
    names = name_field(person.family_name, person.given_name)
    upper = f"P<{person.issuing_state.ljust(3, '<')}{names}"
    number = _with_check(person.number.ljust(9, "<"))
    birth, expiry = _with_check(_yymmdd(person.birth_date)), _with_check(_yymmdd(person.expires))
    optional = optional_field(person)
    optional += check_digit(optional) if optional.strip("<") else "<"
    sex = "<" if person.sex == "X" else person.sex
    nationality = person.issuing_state.ljust(3, "<")
    composite = check_digit(number + birth + expiry + optional)
    return upper, f"{number}{nationality}{birth}{sex}{expiry}{optional}{composite}"


def with_wrong_check_digit(lines: tuple[str, str]) -> tuple[str, str]:
    """The lines with the check digit of the expiry date one too high: what a clumsy forger leaves."""
    lower = lines[1]
    return lines[0], f"{lower[:27]}{(int(lower[27]) + 1) % 10}{lower[28:]}"


def _with_check(field: str) -> str:
    return field + check_digit(field)


def _yymmdd(day: date) -> str:
    return day.strftime("%y%m%d")
