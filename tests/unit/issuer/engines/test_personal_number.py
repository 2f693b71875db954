"""Swedish numbers in the optional data of a zone."""

from __future__ import annotations

from datetime import date

import personnummer.personnummer as oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.engines.personal_number import from_optional_data, luhn
from issuer.evidence.ports import NumberKind, PersonalNumber
from sandbox.documents.person import personal_number

BORN = date(1985, 3, 14)
GOOD = PersonalNumber("198503142393", NumberKind.PERSONAL, "SWE")


@pytest.mark.parametrize("text", ["850314<2393", "8503142393", "198503142393", "19850314<2393"])
def test_the_forms_in_which_it_stands(text: str) -> None:
    assert from_optional_data(text, "SWE", BORN, "M") == (GOOD, True)


def test_a_coordination_number() -> None:
    number, sound = from_optional_data("850374<2396", "SWE", BORN, "M")
    assert sound is luhn("8503742396")
    sevens = [digit for digit in "0123456789" if luhn("850374239" + digit)]
    number, sound = from_optional_data("850374239" + sevens[0], "SWE", BORN, "M")
    assert sound
    assert number == PersonalNumber("19850374239" + sevens[0], NumberKind.COORDINATION, "SWE")


@pytest.mark.parametrize(
    ("text", "born", "sex"),
    [
        ("850314<2394", BORN, "M"),
        ("850314<2393", date(1985, 3, 15), "M"),
        ("850314<2393", BORN, "F"),
        ("850314<239", BORN, "M"),
        ("188503142393", BORN, "M"),
        ("850314<2393", None, "M"),
    ],
)
def test_what_is_not_sound_is_not_returned(text: str, born: date | None, sex: str) -> None:
    assert from_optional_data(text, "SWE", born, sex) == (None, False)


@pytest.mark.parametrize(("text", "state"), [("", "SWE"), ("ZE184226B", "SWE"), ("8503142393", "FIN")])
def test_where_there_is_none(text: str, state: str) -> None:
    assert from_optional_data(text, state, BORN, "M") == (None, True)


@given(st.dates(date(1930, 1, 1), date(2020, 1, 1)), st.sampled_from("MF"))
def test_test_numbers_are_valid_and_another_library_agrees(born: date, sex: str) -> None:
    digits = personal_number(born, sex)
    assert oracle.valid(digits)
    number, sound = from_optional_data(digits[2:], "SWE", born, sex)
    assert sound
    assert number == PersonalNumber(digits, NumberKind.PERSONAL, "SWE")
