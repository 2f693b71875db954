"""Inclusion proofs: bytes to a proof that is written the same, or a refusal; none proves another's digest."""

from __future__ import annotations

import hashlib

from clicid.errors import ClicidError
from clicid.trust.issuance import InclusionProof, IssuanceTree

_DIGESTS = [hashlib.sha256(bytes([at])).digest() for at in range(7)]
_TREE = IssuanceTree(_DIGESTS)
_STRANGER = hashlib.sha256(b"stranger").digest()

SEEDS = [_TREE.prove(digest).to_bytes() for digest in _DIGESTS] + [
    IssuanceTree(_DIGESTS[:1]).prove(_DIGESTS[0]).to_bytes()
]


def target(data: bytes) -> None:
    try:
        proof = InclusionProof.from_bytes(data)
    except ClicidError:
        return
    assert proof.to_bytes() == data
    proved = [digest for digest in _DIGESTS if proof.proves(digest)]
    assert len(proved) <= 1
    if proof.root == _TREE.root and proved:
        assert proof == _TREE.prove(proved[0])
    assert not (proof.root == _TREE.root and proof.proves(_STRANGER))
