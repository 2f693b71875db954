"""Status indexes, drawn at random so that an index says nothing about when or to whom.

A list is full when a sixteenth of it is left: a draw then takes sixteen tries in the mean, however
long the list is, and what is left can serve as decoys. The next list takes its place by itself. It
was opened on chain before, for that takes the owner's key, which is not here; an issuer that has it
opens the next one when few indexes are left.
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
    """Opens the next list when few indexes are left, or says that somebody has to.

    Args:
        store: The database.
        alarm_below: With fewer over all lists the next one is opened, or there is an alarm.
        tell: Told of it.
        open_list: Opens a list, by URL and size, with the owner's key; None where that key is elsewhere.
    """

    def __init__(
        self,
        store: Store,
        alarm_below: int,
        tell: Callable[[str, ClicidError], None],
        open_list: Callable[[str, int], bool] | None,
    ) -> None:
        self._store = store
        self._alarm_below = alarm_below
        self._tell = tell
        self._open_list = open_list

    def check(self) -> int:
        """Count; gives how many are left.

        Raises:
            Undecided: ``chain.*`` if the next list could not be opened; the next check tries again.
        """
        with self._store.reading() as tx:
            lists = tx.statuses.lists()
        found = sum(left(row) for row in lists)
        unopened = [row for row in lists if row.anchored_version < 0]
        if found < self._alarm_below and unopened and self._open_list is not None:
            self._open_list(unopened[0].url, unopened[0].size)
        elif found < self._alarm_below:
            self._tell("", LocalError("store.low", "", f"{found} left"))
        return found


def _below(limit: int, random: Random) -> int:
    # 64 bits more than the limit has: the remainder's bias cannot be measured.
    return int.from_bytes(random(16), "big") % limit
