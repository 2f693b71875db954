"""did:peer 2 and 4: an identifier, and whatever a method 4 may hold."""

from __future__ import annotations

import contextlib

from clicid.codec import multibase, multicodec
from clicid.did import peer
from clicid.errors import ClicidError
from clicid.keys.algorithms import ED25519, P256
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.peer import held, listed, named

_STORE = MemoryKeyStore(b"fuzz")
_ED25519, _P256 = (_STORE.public(_STORE.generate(kind, kind)) for kind in (ED25519, P256))
_DOCUMENT = {
    "verificationMethod": [{"id": "#a", "type": "Multikey", "publicKeyMultibase": _ED25519.to_multikey()}],
    "authentication": ["#a"],
    "service": [{"id": "#s", "type": "t", "serviceEndpoint": "https://a.example"}],
}
_HELD = held(_DOCUMENT)
SEEDS = [
    listed(("V", _ED25519), ("E", _P256), services=({"t": "dm", "s": {"a": []}},)).encode(),
    _HELD.encode(),
    multicodec.decode(multibase.decode(_HELD.rpartition(":")[2], max_chars=2048))[1],
]


def target(data: bytes) -> None:
    for did in (data.decode("utf-8", errors="surrogateescape"), named(data)):
        with contextlib.suppress(ClicidError):
            found = peer.document(did)
            assert found.id == did
            assert all(method.controller == did for method in found.methods)
