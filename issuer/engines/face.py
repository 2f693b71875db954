"""Compares the portrait of a document with a selfie; docs/faces.md has the rates and what they stand on."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from issuer.engines.copies import CHIP_PADDING, CHIP_SIZE, COPY_FROM, likeness
from issuer.engines.faces import quality
from issuer.engines.faces.finder import subject_first
from issuer.engines.images import decode
from issuer.evidence.ports import FaceMatch, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from issuer.engines.faces.finder import Face, FaceFinder
    from issuer.engines.faces.port import FaceEngine
    from issuer.engines.images import Pixels
    from issuer.evidence.ports import FaceDescriptor

_CLEARLY_A_FACE: Final = 0.3  # detector score; fainter ones beside a clear one are mostly no faces
_BYSTANDER: Final = 0.4  # of the first face's width; smaller ones are background


@dataclass(frozen=True, slots=True)
class Seen:
    """The face that a photograph is of.

    Args:
        chip: For `issuer.engines.copies.likeness`; None where there is no face.
        descriptor: Its numbers; None where there is no face, or the engine sees none there.
        findings: ``face.none``, ``face.several``, and what the photograph lacks.
        scores: As `issuer.engines.faces.quality.measure` says.
    """

    chip: Pixels | None
    descriptor: FaceDescriptor | None
    findings: tuple[Finding, ...]
    scores: Mapping[str, float]


class SelfieMatcher:
    """`issuer.evidence.ports.FaceMatcher`: dlib finds the faces, the engine describes them."""

    def __init__(self, finder: FaceFinder, engine: FaceEngine) -> None:
        self._finder = finder
        self._engine = engine

    def look(self, photograph: bytes) -> Seen:
        """Find and describe the face that the photograph is of.

        Raises:
            Refused: ``face.not_an_image``, ``face.image_bomb`` and the like.
        """
        image = decode(photograph, about="face")
        faces = clear_faces(subject_first(image, self._finder.find(image)))
        if not faces:
            return Seen(None, None, (Finding("face.none"),), {})
        several = [Finding("face.several")] if len(faces) > 1 else []
        upright = self._finder.chip(image, faces[0], quality.CHIP_SIDE, quality.CHIP_PADDING)
        scores = quality.measure(upright, faces[0])
        descriptor = self._engine.describe(image, faces[0])
        unseen = [Finding("face.none")] if descriptor is None else []
        chip = self._finder.chip(image, faces[0], CHIP_SIZE, CHIP_PADDING)
        return Seen(chip, descriptor, (*several, *unseen, *quality.advise(scores)), scores)

    def compare(self, portrait: bytes, selfie: bytes) -> FaceMatch:
        """As the port says."""
        started = time.perf_counter()
        printed, live = self.printed(portrait), self.look(selfie)
        if printed.descriptor is None:
            return self._match(started, live, [Finding("document.portrait_missing")])
        findings, copy = list(live.findings), likeness_of(printed, live)
        if copy is not None:
            findings += copy_findings(copy)
        # What has to be taken again is not compared: a face in the dark would pass for another person's.
        distance = None if live.findings else apart(printed, live)
        return self._match(started, live, findings, distance, copy)

    def printed(self, portrait: bytes) -> Seen:
        """Find and describe the largest face of a portrait, which may be small and is not judged.

        Raises:
            Refused: As `look`.
        """
        image = decode(portrait, about="face")
        faces = self._finder.find(image, small=True)
        if not faces:
            return Seen(None, None, (), {})
        chip = self._finder.chip(image, faces[0], CHIP_SIZE, CHIP_PADDING)
        return Seen(chip, self._engine.describe(image, faces[0]), (), {})

    def _match(
        self,
        started: float,
        live: Seen,
        findings: Iterable[Finding],
        distance: float | None = None,
        copy: float | None = None,
    ) -> FaceMatch:
        copied = {} if copy is None else {"copy": copy}
        seconds = round(time.perf_counter() - started, 3)
        return FaceMatch(
            distance,
            tuple(findings),
            {**live.scores, **copied, "seconds": seconds},
            self._engine.name,
            self._engine.version,
            None if distance is None else live.descriptor,
        )


def apart(one: Seen, other: Seen) -> float | None:
    """The distance of two faces; None where one of them has no numbers, or an engine's are none."""
    if one.descriptor is None or other.descriptor is None:
        return None
    distance = one.descriptor.distance(other.descriptor)
    return round(distance, 4) if distance is not None and math.isfinite(distance) else None


def likeness_of(one: Seen, other: Seen) -> float | None:
    """How much alike two faces are as images, 1 for the same photograph; None where a face is missing."""
    if one.chip is None or other.chip is None:
        return None
    return round(likeness(one.chip, other.chip), 4)


def copy_findings(copy: float) -> list[Finding]:
    """``face.copy_of_portrait`` where one face is an image of the other."""
    return [Finding("face.copy_of_portrait", score=copy)] if copy >= COPY_FROM else []


def clear_faces(faces: list[Face]) -> list[Face]:
    """The faces that count: the first, and others that are clearly faces and not far behind."""
    return [
        face
        for place, face in enumerate(faces)
        if place == 0 or (face.score >= _CLEARLY_A_FACE and face.width >= _BYSTANDER * faces[0].width)
    ]
