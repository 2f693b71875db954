"""A document at rest: what the issuer signed, and the elements it digested (ISO/IEC 18013-5 8.3.2.1.2.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.codec import cbor
from clicid.codec.cbor import EMBEDDED
from clicid.errors import Refused
from clicid.formats.mdoc import fields, mso, usual_item
from clicid.formats.mdoc.fields import as_bytes, as_embedded, as_items, as_map, as_text, as_uint
from clicid.securing import cose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.cbor import Cbor
    from clicid.formats.mdoc.mso import MobileSecurityObject
    from clicid.securing.cose import UnverifiedCose

MAX_ELEMENTS: Final = 1024
_MIN_SALT: Final = 16
_ITEM: Final = frozenset(("digestID", "random", "elementIdentifier", "elementValue"))
_TAGS: Final = frozenset((EMBEDDED,))


class Item(NamedTuple):
    """An IssuerSignedItem.

    Args:
        digest_id: Which of the namespace's digests is its.
        element: Its name.
        value: What it says.
        content: As it was signed.
    """

    digest_id: int
    element: str
    value: Cbor
    content: bytes


@dataclass(frozen=True, slots=True)
class IssuerSigned:
    """An mdoc without its holder's proof; nothing is verified.

    Args:
        auth: The issuer's signature, over `security`.
        auth_item: The same as it was read.
        certificate: The document signer's, DER.
        security: What is signed.
        namespaces: The elements that are there.
    """

    auth: UnverifiedCose
    auth_item: Cbor = field(repr=False)
    certificate: bytes
    security: MobileSecurityObject
    namespaces: Mapping[str, tuple[Item, ...]] = field(repr=False)

    def issued(self) -> tuple[bytes, bytes]:
        """What the issuer's key has signed, and the signature."""
        return self.auth.signing_input, self.auth.signature


def parse(raw: bytes) -> IssuerSigned:
    """An IssuerSigned as an issuer hands it out (OpenID4VCI 1.0 A.2).

    Raises:
        Refused: As `from_item`; `codec.*`.
    """
    return from_item(cbor.loads(raw, tags=_TAGS, where="IssuerSigned", any_order=True), "")


def from_item(item: Cbor, where: str) -> IssuerSigned:
    """An IssuerSigned that was read with what encloses it.

    Raises:
        Refused: `mdoc.structure`, `mdoc.digest_algorithm`, `mdoc.duplicate`, `securing.*`, `keys.*`,
            `codec.*`.
    """
    obj = as_map(item, where)
    auth = cose.from_item(obj.get("issuerAuth"), typ=None, where="issuerAuth/")
    return IssuerSigned(
        auth=auth,
        auth_item=obj.get("issuerAuth"),
        certificate=_certificate(auth),
        security=mso.parse(auth.unverified_payload),
        namespaces=_namespaces(obj["nameSpaces"]) if "nameSpaces" in obj else {},
    )


def _certificate(auth: UnverifiedCose) -> bytes:
    """9.1.2.4: in the unprotected header; the signer's alone, for it is directly under the root (B.1.4)."""
    where = "issuerAuth/x5chain"
    chain = auth.unprotected.get(cose.X5CHAIN)
    if isinstance(chain, list):
        if len(chain) != 1:
            raise Refused("mdoc.structure", where, "the document signer's certificate alone is wanted")
        chain = chain[0]
    return as_bytes(chain, where)


def _namespaces(value: Cbor) -> dict[str, tuple[Item, ...]]:
    found = as_map(value, "nameSpaces")
    if not 1 <= len(found) <= mso.MAX_NAMESPACES:
        raise Refused("mdoc.structure", "nameSpaces", f"1 to {mso.MAX_NAMESPACES} are wanted")
    return {as_text(name, "nameSpaces", fields.MAX_NAME_CHARS): _items(each) for name, each in found.items()}


def _items(value: Cbor) -> tuple[Item, ...]:
    """The elements of a namespace; none is there twice, by name or by digest."""
    items = tuple(
        _item(as_embedded(one, "nameSpaces")) for one in as_items(value, "nameSpaces", MAX_ELEMENTS)
    )
    names, ids = {item.element for item in items}, {item.digest_id for item in items}
    if not len(names) == len(ids) == len(items):
        raise Refused("mdoc.duplicate", "nameSpaces")
    return items


def _item(raw: bytes) -> Item:
    usual = usual_item.read(raw, _value)
    return _by_members(raw) if usual is None else Item(*usual, raw)


def _by_members(raw: bytes) -> Item:
    where = "nameSpaces"
    obj = as_map(fields.read(raw, where), where)
    if obj.keys() != _ITEM:
        raise Refused("mdoc.structure", where, "the four members of a data element are wanted")
    if len(as_bytes(obj["random"], where)) < _MIN_SALT:
        raise Refused("mdoc.structure", where, f"{_MIN_SALT} random bytes are wanted")
    return Item(
        as_uint(obj["digestID"], where),
        as_text(obj["elementIdentifier"], where, fields.MAX_NAME_CHARS),
        obj["elementValue"],
        raw,
    )


def _value(raw: bytes) -> Cbor:
    # One less than the whole item has: the value is inside its map.
    return fields.read(raw, "nameSpaces", max_depth=fields.MAX_DEPTH - 1)
