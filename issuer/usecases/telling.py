"""What somebody is told of why: nothing by which they learn who is known here, or what a forgery was seen by.

Until a person came of an onboarding, whoever stands there may have come with somebody else's document.
What is told then is the same whether or not that somebody is enrolled (GDPR 15(4)).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from issuer.evidence.decision import EARLIER_SIGN, SIGNS
from issuer.evidence.evidence import EvidenceKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from issuer.evidence.evidence import Evidence
    from issuer.usecases.records import Session

REVIEW: Final = "onboarding.review"
"""What is told of a review of which nothing else is told."""
_ABOUT_ANOTHER: Final = "enrolled."
_CONFLICTS: Final = frozenset({"onboarding.person_conflict", "store.erased"})
_NOT_TOLD: Final = frozenset({EvidenceKind.ENROLLED, EvidenceKind.FACE_SEARCH, EvidenceKind.EARLIER})


def told(session: Session, codes: Iterable[str], *, waiting: bool) -> tuple[str, ...]:
    """Those of a decision's codes that the person is told.

    Args:
        session: The onboarding.
        codes: The decision's.
        waiting: Whether it sent the onboarding to a reviewer: then there is always something told.
    """
    if session.person_id is not None:
        return tuple(codes)
    left = tuple(code for code in codes if not _about_another(code) and not (waiting and _sign(code)))
    return left or ((REVIEW,) if waiting else ())


def told_evidence(session: Session, evidence: Iterable[Evidence]) -> Iterator[Evidence]:
    """The evidence of which the person is told; of a sign of forgery nothing before the approval."""
    for piece in evidence:
        if session.person_id is not None:
            yield piece
        elif piece.kind not in _NOT_TOLD:
            findings = tuple(one for one in piece.findings if not _sign(one.code))
            yield replace(piece, findings=findings)


def _about_another(code: str) -> bool:
    return code.startswith(_ABOUT_ANOTHER) or code in _CONFLICTS


def _sign(code: str) -> bool:
    return code in SIGNS or code == EARLIER_SIGN
