"""Credentials and presentations in an envelope: an object whose id is the whole thing (4.12.1, 4.12.2)."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

from clicid.codec.shape import pointer
from clicid.errors import LocalError, Refused
from clicid.formats.base import FormatId
from clicid.formats.data_model.version import Version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json

CREDENTIAL: Final = "EnvelopedVerifiableCredential"
PRESENTATION: Final = "EnvelopedVerifiablePresentation"
MAX_DATA: Final = 1 << 18

_CODE: Final = "vc.envelope"
_MEMBERS: Final = frozenset(("@context", "id", "type"))
# RFC 2397; no parameters but base64: a character set would be a second way to read the same bytes.
_DATA: Final = re.compile(
    r"data:([a-z]+/[a-z0-9.+-]+)(;base64)?,([A-Za-z0-9._~!$&'()*+,;=:@/?%-]+)", re.ASCII
)
_ESCAPES: Final = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*+")

# VC-JOSE-COSE 1.0, 6.1: what each media type of an envelope holds.
FORMATS: Final = {
    CREDENTIAL: {
        "application/vc+jwt": FormatId.VC_JWT,
        "application/vc+sd-jwt": FormatId.VC_SD_JWT,
        "application/vc+cose": FormatId.VC_COSE,
    },
    PRESENTATION: {
        "application/vp+jwt": FormatId.VP_JWT,
        "application/vp+sd-jwt": FormatId.VP_SD_JWT,
        "application/vp+cose": FormatId.VP_COSE,
    },
}


@dataclass(frozen=True, slots=True)
class Enveloped:
    """What was in an envelope: the format that its media type names, and the bytes."""

    format: FormatId
    raw: bytes = field(repr=False)


def is_enveloped(document: Mapping[str, Json], kind: str) -> bool:
    """Whether an object says that it is an envelope, `CREDENTIAL` or `PRESENTATION`."""
    return document.get("type") in (kind, [kind])


def parse_enveloped(document: Mapping[str, Json], where: str = "", *, kind: str) -> Enveloped:
    """Open an envelope; what is in it is for the format to read.

    Args:
        document: A JSON object.
        where: Its JSON pointer.
        kind: `CREDENTIAL` or `PRESENTATION`.

    Raises:
        Refused: `vc.envelope`, also for members that no envelope has: nothing would secure them.
    """
    for name in document:
        if name not in _MEMBERS:
            raise Refused(_CODE, pointer(where, name), "not expected in an envelope")
    contexts = document.get("@context")
    if Version.V2_0.value not in (contexts if isinstance(contexts, list) else [contexts]):
        raise Refused(_CODE, pointer(where, "@context"), "the base context is wanted")
    if not is_enveloped(document, kind):
        raise Refused(_CODE, pointer(where, "type"), f"{kind} is wanted")
    return _contents(document.get("id"), pointer(where, "id"), kind)


def wrap(item: Enveloped, *, kind: str = CREDENTIAL) -> dict[str, Json]:
    """The object that holds what is enveloped; COSE in base64 (VC-JOSE-COSE 1.0, 3.3.1), texts as they are.

    Raises:
        LocalError: `vc.seal` for a format that no envelope of this kind holds.
    """
    media_type = next((name for name, form in FORMATS[kind].items() if form is item.format), None)
    if media_type is None:
        raise LocalError("vc.seal", detail=f"no envelope for {item.format}")
    if media_type.endswith("+cose"):
        data = f"data:{media_type};base64,{base64.b64encode(item.raw).decode('ascii')}"
    else:
        data = f"data:{media_type},{item.raw.decode('ascii')}"
    return {"@context": [Version.V2_0.value], "id": data, "type": kind}


def _contents(value: Json, where: str, kind: str) -> Enveloped:
    match = _DATA.fullmatch(value) if isinstance(value, str) and len(value) <= MAX_DATA else None
    if match is None or not _ESCAPES.fullmatch(match[3]):
        raise Refused(_CODE, where, f"a data: URL of at most {MAX_DATA} characters is wanted")
    form = FORMATS[kind].get(match[1])
    if form is None:
        raise Refused(_CODE, where, "a media type that secures nothing we know")
    raw = unquote_to_bytes(match[3])
    return Enveloped(form, _decoded(raw, where) if match[2] else raw)


def _decoded(text: bytes, where: str) -> bytes:
    # RFC 2397 has padding; others' envelopes come without, and mean the same bytes.
    text += b"=" * (-len(text) % 4)
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise Refused(_CODE, where, "no base64") from error
    if base64.b64encode(raw) != text:
        raise Refused(_CODE, where, "loose bits at the end")
    return raw
