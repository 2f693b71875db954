"""py-evm with our rules: how a block is built, and how a call is tried without one.

Blocks carry Prague rules. Unlike on the main network two blocks may have the same time (as on
rollups with several blocks a second), so that block times never run ahead of the clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from eth.chains.base import MiningChain
from eth.consensus.noproof import NoProofConsensus
from eth.db.atomic import AtomicDB
from eth.exceptions import Revert
from eth.vm.forks.prague import PragueVM
from eth.vm.spoof import SpoofTransaction
from eth_typing import Address, BlockNumber
from eth_utils.exceptions import ValidationError

from sandbox.chain import MAX_TRANSACTION_GAS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eth.abc import (
        BlockAPI,
        BlockHeaderAPI,
        ComputationAPI,
        ReceiptAPI,
        SignedTransactionAPI,
        StateAPI,
        VirtualMachineAPI,
    )
    from eth.typing import AccountState, HeaderParams
    from eth_keys.datatypes import PrivateKey

    from sandbox.chain.database import Database

BLOCK_GAS_LIMIT: Final = 60_000_000
_COINBASE: Final = Address(bytes(19) + b"\x01")
_FLOOR_GAS: Final = 21_000
_FLOOR_GAS_PER_TOKEN: Final = 10


class _Vm(PragueVM):
    """Prague rules for blocks that only this process makes."""

    consensus_class = NoProofConsensus

    @classmethod
    def validate_header(cls, header: BlockHeaderAPI, parent_header: BlockHeaderAPI) -> None:
        """Numbers without gaps and times that do not go back (they may stand still)."""
        if header.block_number != parent_header.block_number + 1:
            raise ValidationError("block numbers have a gap")
        if header.timestamp < parent_header.timestamp:
            raise ValidationError("block times go back")


class _Chain(MiningChain):
    vm_configuration = ((0, _Vm),)  # type: ignore[assignment] # block numbers are plain integers here


@dataclass(frozen=True, slots=True)
class Mined:
    """A block that was built.

    Args:
        block: The block.
        receipts: One a transaction, in order.
        dropped: Transactions that could not go in, with the reason.
    """

    block: BlockAPI
    receipts: tuple[ReceiptAPI, ...]
    dropped: tuple[tuple[SignedTransactionAPI, str], ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A message tried without a transaction: `to` empty deploys. Amounts are wei."""

    sender: bytes
    to: bytes
    data: bytes
    value: int
    gas: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call gave.

    Args:
        output: Returned bytes, or the revert data.
        gas_used: Gas of the whole transaction, before refunds.
        error: None, or why it failed.
        reverted: Whether the contract itself refused.
    """

    output: bytes
    gas_used: int
    error: str | None
    reverted: bool


class Evm:
    """The chain of one database.

    Args:
        database: Where state lies; must hold a chain (see `create`).
        chain_id: The chain's id, part of every signature.
    """

    def __init__(self, database: Database, chain_id: int) -> None:
        self._chain = _chain_class(chain_id)(AtomicDB(database))

    @classmethod
    def create(
        cls, database: Database, chain_id: int, balances: dict[bytes, int], timestamp: int
    ) -> BlockAPI:
        """Write the first block, with balances in wei, into an empty database."""
        accounts: AccountState = {
            Address(address): {"balance": wei, "nonce": 0, "code": b"", "storage": {}}
            for address, wei in balances.items()
        }
        params: dict[str, HeaderParams] = {
            "gas_limit": BLOCK_GAS_LIMIT,
            "timestamp": timestamp,
            "difficulty": 0,
        }
        chain = _chain_class(chain_id).from_genesis(AtomicDB(database), params, accounts)
        return chain.get_canonical_block_by_number(BlockNumber(0))

    def head(self) -> BlockHeaderAPI:
        """The header of the last block."""
        return self._chain.get_canonical_head()

    def decode(self, raw: bytes) -> SignedTransactionAPI:
        """A transaction as it travels (EIP-2718). Raises py-evm's and RLP's errors."""
        return self._vm(self.head()).get_transaction_builder().decode(raw)

    def next_base_fee(self) -> int:
        """What a unit of gas costs at least in the next block, in wei."""
        return self._next_header(self.head().timestamp).base_fee_per_gas or 0

    def state(self, number: int | None = None) -> StateAPI:
        """Accounts after a block, the last when None."""
        return self._vm(self._header(number)).state

    def root(self, number: int) -> bytes:
        """The root of the state after a block."""
        return self._header(number).state_root

    def mine(self, transactions: Sequence[SignedTransactionAPI], now: int) -> Mined:
        """Build, seal and keep the next block. A transaction that cannot go in is left out."""
        header = self._next_header(max(now, self.head().timestamp))
        vm = self._vm(header)
        included: list[SignedTransactionAPI] = []
        receipts: list[ReceiptAPI] = []
        dropped: list[tuple[SignedTransactionAPI, str]] = []
        for transaction in transactions:
            # Checked wholly before it touches anything: nothing is to be undone.
            try:
                receipt, _ = vm.apply_transaction(header, transaction)
            except ValidationError as error:
                dropped.append((transaction, str(error)))
                continue
            header = vm.add_receipt_to_header(header, receipt)
            included.append(transaction)
            receipts.append(receipt)
        filled = vm.set_block_transactions_and_withdrawals(vm.get_block(), header, included, receipts)
        block = vm.mine_block(filled).block
        self._chain.chaindb.persist_block(block)
        return Mined(block, tuple(receipts), tuple(dropped))

    def call(self, call: Call, number: int | None = None) -> Outcome:
        """Try a message on top of a block, the last when None, without paying for it."""
        vm = self._vm(self._header(number))
        with vm.in_costless_state() as state:
            unsigned = vm.create_unsigned_transaction(
                nonce=state.get_nonce(Address(call.sender)),
                gas_price=0,
                gas=call.gas,
                to=Address(call.to),
                value=call.value,
                data=call.data,
            )
            transaction = SpoofTransaction(unsigned, from_=Address(call.sender))
            try:
                computation = state.costless_execute_transaction(transaction)  # type: ignore[arg-type] # as py-evm itself does
            except ValidationError as error:
                return Outcome(b"", 0, str(error), reverted=False)
            return _outcome(computation, transaction.intrinsic_gas)

    def estimate(self, call: Call) -> tuple[int, Outcome]:
        """The least gas with which a call succeeds on the last block, and its outcome with plenty.

        The gas is 0 when the call fails with plenty.
        """
        plenty = self.call(_with_gas(call, MAX_TRANSACTION_GAS))
        if plenty.error is not None:
            return 0, plenty
        floor = floor_gas(call.data)
        # A call inside a call keeps back 1/64 of the gas, so the gas used need not be enough.
        for gas in (plenty.gas_used, plenty.gas_used * 65 // 64 + 2_500):
            if self.call(_with_gas(call, gas)).error is None:
                return max(gas, floor), plenty
        low, high = plenty.gas_used, MAX_TRANSACTION_GAS
        while high - low > 1_000:
            middle = (low + high) // 2
            if self.call(_with_gas(call, middle)).error is None:
                high = middle
            else:
                low = middle
        return max(high, floor), plenty

    def transfer(self, key: PrivateKey, nonce: int, to: bytes, wei: int, gas_price: int) -> bytes:
        """A signed transfer, as it travels."""
        unsigned = self._vm(self.head()).create_unsigned_transaction(
            nonce=nonce, gas_price=gas_price, gas=_FLOOR_GAS, to=Address(to), value=wei, data=b""
        )
        return unsigned.as_signed_transaction(key, chain_id=self._chain.chain_id).encode()

    def _header(self, number: int | None) -> BlockHeaderAPI:
        if number is None:
            return self.head()
        return self._chain.get_canonical_block_header_by_number(BlockNumber(number))

    def _next_header(self, timestamp: int) -> BlockHeaderAPI:
        head = self.head()
        return self._chain.create_header_from_parent(
            head, timestamp=timestamp, gas_limit=head.gas_limit, coinbase=_COINBASE
        )

    def _vm(self, header: BlockHeaderAPI) -> VirtualMachineAPI:
        return self._chain.get_vm(header)


def _chain_class(chain_id: int) -> type[_Chain]:
    return _Chain.configure("EmbeddedChain", chain_id=chain_id)


def _outcome(computation: ComputationAPI, intrinsic: int) -> Outcome:
    used = intrinsic + computation.get_gas_used()
    if not computation.is_error:
        return Outcome(computation.output, used, None, reverted=False)
    error = computation.error
    if isinstance(error, Revert):
        return Outcome(computation.output, used, "execution reverted", reverted=True)
    return Outcome(b"", used, f"{type(error).__name__}: {error}", reverted=False)


def _with_gas(call: Call, gas: int) -> Call:
    return Call(call.sender, call.to, call.data, call.value, gas)


def floor_gas(data: bytes) -> int:
    """The least gas of a transaction with this data (EIP-7623)."""
    zeros = data.count(0)
    return _FLOOR_GAS + _FLOOR_GAS_PER_TOKEN * (zeros + 4 * (len(data) - zeros))
