"""Whether a living head made the turns that were asked for, from a series of frames.

What each finding rests on, and how often it errs, is in docs/liveness.md. What is rendered well enough and
fed in past the camera passes, here as with every check that has images alone.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from issuer.engines import frames, turning
from issuer.engines.copies import CHIP_PADDING, CHIP_SIZE, COPY_FROM, likeness
from issuer.engines.face import clear_faces
from issuer.engines.faces.finder import engine_version
from issuer.engines.images import decode
from issuer.evidence.liveness import LivenessReading, Move
from issuer.evidence.ports import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from issuer.engines.faces.finder import Face, FaceFinder
    from issuer.engines.images import Pixels
    from issuer.evidence.liveness import Answer

ENGINE: Final = "clicid-head-turns"
_FACE_SOUGHT: Final = 110.0
"""Pixels: frames are searched at a size at which the face is about so wide; the detector needs 80."""
_MOST_MISSES: Final = 0.15
"""The share of frames in which no face, or several, may be found: far out in a turn one is missed."""
_SAME: Final = 0.55
_OTHER: Final = 0.63
"""The bands of `issuer.evidence.decision.Rules`, between frames that look ahead and the selfie."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A frame in which one face was found."""

    image: Pixels = field(repr=False)
    face: Face
    yaw: float


class HeadTurnChecker:
    """`issuer.evidence.liveness.LivenessChecker` on dlib's five points and its descriptor."""

    def __init__(self, finder: FaceFinder) -> None:
        self._finder = finder

    def check(self, answer: Answer, selfie: bytes) -> LivenessReading:
        """As the port says."""
        started = time.perf_counter()
        seen = self._seen([frames.decode(frame) for frame in answer.frames])
        scores = {"misses": round(1 - len(seen) / len(answer.frames), 3)}
        findings = list(self._findings(answer, seen, decode(selfie, about="face"), scores))
        scores["seconds"] = round(time.perf_counter() - started, 3)
        return LivenessReading(tuple(findings), scores, ENGINE, engine_version())

    def _findings(
        self, answer: Answer, seen: Sequence[_Seen], selfie: Pixels, scores: dict[str, float]
    ) -> Iterator[Finding]:
        if scores["misses"] > _MOST_MISSES:
            yield Finding("liveness.no_face", score=scores["misses"])
            return
        yaws = turning.from_the_middle([one.yaw for one in seen])
        places, moves = turning.turns(yaws)
        scores["turn"] = round(min((abs(yaws[place]) for place in places), default=0.0), 1)
        if moves != list(answer.moves):
            yield Finding(_not_followed(moves, answer), score=scores["turn"])
            return
        ahead = int(np.argmin(np.abs(yaws)))
        scores["flat"] = round(max(self._likeness(seen[ahead], seen[place]) for place in places), 3)
        if scores["flat"] >= COPY_FROM:
            yield Finding("liveness.flat", score=scores["flat"])
        yield from self._whose(seen, ahead, selfie, scores)

    def _whose(
        self, seen: Sequence[_Seen], ahead: int, selfie: Pixels, scores: dict[str, float]
    ) -> Iterator[Finding]:
        faces = clear_faces(self._finder.find(selfie))
        if not faces:
            return
        apart = self._describe(seen[ahead]) - self._finder.describe(selfie, faces[0])
        scores["distance"] = round(float(np.linalg.norm(apart)), 4)
        if scores["distance"] > _OTHER:
            yield Finding("liveness.other_person", score=scores["distance"])
        elif not scores["distance"] < _SAME:
            yield Finding("liveness.unsure", score=scores["distance"])

    def _seen(self, images: Sequence[Pixels]) -> list[_Seen]:
        """The frames in which there is one face, each searched at the size that the one before suggests."""
        seen: list[_Seen] = []
        for image in images:
            width = seen[-1].face.width if seen else 0
            side = max(image.shape[:2]) * min(1.0, _FACE_SOUGHT / width if width else 1.0)
            faces = clear_faces(self._finder.find_at(image, round(side)))
            if len(faces) == 1:
                points = self._finder.steady_points(image, faces[0])
                seen.append(_Seen(image, faces[0], turning.yaw(points)))
        return seen

    def _describe(self, one: _Seen) -> NDArray[np.float64]:
        return self._finder.describe(one.image, one.face)

    def _likeness(self, one: _Seen, other: _Seen) -> float:
        chips = [self._finder.chip(each.image, each.face, CHIP_SIZE, CHIP_PADDING) for each in (one, other)]
        return likeness(*chips)


def _not_followed(moves: Sequence[Move], answer: Answer) -> str:
    other_way = {Move.LEFT: Move.RIGHT, Move.RIGHT: Move.LEFT}
    mirrored = [other_way[move] for move in answer.moves]
    return "liveness.mirrored" if list(moves) == mirrored else "liveness.not_followed"
