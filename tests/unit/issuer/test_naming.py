"""Names that only the machine readable zone has: the person writes them out, and a reviewer looks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from issuer.evidence.ports import DocumentFields, Finding
from issuer.usecases.records import Role
from tests.support.issuer_clients import Person
from tests.support.issuer_doubles import FIELDS, reading

if TYPE_CHECKING:
    from tests.support.issuer_world import World

UNREAD = replace(FIELDS, given_name=None, family_name=None)
PRINTED = {"given_name": "Åsa Märta", "family_name": "Öhrnström"}


def unread(world: World, fields: DocumentFields = UNREAD) -> Person:
    world.engines.reading = reading(fields, findings=(Finding("document.printed_unread"),))
    person = Person(world)
    person.to_decision()
    assert person.settled()["state"] == "review"
    return person


def approve(world: World, person: Person, **names: str) -> dict[str, Any]:
    headers = world.operator(Role.REVIEWER)
    path = f"/reviews/{person.id}"
    case: dict[str, Any] = world.call("GET", path, to="operators", headers=headers).json()
    body = {"verdict": "approve", **names}
    answer = world.call("POST", path, to="operators", headers=headers, json=body)
    assert answer.status_code == 200, answer.text
    return case


def issued_names(person: Person) -> tuple[str, str]:
    fields = person.call("GET", "/export").json()["held"]["profile"]["fields"]
    return fields["given_name"], fields["family_name"]


def test_the_person_is_asked_for_the_names_and_told_what_the_zone_has(world: World) -> None:
    person = unread(world)
    assert person.state()["names_wanted"] is True
    assert person.call("GET", "/names").json() == {
        "in_zone": {"given_name": "AASA MAERTA", "family_name": "OEHRNSTROEM"}
    }


def test_a_reviewer_sees_the_persons_words_as_such_and_approving_takes_them(world: World) -> None:
    person = unread(world)
    assert person.call("PUT", "/names", json=PRINTED).status_code == 200
    case = approve(world, person)
    assert case["names_by_person"] == PRINTED
    assert (case["fields"]["given_name"], case["fields"]["family_name"]) == (None, None)
    assert issued_names(person) == ("Åsa Märta", "Öhrnström")


def test_the_reviewers_words_come_before_the_persons(world: World) -> None:
    person = unread(world)
    spelt_out = PRINTED | {"given_name": "Aasa Maerta"}
    assert person.call("PUT", "/names", json=spelt_out).status_code == 200
    approve(world, person, given_name="Åsa Märta")
    assert issued_names(person) == ("Åsa Märta", "Öhrnström")


@pytest.mark.parametrize(
    ("names", "where"),
    [
        (PRINTED | {"family_name": "Öhrnberg"}, "family_name"),
        (PRINTED | {"given_name": "Åsa"}, "given_name"),
        (PRINTED | {"given_name": "Åsa Märta Karin"}, "given_name"),
        (PRINTED | {"given_name": ""}, "given_name"),
        (PRINTED | {"family_name": "Öhrnström\u0000"}, "family_name"),
        (PRINTED | {"family_name": "Оhrnström"}, "family_name"),  # a Cyrillic O
    ],
)
def test_another_name_than_the_zones_is_refused(world: World, names: dict[str, str], where: str) -> None:
    person = unread(world)
    answer = person.call("PUT", "/names", json=names)
    assert (answer.status_code, answer.json()["code"]) == (422, "onboarding.name_mismatch")
    assert answer.json()["where"] == where
    assert "names" not in person.call("GET", "/export").json()["held"]


def test_a_name_that_the_zone_cut_is_written_in_full(world: World) -> None:
    cut = replace(UNREAD, family_name_mrz="PAPANDROPOULOS", given_name_mrz="JONATHON ALEXANDROS WAR")
    assert len(cut.family_name_mrz + cut.given_name_mrz) + 2 == 39
    person = unread(world, cut)
    whole = {"given_name": "Jonathon Alexandros Warren", "family_name": "Papandropoulos"}
    assert person.call("PUT", "/names", json=whole).status_code == 200
    one_less = replace(cut, given_name_mrz="JONATHON ALEXANDROS WA")
    shorter = unread(world, one_less)
    assert shorter.call("PUT", "/names", json=whole).status_code == 422


SINGLE = replace(FIELDS, family_name="Hamish", family_name_mrz="HAMISH", given_name="", given_name_mrz="")


def test_who_has_a_single_name_gets_an_age_statement_and_no_invented_name(world: World) -> None:
    world.engines.reading = reading(SINGLE)
    person = Person(world).approved()
    assert issued_names(person) == ("", "Hamish")
    names = person.offer()["credential_configuration_ids"]
    assert names
    assert {name.partition("_")[0] for name in names} == {"ClicAge"}
    refused = person.call("POST", "/offers", json={"configurations": ["ClicIdentity_sdjwt"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "issuing.single_name")


def test_a_single_name_that_was_not_read_is_the_persons_to_write(world: World) -> None:
    person = unread(world, replace(SINGLE, family_name=None, given_name=None))
    assert person.call("PUT", "/names", json={"given_name": "", "family_name": "Hamish"}).status_code == 200
    approve(world, person)
    assert issued_names(person) == ("", "Hamish")


def test_a_given_name_that_nobody_read_is_no_single_name(world: World) -> None:
    """The zone's field was full, and had no room for it."""
    person = unread(world, replace(SINGLE, family_name_mrz="PAPANDROPOULOS" * 3, given_name=None))
    headers = world.operator(Role.REVIEWER)
    path = f"/reviews/{person.id}"
    answer = world.call("POST", path, to="operators", headers=headers, json={"verdict": "approve"})
    assert (answer.status_code, answer.json()["code"]) == (409, "issuing.profile")


def test_where_no_names_are_wanted_none_are_taken(world: World) -> None:
    person = Person(world)
    person.to_decision()
    assert person.settled()["names_wanted"] is False
    assert person.call("GET", "/names").json() == {"in_zone": None}
    answer = person.call("PUT", "/names", json=PRINTED)
    assert (answer.status_code, answer.json()["code"]) == (409, "onboarding.wrong_step")


@pytest.mark.parametrize(
    ("given", "status"), [("Jonathon", 200), ("\u202eJonathon", 422), ("Jon\u0007athon", 422), ("J0n", 422)]
)
def test_a_given_name_that_was_cut_away_whole_is_of_letters_all_the_same(
    world: World, given: str, status: int
) -> None:
    """There is nothing in the zone to hold it against: a reviewer looks, and sees what stands there."""
    person = unread(world, replace(UNREAD, family_name_mrz="PAPANDROPOULOS" * 3, given_name_mrz=""))
    names = {"given_name": given, "family_name": "Papandropoulos" * 3}
    assert person.call("PUT", "/names", json=names).status_code == status


def test_names_do_not_change_once_a_verdict_on_them_is_proposed(world: World) -> None:
    person = unread(world)
    assert person.call("PUT", "/names", json=PRINTED).status_code == 200
    with world.ground.env.store.writing() as tx:
        session = tx.sessions.get(person.id)
        assert session is not None
        tx.sessions.save(replace(session, proposed_by="anna"))
    changed = PRINTED | {"given_name": "Aasa Maerta"}
    answer = person.call("PUT", "/names", json=changed)
    assert (answer.status_code, answer.json()["code"]) == (409, "onboarding.wrong_step")
