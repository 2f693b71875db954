"""SubjectPublicKeyInfo: whatever is read is a key whose other forms read as the same key."""

from __future__ import annotations

from clicid.errors import ClicidError
from clicid.keys.public import PublicKey
from tests.support.memory_keystore import SIGNING, MemoryKeyStore

_STORE = MemoryKeyStore(b"fuzz")
SEEDS = [_STORE.public(_STORE.generate(alg, alg)).to_spki() for alg in SIGNING]


def target(data: bytes) -> None:
    try:
        key = PublicKey.from_spki(data)
    except ClicidError:
        return
    assert PublicKey.from_spki(key.to_spki()) == key
    assert PublicKey.from_multikey(key.to_multikey()) == key
