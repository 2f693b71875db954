"""What is kept of an engine's answer: no image, no name, only digests, scores, versions and codes."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from issuer.evidence.ports import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from issuer.evidence.ports import ChipReading, DocumentReading, FaceMatch

NO_ENGINE: Final = "none"
"""The engine of evidence that was asked for and is not there: the person left it out."""
DISTANCE: Final = "distance"
"""The score of a face: the distance of two descriptors."""
SIDES: Final = ("document", "back")
"""What the images of a document are called among the digests."""


PORTRAITS: Final = "portraits"
"""The score of a photographed document beside its chip: the distance of the two portraits."""
PORTRAIT_DIFFERS: Final = "chip.portrait_differs"
ACTIVE: Final = "active_authentication"
CHIP: Final = "chip_authentication"
"""The checks of a chip that say it is the original and no copy of its files."""


class EvidenceKind(StrEnum):
    """What a piece of evidence is about."""

    DOCUMENT = "document"
    CHIP = "chip"
    FACE = "face"
    LIVENESS = "liveness"
    PHONE = "phone"
    EMAIL = "email"
    ENROLLED = "enrolled"
    FACE_SEARCH = "face_search"
    EARLIER = "earlier"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence, as it is stored and decided upon.

    Args:
        kind: What it is about.
        engine: What measured it.
        engine_version: Its version, models included.
        digests: SHA-256 (hex) of each input, by its name: ``document``, ``back``, ``selfie``,
            ``frame-1``, ``DG1``.
        scores: The engine's own measures by name, for example ``distance`` of two faces.
        checks: What was checked one by one, and how it came out: a zone's check digits by field
            (``ok``, ``failed``, ``absent``), or what a chip proved.
        findings: What was noticed.
    """

    kind: EvidenceKind
    engine: str
    engine_version: str
    digests: Mapping[str, str] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)
    checks: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def digests(**inputs: bytes) -> dict[str, str]:
    """The SHA-256 (hex) of each input, by its name."""
    return {name: hashlib.sha256(value).hexdigest() for name, value in inputs.items()}


def document_evidence(images: Sequence[bytes], reading: DocumentReading) -> Evidence:
    """The evidence that a document reading is: of one image, or of a card's two sides."""
    return Evidence(
        kind=EvidenceKind.DOCUMENT,
        engine=reading.engine,
        engine_version=reading.engine_version,
        digests=digests(**dict(zip(SIDES, images, strict=False))),
        scores=reading.scores,
        checks=reading.check_digits,
        findings=reading.findings,
    )


def chip_evidence(reading: ChipReading, earlier: Sequence[Evidence] = ()) -> Evidence:
    """The evidence that an authentic chip is.

    Args:
        reading: The chip.
        earlier: What was found before: a proof that the same chip gave then still counts.
    """
    before = [
        piece.checks
        for piece in earlier
        if piece.kind is EvidenceKind.CHIP and piece.digests["SOD"] == reading.digests["SOD"]
    ]
    proved = {name: checks[name] for checks in before for name in (ACTIVE, CHIP) if name in checks}
    checks = proved | dict(reading.checks)
    unchecked = () if checks.keys() & {ACTIVE, CHIP} else (Finding("chip.clone_unchecked"),)
    return Evidence(
        kind=EvidenceKind.CHIP,
        engine=reading.engine,
        engine_version=reading.engine_version,
        digests=reading.digests,
        checks=checks,
        findings=(*reading.findings, *unchecked),
    )


def face_evidence(selfie: bytes, match: FaceMatch) -> Evidence:
    """The evidence that a comparison of faces is."""
    distance = match.distance
    measured = {} if distance is None or not math.isfinite(distance) else {DISTANCE: distance}
    return Evidence(
        kind=EvidenceKind.FACE,
        engine=match.engine,
        engine_version=match.engine_version,
        digests=digests(selfie=selfie),
        scores={**match.scores, **measured},
        findings=match.findings,
    )


def face_not_compared() -> Evidence:
    """The evidence where the person did not consent to face comparison: a person has to look."""
    return Evidence(
        kind=EvidenceKind.FACE, engine=NO_ENGINE, engine_version="", findings=(Finding("face.no_consent"),)
    )


def portrait_not_found(selfie: bytes) -> Evidence:
    """The evidence where there was a selfie and no portrait to compare it with."""
    return Evidence(
        kind=EvidenceKind.FACE,
        engine=NO_ENGINE,
        engine_version="",
        digests=digests(selfie=selfie),
        findings=(Finding("face.not_compared"),),
    )


def without_faces(piece: Evidence) -> Evidence:
    """The evidence of a document, or of earlier rounds, without what came of comparing faces."""
    return replace(
        piece,
        scores={name: value for name, value in piece.scores.items() if name != PORTRAITS},
        findings=tuple(one for one in piece.findings if not _of_faces(one.code) and not _of_faces(one.field)),
    )


def _of_faces(code: str) -> bool:
    # The field of a sign of an earlier round is the code that the sign had.
    return code == PORTRAIT_DIFFERS or code.startswith(("face.", "liveness."))


def not_looked_at(code: str) -> tuple[Evidence, ...]:
    """The evidence where the engines could not look at all, and why."""
    return tuple(
        Evidence(kind=kind, engine=NO_ENGINE, engine_version="", findings=(Finding(code),))
        for kind in (EvidenceKind.DOCUMENT, EvidenceKind.FACE)
    )


def contact_evidence(kind: EvidenceKind) -> Evidence:
    """The evidence that a one-time code sent to a phone number or an e-mail address came back."""
    return Evidence(kind=kind, engine="one-time-code", engine_version="1")
