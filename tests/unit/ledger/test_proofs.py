"""Merkle-Patricia proofs, held against the `trie` package, which makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import rlp as other
from eth_hash.auto import keccak as other_keccak
from hypothesis import given
from hypothesis import strategies as st
from trie.hexary import HexaryTrie

from clicid.errors import ClicidError
from clicid.ledger import proofs
from clicid.ledger.events import Contract
from clicid.ledger.heads import Head
from tests.support.refusals import refused

if TYPE_CHECKING:
    from collections.abc import Mapping

WORDS = st.dictionaries(
    st.integers(0, 40).map(lambda number: number.to_bytes(32)),
    st.integers(1, 2**256 - 1),
    min_size=1,
    max_size=30,
)
KEYS = st.integers(0, 60).map(lambda number: number.to_bytes(32))


def storage(words: Mapping[bytes, int]) -> HexaryTrie:
    made = HexaryTrie({})
    for slot, word in words.items():
        made[proofs.keccak(slot)] = other.encode(word)
    return made


def proof(trie: HexaryTrie, key: bytes) -> list[bytes]:
    nodes = [other.encode(node) for node in trie.get_proof(key)]  # type: ignore[no-untyped-call]
    return [node for at, node in enumerate(nodes) if at == 0 or len(node) >= 32]


@given(st.binary(max_size=300))
def test_the_hash_is_ethereums(data: bytes) -> None:
    assert proofs.keccak(data) == other_keccak(data)


@given(WORDS, KEYS)
def test_a_word_or_its_absence_is_read_from_its_proof(words: dict[bytes, int], slot: bytes) -> None:
    trie = storage(words)
    found = proofs.storage_word(trie.root_hash, slot, proof(trie, proofs.keccak(slot)))
    assert int.from_bytes(found) == words.get(slot, 0)


@given(WORDS, KEYS, st.data())
def test_no_change_of_a_proof_makes_it_say_another_thing(
    words: dict[bytes, int], slot: bytes, data: st.DataObject
) -> None:
    trie = storage(words)
    nodes = proof(trie, proofs.keccak(slot))
    at = data.draw(st.integers(0, len(nodes) - 1))
    place = data.draw(st.integers(0, len(nodes[at]) - 1))
    changed = bytearray(nodes[at])
    changed[place] ^= data.draw(st.integers(1, 255))
    other_words = storage({key: word ^ 1 or 2 for key, word in words.items()})
    for wrong in (
        [*nodes[:at], bytes(changed), *nodes[at + 1 :]],
        [*nodes[:at], *nodes[at + 1 :]],
        proof(other_words, proofs.keccak(slot)),
    ):
        with pytest.raises(ClicidError):
            proofs.storage_word(trie.root_hash, slot, wrong)


@given(st.dictionaries(st.binary(min_size=20, max_size=20), st.binary(min_size=32, max_size=32), min_size=1))
def test_an_accounts_storage_root_is_read_from_its_proof(accounts: dict[bytes, bytes]) -> None:
    trie = HexaryTrie({})
    for address, root in accounts.items():
        trie[proofs.keccak(address)] = other.encode([1, 0, root, bytes(32)])
    for address, root in accounts.items():
        assert proofs.storage_root(trie.root_hash, address, proof(trie, proofs.keccak(address))) == root
    stranger = bytes(19) + b"\x01"
    if stranger not in accounts:
        with refused("chain.proof"):
            proofs.storage_root(trie.root_hash, stranger, proof(trie, proofs.keccak(stranger)))


def test_short_nodes_inside_the_one_above_are_read() -> None:
    """Keys and values so short that leaves stand inside their branch (yellow paper, appendix D)."""
    trie = HexaryTrie({})
    keys = [bytes([at]) for at in range(0, 250, 7)]
    for key in keys:
        trie[key] = b"v" + key
    for key in keys:
        assert proofs._lookup(trie.root_hash, key, proof(trie, key)) == b"v" + key
    assert proofs._lookup(trie.root_hash, b"\x01", proof(trie, b"\x01")) is None


def test_a_branchs_own_value_is_read() -> None:
    trie = HexaryTrie({})
    for key in (b"\x12", b"\x12\x34", b"\x12\x56"):
        trie[key] = b"a value that is longer than any hash would be, of " + key
    assert proofs._lookup(trie.root_hash, b"\x12", proof(trie, b"\x12")) == trie[b"\x12"]


def test_in_storage_that_was_never_written_everything_is_zero() -> None:
    assert proofs.storage_word(proofs.EMPTY_ROOT, bytes(32), []) == bytes(32)


@pytest.mark.parametrize(
    "node",
    [
        b"abc",  # no list
        [b"a", b"b", b"c"],
        [b"", b"value"],  # no path
        [b"\x50", b"value"],  # flags that do not exist
        [b"\x21\x00", b"value"],
        [b"\x05", b"value"],  # an even path whose padding is not zero
        [[b"\x20"], b"value"],
        [b"\x00", bytes(32)],  # an extension by nothing
        [b""] * 16 + [[b""]],
    ],
)
def test_what_is_no_node_is_refused(node: object) -> None:
    raw = other.encode(node)
    # In a branch a key without nibbles, so that its own value is asked for.
    key = b"" if isinstance(node, list) and len(node) == 17 else proofs.keccak(bytes(32))
    with refused("chain.proof"):
        proofs._lookup(proofs.keccak(raw), key, [raw, raw])


def test_a_proof_has_an_end() -> None:
    with refused("chain.proof"):
        proofs.storage_word(bytes(32), bytes(32), [b""] * (proofs.MAX_NODES + 1))


@pytest.mark.parametrize("value", [[1], b"\x01" * 33])
def test_what_is_no_word_or_account_is_refused(value: object) -> None:
    trie = HexaryTrie({})
    key = proofs.keccak(bytes(32))
    trie[key] = other.encode(value)
    with refused("chain.proof"):
        proofs.storage_word(trie.root_hash, bytes(32), proof(trie, key))
    with refused("chain.proof"):
        proofs.storage_root(trie.root_hash, bytes(32), proof(trie, key))


def test_an_account_whose_root_is_no_hash_is_refused() -> None:
    trie = HexaryTrie({})
    for at, root in enumerate(([b""], b"short")):
        address = bytes([at]) * 20
        trie[proofs.keccak(address)] = other.encode([b"", b"", root, b""])
        with refused("chain.proof"):
            proofs.storage_root(trie.root_hash, address, proof(trie, proofs.keccak(address)))


def test_a_head_is_one_word() -> None:
    assert proofs.head_word(Head(5, b"\xab" * 28, 9)) == b"\0\0\0\x05" + b"\xab" * 28
    assert proofs.head_slot((Contract.DID, b"\x11" * 20)) == other_keccak(
        (4).to_bytes(32) + bytes(12) + b"\x11" * 20
    )
