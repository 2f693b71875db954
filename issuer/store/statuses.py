"""Status lists, their entries, and versions on their way to the chain."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, delete, func, insert, literal, literal_column, select, text, update
from sqlalchemy.dialects.sqlite import insert as upsert

from issuer.store.tables import (
    issuance_leaf,
    status_act,
    status_batch,
    status_entry,
    status_list,
    status_transaction,
)
from issuer.usecases.records import Batch, BatchState, Entry, ListRow, Progress, Sending

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import BindParameter, ColumnElement, Connection, Row, Select, Update


class SqlStatuses:
    """Status lists."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_list(self, row: ListRow) -> None:
        """A new list."""
        self._connection.execute(insert(status_list).values(asdict(row)))

    def lists(self) -> tuple[ListRow, ...]:
        """All lists, in a stable order."""
        query = select(status_list).order_by(status_list.c.url)
        return tuple(ListRow(**row) for row in self._connection.execute(query).mappings())

    def seen(self, list_id: str) -> None:
        """The list is on chain."""
        new = (status_list.c.id == list_id) & (status_list.c.anchored_version < 0)
        self._connection.execute(update(status_list).where(new).values(anchored_version=0))

    def entry(self, list_id: str, index: int) -> Entry | None:
        """One entry."""
        return next(iter(self._entries(_at(list_id, index))), None)

    def entries(self, list_id: str) -> tuple[Entry, ...]:
        """The entries with any flag, here or on chain."""
        return self._entries((status_entry.c.list_id == list_id) & _FLAGGED)

    def open_entries(self, list_id: str) -> tuple[Entry, ...]:
        """The entries whose flags differ from what stands on chain, but for those held back."""
        differs = text("flags != anchored") & status_entry.c.held.is_(False)
        return self._entries((status_entry.c.list_id == list_id) & differs)

    def shown_entries(self, list_id: str) -> tuple[Entry, ...]:
        """The entries with any flag, as they may be shown: what is held back reads as it did."""
        query = select(status_entry).where((status_entry.c.list_id == list_id) & _FLAGGED)
        rows = self._connection.execute(query.order_by(status_entry.c.idx))
        return tuple(
            Entry(row.list_id, row.idx, row.written if row.held else row.flags, row.anchored) for row in rows
        )

    def set_flags(self, list_id: str, index: int, flags: int, *, held: bool = False) -> None:
        """Decide an entry's flags; what is held waits for `release`."""
        # Bad news that is out already is not taken back because more comes that can wait.
        quiet = (status_entry.c.flags == status_entry.c.written) | status_entry.c.held
        self._connection.execute(
            update(status_entry)
            .where(_at(list_id, index))
            .values(flags=flags, held=quiet if held else literal(value=False))
        )

    def release(self, list_id: str, at: datetime) -> None:
        """Let go what was held back."""
        held = (status_entry.c.list_id == list_id) & text("flags != anchored") & status_entry.c.held
        self._connection.execute(update(status_entry).where(held).values(held=False))
        self._connection.execute(update(status_list).where(status_list.c.id == list_id).values(released=at))

    def use_up(self, list_id: str, index: int, flags: int) -> None:
        """Take an index that belongs to nobody and never will."""
        row = {"list_id": list_id, "idx": index, "flags": flags, "anchored": 0}
        self._connection.execute(insert(status_entry).values(row))
        self._connection.execute(_one_more(list_id))

    def add_act(self, entry: Entry, act: str, reason: str, actor: str, at: datetime) -> None:
        """Record why; it stays here."""
        row = {"list_id": entry.list_id, "idx": entry.index, "act": act, "reason": reason}
        self._connection.execute(insert(status_act).values(row | {"actor": actor, "at": at}))

    def put_batch(self, batch: Batch, entries: Sequence[tuple[int, int]], at: datetime) -> None:
        """Write down a version before it is sent, and with each entry (index, flags) that it carries it."""
        row = {
            "list_id": batch.list_id,
            "version": batch.version,
            "changes": json.dumps({"set": batch.set, "cleared": batch.cleared}),
            "digest": batch.digest,
            "state": batch.state,
            "root": batch.root,
            "transaction_id": "",
            "prepared_at": at,
        }
        self._connection.execute(insert(status_batch).values(row))
        if entries:
            carried = _at(batch.list_id, bindparam("at_index"))
            self._connection.execute(
                update(status_entry)
                .where(carried)
                .values(version=batch.version, written=bindparam("stands")),
                [{"at_index": index, "stands": flags} for index, flags in entries],
            )

    def under_way(self, list_id: str) -> tuple[Batch, ...]:
        """The versions that are written down and not final, in order."""
        mine = (status_batch.c.list_id == list_id) & (status_batch.c.state != BatchState.FINAL)
        query = select(status_batch).where(mine).order_by(status_batch.c.version)
        return tuple(_batch(row) for row in self._connection.execute(query))

    def put_sending(self, sending: Sending) -> None:
        """Keep a transaction; its version counts as sent from now on."""
        row = asdict(sending) | {"tip": str(sending.tip), "max_fee": str(sending.max_fee)}
        self._connection.execute(insert(status_transaction).prefix_with("OR REPLACE").values(row))
        self.set_batch(sending.list_id, sending.version, BatchState.SENT)

    def sendings(self, list_id: str, version: int) -> tuple[Sending, ...]:
        """The transactions of a version, the newest first."""
        mine = (status_transaction.c.list_id == list_id) & (status_transaction.c.version == version)
        return self._sendings(select(status_transaction).where(mine))

    def waiting(self) -> tuple[Sending, ...]:
        """The transactions that wait for a block: the newest of each version, in the order of nonces."""
        here = status_transaction.c
        same = (status_batch.c.list_id == here.list_id) & (status_batch.c.version == here.version)
        query = select(status_transaction).join(status_batch, same)
        found = self._sendings(query.where(here.alive & (status_batch.c.state == BatchState.SENT)))
        newest = {(one.list_id, one.version): one for one in reversed(found)}
        return tuple(sorted(newest.values(), key=lambda one: one.nonce))

    def lost(self, hash_: bytes) -> None:
        """Another transaction took this one's nonce."""
        mine = status_transaction.c.hash == hash_
        self._connection.execute(update(status_transaction).where(mine).values(alive=False))

    def set_batch(self, list_id: str, version: int, state: BatchState) -> None:
        """How far a version has come."""
        self._connection.execute(
            update(status_batch).where(_version(list_id, version)).values(state=state, block=0)
        )

    def in_block(self, batch: Batch, transaction: str, block: int) -> None:
        """The version stands on chain, in this transaction and block: so do the flags that it carries."""
        values = {"state": BatchState.IN_BLOCK, "transaction_id": transaction, "block": block}
        self._connection.execute(
            update(status_batch).where(_version(batch.list_id, batch.version)).values(values)
        )
        self._connection.execute(
            update(status_list)
            .where(status_list.c.id == batch.list_id, status_list.c.anchored_version < batch.version)
            .values(anchored_version=batch.version)
        )
        carried = (status_entry.c.list_id == batch.list_id) & (status_entry.c.version == batch.version)
        self._connection.execute(
            update(status_entry).where(carried & text("version != 0")).values(anchored=status_entry.c.written)
        )

    def final(self, list_id: str, version: int) -> None:
        """No reorganisation will take the version any more: its transactions can go."""
        mine = (status_transaction.c.list_id == list_id) & (status_transaction.c.version == version)
        self._connection.execute(delete(status_transaction).where(mine))
        self._connection.execute(
            update(status_batch).where(_version(list_id, version)).values(state=BatchState.FINAL)
        )

    def reopen(self, list_id: str, standing: int) -> int:
        """The chain stands at this version: later ones that were final must be sent again; gives how many."""
        later = (status_batch.c.list_id == list_id) & (status_batch.c.version > standing)
        gone = later & (status_batch.c.state == BatchState.FINAL)
        values = {"state": BatchState.PREPARED, "block": 0}
        return self._connection.execute(update(status_batch).where(gone).values(values)).rowcount

    def progress(self, list_id: str, index: int) -> Progress:
        """How far the last change of an entry has come."""
        query = select(status_entry).where(_at(list_id, index))
        entry = self._connection.execute(query).one_or_none()
        if entry is None or not (entry.flags or entry.version or entry.written):
            return Progress("none")
        if entry.flags != entry.written:
            return Progress("requested")
        batch = self._connection.execute(
            select(status_batch).where(_version(list_id, entry.version))
        ).one_or_none()
        if batch is None:  # the chain had it before it was written down here
            return Progress(BatchState.FINAL)
        state = "requested" if batch.state == BatchState.PREPARED else batch.state
        return Progress(state, batch.version, batch.transaction_id, batch.block)

    def requested(self, list_id: str) -> int:
        """How many entries differ from what stands on chain, those held back included."""
        differs = (status_entry.c.list_id == list_id) & text("flags != anchored")
        return self._connection.scalar(select(func.count()).select_from(status_entry).where(differs)) or 0

    def requested_since(self, list_id: str) -> datetime | None:
        """When the one of them that waits longest was last decided on; decoys wait for nobody."""
        differs = (status_entry.c.list_id == list_id) & text("flags != anchored")
        same = (status_act.c.list_id == status_entry.c.list_id) & (status_act.c.idx == status_entry.c.idx)
        # For each open entry, of which there are few: acts of the past are many.
        last = select(func.max(status_act.c.at)).where(same).correlate(status_entry).scalar_subquery()
        found: datetime | None = self._connection.scalar(select(func.min(last)).where(differs))
        return found

    def adopt(self, list_id: str, version: int, entries: Sequence[Entry]) -> None:
        """The chain stands at this version, and these entries are as given; nothing is under way."""
        self._connection.execute(
            update(status_list).where(status_list.c.id == list_id).values(anchored_version=version)
        )
        under_way = (status_batch.c.list_id == list_id) & (status_batch.c.state != BatchState.FINAL)
        versions = select(status_batch.c.version).where(under_way)
        covered = (issuance_leaf.c.list_id == list_id) & issuance_leaf.c.version.in_(versions)
        self._connection.execute(update(issuance_leaf).where(covered).values(version=0))
        self._connection.execute(delete(status_batch).where(under_way))
        self._connection.execute(
            update(status_entry)
            .where((status_entry.c.list_id == list_id) & _FLAGGED)
            .values(written=status_entry.c.anchored, version=0)
        )
        for entry in entries:
            flags = {"flags": entry.flags, "anchored": entry.anchored, "written": entry.anchored}
            statement = upsert(status_entry).values(list_id=list_id, idx=entry.index, **flags)
            self._connection.execute(
                statement.on_conflict_do_update(index_elements=["list_id", "idx"], set_=flags)
            )
        # Indexes that were given out after the backup was taken are known again.
        here = status_entry.c.list_id == list_id
        known = select(func.count()).select_from(status_entry).where(here).scalar_subquery()
        self._connection.execute(update(status_list).where(status_list.c.id == list_id).values(given=known))

    def _entries(self, where: ColumnElement[bool]) -> tuple[Entry, ...]:
        query = select(status_entry).where(where).order_by(status_entry.c.idx)
        return tuple(
            Entry(row.list_id, row.idx, row.flags, row.anchored) for row in self._connection.execute(query)
        )

    def _sendings(self, query: Select[Any]) -> tuple[Sending, ...]:
        rows = self._connection.execute(query.order_by(literal_column("status_transaction.rowid").desc()))
        return tuple(
            Sending(**dict(row) | {"tip": int(row["tip"]), "max_fee": int(row["max_fee"])})
            for row in rows.mappings()
        )


# The texts of the partial indexes, word for word: only then SQLite uses them.
_FLAGGED: Final = text("(flags != 0 OR anchored != 0)")


def _batch(row: Row[Any]) -> Batch:
    changes = json.loads(row.changes)
    return Batch(
        list_id=row.list_id,
        version=row.version,
        set=tuple(changes["set"]),
        cleared=tuple(changes["cleared"]),
        digest=row.digest,
        state=BatchState(row.state),
        root=row.root,
        transaction=row.transaction_id,
        block=row.block,
    )


def _one_more(list_id: str) -> Update:
    return update(status_list).where(status_list.c.id == list_id).values(given=status_list.c.given + 1)


def _version(list_id: str, version: int) -> ColumnElement[bool]:
    return (status_batch.c.list_id == list_id) & (status_batch.c.version == version)


def _at(list_id: str, index: int | BindParameter[int]) -> ColumnElement[bool]:
    return (status_entry.c.list_id == list_id) & (status_entry.c.idx == index)
