"""did:peer 2 and 4: the document is in the identifier (Peer DID Method Specification, methods 2 and 4).

Method 2 lists keys and services, method 4 holds a whole document. What is longer than a DID may be here
(`syntax.MAX_CHARS`) is refused.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url, multibase, multicodec, shape, strict_json
from clicid.did import reading
from clicid.did.document import CONTEXTS, Relationship
from clicid.did.syntax import MAX_CHARS, Did
from clicid.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clicid.codec.strict_json import Json
    from clicid.did.document import DidDocument

METHOD: Final = "peer"
MAX_ELEMENTS: Final = 32
"""Keys and services of a method 2."""

_MAX_DEPTH: Final = 8
_PURPOSES: Final = {
    "A": Relationship.ASSERTION_METHOD,
    "E": Relationship.KEY_AGREEMENT,
    "V": Relationship.AUTHENTICATION,
    "I": Relationship.CAPABILITY_INVOCATION,
    "D": Relationship.CAPABILITY_DELEGATION,
}
_SERVICE: Final = "S"
_NAMES: Final = {"t": "type", "s": "serviceEndpoint", "r": "routingKeys", "a": "accept"}
_TYPES: Final = {"dm": "DIDCommMessaging"}
# Nobody can say later that a key of such a document ended: one that says itself when it will is not taken.
_EVER: Final = datetime.max.replace(tzinfo=UTC)


def document(did: str) -> DidDocument:
    """The keys of a did:peer. Those of kinds that we do not read are passed over.

    Raises:
        Refused: As `published`; as `reading.read` for what is malformed in the document.
    """
    return reading.read(did, published(did), _EVER)


def published(did: str) -> dict[str, Json]:
    """The document that the identifier holds, as others resolve it.

    Raises:
        Refused: `did.syntax`; `did.method` for another method, or another kind of did:peer; `did.short_form`
            for a method 4 without its document; `did.document` for one that is not the hash's, or whose ids
            are not relative; `codec.*`.
    """
    parsed = Did.parse(did)
    if parsed.method != METHOD:
        raise Refused("did.method")
    kind, rest = parsed.identifier[0], parsed.identifier[1:]
    if kind == "2":
        return _listed(did, rest)
    if kind == "4":
        return _held(did, rest)
    raise Refused("did.method", detail="of did:peer, 2 and 4 are read")


def _listed(did: str, text: str) -> dict[str, Json]:
    """Method 2: elements behind dots, each a letter and what it is for."""
    first, *elements = text.split(".")
    if first or not 1 <= len(elements) <= MAX_ELEMENTS:
        raise Refused("did.syntax", detail=f"1 to {MAX_ELEMENTS} elements are wanted")
    methods: list[Json] = []
    uses: dict[str, list[Json]] = {}
    services: list[dict[str, Json]] = []
    for element in elements:
        letter, value = element[:1], element[1:]
        if letter == _SERVICE:
            services.append(_service(value))
        elif letter in _PURPOSES:
            name = f"#key-{len(methods) + 1}"
            methods.append({"id": name, "type": "Multikey", "controller": did, "publicKeyMultibase": value})
            uses.setdefault(_PURPOSES[letter].value, []).append(name)
        else:
            raise Refused("did.syntax", detail="an element of no purpose")
    return {
        "@context": list(CONTEXTS),
        "id": did,
        "verificationMethod": methods,
        **uses,
        **({"service": list(_named(services))} if services else {}),
    }


def _service(text: str) -> dict[str, Json]:
    found = shape.as_object(
        strict_json.loads(base64url.decode(text), max_bytes=MAX_CHARS, max_depth=_MAX_DEPTH), "/service"
    )
    written = shape.as_object(_written_out(found))
    if not (shape.optional_text(written, "id", "/service") or "#").startswith("#"):
        raise Refused("did.document", "/service/id", "a relative id is wanted")
    return written


def _written_out(value: Json) -> Json:
    """The common strings for their abbreviations, in names and in types."""
    if isinstance(value, list):
        return [_written_out(item) for item in value]
    if not isinstance(value, dict):
        return value
    members = {_NAMES.get(name, name): _written_out(item) for name, item in value.items()}
    if len(members) < len(value):
        raise Refused("did.document", "/service", "a member in both spellings")
    kind = members.get("type")
    return {**members, "type": _TYPES.get(kind, kind)} if isinstance(kind, str) else members


def _named(services: list[dict[str, Json]]) -> Iterator[Json]:
    """Those without an id are counted: ``#service``, ``#service-1``."""
    nameless = 0
    for service in services:
        if "id" in service:
            yield service
            continue
        yield {**service, "id": f"#service-{nameless}" if nameless else "#service"}
        nameless += 1


def _held(did: str, text: str) -> dict[str, Json]:
    """Method 4: the hash of an encoded document, and the encoded document."""
    digest, colon, encoded = text.partition(":")
    if not colon:
        raise Refused("did.short_form")
    if _hash(encoded) != digest:
        raise Refused("did.document", detail="the document is not the hash's")
    code, raw = multicodec.decode(multibase.decode(encoded, max_chars=MAX_CHARS))
    if code != multicodec.JSON or not encoded.startswith(multibase.BASE58BTC):
        raise Refused("did.document", detail="not JSON in base 58")
    found = shape.as_object(strict_json.loads(raw, max_bytes=MAX_CHARS, max_depth=_MAX_DEPTH))
    if "id" in found:
        raise Refused("did.document", "/id", "the document of a did:peer has none of its own")
    known = shape.optional_items(found, "alsoKnownAs", maximum=MAX_ELEMENTS) or []
    return {
        **found,
        **{name: _own(did, found, name) for name in ("verificationMethod", *Relationship) if name in found},
        "id": did,
        "alsoKnownAs": [*known, f"did:{METHOD}:4{digest}"],
    }


def _hash(encoded: str) -> str:
    digest = hashlib.sha256(encoded.encode()).digest()
    return multibase.encode(multicodec.encode(multicodec.SHA2_256, bytes([len(digest)]) + digest))


def _own(did: str, found: dict[str, Json], name: str) -> list[Json]:
    """Methods and references with relative ids; whoever is not named as their controller is the DID."""
    own: list[Json] = []
    for index, item in enumerate(shape.items(found, name, maximum=MAX_ELEMENTS)):
        where = shape.pointer(f"/{name}", index)
        text = item if isinstance(item, str) else shape.text(shape.as_object(item, where), "id", where)
        if not text.startswith("#"):
            raise Refused("did.document", where, "a relative id is wanted")
        own.append({"controller": did, **item} if isinstance(item, dict) else item)
    return own
