"""Proofs from a state trie, whose first node is taken at its word: bytes to a word or a refusal."""

from __future__ import annotations

from clicid.codec import rlp
from clicid.errors import ClicidError
from clicid.ledger import proofs

_LEAF = rlp.encode([b"\x20" + proofs.keccak(bytes(32)), rlp.encode(b"\x07")])
_BRANCH = rlp.encode([*([proofs.keccak(_LEAF)] * 16), b""])
_EXTENSION = rlp.encode([b"\x12", proofs.keccak(_BRANCH)])
SEEDS = [rlp.encode(nodes) for nodes in ([_LEAF], [_BRANCH, _LEAF], [_EXTENSION, _BRANCH, _LEAF])]


def target(data: bytes) -> None:
    try:
        nodes = rlp.decode(data)
    except ClicidError:
        return
    assert rlp.encode(nodes) == data
    proof = [node for node in nodes if isinstance(node, bytes)] if isinstance(nodes, list) else []
    root = proofs.keccak(proof[0]) if proof else bytes(32)
    for read in (proofs.storage_word, proofs.storage_root):
        try:
            read(root, bytes(32), proof)
        except ClicidError:
            continue
