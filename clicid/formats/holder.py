"""The holder's DID, which is its keys: nothing is fetched for a holder."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

from clicid.did import jwk, peer
from clicid.did import key as did_key
from clicid.did.document import Relationship, lookup
from clicid.errors import Refused
from clicid.keys.public import PublicKey

if TYPE_CHECKING:
    from clicid.did.document import DidDocument


def _claimed(did: str) -> DidDocument:
    """What a holder says is its key; it signs what it presents."""
    return did_key.document(did, PublicKey.claimed)


# One presentation asks for its holder more than once; few, as they are nobody's to keep.
_FEW: Final = 8
_METHODS: Final = (
    ("did:key:", functools.lru_cache(_FEW)(_claimed)),
    ("did:jwk:", functools.lru_cache(_FEW)(jwk.document)),
    ("did:peer:", functools.lru_cache(_FEW)(peer.document)),
)


def holder_document(did: str, where: str) -> DidDocument:
    """The DID document of a holder, whose DID is its keys: nothing is fetched for a holder.

    Raises:
        Refused: `did.method` for other methods; `did.*`, `keys.*` and `codec.*` for a malformed one.
            Whether an Ed25519 key is a point, its first signature shows (`PublicKey.claimed`).
    """
    for prefix, resolve in _METHODS:
        if did.startswith(prefix):
            return resolve(did)
    raise Refused("did.method", where, "a holder has a did:key, did:jwk or did:peer")


def holder_key(did: str, key_id: str, where: str) -> PublicKey:
    """The key of a holder's DID that `key_id` names and that may authenticate.

    Raises:
        Refused: As `holder_document`; `did.key_unknown`.
    """
    return lookup(holder_document(did, where), key_id, Relationship.AUTHENTICATION).key
