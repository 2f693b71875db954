"""What level is reached, and which claims the standard has no words for."""

from __future__ import annotations

import pytest

from issuer.evidence.evidence import EvidenceKind
from issuer.evidence.levels import Claim, Level, Loip, UseCase, reached

DOCUMENT, CHIP, FACE = EvidenceKind.DOCUMENT, EvidenceKind.CHIP, EvidenceKind.FACE


def row(eidas: Level, *kinds: EvidenceKind, etsi: Loip | None = None, by: UseCase | None = None) -> Claim:
    return Claim(eidas, frozenset(kinds), etsi, by)


LOW = row(Level.LOW, DOCUMENT)
SUBSTANTIAL = row(Level.SUBSTANTIAL, DOCUMENT, FACE, etsi=Loip.BASELINE, by=UseCase.HYBRID)
HIGH = row(Level.HIGH, CHIP, FACE, etsi=Loip.EXTENDED, by=UseCase.AUTOMATED)
ROWS = (LOW, SUBSTANTIAL, HIGH)


def test_the_highest_row_whose_evidence_is_all_there_is_reached() -> None:
    assert reached(ROWS, {DOCUMENT, CHIP, FACE}, by_person=False) is HIGH
    assert reached(ROWS, {DOCUMENT}, by_person=False) is LOW
    assert reached(ROWS, {FACE}, by_person=False) is None
    assert reached((), {DOCUMENT, FACE}, by_person=False) is None


def test_a_use_case_is_reached_by_those_who_operate_in_it() -> None:
    """Table 1 of TS 119 461: manual and hybrid operation take a registration officer, automated none."""
    assert reached(ROWS, {DOCUMENT, FACE}, by_person=True) is SUBSTANTIAL
    assert reached(ROWS, {DOCUMENT, FACE}, by_person=False) is LOW
    assert reached(ROWS, {DOCUMENT, CHIP, FACE}, by_person=True) is SUBSTANTIAL


def test_of_two_rows_of_one_eidas_level_the_stronger_proofing_is_named() -> None:
    extended = row(Level.SUBSTANTIAL, DOCUMENT, FACE, etsi=Loip.EXTENDED, by=UseCase.HYBRID)
    assert reached((extended, SUBSTANTIAL), {DOCUMENT, FACE}, by_person=True) is extended


@pytest.mark.parametrize(
    ("claim", "fault"),
    [
        (LOW, ""),
        (SUBSTANTIAL, ""),
        (HIGH, ""),
        (row(Level.LOW), "takes evidence"),
        (row(Level.LOW, DOCUMENT, etsi=Loip.BASELINE), "belong together"),
        (row(Level.LOW, DOCUMENT, by=UseCase.MANUAL), "belong together"),
        (row(Level.LOW, FACE, etsi=Loip.BASELINE, by=UseCase.HYBRID), "identity document"),
        (row(Level.HIGH, DOCUMENT, FACE, etsi=Loip.EXTENDED, by=UseCase.MANUAL), "9.2.3.2"),
        (row(Level.HIGH, DOCUMENT, etsi=Loip.EXTENDED, by=UseCase.HYBRID), "9.2.3.3"),
        (row(Level.HIGH, DOCUMENT, FACE, etsi=Loip.BASELINE, by=UseCase.AUTOMATED), "9.2.3.4"),
        (row(Level.HIGH, CHIP, etsi=Loip.BASELINE, by=UseCase.AUTOMATED), "9.2.3.4"),
    ],
)
def test_a_claim_that_the_standard_has_no_use_case_for_is_refused(claim: Claim, fault: str) -> None:
    assert fault in claim.fault()
    assert bool(claim.fault()) == bool(fault)
