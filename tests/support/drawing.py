"""Draws indexes in a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from issuer.usecases.indexes import draw

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from tests.support.anchoring_worker import Place


def run(place: Place, count: int, out: Connection) -> None:
    """Draw and use up so many indexes, each in a transaction of its own; send them back."""
    env, database = place.environment()
    drawn = []
    for _ in range(count):
        with env.store.writing() as tx:
            found = draw(tx, env.random, 2)
            tx.statuses.use_up(*found, 0)
        drawn.append(found)
    out.send(drawn)
    database.close()
