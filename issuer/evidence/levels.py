"""The level that an onboarding reached, in the words of eIDAS and of ETSI TS 119 461.

The operator's configuration claims a level for evidence; nobody has certified it. The words of the
standard are those of TS 119 461 V2.1.1 (2025-02): two levels of identity proofing (LoIP), and its use
cases for an identity document in an unattended remote context. Its limits hold here too: a claim that
the standard knows no use case for is refused at start.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from issuer.evidence.evidence import EvidenceKind

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

STANDARD: Final = "ETSI TS 119 461 V2.1.1 (2025-02)"
NOT_CERTIFIED: Final = "claimed by the operator's configuration, not certified"


class Level(StrEnum):
    """The assurance level, in eIDAS words (Regulation (EU) No 910/2014, Article 8(2))."""

    LOW = "low"
    SUBSTANTIAL = "substantial"
    HIGH = "high"


class Loip(StrEnum):
    """The level of identity proofing, TS 119 461 clause 4.1; each has an OID, clause 4.6."""

    BASELINE = "baseline"
    EXTENDED = "extended"


OIDS: Final = {Loip.BASELINE: "0.4.0.19461.1.1", Loip.EXTENDED: "0.4.0.19461.1.2"}


class UseCase(StrEnum):
    """Use of an identity document in an unattended remote context, by its clause (Table 1)."""

    MANUAL = "9.2.3.2"
    HYBRID = "9.2.3.3"
    AUTOMATED = "9.2.3.4"


@dataclass(frozen=True, slots=True)
class Claim:
    """One row of the operator's table.

    Args:
        eidas: The level claimed.
        evidence: The kinds of evidence that it takes, all of them.
        etsi: The level of identity proofing claimed with it; None claims none.
        use_case: The use case it was reached by; there exactly where `etsi` is.
    """

    eidas: Level
    evidence: frozenset[EvidenceKind]
    etsi: Loip | None = None
    use_case: UseCase | None = None

    def fault(self) -> str:
        """Why the standard has no such row; empty if it has, or if nothing of it is claimed."""
        has = self.evidence.__contains__
        document = has(EvidenceKind.DOCUMENT) or has(EvidenceKind.CHIP)
        faults = {
            "a level takes evidence": not self.evidence,
            "etsi and use_case belong together": (self.etsi is None) != (self.use_case is None),
            "every use case takes an identity document": self.use_case is not None and not document,
            "manual operation (9.2.3.2) reaches the Baseline LoIP only": (
                self.use_case is UseCase.MANUAL and self.etsi is Loip.EXTENDED
            ),
            "without face biometrics hybrid operation (9.2.3.3) reaches the Baseline LoIP only": (
                self.use_case is UseCase.HYBRID and self.etsi is Loip.EXTENDED and not has(EvidenceKind.FACE)
            ),
            "automated operation (9.2.3.4) takes a digital identity document and face biometrics": (
                self.use_case is UseCase.AUTOMATED and not (has(EvidenceKind.CHIP) and has(EvidenceKind.FACE))
            ),
        }
        return next((text for text, holds in faults.items() if holds), "")


def reached(claims: Sequence[Claim], passed: Collection[EvidenceKind], *, by_person: bool) -> Claim | None:
    """The highest row whose evidence is all there; None if there is none.

    Args:
        claims: The operator's table.
        passed: The kinds of evidence that passed.
        by_person: Whether a reviewer decided. A row that claims automated operation is reached by the
            rules alone, one that claims manual or hybrid operation by a person only.
    """
    rows = [row for row in claims if row.evidence <= set(passed) and _operated(row, by_person=by_person)]
    return max(rows, key=_rank, default=None)


def _operated(row: Claim, *, by_person: bool) -> bool:
    return row.use_case is None or (row.use_case is not UseCase.AUTOMATED) == by_person


def _rank(row: Claim) -> tuple[int, int]:
    etsi = 0 if row.etsi is None else 1 + list(Loip).index(row.etsi)
    return list(Level).index(row.eidas), etsi
