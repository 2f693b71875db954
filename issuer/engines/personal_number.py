"""Swedish personal identity and coordination numbers (SKV 704, SKV 707)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from issuer.evidence.ports import NumberKind, PersonalNumber

if TYPE_CHECKING:
    from datetime import date

# The states whose optional data holds such a number: Sweden, and ICAO's fictional state in the sandbox.
STATES: Final = frozenset({"SWE", "UTO"})
_COORDINATION_DAY: Final = 60


def from_optional_data(
    optional: str, state: str, birth: date | None, sex: str
) -> tuple[PersonalNumber | None, bool]:
    """The number in a zone's optional data.

    Args:
        optional: The optional data: ``YYMMDD<NNNN``, ``YYMMDDNNNN`` or with the century.
        state: Code of the issuing state.
        birth: The holder's birth date, which also tells the century.
        sex: ``M``, ``F`` or ``X``; the last digit but one is odd for men and even for women.

    Returns:
        The number, or None where there is none; and whether what is there is sound: checksum, date of
        birth and sex agree. A number that is not sound is not returned.
    """
    digits = "".join(character for character in optional if character not in "<-+ ")
    if state not in STATES or not digits.isascii() or not digits.isdigit():
        return None, True
    if len(digits) not in {10, 12} or birth is None:
        return None, False
    short = digits[-10:]
    day = int(short[4:6])
    kind = NumberKind.COORDINATION if day > _COORDINATION_DAY else NumberKind.PERSONAL
    if kind is NumberKind.COORDINATION:
        day -= _COORDINATION_DAY
    dated = f"{short[:4]}{day:02}" == birth.strftime("%y%m%d")
    century = len(digits) == 10 or digits[:2] == birth.strftime("%Y")[:2]
    fits_sex = sex not in {"M", "F"} or (int(short[8]) % 2 == 1) == (sex == "M")
    if not (dated and century and fits_sex and luhn(short)):
        return None, False
    return PersonalNumber(birth.strftime("%Y")[:2] + short, kind, state), True


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (weights 2, 1 from the left of ten)."""
    total = 0
    for place, digit in enumerate(digits):
        product = int(digit) * (2 - place % 2)
        total += product // 10 + product % 10
    return total % 10 == 0
