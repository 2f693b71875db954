"""Proofs of any form, of every suite, alone, in sets and chains: only those that were made verify."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from clicid.codec import strict_json
from clicid.errors import ClicidError
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from tests.support import proofs, w3c

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json

_DOCUMENT = w3c.unsigned()
_FIRST = "urn:x:1"
_NAMED = proofs.signed(_DOCUMENT, proofs.options(id=_FIRST))
_CHAINS = [
    proofs.signed_again(_NAMED, proofs.options(suite, alg, previous_proof=(_FIRST,)), alg)
    for suite, alg in proofs.SUITES
]
_ALONE = [proofs.signed(_DOCUMENT, proofs.options(suite, alg), alg)["proof"] for suite, alg in proofs.SUITES]
_GOOD = [*_ALONE, *(proof for chain in _CHAINS for proof in chain["proof"])]

SEEDS = [
    *(json.dumps(proof).encode() for proof in _ALONE),
    *(json.dumps(chain["proof"]).encode() for chain in _CHAINS),
    json.dumps(_ALONE).encode(),
    json.dumps({**_ALONE[0], "expires": "2027-01-01T00:00:00Z", "domain": ["x", "y"]}).encode(),
    b"{}",
    b"[]",
]


def target(data: bytes) -> None:
    for profile in Profile:
        try:
            proof = strict_json.loads(data)
            secured = {**_DOCUMENT, "proof": proof}
            parsed = data_integrity.parse(secured, w3c.CONTEXTS, profile=profile)
            keys = [proofs.of_method(one.proof.verification_method) for one in parsed.proofs]
            data_integrity.verify(parsed, keys)
        except ClicidError:
            continue
        assert all(_plain(one) in _GOOD for one in (proof if isinstance(proof, list) else [proof]))


def _plain(proof: Json) -> Json:
    """One name in an array is the same graph as without, which the open profile takes."""
    previous = proof.get("previousProof") if isinstance(proof, dict) else None
    if isinstance(proof, dict) and isinstance(previous, list) and len(previous) == 1:
        return {**proof, "previousProof": previous[0]}
    return proof
