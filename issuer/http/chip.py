"""The chip of a travel document, as an app that read it sends it; docs/chips.md says how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from clicid.errors import REASONS, Refused
from issuer.chip.files import MAX_BYTES, MAX_FILES, MAX_PORTRAIT_BYTES
from issuer.evidence.evidence import ACTIVE, CHIP
from issuer.http.access import PERSON
from issuer.http.bodies import StrictRoute, read_files
from issuer.http.onboarding import View, view
from issuer.http.services import Use

if TYPE_CHECKING:
    from issuer.evidence.evidence import Evidence
    from issuer.evidence.ports import ChipCommand

routes: Final = APIRouter(prefix="/onboarding", tags=["onboarding"], route_class=StrictRoute)

MAX_UPLOAD: Final = MAX_PORTRAIT_BYTES + 6 * MAX_BYTES
FILE: Final = "file"
MAX_ANSWER: Final = 4_096


class Note(BaseModel):
    """Something that was noticed, in both languages."""

    code: str
    en: str
    sv: str


class ChipTold(BaseModel):
    """What came of an authentic chip: each group, what it proved, what was noticed. No personal data."""

    groups: dict[str, str]
    active_authentication: str | None
    chip_authentication: str | None
    notes: list[Note]


class ChipView(View):
    """Where an onboarding stands after its chip was taken."""

    chip: ChipTold


class ChipCommandTold(BaseModel):
    """What the app passes on in chip authentication, in hexadecimal."""

    public_key: str
    command: str


class ChipAsked(BaseModel):
    """What the chip is asked, in hexadecimal, and for how many seconds an answer is taken."""

    challenge: str
    chip_authentication: ChipCommandTold | None
    expires_in: int


async def _uploaded(request: Request) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {FILE: [], ACTIVE: [], CHIP: []}
    for name, data in await read_files(request, MAX_UPLOAD, MAX_FILES + 2):
        if name not in found:
            raise Refused("http.body", "body", "a field of another name")
        if name != FILE and (found[name] or len(data) > MAX_ANSWER):
            raise Refused("http.body", name, "an answer too long, or a second one")
        found[name].append(data)
    return found


_FORM: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [FILE],
                    "additionalProperties": False,
                    "properties": {
                        FILE: {"type": "array", "items": {"type": "string", "format": "binary"}},
                        ACTIVE: {"type": "string", "format": "binary"},
                        CHIP: {"type": "string", "format": "binary"},
                    },
                }
            }
        },
    }
}
_ACCESS: Final[dict[str, Any]] = PERSON | {"openapi_extra": PERSON["openapi_extra"] | _FORM}


@routes.post("/{session_id}/chip/challenge", status_code=201, **PERSON)
def ask_chip(use: Use, session_id: str, response: Response) -> ChipAsked:
    """Fresh questions for the chip; each is answered once. Earlier ones count no longer.

    The command of chip authentication is there once the chip's files were given, if it has a key for it.
    """
    response.headers["Cache-Control"] = "no-store"
    asked = use.chip.challenge(session_id)
    return ChipAsked(
        challenge=asked.challenge.hex(),
        chip_authentication=None if asked.command is None else _command(asked.command),
        expires_in=asked.expires_in,
    )


@routes.put("/{session_id}/chip", **_ACCESS)
def give_chip(
    use: Use, session_id: str, uploaded: Annotated[dict[str, list[bytes]], Depends(_uploaded)]
) -> ChipView:
    """The files that were read off the document's chip, verified at once; tags tell them apart."""
    active, chip = (next(iter(uploaded[name]), None) for name in (ACTIVE, CHIP))
    session, evidence = use.chip.give(session_id, uploaded[FILE], active, chip)
    return ChipView(**view(session).model_dump(), chip=_told(evidence))


def _command(command: ChipCommand) -> ChipCommandTold:
    return ChipCommandTold(public_key=command.public_key.hex(), command=command.command.hex())


def _told(evidence: Evidence) -> ChipTold:
    return ChipTold(
        groups={name: state for name, state in evidence.checks.items() if name.startswith("DG")},
        active_authentication=evidence.checks.get(ACTIVE),
        chip_authentication=evidence.checks.get(CHIP),
        notes=[_note(code) for code in sorted({finding.code for finding in evidence.findings})],
    )


def _note(code: str) -> Note:
    return Note(code=code, en=REASONS[code].en, sv=REASONS[code].sv)
