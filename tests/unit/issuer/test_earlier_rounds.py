"""What an earlier round left: a document replaced, evidence of what is gone, a job that nobody survives."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from clicid.errors import Undecided
from issuer.evidence.checking import Follows, check
from issuer.evidence.evidence import PORTRAIT_DIFFERS, PORTRAITS, EvidenceKind
from issuer.evidence.file import EvidenceFile
from issuer.evidence.ports import Finding
from issuer.usecases.deciding import LEASE, MAX_ATTEMPTS
from issuer.usecases.onboarding import OF_THE_CASE
from issuer.usecases.records import Role
from tests.support.chip_world import asked, give, place
from tests.support.issuer_doubles import FIELDS, match, picture, reading

if TYPE_CHECKING:
    from issuer.evidence.evidence import Evidence
    from tests.support.issuer_clients import Person

AGAIN = reading(FIELDS, findings=(Finding("document.glare"),))


def case(person: Person) -> dict[str, Any]:
    headers = person.world.operator(Role.REVIEWER)
    found: dict[str, Any] = person.world.call(
        "GET", f"/reviews/{person.id}", to="operators", headers=headers
    ).json()
    return found


def kinds(person: Person) -> dict[EvidenceKind, Evidence]:
    with person.world.ground.env.store.reading() as tx:
        return {piece.kind: piece for piece in tx.sessions.evidence(person.id)}


def held(person: Person) -> set[str]:
    return set(person.call("GET", "/export").json()["held"])


def test_a_reviewer_does_not_see_the_fields_of_a_document_that_was_replaced(person: Person) -> None:
    """The engine read the first one, and cannot look at the second: nobody is approved as the first."""
    person.world.engines.reading = AGAIN
    person.upload("document")
    person.upload("selfie")
    person.turn_head()
    assert person.settled()["state"] == "document"
    assert {"reading", "portrait"} <= held(person)
    person.world.engines.fault = Undecided("engine.lost")
    person.upload("document", picture("red"))
    person.upload("selfie")
    assert person.settled()["state"] == "review"
    assert {"reading", "portrait"}.isdisjoint(held(person))
    assert case(person)["fields"] is None
    answer = person.world.call(
        "POST",
        f"/reviews/{person.id}",
        to="operators",
        headers=person.world.operator(Role.REVIEWER),
        json={"verdict": "approve"},
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "review.level")  # nothing was shown


def test_names_written_for_one_document_are_not_issued_for_the_next(person: Person) -> None:
    unread = replace(FIELDS, given_name=None, family_name=None)
    person.world.engines.reading = reading(unread, findings=(Finding("document.printed_unread"),))
    person.upload("document")
    person.upload("selfie")
    person.turn_head()
    assert person.settled()["state"] == "review"
    names = {"given_name": "Åsa Märta", "family_name": "Öhrnström"}
    assert person.call("PUT", "/names", json=names).status_code == 200
    headers = person.world.operator(Role.REVIEWER)
    path = f"/reviews/{person.id}"
    body = {"verdict": "resubmit_document"}
    assert person.world.call("POST", path, to="operators", headers=headers, json=body).status_code == 200
    other = replace(unread, family_name_mrz="LIND", given_name_mrz="EVA", number="X1234567")
    person.world.engines.reading = reading(other, findings=(Finding("document.printed_unread"),))
    person.upload("document")
    person.upload("selfie")
    assert person.settled()["state"] == "review"
    assert case(person)["names_by_person"] is None


def test_evidence_of_a_chip_goes_with_what_the_chip_said(person: Person) -> None:
    """Else a bare photograph would be taken for what an authentic chip vouches for."""
    question = asked(person)
    response = place().active.answer(bytes.fromhex(question["challenge"]))
    assert give(person, place().good.files, active=response).status_code == 200
    person.world.clock.forward(days=29)
    unread = reading(FIELDS, findings=(Finding("document.printed_unread"),))
    person.world.engines.reading = unread
    person.upload("document")  # also keeps the onboarding alive
    person.world.clock.forward(days=2)
    person.world.application.services.privacy.let_go()
    assert "chip_reading" not in held(person)
    person.upload("selfie")
    person.turn_head()
    settled = person.settled()
    assert settled["state"] == "review"
    assert [reason["code"] for reason in settled["reasons"]] == ["document.printed_unread"]
    assert EvidenceKind.CHIP not in kinds(person)


def test_a_document_that_went_meanwhile_is_asked_for_again(person: Person) -> None:
    person.upload("document")
    person.world.clock.forward(days=29)
    person.upload("selfie")
    person.world.clock.forward(days=2)
    person.world.application.services.privacy.let_go()
    person.turn_head()
    settled = person.settled()
    assert settled["state"] == "document"
    assert [reason["code"] for reason in settled["reasons"]] == ["document.missing"]


def test_what_was_refused_late_is_still_there_for_whoever_contests_it(person: Person) -> None:
    person.world.engines.match = match(0.9)
    person.upload("document")
    person.world.clock.forward(days=25)
    person.upload("selfie")
    person.turn_head()
    assert person.settled()["state"] == "refused"
    person.world.clock.forward(days=7)
    person.world.application.services.privacy.let_go()
    person.call("POST", "/contest")
    assert {"document", "selfie", "portrait"} <= set(case(person)["images"])
    assert held(person) & set(OF_THE_CASE)


def test_a_job_that_nobody_survives_ends_before_a_person(person: Person) -> None:
    """An engine's bug, or memory that runs out: neither reaches the code that counts attempts."""
    person.world.engines.fault = ValueError("a bug")
    person.upload("document")
    person.upload("selfie")
    person.turn_head()
    calls = person.world.engines.calls
    for attempt in range(1, MAX_ATTEMPTS + 1):
        person.world.until(lambda attempt=attempt: calls.count("read") == attempt)
        person.world.clock.forward(seconds=LEASE.total_seconds() + 1)
    settled = person.settled()
    assert settled["state"] == "review"
    assert [reason["code"] for reason in settled["reasons"]] == ["engine.lost"]


def test_a_chip_takes_the_place_of_a_photograph_that_was_to_be_taken_again(person: Person) -> None:
    person.world.engines.reading = reading(FIELDS, findings=(Finding("document.kind"),))
    person.upload("document")
    person.upload("selfie")
    person.turn_head()
    assert person.settled()["state"] == "document"
    assert give(person, place().good.files).status_code == 200
    person.upload("selfie")
    assert person.settled()["state"] == "approved"
    assert "document" not in held(person)


def settled(person: Person, *found: str, liveness: tuple[str, ...] = ()) -> str:
    """Where a round ends whose document photograph bears these findings."""
    person.world.engines.reading = reading(FIELDS, findings=tuple(Finding(code) for code in found))
    if person.state()["state"] == "document":
        person.upload("document", picture("red"))
    if person.state()["state"] == "selfie":
        person.upload("selfie")
    if person.state()["state"] == "liveness":
        person.turn_head()
    state: str = person.settled()["state"]
    return state


def test_a_sign_of_forgery_does_not_go_with_the_photograph_that_bore_it(person: Person) -> None:
    assert settled(person, "document.edited", "document.glare") == "document"
    assert settled(person, "document.reproduced", "document.kind") == "document"
    assert settled(person) == "review"
    assert case(person)["codes"] == ["onboarding.earlier_sign"]
    signs = kinds(person)[EvidenceKind.EARLIER].findings
    assert {sign.field for sign in signs} == {"document.edited", "document.reproduced"}
    (*_, last) = case(person)["decisions"]
    assert check(EvidenceFile.model_validate(last["file"]), {}).follows is Follows.YES


@pytest.mark.parametrize(
    "found",
    [
        ("document.glare",),
        ("document.blurred", "document.too_dark", "document.unreadable"),
        ("document.mrz_mismatch", "document.glare"),
        ("document.date", "document.check_digit"),
        ("document.no_colour", "document.too_dark"),
        ("document.printed_unread", "document.cut"),
    ],
)
def test_what_a_bad_photograph_explains_is_forgotten_with_it(person: Person, found: tuple[str, ...]) -> None:
    assert settled(person, *found) == "document"
    assert settled(person) == "approved"
    assert EvidenceKind.EARLIER not in kinds(person)


def test_a_sign_in_the_frames_stays_where_the_head_turns_are_then_left_out(person: Person) -> None:
    frames = (Finding("liveness.screen"), Finding("liveness.no_face"))
    person.world.engines.liveness = replace(person.world.engines.liveness, findings=frames)
    assert settled(person) == "liveness"
    person.call("POST", "/liveness/leave-out")
    assert person.settled()["state"] == "review"
    assert [sign.field for sign in kinds(person)[EvidenceKind.EARLIER].findings] == ["liveness.screen"]
    person.call("DELETE", "/face-consent")
    assert kinds(person)[EvidenceKind.EARLIER].findings == ()


def test_a_withdrawal_takes_what_came_of_comparing_portraits(person: Person) -> None:
    person.world.engines.match = match(0.9)  # also the photographed portrait and the chip's
    give(person, place().good.files)
    person.upload("document")
    person.upload("selfie")
    person.turn_head()
    person.settled()
    assert PORTRAITS in kinds(person)[EvidenceKind.DOCUMENT].scores
    person.call("DELETE", "/face-consent")
    left = kinds(person)[EvidenceKind.DOCUMENT]
    assert PORTRAITS not in left.scores
    assert PORTRAIT_DIFFERS not in {finding.code for finding in left.findings}
