"""Compact JWS: parse, and verify under a key that has signed one of the seeds."""

from __future__ import annotations

from clicid.errors import ClicidError
from clicid.keys.algorithms import ED25519
from clicid.securing import jws
from tests.support.memory_keystore import MemoryKeyStore

TYP = "fuzz+jwt"
_STORE = MemoryKeyStore(b"fuzz")
_REF = _STORE.generate(ED25519, "key")
_KEY = _STORE.public(_REF)
_PREPARED = jws.prepare({"typ": TYP, "alg": "EdDSA", "kid": "did:example:1#a"}, b'{"iss":"a"}')
SIGNED = _PREPARED.complete([_STORE.sign(_REF, _PREPARED.signing_input, ED25519)])

SEEDS = [
    SIGNED,
    jws.prepare({"typ": TYP, "alg": "ES256", "crit": ["x"]}, b"{}").complete([bytes(64)]),
    b"e30.e30.e30",
    b"e30..",
    b"...",
]


def target(data: bytes) -> None:
    try:
        payload = jws.verify(jws.parse(data, typ=TYP), _KEY)
    except ClicidError:
        return
    assert data == SIGNED, "a signature that nobody made"
    assert payload == b'{"iss":"a"}'
