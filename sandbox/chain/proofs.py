"""eth_getProof: what an account holds, with the trie's nodes on the way to it (EIP-1186)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eth.constants import BLANK_ROOT_HASH, EMPTY_SHA3
from eth.rlp.accounts import Account
from eth_hash.auto import keccak
from rlp import decode, encode, sedes
from trie.hexary import HexaryTrie

from sandbox.chain.render import Json, Object, data, quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.chain.database import Database

_WORD = 32


def answer(database: Database, root: bytes, address: bytes, slots: Sequence[int]) -> Object:
    """The account and some of its storage as of a state root, each with its proof."""
    accounts = HexaryTrie(database, root)
    raw = accounts[keccak(address)]
    account = decode(raw, Account) if raw else Account(0, 0, BLANK_ROOT_HASH, EMPTY_SHA3)
    storage = HexaryTrie(database, account.storage_root)
    return {
        "address": data(address),
        "accountProof": _nodes(accounts, keccak(address)),
        "balance": quantity(account.balance),
        "codeHash": data(account.code_hash),
        "nonce": quantity(account.nonce),
        "storageHash": data(account.storage_root),
        "storageProof": [_slot(storage, slot) for slot in slots],
    }


def _slot(storage: HexaryTrie, slot: int) -> Object:
    key = keccak(slot.to_bytes(_WORD))
    raw = storage[key]
    value = decode(raw, sedes.big_endian_int) if raw else 0
    return {"key": data(slot.to_bytes(_WORD)), "value": quantity(value), "proof": _nodes(storage, key)}


def _nodes(trie: HexaryTrie, key: bytes) -> list[Json]:
    """The nodes on the way; those that stand inside the one above are not named again."""
    nodes = [encode(node) for node in trie.get_proof(key)]  # type: ignore[no-untyped-call] # the package has no types there
    return [data(node) for at, node in enumerate(nodes) if at == 0 or len(node) >= _WORD]
