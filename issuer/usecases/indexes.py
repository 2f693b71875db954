"""Status indexes, drawn at random so that an index says nothing about when or to whom.

A list is full when a sixteenth of it is left: a draw then takes sixteen tries in the mean, however
long the list is, and what is left can serve as decoys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.errors import Refused

if TYPE_CHECKING:
    from issuer.usecases.ports import Random, Transaction
    from issuer.usecases.records import ListRow


_LEFT: Final = 16
"""One of so many indexes is never given out."""


def is_full(row: ListRow) -> bool:
    """Whether no more indexes of the list are given out."""
    return row.given >= row.size - row.size // _LEFT


def draw(tx: Transaction, random: Random) -> tuple[str, int]:
    """A list with room, and an index in it that was never given out.

    The transaction holds the write lock, so nobody draws the same; the database would refuse it too.

    Raises:
        Refused: ``store.full``.
    """
    rooms = [row for row in tx.statuses.lists() if not is_full(row)]
    if not rooms:
        raise Refused("store.full")
    row = rooms[_below(len(rooms), random)]
    while tx.statuses.entry(row.id, index := _below(row.size, random)) is not None:
        pass
    return row.id, index


def _below(limit: int, random: Random) -> int:
    # 64 bits more than the limit has: the remainder's bias cannot be measured.
    return int.from_bytes(random(16), "big") % limit
