"""Head turns over HTTP: what is asked, the frames in reply, and the way without."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from clicid.errors import Refused
from issuer.evidence.liveness import (
    LEAST_FRAMES,
    MAX_ANSWER_BYTES,
    MAX_FRAME_BYTES,
    MOST_FRAMES,
    Move,
)
from issuer.http.access import PERSON
from issuer.http.bodies import StrictRoute, read_files
from issuer.http.onboarding import View, view
from issuer.http.services import Use

routes: Final = APIRouter(prefix="/onboarding", tags=["onboarding"], route_class=StrictRoute)

_FRAMING: Final = 64 << 10
"""What the boundaries and headers of an answer's parts may take beside the frames."""
_UPLOAD: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["challenge_id", "frame"],
                    "properties": {
                        "challenge_id": {"type": "string"},
                        "frame": {
                            "type": "array",
                            "minItems": LEAST_FRAMES,
                            "maxItems": MOST_FRAMES,
                            "items": {"type": "string", "format": "binary"},
                        },
                    },
                },
                "encoding": {"frame": {"contentType": "image/jpeg"}},
            }
        },
    }
}


class Text(BaseModel):
    """A sentence in both languages."""

    sv: str
    en: str


_TEXTS: Final = {
    Move.LEFT: Text(
        sv="Vrid huvudet åt vänster, så långt det går lätt, och se sedan rakt fram igen.",
        en="Turn your head to the left, as far as is easy, then look straight ahead again.",
    ),
    Move.RIGHT: Text(
        sv="Vrid huvudet åt höger, så långt det går lätt, och se sedan rakt fram igen.",
        en="Turn your head to the right, as far as is easy, then look straight ahead again.",
    ),
}


class Frames(BaseModel):
    """How many frames an answer has, at least and at most, and how many bytes: of one, and of all."""

    least: int = LEAST_FRAMES
    most: int = MOST_FRAMES
    bytes_each: int = MAX_FRAME_BYTES
    bytes_all: int = MAX_ANSWER_BYTES


class Asked(BaseModel):
    """A challenge: the moves in their order with the sentence to show for each, and until when."""

    challenge_id: str
    moves: list[Move]
    text: list[Text]
    expires_at: datetime
    frames: Frames


@routes.post("/{session_id}/liveness", status_code=201, **PERSON)
def ask(use: Use, session_id: str, response: Response) -> Asked:
    """Ask for head turns, in place of those asked for before. Left and right are the person's own."""
    response.headers["Cache-Control"] = "no-store"
    challenge = use.liveness.challenge(session_id)
    return Asked(
        challenge_id=challenge.id,
        moves=list(challenge.moves),
        text=[_TEXTS[move] for move in challenge.moves],
        expires_at=challenge.expires_at,
        frames=Frames(),
    )


async def _given(request: Request) -> tuple[str, list[bytes]]:
    return read(await read_files(request, MAX_ANSWER_BYTES + _FRAMING, MOST_FRAMES + 1))


def _upload(access: dict[str, Any]) -> dict[str, Any]:
    return access | {"openapi_extra": access["openapi_extra"] | _UPLOAD}


@routes.put("/{session_id}/liveness", **_upload(PERSON))
def answer(use: Use, session_id: str, given: Annotated[tuple[str, list[bytes]], Depends(_given)]) -> View:
    """The frames (JPEG) in the order taken, as the camera gave them and not mirrored.

    Deciding starts with them. A frame of an earlier answer is refused: each answer is photographed anew.
    """
    challenge_id, frames = given
    return view(use.liveness.answer(session_id, challenge_id, frames))


@routes.post("/{session_id}/liveness/leave-out", **PERSON)
def leave_out(use: Use, session_id: str) -> View:
    """Go on without turning the head, for whoever cannot: a person looks at the onboarding instead."""
    return view(use.liveness.leave_out(session_id))


def read(parts: list[tuple[str, bytes]]) -> tuple[str, list[bytes]]:
    """The challenge's id and the frames, of a form's parts.

    Raises:
        Refused: ``http.body`` for other fields, or not one ``challenge_id``.
    """
    ids = [body for name, body in parts if name == "challenge_id"]
    frames = [body for name, body in parts if name == "frame"]
    if len(ids) != 1 or len(frames) + 1 != len(parts):
        raise Refused("http.body", detail="one challenge_id, and frames")
    return ids[0].decode("ascii", "replace"), frames
