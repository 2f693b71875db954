"""Whether a living head made the turns that were asked for, from a series of frames.

What each finding rests on, and how often it errs, is in docs/liveness.md. What is rendered well enough and
fed in past the camera passes, here as with every check that has images alone.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from issuer.engines import continuity, frames, turning
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
"""Distances of dlib's own descriptors below and above which two faces are one person's, or are not."""
_TURNED_MORE: Final = 0.08
"""By how much more a face differs from itself once it is turned."""
_DESCRIBED: Final = 10
"""Frames of which descriptors are made, beside the one that looks ahead: 60 ms each."""
_STILL: Final = 0.97
"""Likeness of frames from which they are one photograph; a living face that keeps still has 0.9 and less."""
_CUT: Final = 4.0
"""Of `issuer.engines.continuity.jump`: one film has 1.1 to 1.8, a cut 10 and more."""
_SCREEN: Final = 90.0
"""Of `issuer.engines.continuity.grid`: photographs have 77 at most, a screen whose pixels beat more."""


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
        images = [frames.decode(frame) for frame in answer.frames]
        seen = self._seen(images)
        scores = {
            "misses": round(1 - len(seen) / len(images), 3),
            "jump": round(continuity.jump(images), 2),
            "grid": round(max(continuity.grid(image) for image in images), 1),
        }
        findings = [*_of_the_film(scores), *self._of_the_head(answer, seen, scores)]
        findings += self._whose(seen, decode(selfie, about="face"), scores)
        scores["seconds"] = round(time.perf_counter() - started, 3)
        return LivenessReading(tuple(findings), scores, ENGINE, engine_version())

    def _of_the_head(
        self, answer: Answer, seen: Sequence[_Seen], scores: dict[str, float]
    ) -> Iterator[Finding]:
        """Whether a head, and no picture of one, was turned as asked."""
        if scores["misses"] > _MOST_MISSES:
            yield Finding("liveness.no_face", score=scores["misses"])
            return
        yaws = turning.from_the_middle([one.yaw for one in seen])
        places, moves = turning.turns(yaws)
        scores["turn"] = round(min((abs(yaws[place]) for place in places), default=0.0), 1)
        ahead = seen[int(np.argmin(np.abs(yaws)))]
        extremes = [seen[place] for place in places] or [seen[len(seen) // 3], seen[2 * len(seen) // 3]]
        alike = [self._likeness(ahead, one) for one in extremes]
        scores["alike"] = round(max(alike), 3)
        if places and scores["alike"] >= COPY_FROM:
            yield Finding("liveness.flat", score=scores["alike"])
        if not places and min(alike) >= _STILL:
            yield Finding("liveness.still", score=round(min(alike), 3))
        elif moves != list(answer.moves):
            yield Finding(_not_followed(moves, answer), score=scores["turn"])

    def _whose(self, seen: Sequence[_Seen], selfie: Pixels, scores: dict[str, float]) -> Iterator[Finding]:
        """Whether the frames show one person throughout, and the selfie the same."""
        if not seen:
            return
        yaws = [abs(one.yaw) for one in seen]
        ahead = self._describe(seen[int(np.argmin(yaws))])
        # Evenly through the film, so that nobody stands in for long enough to make a turn.
        others = [self._describe(one) for one in seen[:: max(1, len(seen) // _DESCRIBED)]]
        scores["change"] = round(max(float(np.linalg.norm(ahead - other)) for other in others), 4)
        faces = clear_faces(self._finder.find(selfie))
        if faces:  # a selfie without a face is the comparison's to refuse
            apart = ahead - self._finder.describe(selfie, faces[0])
            scores["distance"] = round(float(np.linalg.norm(apart)), 4)
        worst = max(scores["change"] - _TURNED_MORE, scores.get("distance", 0.0))
        if worst > _OTHER:
            yield Finding("liveness.other_person", score=round(worst, 4))
        elif worst >= _SAME:
            yield Finding("liveness.unsure", score=round(worst, 4))

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


def _of_the_film(scores: dict[str, float]) -> Iterator[Finding]:
    if scores["jump"] >= _CUT:
        yield Finding("liveness.cut", score=scores["jump"])
    if scores["grid"] >= _SCREEN:
        yield Finding("liveness.screen", score=scores["grid"])


def _not_followed(moves: Sequence[Move], answer: Answer) -> str:
    other_way = {Move.LEFT: Move.RIGHT, Move.RIGHT: Move.LEFT}
    mirrored = [other_way[move] for move in answer.moves]
    return "liveness.mirrored" if list(moves) == mirrored else "liveness.not_followed"
