"""The node: one chain, one pool, one thread that makes blocks."""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Final, Self

import rlp
from eth.exceptions import PyEVMError
from eth.vm.forks.berlin.constants import ACCESS_LIST_TRANSACTION_TYPE
from eth.vm.forks.london.constants import DYNAMIC_FEE_TRANSACTION_TYPE
from eth_keys.datatypes import PrivateKey
from eth_utils.exceptions import ValidationError

from sandbox.chain import CHAIN_ID, MAX_TRANSACTION_BYTES, render
from sandbox.chain.database import TOPIC_COLUMNS, Database
from sandbox.chain.evm import BLOCK_GAS_LIMIT, Evm
from sandbox.chain.pool import Pool, TransactionRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from types import TracebackType

    from eth.abc import BlockAPI, ReceiptAPI

_log = logging.getLogger(__name__)

ETHER: Final = 10**18
TIP: Final = 10**9
"""The tip per unit of gas that is proposed, in wei."""

_FAUCET_WEI: Final = 10**12 * ETHER
_FUNDED_WEI: Final = 1_000 * ETHER
_TYPES: Final = (None, 0, ACCESS_LIST_TRANSACTION_TYPE, DYNAMIC_FEE_TRANSACTION_TYPE)


class ChainNode(AbstractContextManager["ChainNode"]):
    """An embedded chain. Safe to use from several threads.

    Entering starts the thread that makes blocks; without entering, `mine` makes them.

    Args:
        directory: Where ``chain.sqlite`` lies; None keeps the chain in memory.
        chain_id: The id of a new chain; an existing one must have the same.
        interval: Seconds between blocks when nothing happens; 0 makes no empty blocks.
        delay: Seconds for which transactions are gathered before a block is made of them.
        clock: Seconds since 1970, for block times.
    """

    def __init__(
        self,
        directory: Path | None,
        *,
        chain_id: int = CHAIN_ID,
        interval: float = 5.0,
        delay: float = 0.05,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if directory is not None:
            directory.mkdir(parents=True, exist_ok=True)
        self.chain_id: Final = chain_id
        self.lock: Final = threading.RLock()
        self.database: Final = Database(directory / "chain.sqlite" if directory else None)
        self.pool: Final = Pool(chain_id)
        self._clock = clock
        self._interval = interval
        self._delay = delay
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._paused = threading.Event()
        self._thread: threading.Thread | None = None
        if self.database.head() is None:
            self._create()
        if self.database.meta("chain_id") != str(chain_id).encode():
            raise ValueError(f"the chain in {directory} has another id than {chain_id}")
        self.evm = Evm(self.database, chain_id)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, name="blocks", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop making blocks and close the file. Waiting transactions are lost."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        with self.lock:
            self.database.close()

    @property
    def running(self) -> bool:
        """Whether blocks are being made; a full disk, say, ends that."""
        return self._thread is not None and self._thread.is_alive()

    def submit(self, raw: bytes) -> bytes:
        """Take a signed transaction (EIP-2718 bytes) and return its hash.

        Raises:
            TransactionRefused: It can never, or cannot now, go into a block.
        """
        if len(raw) > MAX_TRANSACTION_BYTES:
            raise TransactionRefused("oversized data")
        with self.lock:
            try:
                transaction = self.evm.decode(raw)
            except (ValidationError, PyEVMError, rlp.RLPException, ValueError, TypeError) as error:
                raise TransactionRefused(f"rlp: {type(error).__name__}") from error
            if transaction.type_id not in _TYPES:
                raise TransactionRefused("transaction type not supported")
            self.pool.add(transaction, len(raw), self.evm.state())
        self._wake.set()
        return transaction.hash

    def fund(self, addresses: Iterable[bytes]) -> None:
        """Give accounts that have less than one ether a thousand, in a block of their own."""
        with self.lock:
            key = PrivateKey(self.database.meta("faucet") or b"")
            state = self.evm.state()
            poor = [address for address in addresses if state.get_balance(address) < ETHER]  # type: ignore[arg-type]
            for address in poor:
                self._give(key, address)
            if poor:
                self.mine()

    def mine(self) -> int:
        """Make a block of what waits, or an empty one, and return its number."""
        with self.lock:
            ready = self.pool.ready(self.evm.state(), self.evm.next_base_fee(), BLOCK_GAS_LIMIT)
            try:
                with self.database.transaction():
                    mined = self.evm.mine(ready, int(self._clock()))
                    self._record(mined.block, mined.receipts)
            except BaseException:  # an interrupt too: the state in memory may be ahead of the database
                self.evm = Evm(self.database, self.chain_id)
                raise
            for transaction in ready:
                self.pool.remove(transaction)
            for transaction, why in mined.dropped:
                _log.warning("transaction 0x%s dropped: %s", transaction.hash.hex(), why)
            return mined.block.number

    def pause(self) -> None:
        """Make no blocks until `resume`, but by `mine`: a chain that stalls."""
        self._paused.set()

    def resume(self) -> None:
        """End `pause`."""
        self._paused.clear()
        self._wake.set()

    def forget(self) -> None:
        """Lose what waits, as a node that is killed does."""
        with self.lock:
            self.pool.clear()

    def _run(self) -> None:
        deadline = time.monotonic() + self._interval
        while not self._stopping.is_set():
            self._wake.wait(max(deadline - time.monotonic(), 0.001) if self._interval else None)
            if self._stopping.is_set():
                return
            if self._wake.is_set():
                time.sleep(self._delay)
                self._wake.clear()
            elif time.monotonic() < deadline:
                continue
            if not self._paused.is_set():
                self.mine()
            deadline = time.monotonic() + self._interval

    def _create(self) -> None:
        faucet = PrivateKey(_scalar())
        with self.database.transaction():
            genesis = Evm.create(
                self.database,
                self.chain_id,
                {faucet.public_key.to_canonical_address(): _FAUCET_WEI},
                int(self._clock()),
            )
            self.database.set_meta("chain_id", str(self.chain_id).encode())
            self.database.set_meta("faucet", faucet.to_bytes())
            self._record(genesis, ())

    def _give(self, key: PrivateKey, address: bytes) -> None:
        sender = key.public_key.to_canonical_address()
        nonce = self.pool.next_nonce(sender, self.evm.state().get_nonce(sender))  # type: ignore[arg-type]
        self.submit(self.evm.transfer(key, nonce, address, _FUNDED_WEI, self.evm.next_base_fee() + TIP))

    def _record(self, block: BlockAPI, outcomes: tuple[ReceiptAPI, ...]) -> None:
        self.database.add_block(block.number, render.data(block.hash), json.dumps(render.block(block)))
        rows = []
        for position, (signed, receipt) in enumerate(render.receipts(block, outcomes)):
            body = render.transaction(signed, (block, position))
            rows.append(
                (render.data(signed.hash), block.number, position, json.dumps(body), json.dumps(receipt))
            )
            self.database.add_logs([_log_row(block.number, item) for item in _logs(receipt)])
        self.database.add_transactions(rows)


def _logs(receipt: render.Object) -> list[render.Object]:
    logs = receipt["logs"]
    return [item for item in logs if isinstance(item, dict)] if isinstance(logs, list) else []


def _log_row(
    number: int, log: render.Object
) -> tuple[int, int, str, str | None, str | None, str | None, str | None, str]:
    listed = log["topics"]
    topics = [str(topic) for topic in listed] if isinstance(listed, list) else []
    first, second, third, fourth = (topics[i] if i < len(topics) else None for i in range(len(TOPIC_COLUMNS)))
    index = int(str(log["logIndex"]), 16)
    return number, index, str(log["address"]), first, second, third, fourth, json.dumps(log)


def _scalar() -> bytes:
    # Below the order of secp256k1 and not zero, whatever the other 31 bytes are.
    return b"\x01" + secrets.token_bytes(31)
