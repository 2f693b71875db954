"""What is kept of an engine's answer: no image, no name, only digests, scores, versions and codes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from issuer.evidence.ports import Finding

if TYPE_CHECKING:
    from issuer.evidence.ports import DocumentReading, FaceMatch


class EvidenceKind(StrEnum):
    """What a piece of evidence is about."""

    DOCUMENT = "document"
    FACE = "face"
    PHONE = "phone"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence, as it is stored and decided upon.

    Args:
        kind: What it is about.
        score: The engine's own measure: for a face the descriptor distance, for a document the lowest
            text confidence of its machine readable zone; None where there is none.
        engine: What measured it.
        engine_version: Its version.
        digest: SHA-256 (hex) of the input bytes; empty where there was no input.
        findings: What was noticed.
    """

    kind: EvidenceKind
    score: float | None
    engine: str
    engine_version: str
    digest: str
    findings: tuple[Finding, ...] = ()


def document_evidence(image: bytes, reading: DocumentReading) -> Evidence:
    """The evidence that a document reading is."""
    return Evidence(
        kind=EvidenceKind.DOCUMENT,
        score=reading.scores.get("text"),
        engine=reading.engine,
        engine_version=reading.engine_version,
        digest=hashlib.sha256(image).hexdigest(),
        findings=reading.findings,
    )


def face_evidence(selfie: bytes, match: FaceMatch) -> Evidence:
    """The evidence that a comparison of faces is."""
    return Evidence(
        kind=EvidenceKind.FACE,
        score=match.distance,
        engine=match.engine,
        engine_version=match.engine_version,
        digest=hashlib.sha256(selfie).hexdigest(),
        findings=match.findings,
    )


def face_not_compared() -> Evidence:
    """The evidence where the person did not consent to face comparison: a person has to look."""
    return Evidence(
        kind=EvidenceKind.FACE,
        score=None,
        engine="none",
        engine_version="",
        digest="",
        findings=(Finding("face.no_consent"),),
    )


def contact_evidence(kind: EvidenceKind) -> Evidence:
    """The evidence that a one-time code sent to a phone number or an e-mail address came back."""
    return Evidence(kind=kind, score=None, engine="one-time-code", engine_version="1", digest="")
