"""The mobile security object: what the issuer signs (ISO/IEC 18013-5 9.1.2.4)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from clicid.codec import cbor
from clicid.codec.cbor_layout import Layouts
from clicid.errors import Refused
from clicid.formats.base import StatusRef
from clicid.formats.mdoc import fields
from clicid.formats.mdoc.fields import as_items, as_map, as_tdate, as_text, as_uint
from clicid.keys import cose_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from clicid.codec.cbor import Cbor, Key
    from clicid.codec.cbor_layout import Unknown
    from clicid.keys.public import PublicKey

VERSION: Final = "1.0"
SHA_256: Final = "SHA-256"


class Hashed(Protocol):
    """What a hash function has taken."""

    def digest(self) -> bytes:
        """The digest."""


HASHES: Final[Mapping[str, Callable[[bytes], Hashed]]] = {
    SHA_256: hashlib.sha256,
    "SHA-384": hashlib.sha384,
    "SHA-512": hashlib.sha512,
}
"""Digest algorithms by the names that table 21 gives them."""

MAX_NAMESPACES: Final = 32
_MAX_AUTHORIZED: Final = 256
_WHERE: Final = "issuerAuth"
_LAYOUTS: Final = Layouts(fields.VALUE_TAGS, fields.MAX_DEPTH)


@dataclass(frozen=True, slots=True)
class Authorizations:
    """What the holder's device may state of its own (keyAuthorizations).

    Args:
        namespaces: Those of which it may state everything.
        elements: By namespace, single elements.
    """

    namespaces: frozenset[str] = frozenset()
    elements: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def allow(self, namespace: str, element: str) -> bool:
        """Whether this element is among them."""
        return namespace in self.namespaces or element in self.elements.get(namespace, ())


_NO_AUTHORIZATIONS: Final = Authorizations()


# Not frozen: as `base.Inner`.
@dataclass(slots=True)
class MobileSecurityObject:
    """What an issuer says it signs; nobody has checked the signature.

    Args:
        hashed: What the digests are computed by.
        digests: By namespace and digest id.
        device_key: The key that the document is bound to.
        authorizations: What that key may sign of its own.
        doc_type: The type of the document.
        signed: When it was signed.
        valid_from: When it begins to be valid.
        valid_until: When it no longer is.
        status: Its entry in a status list, or None.
    """

    hashed: Callable[[bytes], Hashed]
    digests: Mapping[str, Mapping[Key, Cbor]]
    device_key: PublicKey
    authorizations: Authorizations
    doc_type: str
    signed: datetime
    valid_from: datetime
    valid_until: datetime
    status: StatusRef | None


def parse(payload: bytes, unknown: list[Unknown]) -> MobileSecurityObject:
    """The object in the payload of an IssuerAuth; members that the standard does not define are not read.

    If it is laid out as none before it, `unknown` gets it.

    Raises:
        Refused: `mdoc.structure`, `mdoc.digest_algorithm`, `codec.*`, `keys.*`.
    """
    inner = cbor.unembedded(payload)
    if inner is None:
        inner = fields.as_embedded(fields.read(payload, _WHERE), _WHERE)
    obj = as_map(_LAYOUTS.read(inner, _WHERE, unknown), _WHERE)
    fields.check_version(obj.get("version"), "issuerAuth/version")
    hashed = HASHES.get(as_text(obj.get("digestAlgorithm"), "issuerAuth/digestAlgorithm"))
    if hashed is None:
        raise Refused("mdoc.digest_algorithm", "issuerAuth/digestAlgorithm")
    key_info = _member(obj, "deviceKeyInfo")
    times = _member(obj, "validityInfo")
    return MobileSecurityObject(
        hashed=hashed,
        digests=_digests(_member(obj, "valueDigests")),
        device_key=cose_key.from_cose(key_info.get("deviceKey"), "issuerAuth/deviceKey"),
        authorizations=_authorizations(key_info),
        doc_type=as_text(obj.get("docType"), "issuerAuth/docType"),
        signed=_time(times, "signed"),
        valid_from=_time(times, "validFrom"),
        valid_until=_time(times, "validUntil"),
        status=_status(obj),
    )


def _member(obj: Mapping[Key, Cbor], name: str) -> dict[Key, Cbor]:
    return as_map(obj.get(name), f"{_WHERE}/{name}")


def _time(times: Mapping[Key, Cbor], name: str) -> datetime:
    return as_tdate(times.get(name), f"{_WHERE}/validityInfo/{name}")


def _digests(found: Mapping[Key, Cbor]) -> dict[str, Mapping[Key, Cbor]]:
    """What its values are, is seen when one is compared."""
    if not 1 <= len(found) <= MAX_NAMESPACES:
        raise Refused("mdoc.structure", "issuerAuth/valueDigests", f"1 to {MAX_NAMESPACES} are wanted")
    place = "issuerAuth/valueDigests"
    return {as_text(name, place, fields.MAX_NAME_CHARS): as_map(each, place) for name, each in found.items()}


def _authorizations(key_info: Mapping[Key, Cbor]) -> Authorizations:
    if "keyAuthorizations" not in key_info:
        return _NO_AUTHORIZATIONS
    place = "issuerAuth/keyAuthorizations"
    obj = as_map(key_info["keyAuthorizations"], place)
    namespaces = _names(obj["nameSpaces"], place) if "nameSpaces" in obj else frozenset[str]()
    elements = as_map(obj.get("dataElements", {}), place)
    return Authorizations(
        namespaces, {as_text(name, place): _names(each, place) for name, each in elements.items()}
    )


def _names(value: Cbor, place: str) -> frozenset[str]:
    return frozenset(as_text(name, place) for name in as_items(value, place, _MAX_AUTHORIZED))


def _status(obj: Mapping[Key, Cbor]) -> StatusRef | None:
    if "status" not in obj:
        return None
    place = "issuerAuth/status"
    # Another mechanism than the list is one we could not check: the member is required.
    entry = as_map(as_map(obj["status"], place).get("status_list"), f"{place}/status_list")
    return StatusRef(as_text(entry.get("uri"), f"{place}/uri"), as_uint(entry.get("idx"), f"{place}/idx"))
