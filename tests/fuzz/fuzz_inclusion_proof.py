"""Inclusion proofs and the messages they travel in: read and written the same, or refused.

No proof proves another's digest.
"""

from __future__ import annotations

import contextlib
import hashlib

from clicid.errors import ClicidError
from clicid.oid4vci import issuance_proof
from clicid.trust.issuance import InclusionProof, IssuanceTree

_DIGESTS = [hashlib.sha256(bytes([at])).digest() for at in range(7)]
_TREE = IssuanceTree(_DIGESTS)
_STRANGER = hashlib.sha256(b"stranger").digest()

SEEDS = [_TREE.prove(digest).to_bytes() for digest in _DIGESTS] + [
    IssuanceTree(_DIGESTS[:1]).prove(_DIGESTS[0]).to_bytes(),
    issuance_proof.write_request(_DIGESTS[0]),
    issuance_proof.write_answer(_TREE.prove(_DIGESTS[3])),
]


def target(data: bytes) -> None:
    with contextlib.suppress(ClicidError):
        digest = issuance_proof.read_request(data)
        assert issuance_proof.read_request(issuance_proof.write_request(digest)) == digest
    with contextlib.suppress(ClicidError):
        given = issuance_proof.read_answer(data)
        assert issuance_proof.read_answer(issuance_proof.write_answer(given)) == given
    try:
        proof = InclusionProof.from_bytes(data)
    except ClicidError:
        return
    assert proof.to_bytes() == data
    proved = [digest for digest in _DIGESTS if proof.proves(digest)]
    assert len(proved) <= 1
    if proof.root == _TREE.root and proved:
        # A root does not say over how many leaves it is (RFC 9162 has a signed tree head for that): index
        # and size may be others that lead the same way. What is proven is that the digest is under it.
        assert proof.path == _TREE.prove(proved[0]).path
    assert not (proof.root == _TREE.root and proof.proves(_STRANGER))
