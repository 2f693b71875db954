"""Follows the chain: pages of logs in, a branch kept and stored, reorganisations noticed.

The steps of `sync`:

1. The network file has not expired, and the node serves its chain, checkpoint and contracts.
2. The latest block; a node that is behind what is known changes nothing, and age grows.
3. The last known block is still there; otherwise blocks are dropped down to one that is, and their
   bad news kept. A reorganisation below the last final block folds the stored history anew.
4. Pages of final blocks: logs, headers of the blocks that have any, the running hashes compared.
5. Blocks that are not final, one header each, every one standing on the one before.
6. Each page is one transaction of the store.
"""

from __future__ import annotations

import hashlib
from copy import deepcopy
from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING, Final, Protocol

from clicid.errors import ClicidError, Refused, Undecided
from clicid.ledger.blocks import Block
from clicid.ledger.events import Contract, RawLog, decode
from clicid.ledger.view import View

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from clicid.adapters.jsonrpc import Header, NodeLog
    from clicid.adapters.ledger_store import LedgerStore
    from clicid.ledger.branch import Branch
    from clicid.ledger.network import NetworkFile

FIRST_PAGE: Final = 2_000
LARGEST_PAGE: Final = 100_000
"""Blocks asked for at once; halved when a node refuses, doubled when it does not."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What one `sync` did.

    Args:
        head: Number of the last block known.
        head_time: Its time, seconds since 1970.
        final: Number of the last final block, -1 before the first.
        blocks: Blocks taken in: those with logs, pages' ends, and those not final.
        logs: Logs taken in.
        lost: Blocks dropped by a reorganisation.
        behind: Whether the node knows less than we do.
    """

    head: int
    head_time: int
    final: int
    blocks: int = 0
    logs: int = 0
    lost: int = 0
    behind: bool = False


class ChainReader(Protocol):
    """What a follower asks of a chain (`JsonRpc` over HTTP)."""

    def chain_id(self) -> int:
        """The EIP-155 chain id."""

    def header(self, number: int | None) -> Header | None:
        """A block's header, the latest one's for None; None if there is no such block."""

    def code(self, address: bytes) -> bytes:
        """A contract's runtime code."""

    def logs(self, addresses: Sequence[bytes], first: int, last: int) -> list[NodeLog]:
        """Logs of contracts in a range of blocks, in order; Undecided if the range is refused."""


class Follower:
    """Keeps one network's chain in a store. One thread syncs; any may read through `view`.

    Args:
        store: What is known, and where it is kept.
        rpc: The chain.
        network: A network file that was verified.
        confirmations: Blocks above a block for it to be final; 0 trusts every block at once.
        largest_page: Most blocks asked for, and stored in one transaction, at once.
    """

    def __init__(
        self,
        store: LedgerStore,
        rpc: ChainReader,
        network: NetworkFile,
        *,
        confirmations: int,
        largest_page: int = LARGEST_PAGE,
    ) -> None:
        self._store = store
        self._rpc = rpc
        self._network = network
        self._confirmations = confirmations
        self._names = {network.contracts[name].address: name for name in Contract}
        self._largest_page = largest_page
        self._page = min(FIRST_PAGE, largest_page)
        self._checked = False
        self._syncing = RLock()
        self.lock: Final = RLock()
        """Held while a view is read or what is known changes."""
        self._branch = store.load()
        self._unsaved: list[Block] = []
        self._lost_after: int | None = None
        self._anew: list[Block] | None = None
        self._view: View | None = None
        self.synced_at: datetime | None = None
        """When the node last confirmed what is known."""

    @property
    def head(self) -> Block | None:
        """The last block known, or None before the first sync."""
        return self._branch.head

    @property
    def chain_id(self) -> int:
        """The network's EIP-155 chain id."""
        return self._network.chain_id

    def view(self) -> View:
        """What is known now. The caller holds `lock` while using it."""
        with self.lock:
            if self._view is None:
                self._view = View(self._branch)
            return self._view

    def broken_lists(self) -> dict[str, str]:
        """See `View.broken_lists`."""
        with self.lock:
            return self.view().broken_lists()

    def shows(self, view: View, synced_at: datetime | None) -> bool:
        """Whether nothing has changed since a view was got; needs no lock."""
        return self._view is view and self.synced_at is synced_at

    def sync(self, now: datetime) -> Progress:
        """Catch up with the node. A failure leaves what was known, and its age, as they were.

        Raises:
            Refused: `network.expired`, `network.chain`, `network.checkpoint`, `network.code`,
                `ledger.event`.
            Undecided: `chain.unreachable`, `chain.answer`; `chain.reorganising` if the chain moved
                meanwhile; `ledger.gap` if the node keeps logs from us.
            LocalError: `ledger.write` if what was learnt could not be stored; it counts all the same.
        """
        with self._syncing:
            try:
                return self._sync(now)
            except ClicidError:
                self._checked = False
                raise

    def _sync(self, now: datetime) -> Progress:
        if now >= self._network.expires:
            raise Refused("network.expired", "", "a newer network file is wanted")
        if not self._checked:
            self._check_network()
            self._checked = True
        latest = self._latest()
        known = self.head
        if known is not None and latest.number < known.number and self._has(latest):
            return self._progress(behind=True)
        lost = self._find_fork(latest)
        run = _Run(self._branch)
        try:
            self._advance(run, latest, save=True)
        except Undecided as error:
            if error.code != "ledger.gap":
                raise
            run = self._read_anew(latest)
        self.synced_at = now
        return self._progress(blocks=len(run.added), logs=run.logs, lost=lost)

    def _progress(self, *, blocks: int = 0, logs: int = 0, lost: int = 0, behind: bool = False) -> Progress:
        head, final = self._branch.head, self._branch.final
        return Progress(
            head=-1 if head is None else head.number,
            head_time=0 if head is None else head.time,
            final=-1 if final is None else final.number,
            blocks=blocks,
            logs=logs,
            lost=lost,
            behind=behind,
        )

    # Step 1 -------------------------------------------------------------------------------------

    def _check_network(self) -> None:
        chain_id = self._rpc.chain_id()
        if chain_id != self._network.chain_id:
            raise Refused("network.chain", "", f"{chain_id}, not {self._network.chain_id}")
        checkpoint = self._network.checkpoint
        header = self._rpc.header(checkpoint.number)
        if header is None or header.hash != checkpoint.hash:
            raise Refused("network.checkpoint", "", f"block {checkpoint.number}")
        for name, place in self._network.contracts.items():
            if hashlib.sha256(self._rpc.code(place.address)).digest() != place.code_sha256:
                raise Refused("network.code", name)

    # Steps 2 and 3 ------------------------------------------------------------------------------

    def _latest(self) -> Header:
        latest = self._rpc.header(None)
        if latest is None:
            raise Undecided("chain.answer", "", "no latest block")
        return latest

    def _has(self, header: Header) -> bool:
        """Whether a header is on the known chain, as far as that can be told."""
        branch = self._branch
        if branch.final is not None and header.number < branch.final.number:
            return True  # below what is final nothing is compared until the node is past it
        known = [branch.final, *(pending.block for pending in branch.pending)]
        return any(block is not None and block.hash == header.hash for block in known)

    def _find_fork(self, latest: Header) -> int:
        """Drop what the node no longer has; the number of blocks dropped."""
        branch = self._branch
        for block in [pending.block for pending in reversed(branch.pending)]:
            if self._stands(block, latest):
                return self._drop_after(block.number)
        if branch.final is None:
            return self._drop_after(-1)
        if self._stands(branch.final, latest):
            return self._drop_after(branch.final.number)
        return self._fold_anew(latest)

    def _stands(self, block: Block, latest: Header) -> bool:
        if block.number > latest.number:
            return False
        header = latest if block.number == latest.number else self._rpc.header(block.number)
        return header is not None and header.hash == block.hash

    def _drop_after(self, number: int) -> int:
        with self.lock:
            self._view = None  # First: from here on nobody is told what was known before.
            lost = self._branch.drop_after(number)
            if lost:
                self._changed([], lost_after=number)
        return len(lost)

    def _fold_anew(self, latest: Header) -> int:
        """A reorganisation below the last final block: fold what still stands, keep lost bad news."""
        stored = self._store.blocks(-1)
        standing = next((block.number for block in reversed(stored) if self._stands(block, latest)), -1)
        branch = self._store.fresh()
        branch.sticky = deepcopy(self._branch.sticky)
        for block in stored:
            branch.extend(block)
            if block.number <= standing:
                branch.finalise(block.number)
        lost = branch.drop_after(standing)
        self._put(branch, [block for block in stored if block.number <= standing])
        return len(lost)

    def _read_anew(self, latest: Header) -> _Run:
        """A gap: read everything again, and use it only if it lacks nothing that was known."""
        run = _Run(self._store.fresh())
        run.branch.sticky = deepcopy(self._branch.sticky)
        self._advance(run, latest, save=False)
        heads = run.branch.heads()
        for subject, head in self._branch.heads().items():
            if subject not in heads or heads[subject].version < head.version:
                raise Undecided("ledger.gap", subject[0], "less than was known before")
        self._put(run.branch, run.added)
        return run

    def _put(self, branch: Branch, blocks: list[Block]) -> None:
        with self.lock:
            self._branch, self._view = branch, None
            self._unsaved, self._lost_after, self._anew = [], None, blocks
            self._store_anew(blocks)

    def _store_anew(self, blocks: list[Block]) -> None:
        """Store everything. Where that fails we go on from memory, as `_changed` says."""
        self._store.replace(self._branch, blocks)
        self._anew = None

    # Steps 4 to 6 -------------------------------------------------------------------------------

    def _advance(self, run: _Run, latest: Header, *, save: bool) -> None:
        head = run.branch.head
        start = self._network.start_block() if head is None else head.number + 1
        final = latest.number - self._confirmations
        while start <= final:
            last, logs = self._logs(start, final)
            self._take(run, self._blocks(logs, {*logs, last}), final=last, save=save)
            start = last + 1
        while start <= latest.number:
            last, logs = self._logs(start, latest.number)
            self._take(run, self._blocks(logs, range(start, last + 1)), final=final, save=save)
            start = last + 1
        if run.branch.pending and run.branch.pending[0].block.number <= final:
            self._take(run, [], final=final, save=save)

    def _take(self, run: _Run, blocks: list[Block], *, final: int, save: bool) -> None:
        with self.lock:
            if save:
                self._view = None  # First: from here on nobody is told what was known before.
            run.branch.extend(*blocks)
            run.branch.finalise(final)
            run.added += blocks
            if save:
                self._changed(blocks)

    def _changed(self, added: list[Block], *, lost_after: int | None = None) -> None:
        """Store what has changed. Where that fails we go on from memory, and the next time store it all."""
        if self._anew is not None:
            stood = [block for block in self._anew if lost_after is None or block.number <= lost_after]
            self._anew = [*stood, *added]
            self._store_anew(self._anew)
            return
        if lost_after is not None:
            self._unsaved = [block for block in self._unsaved if block.number <= lost_after]
            self._lost_after = lost_after if self._lost_after is None else min(lost_after, self._lost_after)
        self._unsaved += added
        self._store.save(self._branch, self._unsaved, lost_after=self._lost_after)
        self._unsaved, self._lost_after = [], None

    def _logs(self, first: int, most: int) -> tuple[int, dict[int, list[NodeLog]]]:
        """Last block and logs, by block, of a page that the node is willing to give."""
        while True:
            last = min(first + self._page - 1, most)
            try:
                logs = self._rpc.logs(list(self._names), first, last)
            except Undecided:
                if last == first:
                    raise
                self._page = max((last - first + 1) // 2, 1)
                continue
            self._page = min(self._page * 2, self._largest_page)
            grouped: dict[int, list[NodeLog]] = {}
            for log in logs:
                grouped.setdefault(log.block, []).append(log)
            return last, grouped

    def _blocks(self, logs: dict[int, list[NodeLog]], numbers: Iterable[int]) -> list[Block]:
        return [self._block(number, logs.get(number, [])) for number in sorted(numbers)]

    def _block(self, number: int, logs: list[NodeLog]) -> Block:
        header = self._rpc.header(number)
        if header is None or any(log.block_hash != header.hash for log in logs):
            raise Undecided("chain.reorganising", "", f"at block {number}")
        decoded = tuple(decode(RawLog(self._names[log.address], log.topics, log.data)) for log in logs)
        return Block(header.number, header.hash, header.parent, header.time, decoded)


@dataclass(slots=True)
class _Run:
    """A branch being extended, and the blocks added to it."""

    branch: Branch
    added: list[Block] = field(default_factory=list)

    @property
    def logs(self) -> int:
        return sum(len(block.logs) for block in self.added)
