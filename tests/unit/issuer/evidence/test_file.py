"""The file of evidence: its published form, and what a check of it finds."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from clicid.errors import Refused
from issuer.evidence import file
from issuer.evidence.checking import Audit, Follows, Input, check
from issuer.evidence.decision import REQUIRED, Decision, Outcome, Rules, decide
from issuer.evidence.evidence import Evidence, EvidenceKind, document_evidence, face_evidence
from issuer.evidence.file import EvidenceFile
from issuer.evidence.levels import Claim, Level, Loip, UseCase
from issuer.evidence.liveness import Answer, LivenessReading, Move, liveness_evidence
from issuer.evidence.ports import DocumentReading, FaceMatch, Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[4]
PUBLISHED = ROOT / "schemas" / "evidence.schema.json"
DOCUMENTED = ROOT / "docs" / "decisions.md"
PHOTOGRAPHED = frozenset({EvidenceKind.DOCUMENT, EvidenceKind.FACE})
BY_RULES = Claim(Level.SUBSTANTIAL, PHOTOGRAPHED)
BY_PERSON = Claim(Level.SUBSTANTIAL, PHOTOGRAPHED, Loip.BASELINE, UseCase.HYBRID)
RULES = Rules((BY_RULES, BY_PERSON), specimens=False)


def evidence(distance: float = 0.3, *findings: Finding) -> tuple[Evidence, ...]:
    reading = DocumentReading(
        None, findings, {"text": 0.9, "seconds": 1.5}, {"number": "ok"}, None, "reader", "3; models 1"
    )
    match = FaceMatch(distance, (), {"sharpness": 88.0}, "matcher", "2")
    turned = LivenessReading((), {"turn": 31.0}, "turns", "1")
    return (
        document_evidence((b"front", b"back"), reading),
        face_evidence(b"selfie", match),
        liveness_evidence(Answer((Move.LEFT,), (b"frame",)), turned),
    )


def written(pieces: Sequence[Evidence], made: Decision, **changes: Any) -> EvidenceFile:
    decision = file.DecisionPart(
        outcome=made.outcome,
        codes=list(made.codes),
        level=file.level_part(made.claim),
        by="rules",
        at=datetime(2026, 11, 22, 12, tzinfo=UTC),
        found_after=[],
        forced=False,
    )
    return EvidenceFile(
        version=1,
        onboarding="0a1b",
        number=1,
        evidence=file.piece_parts(pieces),
        rules=file.rules_part(pieces, RULES),
        resubmissions=0,
        notes=[],
        decision=decision.model_copy(update=changes),
    )


def decided(*pieces: Evidence) -> EvidenceFile:
    return written(pieces, decide(pieces, RULES))


def altered(found: EvidenceFile, *path: str | int, to: Any) -> EvidenceFile:
    document = json.loads(found.to_bytes())
    *steps, last = path
    part = document
    for step in steps:
        part = part[step]
    part[last] = to
    return file.read(json.dumps(document).encode())


def test_the_published_schema_is_the_one_that_the_code_writes() -> None:
    assert json.loads(PUBLISHED.read_text("utf-8")) == file.schema()


def test_the_example_in_the_documentation_is_a_file_that_can_be_read_and_follows() -> None:
    text = DOCUMENTED.read_text("utf-8")
    example = text.split("```json\n")[1].split("```")[0]
    found = file.read(example.encode())
    assert _follows_from_its_rows(found)
    assert found.rules_in_force().required == REQUIRED  # it is not of a time when less was asked for


def _follows_from_its_rows(found: EvidenceFile) -> bool:
    """As a file of an older table is checked: by the rows that it carries."""
    rules = found.rules.model_copy(update={"table_sha256": "0" * 64})
    return check(found.model_copy(update={"rules": rules}), {}).follows is Follows.YES


@pytest.mark.parametrize("pieces", [evidence(), evidence(0.6), evidence(0.9), evidence(0.3, Finding("x.y"))])
def test_what_is_written_is_valid_and_is_read_back_the_same(pieces: tuple[Evidence, ...]) -> None:
    found = decided(*pieces)
    validator = jsonschema_rs.Draft202012Validator(file.schema(), validate_formats=True, offline=True)
    validator.validate(json.loads(found.to_bytes()))
    assert file.read(found.to_bytes()) == found
    assert file.read(json.dumps(json.loads(found.to_bytes()), indent=4).encode()).digest() == found.digest()


def test_the_digest_is_that_of_the_canonical_form() -> None:
    found = decided(*evidence())
    assert found.digest() == hashlib.sha256(found.to_bytes()).hexdigest()
    assert found.to_bytes().startswith(b'{"decision":{"at":"2026-11-22T12:00:00Z",')


def test_every_score_and_check_and_the_rows_that_applied_are_in_it() -> None:
    found = decided(*evidence(0.6, Finding("document.mrz_mismatch", "family_name", 0.25)))
    assert found.evidence[0].scores == {"text": 0.9, "seconds": 1.5}
    assert found.evidence[0].checks == {"number": "ok"}
    assert found.evidence[1].scores == {"sharpness": 88.0, "distance": 0.6}
    assert found.rules.rows == {
        "document.mrz_mismatch": Outcome.REVIEW,
        "face.borderline": Outcome.REVIEW,
    }
    assert set(found.evidence[0].digests) == {"document", "back"}


def test_a_measure_that_is_no_number_is_left_out() -> None:
    found = decided(*evidence(float("nan"), Finding("document.glare", "", float("inf"))))
    assert "distance" not in found.evidence[1].scores
    assert found.evidence[0].findings[0].score is None


def test_the_level_is_named_in_both_vocabularies_as_a_claim() -> None:
    level = written(evidence(), Decision(Outcome.APPROVED, (), BY_PERSON), by="one person").decision.level
    assert level is not None
    assert (level.eidas, level.etsi, level.use_case) == ("substantial", "baseline", "9.2.3.3")
    assert level.oid == "0.4.0.19461.1.1"
    assert level.claim == "claimed by the operator's configuration, not certified"


@pytest.mark.parametrize("distance", [0.3, 0.6, 0.9])
def test_a_decision_that_follows_is_found_to(distance: float) -> None:
    checked = check(decided(*evidence(distance)), {})
    assert (checked.follows, checked.table, checked.audit, checked.sound) == (
        Follows.YES,
        True,
        Audit.NOT_GIVEN,
        True,
    )


@pytest.mark.parametrize(
    ("path", "to"),
    [
        (("evidence", 1, "scores", "distance"), 0.6),
        (("evidence", 1, "scores"), {}),
        (("evidence", 0, "findings"), [{"code": "document.expired", "field": "", "score": None}]),
        (("rules", "match_below"), 0.2),
        (("rules", "levels"), []),
        (("rules", "rows"), {"document.expired": "approved"}),
        (("decision", "outcome"), "refused"),
        (("decision", "level"), None),
        (("decision", "level", "eidas"), "high"),
        (("decision", "codes"), ["document.glare"]),
        (("decision", "found_after"), ["onboarding.person_conflict"]),
    ],
)
def test_whatever_is_altered_the_decision_no_longer_follows(path: tuple[str | int, ...], to: Any) -> None:
    found = decided(*evidence())
    forged = altered(found, *path, to=to)
    assert check(forged, {}).follows is Follows.NO
    assert forged.digest() != found.digest()


def test_what_was_found_after_the_engines_is_part_of_why() -> None:
    made = Decision(Outcome.REVIEW, ("onboarding.person_conflict",), None)
    found = written(evidence(), made, found_after=["onboarding.person_conflict"])
    assert check(found, {}).follows is Follows.YES


def test_a_row_that_was_left_out_does_not_turn_a_refusal_into_something_else() -> None:
    found = decided(*evidence(0.9))
    forged = altered(altered(found, "rules", "rows", to={}), "decision", "outcome", to="review")
    assert check(found, {}).follows is Follows.YES
    assert check(forged, {}).follows is Follows.NO


def test_a_refusal_by_a_person_gives_no_level() -> None:
    approved = written(evidence(0.6), Decision(Outcome.APPROVED, (), BY_PERSON), by="one person")
    assert check(altered(approved, "decision", "outcome", to="refused"), {}).follows is Follows.NO


def test_a_person_may_give_the_level_that_the_evidence_reaches_and_no_higher() -> None:
    approved = written(evidence(0.6), Decision(Outcome.APPROVED, (), BY_PERSON), by="one person")
    assert check(approved, {}).follows is Follows.BY_PERSON
    high = written(
        evidence(0.6), Decision(Outcome.APPROVED, (), Claim(Level.HIGH, PHOTOGRAPHED)), by="one person"
    )
    assert check(high, {}).follows is Follows.NO
    without = written(evidence(0.6), Decision(Outcome.APPROVED, (), None), by="one person")
    assert check(without, {}).follows is Follows.NO
    refused = written(evidence(0.6), Decision(Outcome.REFUSED, (), None), by="two persons")
    assert check(refused, {}).follows is Follows.BY_PERSON


def test_a_decision_under_another_table_is_made_again_by_its_own_rows() -> None:
    found = altered(decided(*evidence()), "rules", "table_sha256", to="0" * 64)
    found = altered(found, "evidence", 0, "findings", to=[{"code": "old.sign", "field": "", "score": None}])
    found = altered(found, "rules", "rows", to={"old.sign": "approved"})
    found = altered(found, "decision", "codes", to=["old.sign"])
    checked = check(found, {})
    assert (checked.follows, checked.table) == (Follows.YES, False)


def test_inputs_are_the_recorded_ones_or_not() -> None:
    checked = check(decided(*evidence()), {"document": b"front", "selfie": b"another", "DG1": b""})
    assert checked.inputs == {"document": Input.SAME, "selfie": Input.OTHER, "DG1": Input.NOT_RECORDED}
    assert not checked.sound


def test_the_audit_table_has_the_digest_or_not() -> None:
    found = decided(*evidence())
    assert check(found, {}, {found.digest()}).audit is Audit.PRESENT
    missing = check(found, {}, {"0" * 64})
    assert (missing.audit, missing.sound) == (Audit.ABSENT, False)


def test_a_forced_ending_says_so() -> None:
    found = written(evidence(), Decision(Outcome.REFUSED, ("sandbox.forced",), None), forced=True)
    assert check(found, {}).follows is Follows.FORCED


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "codec.json"),
        (b"[]", "evidence.file"),
        (b'{"version": 1}', "evidence.file"),
        (b'{"version": 1, "version": 1}', "codec.json"),
        (b"[" * 300_000, "codec.size"),
    ],
)
def test_what_is_no_file_of_evidence_is_refused(raw: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        file.read(raw)
    assert refused.value.code == code


def test_what_the_schema_does_not_know_is_refused() -> None:
    document = json.loads(decided(*evidence()).to_bytes())
    document["name"] = "Öhrnström"
    with pytest.raises(Refused) as refused:
        file.read(json.dumps(document).encode())
    assert refused.value.code == "evidence.file"
    assert refused.value.where == "name"
