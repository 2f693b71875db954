"""Contracts on py-evm without blocks being sealed: a call takes milliseconds, senders are free to choose."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eth.vm.forks.prague import PragueVM
from eth.vm.spoof import SpoofTransaction
from eth_typing import Address, BlockNumber

from clicid.adapters import package_data
from clicid.adapters.chain_transactions import Artifact, address_of, revert_reason, sign
from clicid.keys.algorithms import SECP256K1
from sandbox.chain import CHAIN_ID
from sandbox.chain.database import Database
from sandbox.chain.evm import Evm
from tests.support.memory_keystore import MemoryKeyStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clicid.adapters.chain_transactions import Signature, Signer

GAS = 16_000_000
START = 1_700_000_000


@dataclass(frozen=True)
class Log:
    """A log: its topics as words, and its data."""

    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True)
class Result:
    """What a transaction did: the contract's word if it refused (empty when it gave none), else None."""

    error: str | None
    logs: tuple[Log, ...]
    gas: int


class Actor:
    """A key with an account."""

    def __init__(self, name: str) -> None:
        store = MemoryKeyStore(seed=b"contracts")
        self.signer: Signer = (store, store.generate(SECP256K1, name))
        self.address = address_of(store.public(self.signer[1]))

    def sign(self, digest: bytes) -> Signature:
        return sign(self.signer, digest)


def artifact(name: str) -> Artifact:
    return Artifact.from_json(package_data.artifact(name))


def abi(name: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(package_data.artifact(name))["abi"]
    return entries


class ContractEvm:
    """One chain whose block number and time the test moves."""

    def __init__(self) -> None:
        self.database = Database(None)
        Evm.create(self.database, CHAIN_ID, {}, START)
        self.evm = Evm(self.database, CHAIN_ID)
        self.number, self.time = 1, START
        self._vm: Any = self.evm._vm(self.evm.head())
        self._root = self.evm.head().state_root
        self._state: Any = self._at()

    def close(self) -> None:
        self.database.close()

    def next_block(self, seconds: int) -> None:
        self._state.persist()
        self._root = self._state.state_root
        self.number += 1
        self.time += seconds
        self._state = self._at()

    def deploy(self, code: bytes, sender: bytes = bytes(19) + b"\x01") -> bytes:
        computation = self._apply(sender, b"", code)
        assert not computation.is_error, computation.error
        address: bytes = computation.msg.storage_address
        return address

    def deployment_gas(self, code: bytes) -> int:
        """As a receipt would say: execution with the words of EIP-3860, and a creation's intrinsic gas."""
        computation = self._apply(bytes(19) + b"\x02", b"", code)
        assert not computation.is_error, computation.error
        zeros = code.count(0)
        intrinsic = 53_000 + 4 * zeros + 16 * (len(code) - zeros)
        return int(intrinsic + computation.get_gas_used())

    def send(self, sender: bytes, to: bytes, data: bytes) -> Result:
        computation = self._apply(sender, to, data)
        if computation.is_error:
            return Result(revert_reason(computation.output) if computation.output else "", (), 0)
        logs = (
            Log(tuple(topic.to_bytes(32) for topic in topics), log_data)
            for _, topics, log_data in computation.get_log_entries()
        )
        return Result(None, tuple(logs), self._gas_used(data, computation))

    def read(self, to: bytes, data: bytes) -> bytes:
        snapshot = self._state.snapshot()
        computation = self._apply(bytes(20), to, data)
        self._state.revert(snapshot)
        assert not computation.is_error, computation.error
        output: bytes = computation.output
        return output

    def storage(self, address: bytes, slot: int) -> bytes:
        word: int = self._state.get_storage(Address(address), slot)
        return word.to_bytes(32)

    def _gas_used(self, data: bytes, computation: Any) -> int:
        """As a receipt would say: with the intrinsic gas, refunds and the floor of EIP-7623."""
        zeros = data.count(0)
        tokens = zeros + 4 * (len(data) - zeros)
        used = 21_000 + 4 * tokens + computation.get_gas_used()
        used -= min(computation.get_gas_refund(), used // 5)
        return max(int(used), 21_000 + 10 * tokens)

    def _apply(self, sender: bytes, to: bytes, data: bytes) -> Any:
        unsigned = self._vm.create_unsigned_transaction(
            nonce=self._state.get_nonce(Address(sender)),
            gas_price=0,
            gas=GAS,
            to=Address(to),
            value=0,
            data=data,
        )
        return self._state.apply_transaction(SpoofTransaction(unsigned, from_=Address(sender)))

    def _at(self) -> Any:
        header = self.evm.head().copy(
            block_number=BlockNumber(self.number),
            timestamp=self.time,
            state_root=self._root,
            base_fee_per_gas=0,
        )
        vm: Any = self._vm
        assert isinstance(vm, PragueVM)
        return vm.build_state(vm.chaindb.db, header, vm.chain_context, ())


class Contract:
    """A deployed contract, called by function name."""

    def __init__(self, evm: ContractEvm, name: str, args: Sequence[Any] = (), code: bytes = b"") -> None:
        self.evm = evm
        self.artifact = artifact(name)
        self.address = evm.deploy(code or self.artifact.deployment(args))

    def send(self, sender: bytes, function: str, *args: Any) -> Result:
        return self.evm.send(sender, self.address, self.artifact.function(function).encode(args))

    def read(self, function: str, *args: Any) -> Any:
        method = self.artifact.function(function)
        values = method.decode(self.evm.read(self.address, method.encode(args)))
        return values[0] if len(values) == 1 else values
