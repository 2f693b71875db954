"""DID resolution over HTTP: `/1.0/identifiers/{did}` (DID Resolution, the HTTP(S) binding)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.did import ethr, jwk, web
from clicid.did import key as did_key
from clicid.did.ethr import EthrRecord
from clicid.did.syntax import Did
from clicid.errors import REASONS, Refused, Undecided
from clicid.formats.base import Material, Need, NeedKind, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.did.document import DidDocument
    from clicid.errors import ClicidError

MEDIA_TYPE: Final = "application/did-resolution"
_DOCUMENT: Final = "application/did"
_DOCUMENT_ALONE: Final = (_DOCUMENT, "application/did+json", "application/did+ld+json")

_OFFLINE: Final[Mapping[str, Callable[[str], DidDocument]]] = {
    did_key.METHOD: did_key.document,
    jwk.METHOD: jwk.document,
}
_ERRORS: Final = "https://www.w3.org/ns/did#"
_FAULTS: Final = {
    "did.method": ("METHOD_NOT_SUPPORTED", 501),
    "did.unavailable": ("NOT_FOUND", 404),
    "did.unknown": ("NOT_FOUND", 404),
}
_MALFORMED: Final = ("INVALID_DID", 400)


@dataclass(frozen=True, slots=True)
class Resolution:
    """An answer and its HTTP status."""

    status: int
    body: dict[str, Json]

    def answer(self, accept: str) -> tuple[Json, str]:
        """Body and media type for an Accept header: all of it, or the document to who takes that alone."""
        asked = [one.partition(";")[0].strip().lower() for one in accept.split(",")]
        alone = next((one for one in asked if one in _DOCUMENT_ALONE), None)
        if alone is None or MEDIA_TYPE in asked or self.status != 200:
            return self.body, MEDIA_TYPE
        return self.body["didDocument"], alone


def need_of(did: str) -> Need | None:
    """What has to be known to resolve a DID; None where the document is in the identifier.

    Raises:
        Refused: `did.syntax`; `did.method` for a method that is not read here.
    """
    method = Did.parse(did).method
    if method in _OFFLINE:
        return None
    if method == web.METHOD:
        web.url(did)
    if method in {ethr.METHOD, web.METHOD}:
        return Need(NeedKind.DID, did)
    raise Refused("did.method")


def document(did: str, material: Material | Unavailable | None, now: datetime) -> DidDocument:
    """What a DID resolves to.

    Args:
        did: The DID.
        material: What was found for `need_of`, if it named a need.
        now: The time for which the document is wanted.

    Raises:
        Refused: `did.*`, `keys.*`, `codec.*` for a malformed one.
        Undecided: `did.unavailable` if what it needs could not be had.
    """
    offline = _OFFLINE.get(Did.parse(did).method)
    if offline is not None:
        return offline(did)
    if not isinstance(material, Material):
        raise Undecided("did.unavailable", detail=material.why if material else "")
    if Did.parse(did).method == web.METHOD:
        return web.document(did, material.body, now)
    record = EthrRecord.from_bytes(material.body)
    if record.did != did:
        raise Undecided("did.unavailable", detail="the material is about another DID")
    return ethr.document(record, now)


def resolved(document: DidDocument) -> Resolution:
    """What a DID resolves to; 410 and no keys for one that is deactivated."""
    return Resolution(
        410 if document.deactivated else 200,
        {
            "didDocument": document.to_json(),
            "didResolutionMetadata": {"contentType": _DOCUMENT},
            "didDocumentMetadata": {"deactivated": True} if document.deactivated else {},
        },
    )


def unresolved(error: ClicidError) -> Resolution:
    """Why it does not resolve."""
    name, status = _FAULTS.get(error.code, _MALFORMED)
    problem: dict[str, Json] = {
        "type": _ERRORS + name,
        "title": REASONS[error.code].en,
        "detail": error.detail,
        "code": error.code,
    }
    return Resolution(
        status,
        {"didDocument": None, "didResolutionMetadata": {"error": problem}, "didDocumentMetadata": {}},
    )
