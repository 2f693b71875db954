"""The review queue: claimed by one, noted on, decided by one or two, and checkable afterwards."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from issuer.cli import app
from issuer.evidence import file
from issuer.evidence.decision import MATCH_BELOW, REVIEW_UP_TO
from issuer.evidence.levels import Level
from issuer.usecases.operators import OperatorAccounts
from issuer.usecases.records import Role
from issuer.usecases.verdicts import FourEyes
from tests.support import issuer_world
from tests.support.issuer_clients import SECRETS, Person
from tests.support.issuer_config import configured
from tests.support.issuer_doubles import match, picture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from tests.support.issuer_world import World

FOUR_EYES = '\n[review]\nfour_eyes = ["refuse"]\nfour_eyes_from = "substantial"\n'


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[World]:
    """An issuer whose policy wants two reviewers."""
    file = configured(tmp_path, **{"\n[policy]\n": FOUR_EYES + "\n[policy]\n"})
    with issuer_world.running(tmp_path, config=file) as found:
        yield found


class Reviewer:
    """A reviewer's browser."""

    def __init__(self, world: World, name: str = "anna", role: Role = Role.REVIEWER) -> None:
        self._world = world
        self.name = name
        token = OperatorAccounts(world.ground.env).add(name, [role], by="test")
        self._headers = {"authorization": f"Bearer {token}"}

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self._world.call(method, path, to="operators", headers=self._headers, **options)

    def decide(self, person: Person, **body: Any) -> httpx.Response:
        return self.call("POST", f"/reviews/{person.id}", json=body)

    def answer(self, person: Person, *, agree: bool) -> httpx.Response:
        return self.call("POST", f"/reviews/{person.id}/answer", json={"agree": agree})

    def queue(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.call("GET", "/reviews").json()
        return rows

    def case(self, person: Person) -> dict[str, Any]:
        found: dict[str, Any] = self.call("GET", f"/reviews/{person.id}").json()
        return found


def in_review(world: World) -> Person:
    world.engines.match = match(0.58)
    person = Person(world)
    person.to_decision()
    assert person.settled()["state"] == "review"
    return person


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def audited(world: World) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = world.call(
        "GET", "/audit?limit=500", to="operators", headers=world.operator(Role.AUDITOR)
    ).json()
    return rows


def test_a_claimed_case_is_one_reviewers_and_the_others_see_whose(world: World) -> None:
    anna, bo, person = Reviewer(world), Reviewer(world, "bo"), in_review(world)
    assert anna.call("POST", f"/reviews/{person.id}/claim").json()["claimed_by"] == anna.name
    (row,) = bo.queue()
    assert (row["claimed_by"], row["claimed_until"]) == (anna.name, "2026-11-22T12:30:00+00:00")
    assert bo.case(person)["claimed_by"] == anna.name
    refused = (409, "review.claimed")
    assert problem(bo.call("POST", f"/reviews/{person.id}/claim")) == refused
    assert problem(bo.call("DELETE", f"/reviews/{person.id}/claim")) == refused
    assert problem(bo.call("POST", f"/reviews/{person.id}/notes", json={"text": "x"})) == refused
    assert problem(bo.decide(person, verdict="approve")) == refused
    assert person.state()["state"] == "review"
    assert anna.decide(person, verdict="approve").json()["state"] == "approved"


def test_a_claim_ends_after_half_an_hour_or_when_it_is_given_back(world: World) -> None:
    anna, bo, person = Reviewer(world), Reviewer(world, "bo"), in_review(world)
    anna.call("POST", f"/reviews/{person.id}/claim")
    world.clock.forward(minutes=29, seconds=59)
    assert problem(bo.call("POST", f"/reviews/{person.id}/claim")) == (409, "review.claimed")
    world.clock.forward(seconds=1)
    assert bo.queue()[0]["claimed_by"] is None
    assert bo.call("POST", f"/reviews/{person.id}/claim").status_code == 200
    assert problem(anna.decide(person, verdict="refuse")) == (409, "review.claimed")
    assert bo.call("DELETE", f"/reviews/{person.id}/claim").status_code == 204
    assert anna.decide(person, verdict="refuse").status_code == 200
    acts = [row["act"] for row in audited(world)]
    assert acts.count("review.claim") == 2
    assert "review.release" in acts


def test_what_a_reviewer_sees_has_scores_beside_thresholds(world: World) -> None:
    case = Reviewer(world).case(in_review(world))
    face = next(piece for piece in case["evidence"] if piece["kind"] == "face")
    assert face["scores"]["distance"] == 0.58
    assert (case["rules"]["match_below"], case["rules"]["review_up_to"]) == (MATCH_BELOW, REVIEW_UP_TO)
    assert case["rules"]["rows"] == {"face.borderline": "review"}
    document = next(piece for piece in case["evidence"] if piece["kind"] == "document")
    assert set(document["checks"].values()) <= {"ok", "failed", "absent"}
    assert case["decisions"][0]["file"]["decision"]["outcome"] == "review"


def test_notes_are_sealed_told_to_the_person_without_the_name_and_held_to_by_digest(world: World) -> None:
    anna, person = Reviewer(world), in_review(world)
    text = "Åsa's photograph is ten years old: compared the ears."
    assert anna.call("POST", f"/reviews/{person.id}/notes", json={"text": text}).status_code == 201
    (note,) = anna.case(person)["notes"]
    assert (note["by"], note["text"]) == (anna.name, text)
    stored = [path.read_bytes() for path in (world.path / "data").iterdir()]
    assert not [body for body in stored if b"compared the ears" in body]
    anna.decide(person, verdict="approve")
    exported = person.call("GET", "/export").json()["onboardings"][0]
    assert exported["notes"] == [{"at": note["at"], "text": text}]
    row = next(row for row in audited(world) if row["act"] == "review.note")
    assert row["actor"] == anna.name
    assert exported["files"][-1]["notes"] == [row["detail"].removeprefix("sha256:")]


def test_a_case_takes_a_hundred_notes_and_no_more(world: World) -> None:
    anna, person = Reviewer(world), in_review(world)
    answers = [
        anna.call("POST", f"/reviews/{person.id}/notes", json={"text": str(number)}) for number in range(101)
    ]
    assert {answer.status_code for answer in answers[:100]} == {201}
    assert problem(answers[100]) == (409, "review.notes")
    assert anna.call("POST", f"/reviews/{person.id}/notes", json={"text": ""}).status_code == 422


def test_two_reviewers_decide_where_the_policy_wants_four_eyes(strict: World) -> None:
    anna, bo, person = Reviewer(strict), Reviewer(strict, "bo"), in_review(strict)
    proposed = anna.decide(person, verdict="approve").json()
    assert (proposed["state"], proposed["proposed_by"], proposed["person_id"]) == ("review", anna.name, "")
    assert bo.queue()[0]["proposed_by"] == anna.name
    assert problem(anna.answer(person, agree=True)) == (403, "review.same_person")
    assert problem(bo.decide(person, verdict="refuse")) == (409, "review.proposed")
    assert bo.answer(person, agree=True).json()["state"] == "approved"
    exported = person.call("GET", "/export").json()["onboardings"][0]
    assert exported["files"][-1]["decision"]["by"] == "two persons"
    assert [row["by"] for row in exported["decisions"]] == ["rules", "operator", "operator"]
    with strict.ground.env.store.reading() as tx:  # an incident of either finds what both approved
        approved = {row.by for row in tx.sessions.decisions(person.id) if row.outcome == "approved"}
    assert approved == {anna.name, bo.name}


def test_a_proposal_that_is_sent_back_decides_nothing(strict: World) -> None:
    anna, bo, person = Reviewer(strict), Reviewer(strict, "bo"), in_review(strict)
    assert problem(bo.answer(person, agree=True)) == (409, "review.no_proposal")
    anna.decide(person, verdict="refuse", codes=["document.mrz_mismatch"])
    assert bo.answer(person, agree=False).json()["state"] == "review"
    assert person.state()["state"] == "review"
    assert problem(bo.answer(person, agree=True)) == (409, "review.no_proposal")
    bo.decide(person, verdict="approve")
    assert anna.answer(person, agree=True).json()["state"] == "approved"
    acts = [row["act"] for row in audited(strict)]
    assert [act for act in acts if act.startswith("review.")] == [
        "review.propose.refuse",
        "review.send_back",
        "review.propose.approve",
        "review.approve",
    ]


def test_what_the_policy_does_not_name_is_decided_by_one(strict: World) -> None:
    anna, person = Reviewer(strict), in_review(strict)
    assert anna.decide(person, verdict="approve", level="low").json()["state"] == "approved"
    again = in_review(strict)
    assert anna.decide(again, verdict="resubmit_document").json()["state"] == "document"


def test_a_proposal_falls_with_the_evidence_that_the_person_withdraws(strict: World) -> None:
    person, anna, bo = in_review(strict), Reviewer(strict), Reviewer(strict, "bo")
    assert anna.decide(person, verdict="approve").json()["proposed_by"] == anna.name
    assert person.call("DELETE", "/face-consent").status_code == 200
    assert problem(bo.answer(person, agree=True)) == (409, "review.no_proposal")
    assert bo.queue()[0]["proposed_by"] is None
    assert person.state()["state"] == "review"


def test_four_eyes_for_kinds_levels_and_codes() -> None:
    policy = FourEyes(frozenset({"refuse"}), Level.SUBSTANTIAL, frozenset({"chip.sha1"}))
    assert policy.wanted("refuse", None, ())
    assert policy.wanted("approve", Level.HIGH, ())
    assert policy.wanted("approve", Level.LOW, ("chip.sha1",))
    assert not policy.wanted("approve", Level.LOW, ("face.borderline",))
    assert not policy.wanted("resubmit_selfie", None, ("chip.sha1",))
    assert not FourEyes().wanted("approve", Level.HIGH, ("chip.sha1",))


def test_every_decision_leaves_a_file_that_holds_nothing_of_the_person(world: World) -> None:
    auditor, person = Reviewer(world, "eva", Role.AUDITOR), in_review(world)
    Reviewer(world).decide(person, verdict="approve")
    kept = auditor.call("GET", f"/decisions/{person.id}").json()
    assert [one["file"]["decision"]["outcome"] for one in kept] == ["review", "approved"]
    assert [one["file"]["decision"]["by"] for one in kept] == ["rules", "one person"]
    text = json.dumps(kept, ensure_ascii=False)
    assert not [secret for secret in SECRETS if secret in text]
    details = [row["detail"] for row in audited(world) if row["act"] == "decision"]
    assert details == [
        f"review sha256:{kept[0]['sha256']}",
        f"approved substantial sha256:{kept[1]['sha256']}",
    ]
    assert problem(auditor.call("GET", "/decisions/0a")) == (404, "onboarding.unknown")


def test_the_command_checks_a_file_against_inputs_and_audit_table(world: World, tmp_path: Path) -> None:
    person = in_review(world)
    paths = {name: tmp_path / name for name in ("file.json", "audit.json", "selfie.jpg")}
    (kept,) = Reviewer(world, "eva", Role.AUDITOR).call("GET", f"/decisions/{person.id}").json()
    paths["file.json"].write_text(json.dumps(kept["file"]))
    paths["audit.json"].write_text(json.dumps(audited(world)))
    paths["selfie.jpg"].write_bytes(picture("olive"))
    command = ["evidence", "check", str(paths["file.json"]), "--audit", str(paths["audit.json"])]
    sound = CliRunner().invoke(app, [*command, "--input", f"selfie={paths['selfie.jpg']}", "--json"])
    assert sound.exit_code == 0, sound.output
    line = json.loads(sound.output)
    assert (line["follows"], line["audit"], line["inputs"]) == ("yes", "present", {"selfie": "same"})

    forged = file.read(paths["file.json"].read_bytes()).model_copy(update={"resubmissions": 1})
    paths["file.json"].write_bytes(forged.to_bytes())
    unsound = CliRunner().invoke(app, command)
    assert unsound.exit_code == 1
    assert "NOT SOUND" in unsound.output
    assert "audit table: absent" in unsound.output

    rows = audited(world)
    rows[3]["detail"] = "approved"
    paths["audit.json"].write_text(json.dumps(rows))
    broken = CliRunner().invoke(app, command)
    assert broken.exit_code == 2
    assert "audit.broken" in broken.output
