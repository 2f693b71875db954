"""Issuance trees and their proofs."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clicid.errors import LocalError
from clicid.trust import issuance
from clicid.trust.issuance import InclusionProof, IssuanceTree, credential_digest
from tests.support.refusals import refused

DIGESTS = sorted(hashlib.sha256(bytes([at])).digest() for at in range(7))


def h(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def mth(digests: list[bytes]) -> bytes:
    """MTH of RFC 9162 2.1.1, word for word."""
    if len(digests) == 1:
        return h(b"\0", digests[0])
    half = 1
    while half * 2 < len(digests):
        half *= 2
    return h(b"\1", mth(digests[:half]), mth(digests[half:]))


@given(st.sets(st.binary(min_size=32, max_size=32), min_size=1, max_size=40))
def test_every_leaf_is_proven_and_nothing_else(digests: set[bytes]) -> None:
    given_in = list(digests)
    tree = IssuanceTree(given_in + given_in[:2])
    assert tree.digests == sorted(digests)
    assert tree.root == mth(sorted(digests))
    stranger = hashlib.sha256(b"".join(given_in)).digest()
    for digest in digests:
        proof = tree.prove(digest)
        assert InclusionProof.from_bytes(proof.to_bytes()) == proof
        assert proof.proves(digest)
        assert not proof.proves(stranger)
        assert [other for other in digests if proof.proves(other)] == [digest]
        assert len(proof.path) <= (len(digests) - 1).bit_length()


def test_the_order_in_which_they_were_issued_does_not_show() -> None:
    assert IssuanceTree(DIGESTS).root == IssuanceTree(reversed(DIGESTS)).root


@pytest.mark.parametrize("size", range(1, 8))
def test_a_proof_altered_in_any_way_proves_nothing(size: int) -> None:
    tree = IssuanceTree(DIGESTS[:size])
    for digest in tree.digests:
        proof = tree.prove(digest)
        for changed in (
            replace(proof, path=(*proof.path, bytes(32))),
            replace(proof, path=(*proof.path, tree.root)),
            *([replace(proof, path=proof.path[:-1])] if proof.path else []),
            *([replace(proof, path=proof.path[::-1])] if len(set(proof.path)) > 1 else []),
            replace(proof, root=bytes(32)),
        ):
            assert not changed.proves(digest)
        for at in range(len(proof.path)):
            path = list(proof.path)
            path[at] = bytes(32)
            assert not replace(proof, path=tuple(path)).proves(digest)


def test_a_node_is_no_leaf() -> None:
    # Without a prefix a node's two halves would pass for a digest of 64 bytes.
    tree = IssuanceTree(DIGESTS[:4])
    left = h(b"\1", h(b"\0", DIGESTS[0]), h(b"\0", DIGESTS[1]))
    right = h(b"\1", h(b"\0", DIGESTS[2]), h(b"\0", DIGESTS[3]))
    assert tree.root == h(b"\1", left, right)
    for forged in (left, h(b"\0", DIGESTS[0]) + h(b"\0", DIGESTS[1])):
        assert not InclusionProof(tree.root, 0, 2, (right,)).proves(forged)


HEAD = struct.Struct(">32sQQ")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        bytes(47),
        HEAD.pack(bytes(32), 0, 1) + bytes(31),
        HEAD.pack(bytes(32), 0, 0),
        HEAD.pack(bytes(32), 1, 1),
        HEAD.pack(bytes(32), 0, (1 << 40) + 1),
        HEAD.pack(bytes(32), 0, 1 << 40) + bytes(32 * 41),
    ],
)
def test_what_is_no_proof(raw: bytes) -> None:
    with refused("issuance.proof"):
        InclusionProof.from_bytes(raw)


def test_the_longest_proof_is_read() -> None:
    raw = HEAD.pack(bytes(32), 0, 1 << 40) + bytes(32 * 40)
    assert len(raw) == issuance.MAX_BYTES
    assert not InclusionProof.from_bytes(raw).proves(bytes(32))


def test_digests_are_told_apart_by_where_the_signature_begins() -> None:
    assert credential_digest(b"ab", b"c") != credential_digest(b"a", b"bc")
    assert credential_digest(b"", b"") == hashlib.sha256(b"clicid-issued-v1\0" + bytes(8)).digest()


def test_names_and_back() -> None:
    assert issuance.digest_of(issuance.uri(DIGESTS[0])) == DIGESTS[0]
    for text in ("", DIGESTS[0].hex(), issuance.uri(DIGESTS[0]).upper(), issuance.uri(DIGESTS[0]) + "\n"):
        with refused("issuance.proof"):
            issuance.digest_of(text)


def test_what_has_no_tree() -> None:
    with pytest.raises(LocalError, match=r"issuance\.tree"):
        IssuanceTree([])
    with pytest.raises(LocalError, match=r"issuance\.tree"):
        IssuanceTree(DIGESTS[:3]).prove(DIGESTS[3])
