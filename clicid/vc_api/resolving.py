"""DID resolution over HTTP: `GET /1.0/identifiers/{did}` (DID Resolution, the HTTP(S) binding)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.codec.accept import bare, ranges
from clicid.did import resolution
from clicid.did.resolution import ErrorType
from clicid.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.did.resolution import Resolved
    from clicid.errors import ClicidError

MEDIA_TYPE: Final = "application/did-resolution"
OLDER_MEDIA_TYPE: Final = 'application/ld+json;profile="https://w3id.org/did-resolution"'
"""What resolvers of before the media type was registered are asked for."""

_DOCUMENT_ALONE: Final = (resolution.CONTENT_TYPE, "application/did+json", "application/did+ld+json")
# What is given for each range of media types; of two that are wanted as much, the earlier row.
_RANGES: Final[Mapping[str, str]] = {
    MEDIA_TYPE: MEDIA_TYPE,
    OLDER_MEDIA_TYPE: OLDER_MEDIA_TYPE,
    **{one: one for one in _DOCUMENT_ALONE},
    "application/ld+json": OLDER_MEDIA_TYPE,
    "application/json": MEDIA_TYPE,
    "application/*": MEDIA_TYPE,
    "*/*": MEDIA_TYPE,
}
_STATUS: Final[Mapping[ErrorType, int]] = {
    ErrorType.INVALID_DID: 400,
    ErrorType.INVALID_OPTIONS: 400,
    ErrorType.NOT_FOUND: 404,
    ErrorType.REPRESENTATION_NOT_SUPPORTED: 406,
    ErrorType.INVALID_DID_DOCUMENT: 500,
    ErrorType.INTERNAL_ERROR: 500,
    ErrorType.METHOD_NOT_SUPPORTED: 501,
    ErrorType.FEATURE_NOT_SUPPORTED: 501,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    body: Json
    media_type: str


def accepted(accept: str) -> str:
    """The media type to answer with for an Accept header (RFC 9110 12.5.1); no header is ``*/*``.

    Raises:
        Refused: `did.representation` if none that is accepted can be given.
    """
    rows = list(_RANGES)
    wanted = [
        (-weight, rows.index(name))
        for kind, weight in ranges(accept)
        if weight and (name := kind if kind in _RANGES else bare(kind)) in _RANGES
    ]
    if not wanted:
        raise Refused("did.representation", detail=f"{MEDIA_TYPE}, {', '.join(_DOCUMENT_ALONE)} can be")
    return _RANGES[rows[min(wanted)[1]]]


def resolved(found: Resolved, media_type: str) -> Answer:
    """What a DID resolves to: all that is known, or the document alone; 410 for one that is deactivated."""
    if media_type in _DOCUMENT_ALONE and not found.deactivated:
        return Answer(200, found.document, media_type)
    kind = MEDIA_TYPE if media_type in _DOCUMENT_ALONE else media_type
    body: dict[str, Json] = {
        "didDocument": found.document,
        "didResolutionMetadata": {"contentType": resolution.CONTENT_TYPE, **found.about},
        "didDocumentMetadata": found.metadata,
    }
    return Answer(410 if found.deactivated else 200, body, kind)


def unresolved(error: ClicidError) -> Answer:
    """Why it does not resolve."""
    body: dict[str, Json] = {
        "didDocument": None,
        "didResolutionMetadata": {"error": resolution.problem(error)},
        "didDocumentMetadata": {},
    }
    return Answer(_STATUS[resolution.error_type(error)], body, MEDIA_TYPE)
