"""Transactions that wait for a block: checked when they come, in nonce order when they go.

What is checked here is everything that would make py-evm refuse the transaction in a block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from eth_utils.exceptions import ValidationError

from sandbox.chain import MAX_TRANSACTION_BYTES, MAX_TRANSACTION_GAS
from sandbox.chain.evm import floor_gas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eth.abc import SignedTransactionAPI, StateAPI

MAX_WAITING: Final = 4_096
MAX_NONCE_AHEAD: Final = 512


class TransactionRefused(Exception):
    """The pool does not take a transaction; the text is what other nodes say."""


class Pool:
    """Waiting transactions by sender and nonce. They live in memory: a kill loses them.

    Args:
        chain_id: The id a transaction must be signed for.
    """

    def __init__(self, chain_id: int) -> None:
        self._chain_id: Final = chain_id
        self._waiting: dict[bytes, dict[int, SignedTransactionAPI]] = {}
        self._by_hash: dict[bytes, SignedTransactionAPI] = {}

    def __len__(self) -> int:
        return len(self._by_hash)

    def find(self, tx_hash: bytes) -> SignedTransactionAPI | None:
        """A waiting transaction by its hash."""
        return self._by_hash.get(tx_hash)

    def next_nonce(self, sender: bytes, mined: int) -> int:
        """The first nonce for which nothing waits, `mined` being the account's."""
        waiting = self._waiting.get(sender, {})
        while mined in waiting:
            mined += 1
        return mined

    def add(self, transaction: SignedTransactionAPI, size: int, state: StateAPI) -> None:
        """Take a transaction of `size` bytes. Raises `TransactionRefused`."""
        if transaction.hash in self._by_hash:
            return
        self._check(transaction, size, state)
        waiting = self._waiting.setdefault(transaction.sender, {})
        known = waiting.get(transaction.nonce)
        if known is not None:
            if transaction.max_fee_per_gas * 10 < known.max_fee_per_gas * 11:
                raise TransactionRefused("replacement transaction underpriced")
            self.remove(known)
            waiting = self._waiting.setdefault(transaction.sender, {})
        elif len(self._by_hash) >= MAX_WAITING:
            raise TransactionRefused("txpool is full")
        waiting[transaction.nonce] = transaction
        self._by_hash[transaction.hash] = transaction

    def remove(self, transaction: SignedTransactionAPI) -> None:
        """Forget a transaction, if it waits."""
        if self._by_hash.pop(transaction.hash, None) is None:
            return
        waiting = self._waiting[transaction.sender]
        del waiting[transaction.nonce]
        if not waiting:
            del self._waiting[transaction.sender]

    def clear(self) -> None:
        """Forget all of them."""
        self._waiting.clear()
        self._by_hash.clear()

    def ready(self, state: StateAPI, base_fee: int, gas_limit: int) -> list[SignedTransactionAPI]:
        """What fits into the next block: each sender's in nonce order, without a gap."""
        chosen: list[SignedTransactionAPI] = []
        for sender in list(self._waiting):
            for transaction in self._of(sender, state):
                if transaction.max_fee_per_gas < base_fee or transaction.gas > gas_limit:
                    break
                gas_limit -= transaction.gas
                chosen.append(transaction)
        return chosen

    def _of(self, sender: bytes, state: StateAPI) -> Iterator[SignedTransactionAPI]:
        nonce = state.get_nonce(sender)  # type: ignore[arg-type] # an address is bytes
        waiting = self._waiting[sender]
        for stale in [n for n in waiting if n < nonce]:
            self._by_hash.pop(waiting.pop(stale).hash)
        if not waiting:
            del self._waiting[sender]
        while nonce in waiting:
            yield waiting[nonce]
            nonce += 1

    def _check(self, transaction: SignedTransactionAPI, size: int, state: StateAPI) -> None:
        if size > MAX_TRANSACTION_BYTES:
            raise TransactionRefused("oversized data")
        if transaction.gas > MAX_TRANSACTION_GAS:
            raise TransactionRefused("transaction gas limit too high")
        if transaction.chain_id != self._chain_id:
            raise TransactionRefused("invalid chain id for signer")
        try:
            transaction.validate()
            sender = transaction.sender
        except ValidationError as error:
            raise TransactionRefused(f"invalid sender: {error}") from error
        if transaction.gas < max(transaction.intrinsic_gas, floor_gas(transaction.data)):
            raise TransactionRefused("intrinsic gas too low")
        nonce = state.get_nonce(sender)
        if transaction.nonce < nonce:
            raise TransactionRefused(f"nonce too low: next nonce {nonce}, tx nonce {transaction.nonce}")
        if transaction.nonce > nonce + MAX_NONCE_AHEAD:
            raise TransactionRefused("nonce too high")
        cost = transaction.gas * transaction.max_fee_per_gas + transaction.value
        if state.get_balance(sender) < cost:
            raise TransactionRefused("insufficient funds for gas * price + value")
