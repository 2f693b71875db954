"""Whether a living head stood before the camera: what is asked of the person, and what a checker answers.

The challenge is a random series of head turns. The answer to it is a series of photographs, called frames,
in the order in which they were taken.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Protocol

from clicid.codec import strict_json
from clicid.errors import Refused
from issuer.evidence.evidence import NO_ENGINE, Evidence, EvidenceKind, digests
from issuer.evidence.ports import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clicid.codec.strict_json import Json

TURNS: Final = 6
"""Head turns in a challenge: a recording made before fits one challenge in 2**6 = 64."""
LEAST_FRAMES: Final = 4 * TURNS
"""Frames of an answer: fewer would leave a turn without its way there and back."""
MOST_FRAMES: Final = 40
MAX_FRAME_BYTES: Final = 1 << 20
MAX_FRAME_PIXELS: Final = 4_000_000
MAX_ANSWER_BYTES: Final = 16 << 20


class Move(StrEnum):
    """A turn of the head to the person's own left or right, and back to the middle."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person gave in reply to a challenge: the moves asked for, and the frames (JPEG)."""

    moves: tuple[Move, ...]
    frames: tuple[bytes, ...] = field(repr=False)

    def to_bytes(self) -> bytes:
        """One value to seal: a line of JSON with the moves and the frames' lengths, then the frames."""
        head: dict[str, Json] = {"moves": [*self.moves], "lengths": [len(frame) for frame in self.frames]}
        return strict_json.dumps(head) + b"\n" + b"".join(self.frames)

    @classmethod
    def from_bytes(cls, value: bytes) -> Answer:
        """What `to_bytes` made."""
        line, _, rest = value.partition(b"\n")
        head: Any = strict_json.loads(line, max_bytes=len(line))
        frames, start = [], 0
        for length in head["lengths"]:
            frames.append(rest[start : start + length])
            start += length
        return cls(tuple(Move(move) for move in head["moves"]), tuple(frames))

    def to_json(self) -> dict[str, Any]:
        """For an export to the person: the moves, and the frames in base64."""
        frames = [base64.b64encode(frame).decode() for frame in self.frames]
        return {"moves": list(self.moves), "frames": frames}


@dataclass(frozen=True, slots=True)
class LivenessReading:
    """What a liveness checker makes of an answer.

    Args:
        findings: ``liveness.not_followed``, ``liveness.still`` and the like; none where nothing is wrong.
        scores: Measurements by name; those of `issuer.engines.liveness` stand there.
        engine: The name of what checked it.
        engine_version: Its version, models included.
    """

    findings: tuple[Finding, ...]
    scores: Mapping[str, float]
    engine: str
    engine_version: str


class LivenessChecker(Protocol):
    """Judges the answer to a challenge."""

    def check(self, answer: Answer, selfie: bytes) -> LivenessReading:
        """See whether a living head made the moves, and whose it is.

        Args:
            answer: The frames, and the moves that were asked for.
            selfie: The photograph of the person that the document's portrait is compared with.

        Raises:
            Refused: ``liveness.not_an_image``, ``liveness.image_bomb``.
        """


def check_count(frames: Sequence[bytes]) -> None:
    """Refuse too few and too many frames, and frames that are too long.

    Raises:
        Refused: ``liveness.frames``, ``liveness.image_bomb``.
    """
    if not LEAST_FRAMES <= len(frames) <= MOST_FRAMES:
        raise Refused("liveness.frames", "frame", f"{len(frames)}")
    for place, frame in enumerate(frames, 1):
        if len(frame) > MAX_FRAME_BYTES:
            raise Refused("liveness.image_bomb", f"frame {place}", f"{len(frame)} bytes")


def liveness_evidence(answer: Answer, reading: LivenessReading) -> Evidence:
    """The evidence that a checked answer is."""
    return Evidence(
        kind=EvidenceKind.LIVENESS,
        engine=reading.engine,
        engine_version=reading.engine_version,
        digests=digests(**{f"frame-{place}": frame for place, frame in enumerate(answer.frames, 1)}),
        scores=reading.scores,
        checks={f"move-{place}": move for place, move in enumerate(answer.moves, 1)},
        findings=reading.findings,
    )


def liveness_left_out() -> Evidence:
    """The evidence where the person could not, or would not, turn the head: a person has to look."""
    return Evidence(
        kind=EvidenceKind.LIVENESS,
        engine=NO_ENGINE,
        engine_version="",
        findings=(Finding("liveness.left_out"),),
    )
