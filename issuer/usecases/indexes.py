"""Status indexes, drawn at random so that an index says nothing about when or to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.errors import Refused

if TYPE_CHECKING:
    from issuer.usecases.ports import Random, Transaction


def draw(tx: Transaction, random: Random) -> tuple[str, int]:
    """A list with room, and an index in it that was never given out.

    The transaction holds the write lock, so nobody draws the same; the database would refuse it too.

    Raises:
        Refused: ``store.full``.
    """
    rooms = [row for row in tx.statuses.lists() if tx.statuses.given(row.id) < row.size]
    if not rooms:
        raise Refused("store.full")
    row = rooms[_below(len(rooms), random)]
    while tx.statuses.entry(row.id, index := _below(row.size, random)) is not None:
        pass  # the fuller the list, the more draws; lists are opened long before they fill
    return row.id, index


def _below(limit: int, random: Random) -> int:
    # 64 bits more than the limit has: the remainder's bias cannot be measured.
    return int.from_bytes(random(16), "big") % limit
