"""A document at rest: what the issuer signed, and the elements it digested (ISO/IEC 18013-5 8.3.2.1.2.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from clicid.codec import cbor
from clicid.codec.cbor import EMBEDDED
from clicid.codec.cbor_layout import Contents, Layouts
from clicid.errors import Refused
from clicid.formats.mdoc import fields, mso, usual_item
from clicid.formats.mdoc.fields import as_bytes, as_embedded, as_items, as_map, as_text, as_uint
from clicid.formats.mdoc.usual_item import Item
from clicid.securing import cose

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clicid.codec.cbor import Cbor
    from clicid.codec.cbor_layout import Unknown
    from clicid.formats.mdoc.mso import MobileSecurityObject
    from clicid.securing.cose import UnverifiedCose

MAX_ELEMENTS: Final = 1024
_MIN_SALT: Final = 16
_ITEM: Final = frozenset(("digestID", "random", "elementIdentifier", "elementValue"))
_TAGS: Final = frozenset((EMBEDDED,))
# One less than a whole item has: a value is inside its map.
_VALUES: Final = Layouts(fields.VALUE_TAGS, fields.MAX_DEPTH - 1)


# Not frozen: as `base.Inner`.
@dataclass(slots=True)
class IssuerSigned:
    """An mdoc without its holder's proof; nothing is verified.

    Args:
        auth: The issuer's signature, over `security`.
        auth_item: The same as it was read.
        certificate: The document signer's, DER.
        security: What is signed.
        namespaces: The elements that are there.
        unknown: What was laid out as nothing before it.
    """

    auth: UnverifiedCose
    auth_item: Cbor = field(repr=False)
    certificate: bytes
    security: MobileSecurityObject
    namespaces: Mapping[str, tuple[Item, ...]] = field(repr=False)
    unknown: Sequence[Unknown] = field(default=(), repr=False, compare=False)

    def issued(self) -> tuple[bytes, bytes]:
        """What the issuer's key has signed, and the signature."""
        return self.auth.signing_input, self.auth.signature

    def learn(self) -> None:
        """Read the next one that is laid out like this faster: only of what an issuer has signed."""
        for layouts, raw in self.unknown:
            layouts.learn(raw)


def parse(raw: bytes) -> IssuerSigned:
    """An IssuerSigned as an issuer hands it out (OpenID4VCI 1.0 A.2).

    Raises:
        Refused: As `from_item`; `codec.*`.
    """
    return from_item(cbor.loads(raw, tags=_TAGS, where="IssuerSigned", any_order=True), "")


def from_item(item: Cbor, where: str, enclosing: Sequence[Unknown] = ()) -> IssuerSigned:
    """An IssuerSigned that was read with what encloses it, which may have been laid out as nothing before it.

    Raises:
        Refused: `mdoc.structure`, `mdoc.digest_algorithm`, `mdoc.duplicate`, `securing.*`, `keys.*`,
            `codec.*`.
    """
    obj = as_map(item, where)
    unknown = list(enclosing)
    auth = cose.from_item(obj.get("issuerAuth"), typ=None, where="issuerAuth/")
    return IssuerSigned(
        auth=auth,
        auth_item=obj.get("issuerAuth"),
        certificate=_certificate(auth),
        security=mso.parse(auth.unverified_payload, unknown),
        namespaces=_namespaces(obj["nameSpaces"], unknown) if "nameSpaces" in obj else {},
        unknown=unknown,
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


def _namespaces(value: Cbor, unknown: list[Unknown]) -> dict[str, tuple[Item, ...]]:
    found = as_map(value, "nameSpaces")
    if not 1 <= len(found) <= mso.MAX_NAMESPACES:
        raise Refused("mdoc.structure", "nameSpaces", f"1 to {mso.MAX_NAMESPACES} are wanted")
    return {
        as_text(name, "nameSpaces", fields.MAX_NAME_CHARS): _items(each, unknown)
        for name, each in found.items()
    }


def _items(value: Cbor, unknown: list[Unknown]) -> tuple[Item, ...]:
    """The elements of a namespace; none is there twice, by name or by digest."""
    read, read_value = usual_item.read, partial(_value, unknown=unknown)
    contents: Any = as_items(value, "nameSpaces", MAX_ELEMENTS)
    if not isinstance(value, Contents):
        contents = [as_embedded(one, "nameSpaces") for one in contents]
    items = [read(content, read_value) or _by_members(content) for content in contents]
    ids, names, _, _ = zip(*items, strict=True)
    if not len(set(names)) == len(set(ids)) == len(items):
        raise Refused("mdoc.duplicate", "nameSpaces")
    return tuple(items)


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


def _value(raw: bytes, unknown: list[Unknown] | None = None) -> Cbor:
    return _VALUES.read(raw, "nameSpaces", unknown)
