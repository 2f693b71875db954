"""From evidence to an outcome: one table, and a walk over it.

Every finding has a row; the gravest row wins (refused over resubmit over review over approved): what
is certainly wrong is not sent to a colleague, and what the person can mend is mended before one looks.
A code without a row is never approved: it goes to review. docs/decisions.md prints the table.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from clicid.codec import jcs
from issuer.evidence.evidence import ACTIVE, CHIP, DISTANCE, NO_ENGINE, Evidence, EvidenceKind
from issuer.evidence.levels import Claim, Level, reached

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

RULES_VERSION: Final = "2"

MAX_RESUBMISSIONS: Final = 9
"""How often a person is asked for something again; after that a person looks at what is there."""

# Of dlib's descriptor, as docs/faces.md measures them; no other engine's.
MATCH_BELOW: Final = 0.535
REVIEW_UP_TO: Final = 0.75


class Outcome(StrEnum):
    """How an onboarding can end, or go on."""

    APPROVED = "approved"
    RESUBMIT = "resubmit"
    REVIEW = "review"
    REFUSED = "refused"


class Item(StrEnum):
    """What a person can be asked to give again."""

    DOCUMENT = "document"
    BACK = "back"
    CHIP = "chip"
    SELFIE = "selfie"
    LIVENESS = "liveness"


# What each finding leads to. Every code is a row of clicid.errors.REASONS, with its texts.
TABLE: Final[dict[str, Outcome]] = {
    # The chip's files, or the access to it, can be read off again.
    "chip.access": Outcome.RESUBMIT,
    "chip.challenge": Outcome.RESUBMIT,
    "chip.duplicate": Outcome.RESUBMIT,
    "chip.file": Outcome.RESUBMIT,
    "chip.missing": Outcome.RESUBMIT,
    "chip.not_offered": Outcome.RESUBMIT,
    # A chip that was altered, copied, or signed by nobody who may: it is certainly no document.
    "chip.active_authentication": Outcome.REFUSED,
    "chip.chip_authentication": Outcome.REFUSED,
    "chip.country": Outcome.REFUSED,
    "chip.group_hash": Outcome.REFUSED,
    "chip.group_unlisted": Outcome.REFUSED,
    "chip.revoked": Outcome.REFUSED,
    "chip.self_signed": Outcome.REFUSED,
    "chip.signature": Outcome.REFUSED,
    "chip.signer_chain": Outcome.REFUSED,
    # What may be the state's or our own shortcoming.
    "chip.algorithm": Outcome.REVIEW,
    "chip.certificate": Outcome.REVIEW,
    "chip.com_differs": Outcome.REVIEW,
    "chip.crl": Outcome.REVIEW,
    "chip.crl_missing": Outcome.REVIEW,
    "chip.crl_stale": Outcome.REVIEW,
    "chip.csca_unknown": Outcome.REVIEW,
    "chip.document_mismatch": Outcome.REVIEW,
    "chip.document_type": Outcome.REVIEW,
    "chip.master_list": Outcome.REVIEW,
    "chip.mrz": Outcome.REVIEW,
    "chip.portrait": Outcome.REVIEW,
    "chip.portrait_differs": Outcome.REVIEW,
    "chip.sha1": Outcome.REVIEW,
    "chip.signer": Outcome.REVIEW,
    "chip.sod": Outcome.REVIEW,
    "chip.validity": Outcome.REVIEW,
    # Noted: ICAO 9303-12 lets signers end before the documents they signed. What a chip counts for that
    # did not show that it is no copy, the levels say (`shown`).
    "chip.clone_unchecked": Outcome.APPROVED,
    "chip.no_signing_time": Outcome.APPROVED,
    "chip.signer_expired": Outcome.APPROVED,
    "document.animated": Outcome.RESUBMIT,
    "document.blurred": Outcome.RESUBMIT,
    "document.capitals": Outcome.REVIEW,
    "document.check_digit": Outcome.RESUBMIT,
    "document.cut": Outcome.RESUBMIT,
    "document.date": Outcome.REVIEW,
    "document.edited": Outcome.REVIEW,
    "document.expired": Outcome.REFUSED,
    "document.font": Outcome.REVIEW,
    "document.glare": Outcome.RESUBMIT,
    "document.image_bomb": Outcome.RESUBMIT,
    "document.issuing_state": Outcome.REVIEW,
    "document.kind": Outcome.RESUBMIT,
    "document.marks_restored": Outcome.APPROVED,
    "document.missing": Outcome.RESUBMIT,
    "document.mrz_format": Outcome.RESUBMIT,
    "document.mrz_mismatch": Outcome.REVIEW,
    "document.mrz_settled": Outcome.REVIEW,
    "document.no_colour": Outcome.REVIEW,
    "document.not_an_image": Outcome.RESUBMIT,
    "document.number_from_print": Outcome.APPROVED,
    "document.other_file": Outcome.RESUBMIT,
    "document.personal_number": Outcome.REVIEW,
    "document.portrait_missing": Outcome.RESUBMIT,
    "document.portrait_pasted": Outcome.REVIEW,
    "document.printed_unread": Outcome.REVIEW,
    "document.reproduced": Outcome.REVIEW,
    "document.side_missing": Outcome.RESUBMIT,
    "document.specimen": Outcome.REFUSED,
    "document.too_bright": Outcome.RESUBMIT,
    "document.too_dark": Outcome.RESUBMIT,
    "document.too_small": Outcome.RESUBMIT,
    "document.two_documents": Outcome.REVIEW,
    "document.unreadable": Outcome.RESUBMIT,
    # The onboarding asks for both before anything else: where one is gone, something is wrong.
    "email.missing": Outcome.REVIEW,
    "phone.missing": Outcome.REVIEW,
    # Somebody known already: only a face that agrees makes it certain that it is they.
    "enrolled.face_of_another": Outcome.REVIEW,
    "enrolled.known": Outcome.APPROVED,
    "enrolled.no_face": Outcome.REVIEW,
    "enrolled.other_face": Outcome.REVIEW,
    "enrolled.renewed": Outcome.APPROVED,
    "enrolled.same_name": Outcome.REVIEW,
    "enrolled.superseded": Outcome.REVIEW,
    # An engine that cannot look is no reason to refuse anyone: a person looks instead.
    "engine.lost": Outcome.REVIEW,
    "engine.missing": Outcome.REVIEW,
    "engine.model": Outcome.REVIEW,
    "engine.timeout": Outcome.REVIEW,
    "face.animated": Outcome.RESUBMIT,
    "face.blurred": Outcome.RESUBMIT,
    "face.borderline": Outcome.REVIEW,
    "face.copy_of_portrait": Outcome.REFUSED,
    "face.image_bomb": Outcome.RESUBMIT,
    "face.missing": Outcome.RESUBMIT,
    "face.no_consent": Outcome.REVIEW,
    "face.none": Outcome.RESUBMIT,
    "face.not_an_image": Outcome.RESUBMIT,
    "face.not_compared": Outcome.REVIEW,
    "face.one_sided_light": Outcome.RESUBMIT,
    "face.other_file": Outcome.RESUBMIT,
    "face.other_person": Outcome.REFUSED,
    "face.several": Outcome.RESUBMIT,
    "face.tilted": Outcome.RESUBMIT,
    "face.too_bright": Outcome.RESUBMIT,
    "face.too_dark": Outcome.RESUBMIT,
    "face.too_small": Outcome.RESUBMIT,
    "face.turned": Outcome.RESUBMIT,
    "liveness.cut": Outcome.RESUBMIT,
    "liveness.expired": Outcome.RESUBMIT,
    "liveness.flat": Outcome.REFUSED,
    "liveness.frames": Outcome.RESUBMIT,
    "liveness.image_bomb": Outcome.RESUBMIT,
    "liveness.left_out": Outcome.REVIEW,
    "liveness.mirrored": Outcome.RESUBMIT,
    "liveness.missing": Outcome.RESUBMIT,
    "liveness.no_face": Outcome.RESUBMIT,
    "liveness.not_an_image": Outcome.RESUBMIT,
    "liveness.not_followed": Outcome.RESUBMIT,
    "liveness.other_person": Outcome.REFUSED,
    "liveness.replayed": Outcome.RESUBMIT,
    "liveness.screen": Outcome.REVIEW,
    "liveness.still": Outcome.RESUBMIT,
    "liveness.too_often": Outcome.REVIEW,
    "liveness.unsure": Outcome.REVIEW,
    # Found after the engines looked; they stand beside the findings.
    "issuing.profile": Outcome.REVIEW,
    "onboarding.earlier_sign": Outcome.REVIEW,
    "onboarding.no_level": Outcome.REVIEW,
    "onboarding.person_conflict": Outcome.REVIEW,
    "onboarding.review": Outcome.REVIEW,
    "onboarding.too_many_tries": Outcome.REVIEW,
    "store.erased": Outcome.REVIEW,
}

SIGNS: Final = frozenset(
    {
        "chip.document_mismatch",
        "chip.portrait_differs",
        "document.date",
        "document.edited",
        "document.mrz_mismatch",
        "document.no_colour",
        "document.reproduced",
        "document.two_documents",
        "face.copy_of_portrait",
        "liveness.flat",
        "liveness.screen",
    }
)
"""Signs of forgery: they outlast the photograph that they were seen on."""
EARLIER_SIGN: Final = "onboarding.earlier_sign"

# What a finding is about: the first word of its code, but for these.
_ITEMS: Final = {"document": Item.DOCUMENT, "chip": Item.CHIP, "face": Item.SELFIE, "liveness": Item.LIVENESS}
_ITEM_OF: Final = {"document.side_missing": Item.BACK}
# Beside an authentic chip it does not matter what of the photograph could not be read.
_READ_OFF_THE_CHIP: Final = frozenset(
    {
        "document.blurred",
        "document.capitals",
        "document.check_digit",
        "document.cut",
        "document.glare",
        "document.mrz_settled",
        "document.portrait_missing",
        "document.printed_unread",
        "document.side_missing",
        "document.too_bright",
        "document.too_dark",
        "document.too_small",
        "document.unreadable",
    }
)
_GRAVITY: Final = (Outcome.REFUSED, Outcome.RESUBMIT, Outcome.REVIEW, Outcome.APPROVED)

# One of each row is needed; where all are missing the first names what to give.
REQUIRED: Final = (
    (EvidenceKind.DOCUMENT, EvidenceKind.CHIP),
    (EvidenceKind.FACE,),
    (EvidenceKind.LIVENESS,),
)


@dataclass(frozen=True, slots=True)
class Rules:
    """The operator's numbers, from configuration.

    Args:
        levels: The levels claimed, and the evidence that each takes.
        specimens: Whether documents of ICAO's fictional state (UTO) count; only a sandbox says yes.
        match_below: Face distances below this are the same person.
        review_up_to: Face distances above this are another person; between the two a person looks.
        required: The kinds of evidence without which nothing is approved; one of each row is enough.
    """

    levels: tuple[Claim, ...]
    specimens: bool
    match_below: float = MATCH_BELOW
    review_up_to: float = REVIEW_UP_TO
    required: tuple[tuple[EvidenceKind, ...], ...] = REQUIRED


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome, the codes that led to it (sorted, no doubles), and the level's row where approved."""

    outcome: Outcome
    codes: tuple[str, ...]
    claim: Claim | None
    rules_version: str = RULES_VERSION

    @property
    def level(self) -> Level | None:
        """The level, in eIDAS words."""
        return None if self.claim is None else self.claim.eidas


def decide(
    evidence: Sequence[Evidence],
    rules: Rules,
    *,
    resubmissions: int = 0,
    table: Mapping[str, Outcome] = TABLE,
) -> Decision:
    """Decide on the evidence at hand.

    Args:
        evidence: What was found; the last piece of a kind replaces earlier ones.
        rules: The operator's numbers.
        resubmissions: How often the person was asked for something again already.
        table: The rows; another one only where a decision of the past is looked at again.
    """
    outcomes = {code: table.get(code, Outcome.REVIEW) for code in noticed(evidence, rules)}
    outcome = min(outcomes.values(), key=_GRAVITY.index, default=Outcome.APPROVED)
    leading = tuple(sorted(code for code, its in outcomes.items() if its is outcome))
    if outcome is Outcome.RESUBMIT and resubmissions >= MAX_RESUBMISSIONS:
        return Decision(Outcome.REVIEW, ("onboarding.too_many_tries", *leading), None)
    if outcome is not Outcome.APPROVED:
        return Decision(outcome, leading, None)
    claim = reached(rules.levels, shown(evidence), by_person=False)
    if claim is None:
        return Decision(Outcome.REVIEW, ("onboarding.no_level",), None)
    return Decision(outcome, leading, claim)


def noticed(evidence: Sequence[Evidence], rules: Rules) -> frozenset[str]:
    """The codes that the table is asked about: findings, what the distances mean, and what is missing."""
    latest = {piece.kind: piece for piece in evidence}
    found = {code for piece in latest.values() for code in _codes(piece, rules)}
    if EvidenceKind.CHIP in latest:
        found -= _READ_OFF_THE_CHIP
    return frozenset(found.union(_missing(latest, rules)))


def table_digest() -> str:
    """SHA-256 (hex) over the JCS form of the table, its version, gravities and limit."""
    body = {
        "version": RULES_VERSION,
        "table": {code: str(outcome) for code, outcome in TABLE.items()},
        "gravity": [str(outcome) for outcome in _GRAVITY],
        "read_off_the_chip": sorted(_READ_OFF_THE_CHIP),
        "resubmissions": MAX_RESUBMISSIONS,
    }
    return hashlib.sha256(jcs.dumps(body)).hexdigest()


def shown(evidence: Sequence[Evidence]) -> frozenset[EvidenceKind]:
    """The kinds of evidence that the person gave, what they left out apart.

    An authentic chip is a document; as chip evidence it counts where it showed that it is no copy.
    """
    kinds = {piece.kind for piece in evidence if piece.engine != NO_ENGINE}
    chips = [piece for piece in evidence if piece.kind is EvidenceKind.CHIP]
    if chips:
        kinds.add(EvidenceKind.DOCUMENT)
    if not any(piece.checks.keys() & {ACTIVE, CHIP} for piece in chips):
        kinds.discard(EvidenceKind.CHIP)
    return frozenset(kinds)


def item_of(code: str) -> Item | None:
    """What a person would give again to mend a finding; None where nothing can be given."""
    return _ITEM_OF.get(code) or _ITEMS.get(code.partition(".")[0])


def _missing(latest: Mapping[EvidenceKind, Evidence], rules: Rules) -> Iterator[str]:
    face = latest.get(EvidenceKind.FACE)
    for kinds in rules.required:
        # Who leaves the face out has none that could be alive: that is one finding, not two.
        left_out = kinds[0] is EvidenceKind.LIVENESS and face is not None and face.engine == NO_ENGINE
        if latest.keys().isdisjoint(kinds) and not left_out:
            yield f"{kinds[0]}.missing"


def _codes(piece: Evidence, rules: Rules) -> Iterator[str]:
    for finding in piece.findings:
        if finding.code == "document.specimen" and rules.specimens:
            continue
        yield finding.code
    if piece.kind is EvidenceKind.FACE:
        yield from _face_codes(piece, rules)


def _face_codes(piece: Evidence, rules: Rules) -> Iterator[str]:
    distance = piece.scores.get(DISTANCE)
    if distance is None:
        if not piece.findings:
            yield "face.not_compared"
    elif distance > rules.review_up_to:
        yield "face.other_person"
    elif not distance < rules.match_below:  # also a distance that is not a number
        yield "face.borderline"
