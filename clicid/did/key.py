"""did:key: the identifier is the key (did:key method 3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.did.document import DidDocument, Relationship, VerificationMethod
from clicid.did.syntax import Did
from clicid.errors import Refused
from clicid.keys.public import PublicKey

if TYPE_CHECKING:
    from collections.abc import Callable

METHOD: Final = "key"
_USES: Final = frozenset(Relationship) - {Relationship.KEY_AGREEMENT}


def create(key: PublicKey) -> str:
    """The DID of a key."""
    return f"did:{METHOD}:{key.to_multikey()}"


def document(did: str, read: Callable[[str], PublicKey] = PublicKey.from_multikey) -> DidDocument:
    """The document of a did:key: one method, whose fragment repeats the identifier.

    `read` is what reads its key.

    Key agreement is left out: no key derived from a signing key is used here.

    Raises:
        Refused: `did.syntax`, `did.method`; `keys.*` or `codec.*` for the key inside.
    """
    parsed = Did.parse(did)
    if parsed.method != METHOD:
        raise Refused("did.method")
    key = read(parsed.identifier)
    return DidDocument(did, (VerificationMethod(f"{did}#{parsed.identifier}", did, key, _USES),))
