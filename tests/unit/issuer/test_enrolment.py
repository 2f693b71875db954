"""Already enrolled: who comes back gets their identity back, and nobody else gets it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from issuer.evidence.ports import DocumentType, Finding, NumberKind, PersonalNumber
from issuer.usecases.onboarding import ENROLLED_FACE
from issuer.usecases.records import Role
from tests.support import issuer_world
from tests.support.issuer_clients import Person, Wallet
from tests.support.issuer_config import configured
from tests.support.issuer_doubles import FIELDS, match, picture, reading
from tests.unit.issuer.test_credential_endpoint import IDENTITY, ask, proved, wallet_of

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from issuer.evidence.ports import DocumentFields
    from tests.support.issuer_world import World

RENEWED = replace(
    FIELDS, number="PB0000011", expiry_date=FIELDS.expiry_date and FIELDS.expiry_date.replace(year=2035)
)
ABROAD = replace(FIELDS, personal_number=None, issuing_state="NOR", nationality="NOR")
ANOTHER_FACE = 5.0


def comes(
    world: World, fields: DocumentFields = FIELDS, face: float = 0.0, likeness: float = 0.31, **options: Any
) -> Person:
    """Somebody with this document and this face, as far as the decision."""
    world.engines.reading = reading(fields, **options)
    world.engines.match = match(likeness, face)
    person = Person(world)
    person.to_decision()
    person.settled()
    return person


def enrolled(world: World, fields: DocumentFields = FIELDS) -> Person:
    person = comes(world, fields)
    assert person.state()["state"] == "approved"
    assert person.state()["enrolled"] is False
    return person


def codes(person: Person) -> list[str]:
    """What a reviewer is told: more than the person is."""
    with person.world.ground.env.store.reading() as tx:
        session = tx.sessions.get(person.id)
        assert session is not None
        return sorted(session.codes)


def told(person: Person) -> list[str]:
    return sorted(reason["code"] for reason in person.state()["reasons"])


def person_ref(person: Person) -> str:
    found: str = person.call("GET", "/export").json()["held"]["profile"]["person_ref"]
    return found


def approve(person: Person, **verdict: Any) -> httpx.Response:
    return person.world.call(
        "POST",
        f"/reviews/{person.id}",
        to="operators",
        headers=person.world.operator(Role.REVIEWER),
        json={"verdict": "approve", **verdict},
    )


def held(person: Person, name: str) -> bool:
    with person.world.ground.env.store.reading() as tx:
        session = tx.sessions.get(person.id)
        assert session is not None
        return tx.vault.has(session.key_id, name)


# I lost my telephone and come back with the same passport.


def test_the_same_document_and_face_get_the_identity_back(world: World) -> None:
    first = enrolled(world)
    again = comes(world)
    state = again.state()
    assert (state["state"], state["enrolled"]) == ("approved", True)
    assert told(again) == ["enrolled.known"]
    assert "revoke-earlier" in state["next"]
    assert again.person_id() == first.person_id()
    assert person_ref(again) == person_ref(first)


def test_what_the_old_wallet_holds_stays_unless_the_person_asks(world: World) -> None:
    first = enrolled(world)
    wallet = Wallet(world, first.offer()["credential_offer"])
    assert wallet.redeem().status_code == 200
    configuration = wallet.offer["credential_configuration_ids"][0]
    assert wallet.credential(configuration).status_code == 200
    world.clock.forward(hours=2)
    again = comes(world)
    assert revoked(world, again) == [False]
    first_state = first.call("GET")
    assert first_state.status_code == 200
    # New credentials, then the wish: only what was held before goes.
    world.clock.forward(seconds=5)
    renewed = Wallet(world, again.offer()["credential_offer"])
    assert renewed.redeem().status_code == 200
    assert renewed.credential(configuration).status_code == 200
    assert again.call("POST", "/revoke-earlier").json() == {"revoked": 1}
    assert revoked(world, again) == [True, False]
    assert again.call("POST", "/revoke-earlier").json() == {"revoked": 0}


def test_whoever_has_the_lost_telephone_has_nothing_left_to_ask_with(world: World) -> None:
    first = enrolled(world)
    wallet = Wallet(world, first.offer()["credential_offer"])
    world.clock.forward(seconds=5)
    again = comes(world)
    again.call("POST", "/revoke-earlier")
    assert first.call("GET").status_code == 404
    assert first.call("DELETE").status_code == 404
    assert wallet.redeem().status_code == 400
    assert again.state()["state"] == "approved"


def test_only_who_is_known_can_revoke_what_was_held_before(world: World) -> None:
    person = Person(world)
    assert person.call("POST", "/revoke-earlier").json()["code"] == "onboarding.wrong_step"
    first = enrolled(world)
    assert first.call("POST", "/revoke-earlier").json()["code"] == "onboarding.wrong_step"


def revoked(world: World, person: Person) -> list[bool]:
    with world.ground.env.store.reading() as tx:
        copies = sorted(tx.issuance.copies_of_person(person.person_id()), key=lambda copy: copy.issued_at)
        entries = [tx.statuses.entry(copy.list_id, copy.index) for copy in copies]
        return [entry is not None and bool(entry.flags & 1) for entry in entries]


# Somebody else has my passport.


@pytest.mark.parametrize("face", [ANOTHER_FACE, 0.55, float("nan")])
def test_a_thief_with_the_document_and_another_face_does_not_become_the_person(
    world: World, face: float
) -> None:
    victim = enrolled(world)
    thief = comes(world, face=face)
    assert thief.state()["state"] == "review"
    assert codes(thief) == ["enrolled.other_face"]
    assert "profile" not in thief.call("GET", "/export").json()["held"]
    # Somebody in review may be made an offer; what it is for waits for the reviewer.
    wallet = wallet_of(world, thief)
    assert ask(wallet, proved(wallet, "1", wallet.nonce()), name=IDENTITY).status_code == 202
    assert thief.call("POST", "/revoke-earlier").json()["code"] == "onboarding.wrong_step"
    assert persons(world) == 1
    assert victim.state()["state"] == "approved"


def test_a_new_document_in_the_persons_name_does_not_help_the_thief(world: World) -> None:
    enrolled(world)
    thief = comes(world, RENEWED, face=ANOTHER_FACE)
    assert thief.state()["state"] == "review"
    assert codes(thief) == ["enrolled.other_face"]
    assert persons(world) == 1


def test_the_thief_does_not_learn_that_the_person_is_known(world: World) -> None:
    enrolled(world)
    thief = comes(world, face=ANOTHER_FACE)
    state = thief.state()
    assert (state["enrolled"], told(thief)) == (False, ["onboarding.review"])
    exported = thief.call("GET", "/export").text
    assert "enrolled." not in exported
    assert "distance" not in exported.replace('"distance":0.31', "")


@pytest.mark.parametrize("likeness", [0.58, 0.9])
def test_what_the_thief_sees_is_the_same_where_the_person_is_not_known(world: World, likeness: float) -> None:
    """A doubtful face, or another's: the decision, the export and what is in it do not tell the two apart."""
    stranger = comes(world, RENEWED, face=ANOTHER_FACE, likeness=likeness)
    seen = shown(stranger)
    stranger.call("DELETE")
    enrolled(world)
    assert shown(comes(world, RENEWED, face=ANOTHER_FACE, likeness=likeness)) == seen


def test_a_sign_of_forgery_tells_a_thief_as_little_as_that_the_person_is_known(world: World) -> None:
    forger = comes(world, RENEWED, face=ANOTHER_FACE, findings=(Finding("document.edited"),))
    seen = shown(forger)
    assert (codes(forger), told(forger)) == (["document.edited"], ["onboarding.review"])
    forger.call("DELETE")
    enrolled(world)
    assert shown(comes(world, RENEWED, face=ANOTHER_FACE)) == seen


def shown(person: Person) -> tuple[Any, Any]:
    """State and export, without what differs in any two onboardings."""
    state, exported = person.state(), person.call("GET", "/export").json()
    del state["session_id"]
    varying = r"[0-9-]{10}T[0-9:+]{14}|[0-9a-f]{64}|[A-Za-z0-9+/]{40,}=*|left|right"
    return state, re.sub(varying, "", json.dumps(exported))


def test_a_reviewer_who_approves_must_say_that_it_is_the_person(world: World) -> None:
    victim = enrolled(world)
    thief = comes(world, face=ANOTHER_FACE)
    unsaid = approve(thief)
    assert (unsaid.status_code, unsaid.json()["code"]) == (409, "review.known")
    # Nor can one document be two persons.
    another = approve(thief, same_person=False)
    assert (another.status_code, another.json()["code"]) == (409, "onboarding.person_conflict")
    assert thief.state()["state"] == "review"
    assert persons(world) == 1
    assert approve(thief, same_person=True).status_code == 200  # it was no thief: the reviewer looked
    assert person_ref(thief) == person_ref(victim)
    assert told(thief) == ["enrolled.known"]


def test_a_reviewer_sees_the_portrait_on_file_and_the_audit_says_so(world: World) -> None:
    victim = enrolled(world)
    thief = comes(world, face=ANOTHER_FACE, portrait=picture("crimson"))
    reviewer = world.operator(Role.REVIEWER)
    case = world.call("GET", f"/reviews/{thief.id}", to="operators", headers=reviewer).json()
    assert case["known"] == {"person_id": victim.person_id(), "found_by": ["document", "number"]}
    assert "enrolled" in case["images"]
    image = world.call("GET", f"/reviews/{thief.id}/images/enrolled", to="operators", headers=reviewer)
    assert image.content == picture("tan")
    with world.ground.env.store.reading() as tx:
        assert tx.audit.page(0, 500)[-1].detail == "enrolled"


def test_nobody_known_is_nobody_to_be_the_same_as(world: World) -> None:
    world.engines.match = match(0.6)
    person = Person(world)
    person.to_decision()
    assert person.settled()["state"] == "review"
    said = approve(person, same_person=True)
    assert (said.status_code, said.json()["code"]) == (409, "review.known")
    assert approve(person).status_code == 200


# I have a new passport.


def test_a_new_document_of_the_same_number_is_the_same_person(world: World) -> None:
    first = enrolled(world)
    renewed = comes(world, RENEWED)
    assert told(renewed) == ["enrolled.known", "enrolled.renewed"]
    assert person_ref(renewed) == person_ref(first)
    assert profile(renewed)["number"] == "PB0000011"
    # The new one is known from now on, without the number too.
    without = comes(world, replace(RENEWED, personal_number=None))
    assert (without.state()["state"], person_ref(without)) == ("approved", person_ref(first))


def test_a_document_that_was_superseded_is_found_and_noticed(world: World) -> None:
    enrolled(world)
    comes(world, RENEWED)
    old = comes(world, FIELDS)
    assert old.state()["state"] == "review"
    assert codes(old) == ["enrolled.superseded"]
    # Also where the number is not on it, and a card was shown in between.
    card = replace(RENEWED, number="KA1", format="TD1", document_type=DocumentType.IDENTITY_CARD)
    assert comes(world, card).state()["state"] == "approved"
    assert codes(comes(world, replace(FIELDS, personal_number=None))) == ["enrolled.superseded"]


def test_a_card_beside_a_passport_supersedes_nothing(world: World) -> None:
    first = enrolled(world)
    card = replace(RENEWED, number="KA1", format="TD1", document_type=DocumentType.IDENTITY_CARD)
    assert comes(world, card).state()["state"] == "approved"
    passport_again = comes(world)
    assert passport_again.state()["state"] == "approved"
    assert person_ref(passport_again) == person_ref(first)


def test_without_a_number_name_and_birth_date_are_only_a_hint(world: World) -> None:
    first = enrolled(world, ABROAD)
    renewed = comes(world, replace(ABROAD, number="NO7654321"))
    assert renewed.state()["state"] == "review"
    assert codes(renewed) == ["enrolled.same_name"]
    assert approve(renewed).json()["code"] == "review.known"
    assert approve(renewed, same_person=True).status_code == 200
    assert person_ref(renewed) == person_ref(first)
    assert persons(world) == 1


def test_a_namesake_born_on_the_same_day_is_another_person(world: World) -> None:
    first = enrolled(world, ABROAD)
    namesake = comes(world, replace(ABROAD, number="NO7654321"), face=ANOTHER_FACE)
    assert approve(namesake, same_person=False).status_code == 200
    assert person_ref(namesake) != person_ref(first)
    assert told(namesake) == []


def test_two_numbers_of_one_kind_are_two_persons_whatever_their_name(world: World) -> None:
    first = enrolled(world)
    twin = replace(
        FIELDS, number="PC0000001", personal_number=PersonalNumber("199002282397", NumberKind.PERSONAL, "SWE")
    )
    other = comes(world, twin, face=ANOTHER_FACE)
    assert other.state()["state"] == "approved"
    assert person_ref(other) != person_ref(first)


def test_who_had_a_coordination_number_may_be_known_by_name(world: World) -> None:
    enrolled(
        world, replace(FIELDS, personal_number=PersonalNumber("199002882386", NumberKind.COORDINATION, "SWE"))
    )
    assert codes(comes(world, RENEWED)) == ["enrolled.same_name"]


# The numbers do not fit.


def test_the_same_document_with_another_birth_date_is_a_conflict(world: World) -> None:
    enrolled(world)
    forged = comes(world, replace(FIELDS, birth_date=FIELDS.expiry_date, personal_number=None))
    assert forged.state()["state"] == "review"
    assert codes(forged) == ["onboarding.person_conflict"]
    refused = approve(forged, same_person=True)
    assert (refused.status_code, refused.json()["code"]) == (409, "onboarding.person_conflict")


def test_the_same_document_with_another_name_is_a_conflict_that_a_person_may_settle(world: World) -> None:
    first = enrolled(world)
    misread = comes(world, replace(FIELDS, family_name_mrz="OEHRNSTR0EM"))
    assert misread.state()["state"] == "review"
    assert codes(misread) == ["onboarding.person_conflict"]
    assert approve(misread, same_person=True).status_code == 200
    assert person_ref(misread) == person_ref(first)


def test_numbers_of_two_persons_are_a_conflict(world: World) -> None:
    enrolled(world, replace(FIELDS, personal_number=None))
    enrolled(world, replace(RENEWED, given_name_mrz="ALVA"))
    both = comes(world, FIELDS)
    assert codes(both) == ["onboarding.person_conflict"]
    assert persons(world) == 2


# What is kept of a face, and how long.


def test_the_face_on_file_goes_with_the_consent_and_then_a_person_looks(world: World) -> None:
    first = enrolled(world)
    assert held(first, ENROLLED_FACE)
    first.call("DELETE", "/face-consent")
    assert not held(first, ENROLLED_FACE)
    again = comes(world)
    assert again.state()["state"] == "review"
    assert codes(again) == ["enrolled.no_face"]


def test_without_consent_no_face_is_kept_nor_compared(world: World) -> None:
    first = enrolled(world)
    again = Person(world)
    again.to_document(consent=False)
    again.upload("document")
    assert again.settled()["state"] == "review"
    assert codes(again) == ["enrolled.no_face", "face.no_consent"]
    assert not held(again, ENROLLED_FACE)
    assert held(first, ENROLLED_FACE)  # the first consent stands


def test_the_face_on_file_goes_when_the_policy_says(tmp_path: Path) -> None:
    config = configured(tmp_path, **{'version = "2026-11"': 'version = "2026-11"\nenrolled_face_days = 400'})
    with issuer_world.running(tmp_path, config=config) as world:
        first = enrolled(world)
        for days, kept in ((399, True), (1, False)):
            world.clock.forward(days=days)
            world.application.services.privacy.let_go()
            assert held(first, ENROLLED_FACE) is kept
        assert not held(first, "selfie")


def test_the_numbers_of_a_face_go_with_its_images_unless_the_policy_says_otherwise(world: World) -> None:
    first = enrolled(world)
    world.clock.forward(days=30)
    world.application.services.privacy.let_go()
    assert not held(first, ENROLLED_FACE)


def test_a_face_of_another_engine_is_not_compared(world: World) -> None:
    enrolled(world)
    world.engines.reading, found = reading(), match(0.31)
    assert found.descriptor is not None
    world.engines.match = replace(found, descriptor=replace(found.descriptor, engine_version="2"))
    again = Person(world)
    again.to_decision()
    assert again.settled()["state"] == "review"
    assert codes(again) == ["enrolled.no_face"]


def test_the_person_gets_the_numbers_of_their_face_in_the_export(world: World) -> None:
    exported = enrolled(world).call("GET", "/export").json()
    assert exported["held"][ENROLLED_FACE]["values"] == [0.0, 0.0]


def test_credentials_tell_no_verifier_that_the_person_came_back(world: World) -> None:
    enrolled(world)
    again = comes(world)
    methods = again.call("GET", "/export").json()["held"]["profile"]["methods"]
    assert "enrolled" not in methods


def test_look_ups_are_keyed_hashes_and_what_is_known_is_sealed(world: World) -> None:
    enrolled(world)
    comes(world, RENEWED)
    with world.ground.database.reading() as connection:
        kinds = set(connection.scalars(text("SELECT kind FROM person_lookup")))
    assert kinds == {"document", "number", "name"}
    secrets = (b"PA8271364", b"PB0000011", b"OEHRNSTROEM", b"199002282389", b"2035-06-01")
    for file in (world.path / "data").iterdir():
        body = file.read_bytes()
        assert not [secret for secret in secrets if secret in body]


def test_who_was_erased_is_nobody_we_know(world: World) -> None:
    first = enrolled(world)
    reference = person_ref(first)
    assert first.call("DELETE").status_code == 204
    again = enrolled(world)
    assert person_ref(again) != reference


def test_who_was_identified_before_documents_were_remembered_is_known_all_the_same(world: World) -> None:
    first = enrolled(world)
    with world.ground.env.store.writing() as tx:
        tx.vault.drop(first.person_id(), "documents")
    assert comes(world, RENEWED).state()["state"] == "approved"
    assert codes(comes(world, FIELDS)) == ["enrolled.superseded"]


def profile(person: Person) -> dict[str, Any]:
    found: dict[str, Any] = person.call("GET", "/export").json()["held"]["profile"]["fields"]
    return found


def persons(world: World) -> int:
    with world.ground.database.reading() as connection:
        return connection.scalar(text("SELECT count(*) FROM person")) or 0
