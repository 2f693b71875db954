"""The onboarding over HTTP: from the notice to the decision, left and taken up again."""

from __future__ import annotations

import base64
import hashlib
import struct
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from clicid.errors import Undecided
from issuer.evidence.ports import Finding
from issuer.usecases.records import Role
from issuer.usecases.states import ENDS, TRANSITIONS, Event, State, step
from tests.support import issuer_world
from tests.support.issuer_clients import Person
from tests.support.issuer_config import POLICY
from tests.support.issuer_doubles import FIELDS, match, picture, reading

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.issuer_world import World


def test_every_state_is_reached_and_only_ends_have_no_way_out() -> None:
    assert {State.NOTICE, *TRANSITIONS.values()} == set(State)
    assert set(State) - {state for state, _ in TRANSITIONS} == ENDS
    assert {event for _, event in TRANSITIONS} == set(Event)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_what_the_table_lacks_is_refused(state: State, event: Event) -> None:
    if (state, event) in TRANSITIONS:
        assert step(state, event) is TRANSITIONS[state, event]
        return
    with pytest.raises(Exception, match=r"onboarding\.wrong_step"):
        step(state, event)


def test_a_person_is_approved(world: World) -> None:
    person = Person(world)
    assert person.state()["next"] == "POST notice"
    person.to_decision()
    settled = person.settled()
    assert settled["state"] == "approved"
    assert settled["reasons"] == []
    assert world.engines.calls == ["read", "compare", "liveness"]


def test_the_notice_is_there_in_both_languages(world: World) -> None:
    swedish = world.call("GET", "/onboarding/notice?language=sv").json()
    assert swedish["policy_version"] == POLICY
    assert swedish["notice"] == "Så behandlar vi dina uppgifter."
    assert world.call("GET", "/onboarding/notice?language=fi").status_code == 422


def test_an_old_notice_cannot_be_accepted(world: World) -> None:
    answer = Person(world).call("POST", "/notice", json={"policy_version": "2019-01"})
    assert (answer.status_code, answer.json()["code"]) == (409, "onboarding.policy_version")


def test_steps_cannot_be_jumped_over(world: World) -> None:
    person = Person(world)
    answer = person.upload("document")
    assert (answer.status_code, answer.json()["code"]) == (409, "onboarding.wrong_step")
    assert person.state()["state"] == "notice"


def test_wrong_id_and_wrong_token_get_the_same_answer(world: World) -> None:
    person = Person(world)
    wrong_token = world.call("GET", f"/onboarding/{person.id}", headers={"authorization": "Bearer x"})
    person_token = {"authorization": f"Bearer {person.token}"}
    wrong_id = world.call("GET", "/onboarding/0123456789abcdef", headers=person_token)
    assert wrong_token.status_code == wrong_id.status_code == 404
    assert wrong_token.json() == wrong_id.json()


def test_problems_speak_both_languages(world: World) -> None:
    answer = world.call("GET", "/onboarding/x", headers={"accept-language": "sv-SE,sv;q=0.9"})
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["title"] == problem["title_sv"] != problem["title_en"]
    assert problem["code"] == "onboarding.unknown"


def test_someone_else_is_refused(world: World) -> None:
    world.engines.match = match(0.81)
    person = Person(world)
    person.to_decision()
    settled = person.settled()
    assert settled["state"] == "refused"
    assert [reason["code"] for reason in settled["reasons"]] == ["face.other_person"]


def test_a_refusal_by_rules_is_contested_once(world: World) -> None:
    world.engines.match = match(0.81)
    person = Person(world)
    assert person.call("POST", "/contest").json()["code"] == "onboarding.wrong_step"
    person.to_decision()
    person.settled()
    contested = person.call("POST", "/contest").json()
    assert contested["state"] == "review"
    assert [reason["code"] for reason in contested["reasons"]] == ["face.other_person"]
    reviewer = world.operator(Role.REVIEWER)
    refused = world.call(
        "POST", f"/reviews/{person.id}", to="operators", headers=reviewer, json={"verdict": "refuse"}
    )
    assert refused.status_code == 200
    again = person.call("POST", "/contest")
    assert (again.status_code, again.json()["code"]) == (409, "onboarding.wrong_step")


def test_an_unreadable_photograph_asks_for_another(world: World) -> None:
    world.engines.reading = reading(None, findings=(Finding("document.unreadable"),))
    person = Person(world)
    person.to_decision()
    settled = person.settled()
    assert settled["state"] == "document"
    assert "document.unreadable" in [reason["code"] for reason in settled["reasons"]]
    world.engines.reading = reading()
    assert person.upload("document", picture("red")).json()["reasons"] == []
    person.upload("selfie")
    assert person.settled()["state"] == "approved"


@pytest.mark.parametrize("after", [0, 1, 2], ids=["first", "before the selfie", "before the head turns"])
def test_both_sides_of_a_card_are_read_together(world: World, after: int) -> None:
    person = Person(world)
    person.to_document()
    images = {"document": picture("navy"), "document/back": picture("red"), "selfie": picture("olive")}
    names = ["document", "selfie"]
    names.insert(after, "document/back")
    states = ["document", *(person.upload(name, images[name]).json()["state"] for name in names)]
    assert states[after + 1] == states[after], "the other side moves nothing"
    assert states[-1] == "liveness"
    person.turn_head()
    assert person.settled()["state"] == "approved"
    assert world.engines.images == (images["document"], images["document/back"])
    exported = person.call("GET", "/export").json()
    assert exported["held"]["document_back"] == base64.b64encode(images["document/back"]).decode()
    evidence = {piece["kind"]: piece for piece in exported["onboardings"][0]["evidence"]}
    assert evidence["document"]["digests"] == {
        "document": hashlib.sha256(images["document"]).hexdigest(),
        "back": hashlib.sha256(images["document/back"]).hexdigest(),
    }


def test_the_other_side_comes_while_the_document_is_asked_for_and_not_otherwise(world: World) -> None:
    person = Person(world)
    assert person.upload("document/back").json()["code"] == "onboarding.wrong_step"
    person.to_document()
    assert person.upload("document/back", b"%PDF-1.7").json()["code"] == "document.not_an_image"
    assert "document_back" not in person.call("GET", "/export").json()["held"]
    person.upload("document")
    person.upload("selfie")
    person.turn_head()
    person.settled()
    assert person.upload("document/back").json()["code"] == "onboarding.wrong_step"


def test_a_document_wanted_again_is_wanted_with_both_sides(world: World) -> None:
    """So that the back of a card does not stand beside the passport that is given instead of it."""
    world.engines.reading = reading(None, findings=(Finding("document.unreadable"),))
    person = Person(world)
    person.to_document()
    person.upload("document/back", picture("red"))
    person.upload("document")
    person.upload("selfie")
    person.turn_head()
    assert person.settled()["state"] == "document"
    assert "document_back" not in person.call("GET", "/export").json()["held"]


def test_the_other_side_goes_when_the_contest_period_is_over(world: World) -> None:
    person = Person(world)
    person.to_document()
    person.upload("document/back", picture("red"))
    person.upload("document")
    person.upload("selfie")
    person.turn_head()
    assert person.settled()["state"] == "approved"
    world.clock.forward(days=400)
    world.application.services.privacy.let_go()
    assert {"document", "document_back"}.isdisjoint(person.call("GET", "/export").json()["held"])


def test_two_faces_ask_for_another_selfie(world: World) -> None:
    world.engines.match = replace(match(None), findings=(Finding("face.several"),))
    person = Person(world)
    person.to_decision()
    assert person.settled()["state"] == "selfie"
    world.engines.match = match(0.3)
    person.upload("selfie", picture("white"))
    assert person.settled()["state"] == "approved"


def test_what_is_asked_for_again_is_told_item_by_item_with_what_to_do(world: World) -> None:
    world.engines.match = replace(match(None), findings=(Finding("face.blurred"),))
    person = Person(world)
    person.to_decision()
    (told,) = person.settled()["reasons"]
    assert (told["code"], told["item"]) == ("face.blurred", "selfie")
    assert (told["do_en"], told["do_sv"]) == ("Take a new selfie.", "Ta en ny selfie.")
    assert person.state()["resubmissions_left"] == 8


def test_the_tenth_time_a_person_looks_instead_of_asking_again(world: World) -> None:
    world.engines.match = replace(match(None), findings=(Finding("face.several"),))
    person = Person(world)
    person.to_decision()
    for left in range(8, -1, -1):
        settled = person.settled()
        assert (settled["state"], settled["resubmissions_left"]) == ("selfie", left)
        person.upload("selfie")
    settled = person.settled()
    assert settled["state"] == "review"
    codes = [reason["code"] for reason in settled["reasons"]]
    assert codes == ["onboarding.too_many_tries", "face.several"]
    assert {reason["item"] for reason in settled["reasons"]} == {None}
    answer = world.call(
        "POST",
        f"/reviews/{person.id}",
        to="operators",
        headers=world.operator(Role.REVIEWER),
        json={"verdict": "resubmit_selfie"},
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "onboarding.too_many_tries")


def test_an_expired_document_is_refused(world: World) -> None:
    world.engines.reading = reading(findings=(Finding("document.expired"),))
    person = Person(world)
    person.to_decision()
    assert person.settled()["state"] == "refused"


def test_a_borderline_face_goes_to_review(world: World) -> None:
    world.engines.match = match(0.58)
    person = Person(world)
    person.to_decision()
    assert person.settled()["state"] == "review"


def test_without_consent_no_face_is_compared_and_a_person_decides(world: World) -> None:
    person = Person(world)
    person.to_document(consent=False)
    assert person.upload("document").json()["state"] == "deciding"
    settled = person.settled()
    assert settled["state"] == "review"
    assert [reason["code"] for reason in settled["reasons"]] == ["face.no_consent"]
    assert world.engines.calls == ["read"]


def test_consent_withdrawn_before_the_selfie_leads_to_review(world: World) -> None:
    person = Person(world)
    person.to_document()
    person.upload("document")
    assert person.call("DELETE", "/face-consent").json()["face_consent"] is False
    assert person.settled()["state"] == "review"
    assert world.engines.calls == ["read"]


def test_consent_withdrawn_after_the_decision_takes_the_images_and_the_result(world: World) -> None:
    person = Person(world).approved()
    person.call("DELETE", "/face-consent")
    exported = person.call("GET", "/export").json()
    assert {"selfie", "portrait"}.isdisjoint(exported["held"])
    assert "face" not in [piece["kind"] for piece in exported["onboardings"][0]["evidence"]]
    consent = exported["onboardings"][0]["consents"][1]
    assert consent["kind"] == "face_comparison"
    assert consent["withdrawn_at"]


def test_no_image_is_refused_and_nothing_changes(world: World) -> None:
    person = Person(world)
    person.to_document()
    answer = person.upload("document", b"%PDF-1.7 not an image")
    assert (answer.status_code, answer.json()["code"]) == (415, "document.not_an_image")
    assert person.state()["state"] == "document"
    assert "document" not in person.call("GET", "/export").json()["held"]


def test_an_image_bomb_is_refused_by_its_header(world: World) -> None:
    person = Person(world)
    person.to_document()
    header = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    body = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    data = zlib.compress(bytes(1000))
    body += struct.pack(">I", len(data)) + b"IDAT" + data + struct.pack(">I", zlib.crc32(b"IDAT" + data))
    answer = person.upload("document", body)
    assert (answer.status_code, answer.json()["code"]) == (413, "document.image_bomb")
    assert person.state()["state"] == "document"


def test_an_image_beyond_the_cap_is_refused_before_it_is_read_whole(world: World) -> None:
    person = Person(world)
    person.to_document()
    answer = person.upload("document", b"\xff\xd8" + bytes(17 << 20))
    assert (answer.status_code, answer.json()["code"]) == (413, "codec.size")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"language":"sv","language":"en"}', "codec.json"),
        (b'{"language":NaN}', "codec.json"),
        (b'{"language":"sv","more":1}', "http.body"),
        (b'{"language":"tlh"}', "http.body"),
        (b"[" * 4000, "codec.size"),
        (b"", "http.body"),
    ],
)
def test_bad_bodies_get_a_code_and_leak_nothing(world: World, body: bytes, code: str) -> None:
    answer = world.call("POST", "/onboarding", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in {400, 413, 422}
    assert answer.json()["code"] == code
    assert "tlh" not in answer.text


def test_who_leaves_comes_back_to_where_they_were(tmp_path: Path) -> None:
    with issuer_world.running(tmp_path) as first:
        person = Person(first)
        person.to_document()
    with issuer_world.running(tmp_path) as second:
        person.world = second
        assert person.state()["state"] == "document"
        person.upload("document")
        person.upload("selfie")
        person.turn_head()
        assert person.settled()["state"] == "approved"


def test_a_job_of_a_killed_process_is_taken_up_again(tmp_path: Path) -> None:
    with issuer_world.running(tmp_path, background=False) as first:
        person = Person(first)
        person.to_decision()
        with first.ground.env.store.writing() as tx:  # claimed, then the process died
            now = first.clock()
            assert tx.jobs.claim("worker-1", now, now.replace(year=2027)) is not None
            assert tx.jobs.claim("worker-1", now, now.replace(year=2027)) is None
    with issuer_world.running(tmp_path) as second:
        person.world = second
        assert person.settled()["state"] == "approved"


def test_an_engine_that_cannot_look_leads_to_review_not_to_refusal(world: World) -> None:
    world.engines.fault = Undecided("engine.timeout")
    person = Person(world)
    person.to_decision()
    settled = person.settled()
    assert settled["state"] == "review"
    assert world.engines.calls == ["read"] * 3


def told_to_reviewers(person: Person) -> list[str]:
    headers = person.world.operator(Role.REVIEWER)
    waiting = person.world.call("GET", "/reviews", to="operators", headers=headers).json()
    return next(row["codes"] for row in waiting if row["session_id"] == person.id)


def test_a_person_half_erased_sends_the_next_onboarding_to_review(world: World) -> None:
    first = Person(world).approved()
    world.ground.env.sealer.erase(first.person_id())  # killed before the rows went
    person = Person(world)
    person.to_decision()
    settled = person.settled()
    assert settled["state"] == "review"
    assert [reason["code"] for reason in settled["reasons"]] == ["onboarding.review"]  # it is about another
    assert told_to_reviewers(person) == ["store.erased"]
    assert first.call("DELETE").status_code == 204
    assert Person(world).approved().person_id() != first.id


def test_the_same_document_is_the_same_person(world: World) -> None:
    first = Person(world).approved()
    again = Person(world).approved()
    world.engines.reading = reading(replace(FIELDS, number="PB0000011"))
    renewed = Person(world).approved()
    assert first.person_id() == again.person_id() == renewed.person_id()
    references = {
        one.call("GET", "/export").json()["held"]["profile"]["person_ref"] for one in (first, again)
    }
    assert len(references) == 1


def test_another_document_is_another_person(world: World) -> None:
    first = Person(world).approved()
    world.engines.reading = reading(
        replace(FIELDS, number="ZZ0000011", personal_number=None, given_name_mrz="ALVA")
    )
    assert Person(world).approved().person_id() != first.person_id()


def test_numbers_of_two_known_persons_go_to_review(world: World) -> None:
    Person(world).approved()
    world.engines.reading = reading(replace(FIELDS, birth_date=FIELDS.expiry_date))
    person = Person(world)
    person.to_decision()
    settled = person.settled()
    assert settled["state"] == "review"  # who comes does not learn who is known
    assert [reason["code"] for reason in settled["reasons"]] == ["onboarding.review"]
    assert told_to_reviewers(person) == ["onboarding.person_conflict"]


@pytest.mark.parametrize(
    ("prefix", "state"), [("XTAA", "approved"), ("XTEE", "refused"), ("XTFF", "review"), ("XTMM", "approved")]
)
def test_the_sandbox_has_people_with_a_forced_ending(world: World, prefix: str, state: str) -> None:
    world.engines.reading = reading(replace(FIELDS, number=f"{prefix}12345"))
    world.engines.match = match(0.9)
    person = Person(world)
    person.to_decision()
    assert person.settled()["state"] == state
    if prefix == "XTMM":
        assert person.call("GET", "/export").json()["held"]["profile"]["level"] == "low"
