"""After an older database was restored: what the chain has of a list is written down again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.errors import LocalError
from issuer.usecases import auditing
from issuer.usecases.records import Entry

if TYPE_CHECKING:
    from clicid.ledger.facts import StatusSnapshot
    from issuer.usecases.environment import Environment
    from issuer.usecases.ports import Transaction
    from issuer.usecases.records import ListRow


def adopt(env: Environment, row: ListRow, standing: StatusSnapshot, *, by: str) -> int:
    """Take over how a list stands on chain; gives how many entries stood otherwise here.

    What the chain took away stays taken away. What it gave back is given back. Changes that were
    decided here and did not reach it are still open, and go to it next.

    Args:
        env: Store, time.
        row: The list.
        standing: The list at the head, good news counted at once.
        by: Who asks, for the audit table.

    Raises:
        LocalError: ``publication.diverged`` for a list that followers no longer trust.
    """
    if standing.trouble:
        raise LocalError("publication.diverged", row.url, standing.trouble)
    with env.store.writing() as tx:
        changed = [
            entry for entry in _merged(tx, row, standing) if tx.statuses.entry(row.id, entry.index) != entry
        ]
        tx.statuses.adopt(row.id, standing.version, changed)
        auditing.record(tx, env, actor=by, act="list.adopt", subject=row.url, detail=str(len(changed)))
    return len(changed)


def _merged(tx: Transaction, row: ListRow, standing: StatusSnapshot) -> list[Entry]:
    """Every entry that has a flag, here or there, as it is from now on."""
    here = {entry.index: entry for entry in tx.statuses.entries(row.id)}
    there = _flagged(standing)
    merged = []
    for index in sorted(here.keys() | there):
        value = standing[index]
        old = here.get(index) or tx.statuses.entry(row.id, index) or Entry(row.id, index, 0, 0)
        given_back = old.anchored & ~value
        merged.append(Entry(row.id, index, old.flags & ~given_back | value, value))
    return merged


def _flagged(standing: StatusSnapshot) -> set[int]:
    per_byte = 8 // standing.width
    places = (place for place, byte in enumerate(standing.entries) if byte)
    indexes = (place * per_byte + part for place in places for part in range(per_byte))
    return {index for index in indexes if index < standing.size and standing[index]}
