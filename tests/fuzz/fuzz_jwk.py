"""Public JWKs: whatever is read is a key whose every form reads as the same key."""

from __future__ import annotations

from clicid.codec import jcs, shape, strict_json
from clicid.errors import ClicidError
from clicid.keys.public import PublicKey
from tests.support.memory_keystore import SIGNING, MemoryKeyStore

_STORE = MemoryKeyStore(b"fuzz")
SEEDS = [jcs.dumps(_STORE.public(_STORE.generate(alg, alg)).to_jwk()) for alg in SIGNING]


def target(data: bytes) -> None:
    try:
        key = PublicKey.from_jwk(shape.as_object(strict_json.loads(data)))
    except ClicidError:
        return
    assert PublicKey.from_jwk(key.to_jwk()) == key
    assert PublicKey.from_multikey(key.to_multikey()) == key
    assert PublicKey.from_spki(key.to_spki()) == key
