"""The decision table: every row has its texts, and the gravest finding decides."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clicid.errors import REASONS
from issuer.evidence.decision import (
    MAX_RESUBMISSIONS,
    REQUIRED,
    TABLE,
    Item,
    Outcome,
    Rules,
    decide,
    item_of,
)
from issuer.evidence.evidence import (
    Evidence,
    EvidenceKind,
    contact_evidence,
    document_evidence,
    face_evidence,
    face_not_compared,
    not_looked_at,
    portrait_not_found,
)
from issuer.evidence.levels import Claim, Level
from issuer.evidence.liveness import Answer, LivenessReading, liveness_evidence, liveness_left_out
from issuer.evidence.ports import DocumentReading, FaceMatch, Finding

ROOT = Path(__file__).resolve().parents[4]
PHOTOGRAPHED = frozenset({EvidenceKind.DOCUMENT, EvidenceKind.FACE})
LEVELS = (Claim(Level.SUBSTANTIAL, PHOTOGRAPHED),)
RULES = Rules(levels=LEVELS, specimens=False)
CODE = re.compile(r"(document|chip|face|liveness|engine)\.[a-z0-9_]+")

if TYPE_CHECKING:
    from collections.abc import Iterator


def document(*codes: str) -> Evidence:
    reading = DocumentReading(None, tuple(Finding(code) for code in codes), {"text": 0.9}, {}, None, "e", "1")
    return document_evidence([b"image"], reading)


def face(distance: float | None, *codes: str) -> Evidence:
    match = FaceMatch(distance, tuple(Finding(code) for code in codes), {}, "e", "1")
    return face_evidence(b"selfie", match)


def alive(*codes: str) -> Evidence:
    answer = Answer((), (b"frame",))
    return liveness_evidence(answer, LivenessReading(tuple(Finding(code) for code in codes), {}, "e", "1"))


@pytest.mark.parametrize("code", sorted(TABLE))
def test_every_row_has_texts_in_both_languages(code: str) -> None:
    assert REASONS[code].sv
    assert REASONS[code].en
    assert REASONS[code].sv != REASONS[code].en


def raised_in(*folders: str) -> Iterator[str]:
    """The codes about evidence that stand as texts in the source of these folders."""
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield from (node.value for _ in [0] if CODE.fullmatch(node.value))


def test_no_code_that_an_engine_or_a_use_case_can_raise_is_without_a_row() -> None:
    raised = set(raised_in("issuer/engines", "issuer/evidence", "issuer/chip", "issuer/usecases"))
    assert {"document.blurred", "face.several", "chip.group_hash", "engine.timeout"} <= raised
    assert raised - TABLE.keys() == set()
    # Some are put together (`{about}.image_bomb`): of these the table of reasons has every one.
    assert {code for code in REASONS if CODE.fullmatch(code)} - TABLE.keys() == set()


def test_the_documentation_prints_the_table() -> None:
    def leads_to(code: str) -> str:
        outcome = TABLE[code]
        return f"{outcome}, {item_of(code)}" if outcome is Outcome.RESUBMIT else str(outcome)

    rows = [f"| `{code}` | {leads_to(code)} | {REASONS[code].en} |" for code in sorted(TABLE)]
    printed = (ROOT / "docs" / "decisions.md").read_text("utf-8")
    assert "\n".join(rows) in printed, "\n".join(rows)


def test_what_is_asked_for_again_is_something_that_can_be_given() -> None:
    asked = {code for code, outcome in TABLE.items() if outcome is Outcome.RESUBMIT}
    assert {code for code in asked if item_of(code) is None} == set()
    assert item_of("face.blurred") is Item.SELFIE
    assert item_of("onboarding.no_level") is None


@pytest.mark.parametrize(("code", "outcome"), sorted(TABLE.items()))
def test_each_finding_alone_leads_to_its_row(code: str, outcome: Outcome) -> None:
    decision = decide([document(code), face(0.3), alive()], RULES)
    assert decision.outcome is outcome
    assert decision.level is (Level.SUBSTANTIAL if outcome is Outcome.APPROVED else None)
    if outcome is not Outcome.APPROVED:
        assert decision.codes == (code,)


@pytest.mark.parametrize(
    ("distance", "outcome", "codes"),
    [
        (0.0, Outcome.APPROVED, ()),
        (0.5349, Outcome.APPROVED, ()),
        (0.535, Outcome.REVIEW, ("face.borderline",)),
        (0.75, Outcome.REVIEW, ("face.borderline",)),
        (0.7501, Outcome.REFUSED, ("face.other_person",)),
        # What is no number was not measured.
        (float("nan"), Outcome.REVIEW, ("face.not_compared",)),
        (float("inf"), Outcome.REVIEW, ("face.not_compared",)),
    ],
)
def test_the_bands_of_the_face_distance(distance: float, outcome: Outcome, codes: tuple[str, ...]) -> None:
    decision = decide([document(), face(distance), alive()], RULES)
    assert (decision.outcome, decision.codes) == (outcome, codes)


def test_approved_carries_the_level_of_the_configuration() -> None:
    decision = decide([document(), face(0.4), alive()], RULES)
    assert (decision.outcome, decision.claim, decision.rules_version) == (Outcome.APPROVED, LEVELS[0], "2")


def test_what_reaches_no_level_is_not_approved() -> None:
    high = Rules((Claim(Level.HIGH, frozenset({EvidenceKind.CHIP, EvidenceKind.FACE})),), specimens=False)
    decision = decide([document(), face(0.4), alive()], high)
    assert (decision.outcome, decision.codes) == (Outcome.REVIEW, ("onboarding.no_level",))
    assert decision.level is None


def test_a_person_is_asked_nine_times_and_then_a_person_looks() -> None:
    evidence = [document("document.blurred"), face(0.3), alive()]
    assert decide(evidence, RULES, resubmissions=MAX_RESUBMISSIONS - 1).outcome is Outcome.RESUBMIT
    decision = decide(evidence, RULES, resubmissions=MAX_RESUBMISSIONS)
    assert decision.outcome is Outcome.REVIEW
    assert decision.codes == ("onboarding.too_many_tries", "document.blurred")
    refused = decide([document(), face(0.9), alive()], RULES, resubmissions=MAX_RESUBMISSIONS)
    assert refused.outcome is Outcome.REFUSED


def test_the_gravest_finding_decides() -> None:
    evidence = [document("document.mrz_mismatch", "document.unreadable"), face(0.9), alive()]
    assert decide(evidence, RULES).codes == ("face.other_person",)
    evidence = [document("document.mrz_mismatch", "document.unreadable"), face(0.6), alive()]
    decision = decide(evidence, RULES)
    assert (decision.outcome, decision.codes) == (Outcome.RESUBMIT, ("document.unreadable",))


def test_a_finding_without_a_row_goes_to_a_person() -> None:
    decision = decide([document("codec.json"), face(0.1), alive()], RULES)
    assert (decision.outcome, decision.codes) == (Outcome.REVIEW, ("codec.json",))


def test_a_specimen_counts_in_a_sandbox_only() -> None:
    evidence = [document("document.specimen"), face(0.3), alive()]
    assert decide(evidence, RULES).outcome is Outcome.REFUSED
    assert decide(evidence, Rules(LEVELS, specimens=True)).outcome is Outcome.APPROVED


def test_nothing_is_approved_without_the_evidence_that_is_required() -> None:
    assert decide([], RULES).codes == ("document.missing", "face.missing", "liveness.missing")
    contacts = ((EvidenceKind.EMAIL,), (EvidenceKind.PHONE,))
    all_four = Rules(LEVELS, specimens=False, required=REQUIRED + contacts)
    assert decide([document(), face(0.3), alive()], all_four).codes == ("email.missing", "phone.missing")
    given = [contact_evidence(EvidenceKind.EMAIL), contact_evidence(EvidenceKind.PHONE)]
    assert decide([document(), face(0.3), alive(), *given], all_four).outcome is Outcome.APPROVED


def chip(*codes: str, **checks: str) -> Evidence:
    return Evidence(
        EvidenceKind.CHIP, "e", "1", checks=checks, findings=tuple(Finding(code) for code in codes)
    )


def test_a_chip_does_in_place_of_a_photographed_document() -> None:
    assert (
        decide([chip(), face(0.3), alive()], RULES).level
        is decide([document(), face(0.3), alive()], RULES).level
    )


@pytest.mark.parametrize("proof", ["active_authentication", "chip_authentication"])
def test_a_level_for_chips_takes_one_that_showed_that_it_is_no_copy(proof: str) -> None:
    high = Claim(Level.HIGH, frozenset({EvidenceKind.CHIP, EvidenceKind.FACE}))
    rules = Rules((*LEVELS, high), specimens=False)
    assert decide([chip(**{proof: "ECDSA"}), face(0.3), alive()], rules).level is Level.HIGH
    unproven = decide([chip("chip.clone_unchecked"), face(0.3), alive()], rules)
    assert unproven.outcome is Outcome.APPROVED
    assert unproven.level is not Level.HIGH


def test_beside_a_chip_a_photograph_need_not_be_legible_but_signs_of_forgery_count() -> None:
    unread = document("document.unreadable", "document.printed_unread", "document.glare")
    assert decide([unread, face(0.3), alive()], RULES).outcome is Outcome.RESUBMIT
    assert decide([chip(), unread, face(0.3), alive()], RULES).outcome is Outcome.APPROVED
    forged = document("document.glare", "document.mrz_mismatch")
    assert decide([chip(), forged, face(0.3), alive()], RULES).codes == ("document.mrz_mismatch",)


def test_a_selfie_that_was_compared_with_nothing_is_not_approved() -> None:
    assert decide([document(), face(None), alive()], RULES).codes == ("face.not_compared",)
    assert decide([document(), portrait_not_found(b"selfie"), alive()], RULES).codes == ("face.not_compared",)


def test_where_no_engine_could_look_a_person_does() -> None:
    for code in ("engine.timeout", "store.erased"):
        decision = decide(not_looked_at(code), RULES)
        assert (decision.outcome, decision.codes) == (Outcome.REVIEW, (code,))


def test_without_consent_to_face_comparison_a_person_looks() -> None:
    decision = decide([document(), face_not_compared()], RULES)
    assert (decision.outcome, decision.codes) == (Outcome.REVIEW, ("face.no_consent",))


def test_without_head_turns_a_person_looks() -> None:
    decision = decide([document(), face(0.3), liveness_left_out()], RULES)
    assert (decision.outcome, decision.codes) == (Outcome.REVIEW, ("liveness.left_out",))


def test_a_better_photograph_replaces_the_first() -> None:
    decision = decide([document("document.unreadable"), face(0.3), alive(), document()], RULES)
    assert decision.outcome is Outcome.APPROVED


def test_evidence_keeps_the_digest_and_no_image() -> None:
    piece = document()
    assert piece.digests["document"] == "6105d6cc76af400325e94d588ce511be5bfdbb73b437dc51eca43917d7a43e3d"
    assert b"image" not in repr(piece).encode()
