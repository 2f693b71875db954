"""A made-up person and what stands on the person's specimen passport."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True)
class Person:
    """What a specimen passport says.

    Args:
        family_name: As people write it, in its own letters; printed in capitals.
        given_name: Likewise.
        birth_date: The day of birth.
        sex: ``M``, ``F`` or ``X``.
        number: Document number, up to 9 of A to Z and 0 to 9.
        issued: First day of validity.
        expires: Last day of validity.
        issuing_state: ``UTO``, ICAO's fictional state, or ``SWE`` for the Swedish layout.
        personal_number: ``YYYYMMDDNNNN``, or empty.
        birth_place: As printed.
    """

    family_name: str
    given_name: str
    birth_date: date
    sex: str
    number: str
    issued: date
    expires: date
    issuing_state: str = "UTO"
    personal_number: str = ""
    birth_place: str = "ZENITH"


def personal_number(birth_date: date, sex: str) -> str:
    """A Swedish number that belongs to nobody: serial 238 or 239, which the tax agency keeps for tests.

    Returns:
        ``YYYYMMDDNNNN``; the last digit but one is odd for ``M`` and even otherwise.
    """
    digits = birth_date.strftime("%y%m%d") + ("239" if sex == "M" else "238")
    products = [int(digit) * (2 - place % 2) for place, digit in enumerate(digits)]
    check = -sum(product // 10 + product % 10 for product in products) % 10
    return f"{birth_date:%Y}{digits[2:]}{check}"
