"""What an issuer of SD-JWT VCs publishes of its keys below its own HTTPS identifier (SD-JWT VC 4).

As true as who runs that server: only for issuers that a policy names. Nothing is fetched here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.codec import shape, strict_json
from clicid.codec.web import web_url, well_known
from clicid.did.document import DidDocument, Relationship, VerificationMethod
from clicid.errors import Refused
from clicid.keys.public import PublicKey

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json

SCHEMES: Final = ("https://", "http://")
"""How an identifier begins. Plain http is for loopback in a sandbox: the fetcher refuses it elsewhere."""
MAX_BYTES: Final = 1 << 17
_MAX_KEYS: Final = 64
_MAX_DEPTH: Final = 8
_RELATIONSHIPS: Final = frozenset({Relationship.ASSERTION_METHOD})


def url(identifier: str) -> str:
    """Where an issuer's metadata lie.

    Raises:
        Refused: `codec.url` for what is no HTTPS address without query and fragment.
    """
    return well_known(web_url(identifier, "issuer", bare=True), "jwt-vc-issuer")


def key_id(identifier: str, kid: str) -> str:
    """What a key of such an issuer is called here: there is no DID URL that could name it."""
    return f"{identifier}#{kid}"


def keys_url(identifier: str, raw: bytes) -> str:
    """Where the keys lie if they are not in the metadata themselves; "" if they are.

    Raises:
        Refused: As `document`.
    """
    found = _read(identifier, raw)
    return "" if "jwks" in found else web_url(shape.text(found, "jwks_uri"), "/jwks_uri")


def inlined(identifier: str, raw: bytes) -> bytes:
    """The metadata for keys that were fetched from `keys_url`.

    Raises:
        Refused: `codec.*` for what is no set of keys.
    """
    found = shape.as_object(strict_json.loads(raw, max_bytes=MAX_BYTES, max_depth=_MAX_DEPTH))
    keys: dict[str, Json] = {"keys": list(shape.items(found, "keys", minimum=1, maximum=_MAX_KEYS))}
    return strict_json.dumps({"issuer": identifier, "jwks": keys})


def document(identifier: str, raw: bytes) -> DidDocument:
    """The keys, in the form in which those of a DID are known; each signs credentials.

    Args:
        identifier: The issuer's, which must stand in the metadata as it is.
        raw: The metadata, keys included.

    Raises:
        Refused: `codec.*`, `keys.*`; `issuer.metadata` for another's, for both or neither of `jwks` and
            `jwks_uri`, and for a name that two keys have.
    """
    found = shape.child(_read(identifier, raw), "jwks")
    keys = shape.items(found, "keys", "/jwks", minimum=1, maximum=_MAX_KEYS)
    methods = [
        method
        for index, item in enumerate(keys)
        for method in _method(identifier, shape.as_object(item, f"/jwks/keys/{index}"), index)
    ]
    if len({method.id for method in methods}) != len(methods):
        raise Refused("issuer.metadata", "/jwks/keys", "two keys of one name")
    return DidDocument(identifier, tuple(methods))


def _read(identifier: str, raw: bytes) -> dict[str, Json]:
    found = shape.as_object(strict_json.loads(raw, max_bytes=MAX_BYTES, max_depth=_MAX_DEPTH))
    if shape.text(found, "issuer") != identifier:
        raise Refused("issuer.metadata", "/issuer", "not the issuer that was asked")
    if ("jwks" in found) == ("jwks_uri" in found):
        raise Refused("issuer.metadata", "/jwks", "exactly one of jwks and jwks_uri")
    return found


def _method(identifier: str, jwk: dict[str, Json], index: int) -> list[VerificationMethod]:
    """A key; none for one that is for encryption, or of a kind that we do not know."""
    if jwk.get("use", "sig") != "sig":
        return []
    where = f"/jwks/keys/{index}"
    try:
        key = PublicKey.from_jwk(jwk, where)
    except Refused as error:
        if error.code != "keys.algorithm":
            raise
        return []
    kid = shape.optional_text(jwk, "kid", where, maximum=1024) or ""
    return [VerificationMethod(key_id(identifier, kid), identifier, key, _RELATIONSHIPS)]
