"""COSE_Key: a key that is written back as the same key, or our error."""

from __future__ import annotations

from clicid.codec import cbor
from clicid.errors import ClicidError
from clicid.keys import cose_key
from tests.support.memory_keystore import SIGNING, MemoryKeyStore

_STORE = MemoryKeyStore(b"fuzz")
SEEDS = [cbor.dumps(cose_key.to_cose(_STORE.public(_STORE.generate(alg, alg)))) for alg in SIGNING]


def target(data: bytes) -> None:
    try:
        key = cose_key.from_cose(cbor.loads(data))
    except ClicidError:
        return
    assert cose_key.from_cose(cose_key.to_cose(key)) == key
