"""Key proofs: only those that were signed are accepted, and nothing but our error comes out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from clicid.errors import ClicidError
from clicid.keys.algorithms import ALGORITHMS, ED25519, P256
from clicid.oid4vci import proof
from tests.support.memory_keystore import MemoryKeyStore

if TYPE_CHECKING:
    from clicid.oid4vci.proof import BindingMethod

_NOW = datetime(2026, 11, 22, tzinfo=UTC)
_ISSUER = "https://issuer.example"
_STORE = MemoryKeyStore(b"fuzz proofs")


def _signed(alg: str, binding: BindingMethod) -> bytes:
    ref = _STORE.find(alg) or _STORE.generate(alg, alg)
    prepared = proof.prepare(
        _STORE.public(ref), alg=ALGORITHMS[alg].jose, binding=binding, issuer=_ISSUER, nonce="n", now=_NOW
    )
    return prepared.complete([_STORE.sign(ref, one.message, one.alg) for one in prepared.to_be_signed])


_EXPECTED = proof.Expected(
    issuer=_ISSUER,
    client_id="",
    algs=("ES256", "EdDSA"),
    binding_methods=("jwk", "did:key", "did:jwk"),
    max_age=timedelta(minutes=5),
    leeway=timedelta(0),
    now=_NOW,
)
SEEDS = [_signed(P256, "jwk"), _signed(ED25519, "did:key"), _signed(P256, "did:jwk")]
_GENUINE = frozenset(SEEDS)


def target(data: bytes) -> None:
    try:
        proof.verify(proof.parse(data.decode("latin-1")), _EXPECTED)
    except ClicidError:
        return
    assert data in _GENUINE, "a proof that nobody made"
