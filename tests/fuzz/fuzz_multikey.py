"""Multikeys: one text for each key."""

from __future__ import annotations

from clicid.errors import ClicidError
from clicid.keys.algorithms import ALGORITHMS
from clicid.keys.public import PublicKey
from tests.support.memory_keystore import MemoryKeyStore

_STORE = MemoryKeyStore(b"fuzz")
SEEDS = [_STORE.public(_STORE.generate(alg, alg)).to_multikey().encode() for alg in ALGORITHMS]


def target(data: bytes) -> None:
    text = data.decode("utf-8", errors="surrogateescape")
    try:
        key = PublicKey.from_multikey(text)
    except ClicidError:
        return
    assert key.to_multikey() == text
