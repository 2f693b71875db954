"""Related resources and their digests (VC Data Model 2.0, 5.3; VC Data Integrity 1.0, 2.6)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from clicid.codec import multibase, multicodec
from clicid.codec.shape import pointer
from clicid.errors import Refused
from clicid.formats.data_model import fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clicid.codec.strict_json import Json

_CODE: Final = "vc.resource"
_MAX_DIGESTS: Final = 8
_DIGESTS: Final = frozenset(("digestSRI", "digestMultibase"))
_MAX_TEXT: Final = 512
# Subresource Integrity 3.5: hash expressions between spaces, weakest algorithm first.
_SIZES: Final = {"sha256": 32, "sha384": 48, "sha512": 64}
_STRENGTH: Final = tuple(_SIZES)
# The grammar takes the URL-safe alphabet as well (Content Security Policy 2.3.1).
_PLAIN_ALPHABET: Final = str.maketrans("-_", "+/")
_EXPRESSION: Final = re.compile(
    r"(sha256|sha384|sha512)-([A-Za-z0-9+/_-]+={0,2})(?:\?[\x21-\x7e]*)?", re.ASCII
)
# Multihash: the registry's codes of the same three functions.
_MULTIHASHES: Final = {0x12: "sha256", 0x20: "sha384", 0x13: "sha512"}
_MEDIA_TYPE: Final = re.compile(
    r"[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}(?: ?; ?[\x20-\x7e]{1,200})?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Digest:
    """What a hash function makes of a resource's bytes; `algorithm` as hashlib names it."""

    algorithm: str
    value: bytes


AtHand: TypeAlias = "Mapping[str, frozenset[Digest]]"
"""For the URL of each resource that is at hand, the digests that stand for it."""


def digests(raw: bytes) -> frozenset[Digest]:
    """The digests of bytes, by every hash function that a document may use."""
    return frozenset(Digest(name, hashlib.new(name, raw).digest()) for name in _SIZES)


def sri(raw: bytes) -> str:
    """What fixes bytes in a document that is issued: a `digestSRI` by SHA-384."""
    return "sha384-" + base64.b64encode(hashlib.sha384(raw).digest()).decode()


def fits(raw: bytes, text: str, where: str) -> bool:
    """Whether bytes are what integrity metadata fix: by the strongest function there.

    Subresource Integrity 3.3.

    Raises:
        Refused: `vc.resource` for what are none.
    """
    return not digests(raw).isdisjoint(_sri(text, where))


@dataclass(frozen=True, slots=True)
class RelatedResource:
    """A resource that the issuer fixed by its digests.

    Args:
        id: Its URL.
        sri: The expressions of `digestSRI` of the strongest function there; one must fit.
        multibase: The `digestMultibase`, one or more; one must fit.
        media_type: How it is served, or None.
        where: Its JSON pointer.
    """

    id: str
    sri: tuple[Digest, ...]
    multibase: tuple[Digest, ...]
    media_type: str | None
    where: str

    def matches(self, known: frozenset[Digest]) -> bool:
        """Whether what is known is what the issuer meant: each kind of digest given must agree."""
        return all(not known.isdisjoint(given) for given in (self.sri, self.multibase) if given)


def parse(document: Mapping[str, Json], where: str = "") -> tuple[RelatedResource, ...]:
    """What a document fixes by digests: its `relatedResource`, and schemas that say their own digest.

    Raises:
        Refused: `vc.resource`.
    """
    related = tuple(_resource(item, at) for item, at in _objects(document, "relatedResource", where))
    if len({resource.id for resource in related}) != len(related):
        raise Refused(_CODE, pointer(where, "relatedResource"), "a resource stands twice")
    schemas = _objects(document, "credentialSchema", where)
    return related + tuple(_resource(item, at) for item, at in schemas if not _DIGESTS.isdisjoint(item))


def _objects(document: Mapping[str, Json], name: str, where: str) -> Iterator[tuple[dict[str, Json], str]]:
    return iter(()) if name not in document else fields.objects(document[name], pointer(where, name), _CODE)


def check(resources: tuple[RelatedResource, ...], at_hand: AtHand) -> tuple[str, ...]:
    """Hold the resources at hand against their digests.

    Args:
        resources: As the document names them.
        at_hand: What this installation uses in the name of a URL: contexts, schemas.

    Returns:
        The ids of those that are not at hand: nothing here makes use of them.

    Raises:
        Refused: `vc.resource_digest`.
    """
    for resource in resources:
        known = at_hand.get(resource.id)
        if known is not None and not resource.matches(known):
            raise Refused("vc.resource_digest", resource.where)
    return tuple(resource.id for resource in resources if resource.id not in at_hand)


def _resource(item: Mapping[str, Json], where: str) -> RelatedResource:
    uri = fields.identifier(item.get("id"), pointer(where, "id"), _CODE)
    sri = _sri(item["digestSRI"], pointer(where, "digestSRI")) if "digestSRI" in item else ()
    multi = (
        _multibases(item["digestMultibase"], pointer(where, "digestMultibase"))
        if "digestMultibase" in item
        else ()
    )
    if not sri and not multi:
        raise Refused(_CODE, where, "a digestSRI or a digestMultibase is wanted")
    media_type = item.get("mediaType")
    if "mediaType" in item and not (isinstance(media_type, str) and _MEDIA_TYPE.fullmatch(media_type)):
        raise Refused(_CODE, pointer(where, "mediaType"))
    return RelatedResource(uri, sri, multi, media_type if isinstance(media_type, str) else None, where)


def _sri(value: Json, where: str) -> tuple[Digest, ...]:
    """Of several functions the strongest counts (Subresource Integrity 3.3.4)."""
    found = [_expression(text, where) for text, where in _texts(value, where) for text in text.split(" ")]
    strongest = max(_STRENGTH.index(digest.algorithm) for digest in found)
    return tuple(digest for digest in found if _STRENGTH.index(digest.algorithm) == strongest)


def _expression(text: str, where: str) -> Digest:
    match = _EXPRESSION.fullmatch(text)
    if match is None:
        raise Refused(_CODE, where, "no hash expression of Subresource Integrity")
    text = match[2].translate(_PLAIN_ALPHABET)
    try:
        value = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise Refused(_CODE, where, "no base64") from error
    # Encoded anew: loose bits at the end would be a second way to write a digest.
    if len(value) != _SIZES[match[1]] or base64.b64encode(value).decode("ascii") != text:
        raise Refused(_CODE, where, "not the length of this hash function")
    return Digest(match[1], value)


def _multibases(value: Json, where: str) -> tuple[Digest, ...]:
    return tuple(_multibase(text, place) for text, place in _texts(value, where))


def _multibase(text: str, where: str) -> Digest:
    try:
        code, rest = multicodec.decode(multibase.decode(text, where=where), where=where)
        size, value = multicodec.decode(rest, where=where)
    except Refused as error:
        raise Refused(_CODE, where, error.code) from error
    algorithm = _MULTIHASHES.get(code)
    if algorithm is None or size != len(value) or size != _SIZES[algorithm]:
        raise Refused(_CODE, where, "no multihash of SHA-256, SHA-384 or SHA-512")
    return Digest(algorithm, value)


def _texts(value: Json, where: str) -> Iterator[tuple[str, str]]:
    many = isinstance(value, list)
    items = value if isinstance(value, list) else [value]
    if not 1 <= len(items) <= _MAX_DIGESTS:
        raise Refused(_CODE, where, f"1 to {_MAX_DIGESTS} digests are wanted")
    for index, item in enumerate(items):
        place = pointer(where, index) if many else where
        if not isinstance(item, str) or len(item) > _MAX_TEXT:
            raise Refused(_CODE, place, "a string is wanted")
        yield item, place
