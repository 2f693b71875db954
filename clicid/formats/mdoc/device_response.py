"""What a holder sends: documents, each with its proof (ISO/IEC 18013-5 8.3.2.1.2.2). Nothing is verified."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec.cbor import EMBEDDED
from clicid.codec.cbor_layout import Layouts
from clicid.errors import Refused
from clicid.formats.mdoc import fields, issuer_signed
from clicid.formats.mdoc.fields import as_embedded, as_items, as_map, as_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.cbor import Cbor, Key
    from clicid.codec.cbor_layout import Unknown
    from clicid.formats.mdoc.issuer_signed import IssuerSigned

VERSION: Final = "1.0"
OK: Final = 0
"""Status of a response without an error (table 8)."""

MAX_DOCUMENTS: Final = 16
SIGNATURE: Final = "deviceSignature"
MAC: Final = "deviceMac"
_NOTHING: Final = b"\xa0"
"""What nearly every device states of its own."""
_LAYOUTS: Final = Layouts(frozenset((EMBEDDED,)), bare=True)


# Not frozen: as `base.Inner`.
@dataclass(slots=True)
class DeviceSigned:
    """A holder's proof.

    Args:
        method: `SIGNATURE` or `MAC`.
        proof: The COSE message.
        raw_namespaces: What the proof covers besides the session and the type.
        namespaces: The same: what the device states of its own.
    """

    method: str
    proof: Cbor
    raw_namespaces: bytes = field(repr=False)
    namespaces: Mapping[str, Mapping[Key, Cbor]] = field(repr=False)


# Not frozen: as `base.Inner`.
@dataclass(slots=True)
class Mdoc:
    """A document: at rest, or as it was shown.

    Args:
        issuer_signed: The issuer's part.
        doc_type: The type that stands beside it, or None at rest.
        device_signed: The holder's part, or None at rest.
    """

    issuer_signed: IssuerSigned
    doc_type: str | None = None
    device_signed: DeviceSigned | None = None

    def issued(self) -> tuple[bytes, bytes]:
        """What the issuer's key has signed, and the signature."""
        return self.issuer_signed.issued()


# Not frozen: as `base.Inner`.
@dataclass(slots=True)
class DeviceResponse:
    """What was sent.

    Args:
        documents: At least one.
    """

    documents: tuple[tuple[Mdoc, DeviceSigned], ...]


def parse(raw: bytes) -> DeviceResponse:
    """Read a DeviceResponse; what it says of documents that it does not hold is not read.

    Raises:
        Refused: `mdoc.structure`; what `issuer_signed.from_item` refuses.
    """
    unknown: list[Unknown] = []
    obj = as_map(_LAYOUTS.read(raw, "DeviceResponse", unknown), "DeviceResponse")
    fields.check_version(obj.get("version"), "version")
    status = obj.get("status")
    if status != OK or isinstance(status, bool):
        raise Refused("mdoc.structure", "status", "the holder's device reports an error, or nothing")
    items = as_items(obj.get("documents"), "documents", MAX_DOCUMENTS)
    return DeviceResponse(
        tuple([_document(item, f"documents/{at}", unknown) for at, item in enumerate(items)])
    )


def _document(item: Cbor, where: str, unknown: list[Unknown]) -> tuple[Mdoc, DeviceSigned]:
    obj = as_map(item, where)
    doc_type = as_text(obj.get("docType"), f"{where}/docType")
    signed = _device_signed(obj.get("deviceSigned"), f"{where}/deviceSigned")
    issued = issuer_signed.from_item(obj.get("issuerSigned"), f"{where}/issuerSigned", unknown)
    return Mdoc(issued, doc_type, signed), signed


def _device_signed(item: Cbor, where: str) -> DeviceSigned:
    obj = as_map(item, where)
    raw = as_embedded(obj.get("nameSpaces"), f"{where}/nameSpaces")
    auth = as_map(obj.get("deviceAuth"), f"{where}/deviceAuth")
    if (SIGNATURE in auth) == (MAC in auth):
        raise Refused("mdoc.structure", f"{where}/deviceAuth", "a signature or a MAC is wanted, and not both")
    method = SIGNATURE if SIGNATURE in auth else MAC
    namespaces = {} if raw == _NOTHING else _namespaces(raw, f"{where}/nameSpaces")
    return DeviceSigned(method, auth[method], raw, namespaces)


def _namespaces(raw: bytes, where: str) -> dict[str, Mapping[Key, Cbor]]:
    found = as_map(fields.read(raw, where), where)
    return {
        as_text(name, where, fields.MAX_NAME_CHARS): _elements(each, where) for name, each in found.items()
    }


def _elements(value: Cbor, where: str) -> dict[Key, Cbor]:
    elements = as_map(value, where)
    for name in elements:
        as_text(name, where, fields.MAX_NAME_CHARS)
    return elements
