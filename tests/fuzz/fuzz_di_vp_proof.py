"""Presentations as key proofs: only those that were signed are accepted, or our error comes out."""

from __future__ import annotations

from clicid.codec import shape, strict_json
from clicid.errors import ClicidError
from clicid.keys.algorithms import P256
from clicid.oid4vci import di_vp
from clicid.securing.data_integrity import ECDSA_RDFC_2019, EDDSA_RDFC_2022
from tests.support.attesting import KEYS
from tests.support.proving import CONTEXTS, expected, key, presentation

_EXPECTED = expected(algs=(EDDSA_RDFC_2022, ECDSA_RDFC_2019), binding_methods=("did:key",))
SEEDS = [
    strict_json.dumps(presentation()),
    strict_json.dumps(presentation("p", alg=P256, cryptosuite=ECDSA_RDFC_2019)),
]
_HOLDERS = frozenset(KEYS.public(key(name)) for name in ("ed", "p"))


def target(data: bytes) -> None:
    try:
        found = di_vp.verify(shape.as_object(strict_json.loads(data)), _EXPECTED, CONTEXTS)
    except ClicidError:
        return
    assert found.holder in _HOLDERS
    assert found.nonce == "n0nce"
