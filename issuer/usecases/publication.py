"""Status changes on their way to the chain: written down, sent, confirmed; never twice.

A version of a list is written down with its changes before it is sent, and sent until the chain has
it. The chain takes each version once, so a process killed between writing, sending and confirming
finds the version pending and either sends it again or sees that it stands. Bad news goes first, in
versions of its own that the committer signs; lifting takes the owner.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from clicid.errors import ClicidError, LocalError
from clicid.status import delta, rows
from clicid.status.rows import StatusList
from issuer.usecases.records import Batch, BatchState, Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from issuer.usecases.environment import Environment
    from issuer.usecases.ports import Transaction
    from issuer.usecases.records import ListRow

WIDTH: Final = 2
_FLAGS: Final = (1 << WIDTH) - 1


class StatusChain(Protocol):
    """The StatusRegistry, as the issuer writes it."""

    def version(self, list_id: bytes) -> int | None:
        """The version that stands there; None if there is no such list. Raises `Undecided`."""

    def commit(self, list_id: bytes, version: int, change: delta.Delta, digest: bytes) -> str:
        """Have a version committed and wait for its block; gives the transaction's hash.

        Changes that clear are signed with the owner's key, all others with the committer's.

        Raises:
            Undecided: If it did not get there in time. It may get there yet.
        """


class Publication:
    """Sends status changes.

    Args:
        env: Store, time.
        chain: The StatusRegistry.
        identity: The issuer's 20-byte identity.
        trouble: Told of what went wrong with a list: (list URL, error).
    """

    def __init__(
        self,
        env: Environment,
        chain: StatusChain,
        identity: bytes,
        trouble: Callable[[str, ClicidError], None],
    ) -> None:
        self._env = env
        self._chain = chain
        self._identity = identity
        self._trouble = trouble

    def run_once(self) -> int:
        """Publish what is open on every list; gives the number of versions that now stand on chain."""
        with self._env.store.reading() as tx:
            lists = tx.statuses.lists()
        count = 0
        for row in lists:
            try:
                while self._advance(row):
                    count += 1
            except ClicidError as error:
                self._trouble(row.url, error)
        return count

    def _advance(self, row: ListRow) -> bool:
        """Bring one version to the chain; False if there is nothing to bring."""
        list_id = rows.list_id(self._identity, row.url)
        standing = self._chain.version(list_id)
        if standing is None:
            raise LocalError("publication.diverged", row.url, "no such list")
        with self._env.store.writing() as tx:
            tx.statuses.reopen(row.id, standing)
            batch = tx.statuses.pending(row.id)
            if batch is None:
                _see_that_all_is_written_down(tx, row, standing)
                batch = self._prepare(tx, row, standing + 1)
        if batch is None:
            return False
        if batch.version > standing + 1:
            raise LocalError("publication.diverged", row.url, f"at {standing}, wanted {batch.version - 1}")
        if batch.version == standing + 1:
            change = _encoded(batch)
            batch = replace(
                batch, transaction=self._chain.commit(list_id, batch.version, change, batch.digest)
            )
        with self._env.store.writing() as tx:
            tx.statuses.anchored(batch, _after(tx, batch))
        return True

    def _prepare(self, tx: Transaction, row: ListRow, version: int) -> Batch | None:
        open_entries = tx.statuses.open_entries(row.id)
        to_set = _positions((entry.index, entry.flags & ~entry.anchored) for entry in open_entries)
        to_clear = _positions((entry.index, entry.anchored & ~entry.flags) for entry in open_entries)
        planned = delta.plan(to_set, []) or delta.plan([], to_clear)
        if not planned:
            return None
        added, removed = delta.read(planned[0].set, planned[0].cleared, row.size * WIDTH)
        held = anchored_list(tx, row)
        held.change(added, removed)
        batch = Batch(
            list_id=row.id,
            version=version,
            set=tuple(added),
            cleared=tuple(removed),
            digest=held.digest(rows.list_id(self._identity, row.url), version),
            state=BatchState.PREPARED,
        )
        tx.statuses.put_batch(batch, self._env.now())
        return batch


def _see_that_all_is_written_down(tx: Transaction, row: ListRow, standing: int) -> None:
    # A database restored from an old backup lacks versions that the chain has. The digest of the next
    # one would be wrong, and followers never trust a list again for which that happened.
    (known,) = (one.anchored_version for one in tx.statuses.lists() if one.id == row.id)
    if standing > known:
        raise LocalError("publication.diverged", row.url, f"at {standing}, written down until {known}")


def anchored_list(tx: Transaction, row: ListRow) -> StatusList:
    """The list as it stands on chain."""
    return _list(row, [(entry.index, entry.anchored) for entry in tx.statuses.entries(row.id)])


def published_list(tx: Transaction, row: ListRow) -> StatusList:
    """The list as it is served: bad news at once, good news only when the chain has it."""
    return _list(row, [(entry.index, entry.flags | entry.anchored) for entry in tx.statuses.entries(row.id)])


def _list(row: ListRow, flags: Sequence[tuple[int, int]]) -> StatusList:
    held = StatusList(WIDTH, row.size)
    held.change(_positions(flags), ())
    return held


def _positions(flags: Iterable[tuple[int, int]]) -> list[int]:
    return [index * WIDTH + bit for index, value in flags for bit in range(WIDTH) if value >> bit & 1]


def _encoded(batch: Batch) -> delta.Delta:
    return delta.plan(batch.set, batch.cleared)[0]


def _after(tx: Transaction, batch: Batch) -> tuple[Entry, ...]:
    """The entries a version touches, with the flags that then stand on chain."""
    changed: dict[int, Entry] = {}
    for positions, sets in ((batch.set, True), (batch.cleared, False)):
        for position in positions:
            index, bit = divmod(position, WIDTH)
            entry = changed.get(index) or tx.statuses.entry(batch.list_id, index)
            if entry is None:
                continue
            flags = entry.anchored | 1 << bit if sets else entry.anchored & ~(1 << bit)
            changed[index] = replace(entry, anchored=flags & _FLAGS)
    return tuple(changed.values())
