"""Compares the portrait of a document with a selfie.

Measured on Labeled Faces in the Wild (450 genuine, 4,500 impostor pairs): below 0.55 no impostor and
94 % of the genuine; a portrait photographed off a document against a live photograph: 80 %, and 1
impostor in 9,000. Hence the thresholds of `issuer.evidence.decision.Rules`, with a band for review.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from issuer.engines.copies import CHIP_PADDING, CHIP_SIZE, COPY_FROM, likeness
from issuer.engines.faces import engine_version
from issuer.engines.images import decode, sharpness
from issuer.evidence.ports import FaceDescriptor, FaceMatch, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from issuer.engines.faces import Face, FaceFinder
    from issuer.engines.images import Pixels

ENGINE: Final = "clicid-face"
_CLEARLY_A_FACE: Final = 0.3  # detector score; fainter ones beside a clear one are mostly no faces
_BYSTANDER: Final = 0.4  # of the largest face's width; smaller ones are background
_LEAST_EYE_DISTANCE: Final = 30.0  # pixels; the descriptor's own input has 42
_SHARP_SIDE: Final = 150
_BLURRED: Final = 0.003


class DlibFaceMatcher:
    """`issuer.evidence.ports.FaceMatcher` on dlib."""

    def __init__(self, finder: FaceFinder) -> None:
        self._finder = finder

    def compare(self, portrait: bytes, selfie: bytes) -> FaceMatch:
        """As the port says."""
        started = time.perf_counter()
        document, live = decode(portrait, about="face"), decode(selfie, about="face")
        printed = self._finder.find(document, small=True)
        faces = _clear(self._finder.find(live))
        if not printed:
            return _match(None, [Finding("document.portrait_missing")], {}, started)
        if len(faces) != 1:
            return _match(None, [Finding("face.several" if faces else "face.none")], {}, started)
        described = self._finder.describe(live, faces[0])
        apart = self._finder.describe(document, printed[0]) - described
        scores = self._scores(document, printed[0], live, faces[0])
        match = _match(round(float(np.linalg.norm(apart)), 4), list(_findings(scores)), scores, started)
        return replace(
            match, descriptor=FaceDescriptor(match.engine, match.engine_version, tuple(described.tolist()))
        )

    def _scores(self, document: Pixels, printed: Face, live: Pixels, face: Face) -> dict[str, float]:
        chips = (
            self._finder.chip(document, printed, CHIP_SIZE, CHIP_PADDING),
            self._finder.chip(live, face, CHIP_SIZE, CHIP_PADDING),
        )
        sharp = sharpness(self._finder.chip(live, face, _SHARP_SIDE, CHIP_PADDING), _SHARP_SIDE)
        return {
            "size": round(face.eye_distance, 1),
            "sharpness": round(sharp, 4),
            "copy": round(likeness(*chips), 4),
        }


def _clear(faces: list[Face]) -> list[Face]:
    """The faces that count: the largest, and others that are clearly faces and not far behind."""
    return [
        face
        for place, face in enumerate(faces)
        if place == 0 or (face.score >= _CLEARLY_A_FACE and face.width >= _BYSTANDER * faces[0].width)
    ]


def _findings(scores: dict[str, float]) -> Iterator[Finding]:
    if scores["copy"] >= COPY_FROM:
        yield Finding("face.copy_of_portrait", score=scores["copy"])
    if scores["size"] < _LEAST_EYE_DISTANCE:
        yield Finding("face.too_small", score=scores["size"])
    if scores["sharpness"] < _BLURRED:
        yield Finding("face.blurred", score=scores["sharpness"])


def _match(
    distance: float | None, findings: list[Finding], scores: dict[str, float], started: float
) -> FaceMatch:
    seconds = round(time.perf_counter() - started, 3)
    return FaceMatch(distance, tuple(findings), scores | {"seconds": seconds}, ENGINE, engine_version())
