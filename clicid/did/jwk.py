"""did:jwk: the identifier is a JWK in base64url."""

from __future__ import annotations

from typing import Final

from clicid.codec import base64url, jcs, shape, strict_json
from clicid.did.document import DidDocument, Relationship, VerificationMethod
from clicid.did.syntax import Did
from clicid.errors import Refused
from clicid.keys.public import PublicKey

METHOD: Final = "jwk"
_MAX_JWK_BYTES: Final = 1024
_AGREEMENT: Final = frozenset({Relationship.KEY_AGREEMENT})
_SIGNATURES: Final = frozenset(Relationship) - _AGREEMENT


def create(key: PublicKey) -> str:
    """The DID of a key: the required members of its JWK, in canonical JSON."""
    return f"did:{METHOD}:{base64url.encode(jcs.dumps(key.to_jwk()))}"


def document(did: str) -> DidDocument:
    """The document of a did:jwk: one method, ``#0``.

    Its uses follow the JWK's `use`: ``enc`` for key agreement only, ``sig`` for all others; a JWK
    that says nothing may be used for all.

    Raises:
        Refused: `did.syntax`, `did.method`; `did.document` for another `use`; `keys.*` or `codec.*`
            for the key inside.
    """
    parsed = Did.parse(did)
    if parsed.method != METHOD:
        raise Refused("did.method")
    raw = base64url.decode(parsed.identifier)
    jwk = shape.as_object(strict_json.loads(raw, max_bytes=_MAX_JWK_BYTES, max_depth=3))
    uses = {None: _SIGNATURES | _AGREEMENT, "sig": _SIGNATURES, "enc": _AGREEMENT}
    use = shape.optional_text(jwk, "use", maximum=8)
    if use not in uses:
        raise Refused("did.document", "/use")
    method = VerificationMethod(f"{did}#0", did, PublicKey.from_jwk(jwk), uses[use])
    return DidDocument(did, (method,))
