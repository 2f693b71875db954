"""What a contract holds in its storage, proven by a block's header (EIP-1186, yellow paper 4.1 and D).

Logs can be left out by whoever gives them; what is proven from the state root cannot. A header's own
hash shows that it has the root it claims (`state_root`); an account proof leads from there to the
contract's storage root (`storage_root`), a storage proof from there to one word (`storage_word`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from Crypto.Hash import keccak as _keccak

from clicid.codec import rlp
from clicid.errors import Refused
from clicid.ledger.events import Contract

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clicid.codec.rlp import Rlp
    from clicid.ledger.heads import Head, Subject

MAX_NODES: Final = 65
"""A path has 64 nibbles; a node for each, and the last."""

HEAD_SLOTS: Final = {Contract.DID: 4, Contract.TRUST: 3, Contract.STATUS: 1}
"""Where each contract declares its mapping of heads (contracts: The running hash)."""

CHANGED_SLOT: Final = 2
"""Where an ERC-1056 registry declares `changed`, ours and the public one alike."""

_WORD: Final = 32
_ACCOUNT_FIELDS: Final = 4
_BRANCH, _PAIR = 17, 2
_ODD, _LEAF = 1, 2


def keccak(data: bytes) -> bytes:
    """Keccak-256, as Ethereum uses it (not SHA3-256)."""
    return _keccak.new(data=data, digest_bits=256).digest()


EMPTY_ROOT: Final = keccak(rlp.encode(b""))
"""The root of a trie that holds nothing."""


def state_root(fields: Sequence[bytes], block_hash: bytes) -> bytes | None:
    """The state root of a header, if its fields have that hash.

    Args:
        fields: In the order of the yellow paper's 4.4.3 and of the forks after it; numbers without
            leading zeros.
        block_hash: What it must hash to.

    Returns:
        None if they do not: the node lies, or the chain's headers have other fields.
    """
    return fields[3] if keccak(rlp.encode(fields)) == block_hash else None


def mapping_slot(declared: int, key: bytes) -> bytes:
    """Where Vyper (slot, then key) keeps a mapping's value of an address or a 32-byte key."""
    return keccak(declared.to_bytes(_WORD) + key.rjust(_WORD, b"\0"))


def head_slot(subject: Subject) -> bytes:
    """Where the head of a subject lies in its contract's storage."""
    contract, name = subject
    return mapping_slot(HEAD_SLOTS[contract], name)


def head_word(head: Head) -> bytes:
    """A head as its contract stores it: version, then running hash."""
    return head.version.to_bytes(4) + head.running


def storage_root(root: bytes, address: bytes, proof: Sequence[bytes]) -> bytes:
    """The root of an account's storage, proven from a state root.

    Raises:
        Refused: `chain.proof`, `codec.rlp`; also where no account is proven to be there.
    """
    found = _lookup(root, keccak(address), proof)
    account = None if found is None else rlp.decode(found)
    if not isinstance(account, list) or len(account) != _ACCOUNT_FIELDS:
        raise Refused("chain.proof", "", "no account")
    return _hash(account[2])


def storage_word(root: bytes, slot: bytes, proof: Sequence[bytes]) -> bytes:
    """The 32 bytes at a slot, proven from a storage root; zeros where nothing is proven to stand.

    Raises:
        Refused: `chain.proof`, `codec.rlp`.
    """
    if root == EMPTY_ROOT:
        return bytes(_WORD)
    found = _lookup(root, keccak(slot), proof)
    if found is None:
        return bytes(_WORD)
    value = rlp.decode(found)
    if not isinstance(value, bytes) or len(value) > _WORD:
        raise Refused("chain.proof", "", "no word")
    return value.rjust(_WORD, b"\0")


def _lookup(root: bytes, key: bytes, proof: Sequence[bytes]) -> bytes | None:
    """What a Merkle-Patricia trie holds for a key, or None if the proof shows that it holds nothing.

    1. Each node of the proof has the hash that the one above names; one shorter than a hash stands in
       the one above itself.
    2. A branch leads on by the next nibble of the key, an extension by several, a leaf ends.
    3. A path that leaves the key's, or an empty place in a branch, shows that nothing is there.
    """
    if len(proof) > MAX_NODES:
        raise Refused("chain.proof", "", f"more than {MAX_NODES} nodes")
    nibbles = key.hex()
    nodes = iter(proof)
    place: Rlp = root
    while True:
        node = _node(place, nodes)
        if len(node) == _BRANCH:
            if not nibbles:
                return _bytes(node[16]) or None
            place, nibbles = node[int(nibbles[0], 16)], nibbles[1:]
            if place == b"":
                return None
            continue
        path, is_leaf = _path(node[0])
        if not nibbles.startswith(path) or (is_leaf and path != nibbles):
            return None
        if is_leaf:
            return _bytes(node[1])
        if not path:
            raise Refused("chain.proof", "", "an extension by nothing")
        place, nibbles = node[1], nibbles[len(path) :]


def _node(place: Rlp, nodes: Iterator[bytes]) -> Sequence[Rlp]:
    """The node at a place: in it, or the proof's next, whose hash stands there."""
    if isinstance(place, bytes):
        raw = next(nodes, None)
        if raw is None or keccak(raw) != _hash(place):
            raise Refused("chain.proof", "", "a node is missing, or another than the one named above it")
        place = rlp.decode(raw)
    if isinstance(place, bytes) or len(place) not in {_BRANCH, _PAIR}:
        raise Refused("chain.proof", "", "no node of a trie")
    return place


def _path(encoded: Rlp) -> tuple[str, bool]:
    """The nibbles of a path, in hexadecimal, and whether it ends in a leaf (hex prefix, appendix C)."""
    text = _bytes(encoded).hex()
    flags = int(text[:1] or "f", 16)
    if flags > (_ODD | _LEAF) or (not flags & _ODD and text[1] != "0"):
        raise Refused("chain.proof", "", "no path")
    return text[1 if flags & _ODD else 2 :], bool(flags & _LEAF)


def _bytes(value: Rlp) -> bytes:
    if not isinstance(value, bytes):
        raise Refused("chain.proof", "", "a list where bytes are wanted")
    return value


def _hash(value: Rlp) -> bytes:
    found = _bytes(value)
    if len(found) != _WORD:
        raise Refused("chain.proof", "", "no hash")
    return found
