"""Status indexes, drawn at random so that an index says nothing about when or to whom.

A list is full when a sixteenth of it is left: a draw then takes sixteen tries in the mean, however
long the list is, and what is left can serve as decoys. The next list takes its place by itself; it
was opened on chain before, for that takes the owner's key, which is not here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.errors import LocalError, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from clicid.errors import ClicidError
    from issuer.usecases.ports import Random, Store, Transaction
    from issuer.usecases.records import ListRow

_LEFT: Final = 16
"""One of so many indexes is never given out."""


def left(row: ListRow) -> int:
    """How many indexes of a list can still be given out; none of one that was not seen on chain."""
    return max(row.size - row.size // _LEFT - row.given, 0) if row.anchored_version >= 0 else 0


def draw(tx: Transaction, random: Random, active: int) -> tuple[str, int]:
    """A list with room, and an index in it that was never given out.

    The transaction holds the write lock, so nobody draws the same; the database would refuse it too.

    Args:
        tx: A writing transaction.
        random: A source of random bytes.
        active: Over how many lists copies are spread; those that follow them are the reserve.

    Raises:
        Refused: ``store.full``.
    """
    rooms = [row for row in tx.statuses.lists() if left(row)][:active]
    if not rooms:
        raise Refused("store.full")
    row = rooms[_below(len(rooms), random)]
    return row.id, unused(tx, row, random)


def unused(tx: Transaction, row: ListRow, random: Random) -> int:
    """An index of a list that nobody has; there must be one."""
    while tx.statuses.entry(row.id, index := _below(row.size, random)) is not None:
        pass
    return index


class Stock:
    """Says so when few indexes are left.

    Args:
        store: The database.
        alarm_below: With fewer over all lists there is an alarm.
        tell: Told of it.
    """

    def __init__(self, store: Store, alarm_below: int, tell: Callable[[str, ClicidError], None]) -> None:
        self._store = store
        self._alarm_below = alarm_below
        self._tell = tell

    def check(self) -> int:
        """Count; gives how many are left."""
        with self._store.reading() as tx:
            found = sum(left(row) for row in tx.statuses.lists())
        if found < self._alarm_below:
            self._tell("", LocalError("store.low", "", f"{found} left"))
        return found


def _below(limit: int, random: Random) -> int:
    # 64 bits more than the limit has: the remainder's bias cannot be measured.
    return int.from_bytes(random(16), "big") % limit
