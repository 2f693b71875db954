"""The decision table: every row has its texts, and the gravest finding decides."""

from __future__ import annotations

import pytest

from clicid.errors import REASONS
from issuer.evidence.decision import TABLE, Level, Outcome, Rules, decide
from issuer.evidence.evidence import (
    Evidence,
    EvidenceKind,
    contact_evidence,
    document_evidence,
    face_evidence,
    face_not_compared,
)
from issuer.evidence.ports import DocumentReading, FaceMatch, Finding

RULES = Rules(level=Level.SUBSTANTIAL, specimens=False)


def document(*codes: str) -> Evidence:
    reading = DocumentReading(None, tuple(Finding(code) for code in codes), {"text": 0.9}, {}, None, "e", "1")
    return document_evidence([b"image"], reading)


def face(distance: float | None, *codes: str) -> Evidence:
    match = FaceMatch(distance, tuple(Finding(code) for code in codes), {}, "e", "1")
    return face_evidence(b"selfie", match)


@pytest.mark.parametrize("code", sorted(TABLE))
def test_every_row_has_texts_in_both_languages(code: str) -> None:
    assert REASONS[code].sv
    assert REASONS[code].en
    assert REASONS[code].sv != REASONS[code].en


@pytest.mark.parametrize(("code", "outcome"), sorted(TABLE.items()))
def test_each_finding_alone_leads_to_its_row(code: str, outcome: Outcome) -> None:
    decision = decide([document(code), face(0.3)], RULES)
    assert decision.outcome is outcome
    assert (decision.level is None) == (outcome is not Outcome.APPROVED)
    if outcome is not Outcome.APPROVED:
        assert decision.codes == (code,)


@pytest.mark.parametrize(
    ("distance", "outcome", "codes"),
    [
        (0.0, Outcome.APPROVED, ()),
        (0.5499, Outcome.APPROVED, ()),
        (0.55, Outcome.REVIEW, ("face.borderline",)),
        (0.63, Outcome.REVIEW, ("face.borderline",)),
        (0.6301, Outcome.REFUSED, ("face.other_person",)),
        (float("nan"), Outcome.REVIEW, ("face.borderline",)),
        (float("inf"), Outcome.REFUSED, ("face.other_person",)),
    ],
)
def test_the_bands_of_the_face_distance(distance: float, outcome: Outcome, codes: tuple[str, ...]) -> None:
    decision = decide([document(), face(distance)], RULES)
    assert (decision.outcome, decision.codes) == (outcome, codes)


def test_approved_carries_the_level_of_the_configuration() -> None:
    decision = decide([document(), face(0.4)], Rules(level=Level.LOW, specimens=False))
    assert (decision.outcome, decision.level, decision.rules_version) == (Outcome.APPROVED, Level.LOW, "1")


def test_the_gravest_finding_decides() -> None:
    evidence = [document("document.mrz_mismatch", "document.unreadable"), face(0.9)]
    assert decide(evidence, RULES).codes == ("face.other_person",)
    evidence = [document("document.mrz_mismatch", "document.unreadable"), face(0.6)]
    decision = decide(evidence, RULES)
    assert (decision.outcome, decision.codes) == (Outcome.RESUBMIT, ("document.unreadable",))


def test_a_finding_without_a_row_goes_to_a_person() -> None:
    decision = decide([document("codec.json"), face(0.1)], RULES)
    assert (decision.outcome, decision.codes) == (Outcome.REVIEW, ("codec.json",))


def test_a_specimen_counts_in_a_sandbox_only() -> None:
    evidence = [document("document.specimen"), face(0.3)]
    assert decide(evidence, RULES).outcome is Outcome.REFUSED
    assert decide(evidence, Rules(Level.LOW, specimens=True)).outcome is Outcome.APPROVED


def test_nothing_is_approved_without_the_evidence_that_is_required() -> None:
    assert decide([], RULES).codes == ("document.missing", "face.missing")
    all_four = Rules(
        Level.LOW,
        specimens=False,
        required=frozenset(set(EvidenceKind) - {EvidenceKind.CHIP, EvidenceKind.LIVENESS}),
    )
    assert decide([document(), face(0.3)], all_four).codes == ("email.missing", "phone.missing")
    contacts = [contact_evidence(EvidenceKind.EMAIL), contact_evidence(EvidenceKind.PHONE)]
    assert decide([document(), face(0.3), *contacts], all_four).outcome is Outcome.APPROVED


def test_without_consent_to_face_comparison_a_person_looks() -> None:
    decision = decide([document(), face_not_compared()], RULES)
    assert (decision.outcome, decision.codes) == (Outcome.REVIEW, ("face.no_consent",))


def test_a_better_photograph_replaces_the_first() -> None:
    decision = decide([document("document.unreadable"), face(0.3), document()], RULES)
    assert decision.outcome is Outcome.APPROVED


def test_evidence_keeps_the_digest_and_no_image() -> None:
    piece = document()
    assert piece.digests["document"] == "6105d6cc76af400325e94d588ce511be5bfdbb73b437dc51eca43917d7a43e3d"
    assert b"image" not in repr(piece).encode()
