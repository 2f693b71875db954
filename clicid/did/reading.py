"""The JSON of a DID document (DID Core 5): the keys that are its subject's own, and their uses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.codec import instant, shape
from clicid.did.document import DidDocument, Relationship, VerificationMethod
from clicid.did.syntax import DidUrl
from clicid.errors import Refused
from clicid.keys.public import PublicKey

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from clicid.codec.strict_json import Json

_MAX_METHODS: Final = 64
_BY_JWK: Final = frozenset(("JsonWebKey", "JsonWebKey2020"))
_BY_MULTIKEY: Final = frozenset(("Multikey", "Ed25519VerificationKey2020"))


def read(did: str, found: Mapping[str, Json], now: datetime) -> DidDocument:
    """The document of a DID, as it was found.

    A method of a kind that we do not read, or that another controls, or nobody, is passed over: it is
    nobody's key here, and must not take the others away.

    Args:
        did: The DID whose document it must be.
        found: The document.
        now: The time for which its keys are wanted.

    Raises:
        Refused: `did.document` for another DID's, and for what is malformed in it; `codec.*`, `keys.*`.
    """
    if found.get("id") != did:
        raise Refused("did.document", "/id", "another DID's")
    uses, embedded = _relationships(did, found)
    own = [
        _Member(item, shape.pointer("/verificationMethod", index))
        for index, item in enumerate(_items(found, "verificationMethod"))
    ]
    methods: dict[str, VerificationMethod] = {}
    for member in (*own, *embedded):
        method = _method(did, shape.as_object(member.item, member.where), member.where, now)
        if method is None:
            continue
        if method.id in methods:
            raise Refused("did.document", member.where, "a method's id stands twice")
        allowed = uses.get(method.id, frozenset()) if member.use is None else frozenset({member.use})
        methods[method.id] = replace(method, relationships=frozenset(allowed))
    return DidDocument(did, tuple(methods.values()))


class _Member(NamedTuple):
    """A method as it stands, and what it may be used for where it stands for one use."""

    item: Json
    where: str
    use: Relationship | None = None


def _relationships(did: str, found: Mapping[str, Json]) -> tuple[dict[str, set[Relationship]], list[_Member]]:
    """Which methods each relationship names, and those that it holds itself (DID Core 5.3.1)."""
    uses: dict[str, set[Relationship]] = {}
    embedded = []
    for relationship in Relationship:
        for index, item in enumerate(_items(found, relationship.value)):
            place = shape.pointer(f"/{relationship.value}", index)
            if isinstance(item, str):
                uses.setdefault(_absolute(did, item, place), set()).add(relationship)
            else:
                embedded.append(_Member(item, place, relationship))
    return uses, embedded


def _items(found: Mapping[str, Json], name: str) -> list[Json]:
    return shape.optional_items(found, name, maximum=_MAX_METHODS) or []


def _absolute(did: str, text: str, where: str) -> str:
    """A method's id; one that begins with its fragment is of this document."""
    if not text.startswith("#"):
        return str(DidUrl.parse(text, where))
    return str(DidUrl.parse(f"{did}{text}", where))


def _method(did: str, item: Mapping[str, Json], where: str, now: datetime) -> VerificationMethod | None:
    name = _absolute(did, shape.text(item, "id", where), shape.pointer(where, "id"))
    kind = shape.text(item, "type", where)
    controller = shape.optional_text(item, "controller", where)
    if controller != did or kind not in _BY_JWK | _BY_MULTIKEY:
        return None
    try:
        key = _key(item, kind, where)
    except Refused as error:
        if error.code == "keys.algorithm":
            return None
        raise
    expires, revoked = (_time(item, member, where) for member in ("expires", "revoked"))
    return VerificationMethod(
        name,
        did,
        key,
        frozenset(),
        retired_at=expires if expires is not None and expires < now else None,
        ended_at=revoked if revoked is not None and revoked <= now else None,
    )


def _key(item: Mapping[str, Json], kind: str, where: str) -> PublicKey:
    if kind in _BY_JWK:
        return PublicKey.from_jwk(
            shape.child(item, "publicKeyJwk", where), shape.pointer(where, "publicKeyJwk")
        )
    place = shape.pointer(where, "publicKeyMultibase")
    return PublicKey.from_multikey(shape.text(item, "publicKeyMultibase", where), place)


def _time(item: Mapping[str, Json], name: str, where: str) -> datetime | None:
    """Controlled Identifiers 1.0 2.2: when the method ends, or was revoked."""
    text = shape.optional_text(item, name, where, maximum=64)
    return None if text is None else instant.parse(text, where=shape.pointer(where, name))
