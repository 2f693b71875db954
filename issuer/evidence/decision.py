"""From evidence to an outcome: one table, and a walk over it.

Every finding has a row; the gravest row wins (refused over resubmit over review over approved): what
is certainly wrong is not sent to a colleague, and what the person can mend is mended before one looks.
A code without a row is never approved: it goes to review.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from issuer.evidence.evidence import DISTANCE, Evidence, EvidenceKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

RULES_VERSION: Final = "1"


class Outcome(StrEnum):
    """How an onboarding can end, or go on."""

    APPROVED = "approved"
    RESUBMIT = "resubmit"
    REVIEW = "review"
    REFUSED = "refused"


class Level(StrEnum):
    """The assurance level, in eIDAS words; claimed by the operator's configuration, certified by nobody."""

    LOW = "low"
    SUBSTANTIAL = "substantial"
    HIGH = "high"


# What each finding leads to. Every code is a row of clicid.errors.REASONS, with its texts.
TABLE: Final[dict[str, Outcome]] = {
    "document.blurred": Outcome.RESUBMIT,
    "document.check_digit": Outcome.RESUBMIT,
    "document.date": Outcome.REVIEW,
    "document.expired": Outcome.REFUSED,
    "document.glare": Outcome.RESUBMIT,
    "document.issuing_state": Outcome.REVIEW,
    "document.kind": Outcome.RESUBMIT,
    "document.marks_restored": Outcome.APPROVED,
    "document.missing": Outcome.RESUBMIT,
    "document.mrz_mismatch": Outcome.REVIEW,
    "document.number_from_print": Outcome.APPROVED,
    "document.personal_number": Outcome.REVIEW,
    "document.portrait_missing": Outcome.RESUBMIT,
    "document.printed_unread": Outcome.REVIEW,
    "document.side_missing": Outcome.RESUBMIT,
    "document.specimen": Outcome.REFUSED,
    "document.too_small": Outcome.RESUBMIT,
    "document.two_documents": Outcome.REVIEW,
    "document.unreadable": Outcome.RESUBMIT,
    "email.missing": Outcome.RESUBMIT,
    "face.blurred": Outcome.RESUBMIT,
    "face.borderline": Outcome.REVIEW,
    "face.copy_of_portrait": Outcome.REFUSED,
    "face.missing": Outcome.RESUBMIT,
    "face.no_consent": Outcome.REVIEW,
    "face.none": Outcome.RESUBMIT,
    "face.other_person": Outcome.REFUSED,
    "face.several": Outcome.RESUBMIT,
    "face.too_small": Outcome.RESUBMIT,
    "phone.missing": Outcome.RESUBMIT,
}

_GRAVITY: Final = (Outcome.REFUSED, Outcome.RESUBMIT, Outcome.REVIEW, Outcome.APPROVED)


@dataclass(frozen=True, slots=True)
class Rules:
    """The operator's numbers, from configuration.

    Args:
        level: The level claimed for an approved onboarding.
        specimens: Whether documents of ICAO's fictional state (UTO) count; only a sandbox says yes.
        match_below: Face distances below this are the same person.
        review_up_to: Face distances above this are another person; between the two a person looks.
        required: The kinds of evidence without which nothing is approved.
    """

    level: Level
    specimens: bool
    match_below: float = 0.55
    review_up_to: float = 0.63
    required: frozenset[EvidenceKind] = field(
        default_factory=lambda: frozenset({EvidenceKind.DOCUMENT, EvidenceKind.FACE})
    )


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome, the codes that led to it (sorted, no doubles), and the level where approved."""

    outcome: Outcome
    codes: tuple[str, ...]
    level: Level | None
    rules_version: str = RULES_VERSION


def decide(evidence: Sequence[Evidence], rules: Rules) -> Decision:
    """Decide on the evidence at hand; the last piece of a kind replaces earlier ones."""
    latest = {piece.kind: piece for piece in evidence}
    codes = {code for kind in rules.required - latest.keys() for code in (f"{kind}.missing",)}
    for piece in latest.values():
        codes.update(_codes(piece, rules))
    outcomes = {code: TABLE.get(code, Outcome.REVIEW) for code in codes}
    outcome = min(outcomes.values(), key=_GRAVITY.index, default=Outcome.APPROVED)
    leading = sorted(code for code, its in outcomes.items() if its is outcome)
    return Decision(outcome, tuple(leading), rules.level if outcome is Outcome.APPROVED else None)


def _codes(piece: Evidence, rules: Rules) -> Iterator[str]:
    for finding in piece.findings:
        if finding.code == "document.specimen" and rules.specimens:
            continue
        yield finding.code
    if piece.kind is EvidenceKind.FACE and DISTANCE in piece.scores:
        yield from _face_codes(piece.scores[DISTANCE], rules)


def _face_codes(distance: float, rules: Rules) -> Iterator[str]:
    if distance > rules.review_up_to:
        yield "face.other_person"
    elif not distance < rules.match_below:  # also a distance that is not a number
        yield "face.borderline"
