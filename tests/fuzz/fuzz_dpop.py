"""DPoP proofs: only those that were signed are accepted, and nothing but our error comes out."""

from __future__ import annotations

from clicid.errors import ClicidError
from clicid.keys.algorithms import ALGORITHMS, ED25519, P256
from clicid.oid4vci import dpop
from tests.support import attesting
from tests.support.attesting import ALGS, MINUTE
from tests.support.world import NOW

_URL = "https://issuer.example/credential"


def _signed(alg: str) -> bytes:
    ref = attesting.REFS[alg]
    prepared = dpop.prepare(
        attesting.KEYS.public(ref),
        alg=ALGORITHMS[alg].jose,
        htm="POST",
        htu=_URL,
        jti="j",
        now=NOW,
        access_token="t",
        nonce="n",
    )
    return attesting.sign(prepared, ref).encode()


SEEDS = [_signed(P256), _signed(ED25519)]
_GENUINE = frozenset(SEEDS)


def target(data: bytes) -> None:
    try:
        dpop.verify(
            data.decode("latin-1"),
            htm="POST",
            htu=_URL,
            algs=ALGS,
            now=NOW,
            max_age=MINUTE,
            leeway=MINUTE,
            access_token="t",
        )
    except ClicidError:
        return
    assert data in _GENUINE, "a proof that nobody made"
