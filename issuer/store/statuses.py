"""Status lists, their entries, and versions on their way to the chain."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from issuer.store.tables import status_act, status_batch, status_entry, status_list
from issuer.usecases.records import Batch, BatchState, Entry, ListRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection


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

    def given(self, list_id: str) -> int:
        """How many indexes were given out."""
        query = select(func.count()).select_from(status_entry).where(status_entry.c.list_id == list_id)
        return self._connection.scalar(query) or 0

    def entry(self, list_id: str, index: int) -> Entry | None:
        """One entry."""
        return next(iter(self._entries(_at(list_id, index))), None)

    def entries(self, list_id: str) -> tuple[Entry, ...]:
        """The entries with any flag, here or on chain."""
        flagged = or_(status_entry.c.flags != 0, status_entry.c.anchored != 0)
        return self._entries((status_entry.c.list_id == list_id) & flagged)

    def open_entries(self, list_id: str) -> tuple[Entry, ...]:
        """The entries whose flags differ from what stands on chain."""
        differs = status_entry.c.flags != status_entry.c.anchored
        return self._entries((status_entry.c.list_id == list_id) & differs)

    def set_flags(self, list_id: str, index: int, flags: int) -> None:
        """Decide an entry's flags."""
        self._connection.execute(update(status_entry).where(_at(list_id, index)).values(flags=flags))

    def add_act(self, entry: Entry, act: str, reason: str, actor: str, at: datetime) -> None:
        """Record why; it stays here."""
        row = {"list_id": entry.list_id, "idx": entry.index, "act": act, "reason": reason}
        self._connection.execute(insert(status_act).values(row | {"actor": actor, "at": at}))

    def put_batch(self, batch: Batch, at: datetime) -> None:
        """Write down a version before it is sent, or how far it came."""
        row = {
            "changes": json.dumps({"set": batch.set, "cleared": batch.cleared}),
            "digest": batch.digest,
            "state": batch.state,
            "transaction_id": batch.transaction,
            "prepared_at": at,
        }
        statement = upsert(status_batch).values(list_id=batch.list_id, version=batch.version, **row)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["list_id", "version"], set_=row)
        )

    def pending(self, list_id: str) -> Batch | None:
        """The lowest version written down and not anchored."""
        mine = (status_batch.c.list_id == list_id) & (status_batch.c.state == BatchState.PREPARED)
        query = select(status_batch).where(mine).order_by(status_batch.c.version).limit(1)
        row = self._connection.execute(query).one_or_none()
        if row is None:
            return None
        changes = json.loads(row.changes)
        return Batch(
            list_id=list_id,
            version=row.version,
            set=tuple(changes["set"]),
            cleared=tuple(changes["cleared"]),
            digest=row.digest,
            state=BatchState(row.state),
            transaction=row.transaction_id,
        )

    def reopen(self, list_id: str, standing: int) -> None:
        """The chain stands at this version: later ones that stood there once must be sent again."""
        later = (status_batch.c.list_id == list_id) & (status_batch.c.version > standing)
        self._connection.execute(update(status_batch).where(later).values(state=BatchState.PREPARED))

    def anchored(self, batch: Batch, flags: Sequence[Entry]) -> None:
        """The version stands on chain: so do these flags."""
        mine = (status_batch.c.list_id == batch.list_id) & (status_batch.c.version == batch.version)
        self._connection.execute(
            update(status_batch)
            .where(mine)
            .values(state=BatchState.ANCHORED, transaction_id=batch.transaction)
        )
        self._connection.execute(
            update(status_list)
            .where(status_list.c.id == batch.list_id)
            .values(anchored_version=batch.version)
        )
        for entry in flags:
            self._connection.execute(
                update(status_entry).where(_at(entry.list_id, entry.index)).values(anchored=entry.anchored)
            )

    def adopt(self, list_id: str, version: int, entries: Sequence[Entry]) -> None:
        """The chain stands at this version, and these entries are as given; nothing is under way."""
        self._connection.execute(
            update(status_list).where(status_list.c.id == list_id).values(anchored_version=version)
        )
        under_way = (status_batch.c.list_id == list_id) & (status_batch.c.state == BatchState.PREPARED)
        self._connection.execute(delete(status_batch).where(under_way))
        for entry in entries:
            flags = {"flags": entry.flags, "anchored": entry.anchored}
            statement = upsert(status_entry).values(list_id=list_id, idx=entry.index, **flags)
            self._connection.execute(
                statement.on_conflict_do_update(index_elements=["list_id", "idx"], set_=flags)
            )

    def _entries(self, where: ColumnElement[bool]) -> tuple[Entry, ...]:
        query = select(status_entry).where(where).order_by(status_entry.c.idx)
        return tuple(
            Entry(row.list_id, row.idx, row.flags, row.anchored) for row in self._connection.execute(query)
        )


def _at(list_id: str, index: int) -> Any:
    return (status_entry.c.list_id == list_id) & (status_entry.c.idx == index)
