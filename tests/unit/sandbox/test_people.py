"""The test people: each has a document that the issuer's table knows, and an ending that follows from it."""

from __future__ import annotations

import pytest

from clicid.errors import LocalError
from issuer.engines.personal_number import luhn
from issuer.usecases.test_people import TEST_PEOPLE, forced
from sandbox import people
from sandbox.documents.mrz_lines import NAME_WIDTH, td3_lines
from tests.support.refusals import refused

CASES = people.test_people()


def test_ten_each_with_a_number_of_its_own() -> None:
    assert [one.case for one in CASES] == [row.name for row in TEST_PEOPLE.values()]
    assert len({one.person.number for one in CASES}) == 10
    assert len({one.person.personal_number for one in CASES}) == 10


@pytest.mark.parametrize("one", CASES, ids=lambda one: one.case)
def test_the_issuers_table_knows_the_document_in_a_sandbox_only(one: people.TestCase) -> None:
    row = forced(one.person.number, embedded=True)
    assert row is not None
    assert row.name == one.case
    assert forced(one.person.number, embedded=False) is None
    assert (one.ending, one.level) == (row.outcome.value, row.level.value)
    assert td3_lines(one.person)[1].startswith(one.person.number)
    assert luhn(one.person.personal_number[2:]) or one.case == "no_personal_number"


def test_what_a_verifier_says_of_each() -> None:
    assert {one.case: one.code for one in CASES if one.code} == {
        "expired": "validity.expired",
        "suspended": "status.suspended",
        "revoked": "status.revoked",
    }


def test_the_demo_person_is_nobody_of_the_table() -> None:
    assert forced(people.DEMO.number, embedded=True) is None


def test_names_too_long_for_the_zone_and_with_letters_it_has_not() -> None:
    long = people.test_person("long_name").person
    assert len(f"{long.family_name}<<{long.given_name}") > NAME_WIDTH
    assert not td3_lines(long)[0].endswith("<")
    letters = td3_lines(people.test_person("swedish_letters").person)[0]
    assert letters.startswith("P<SWEAENGSTROEM<AASOE<<OERJAN<PAER<")


def test_nobody_of_that_name() -> None:
    with refused("sandbox.person", "nobody", kind=LocalError):
        people.test_person("nobody")
