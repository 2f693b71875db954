"""What goes into the versions of a status list: written down whole before any of it is sent.

A version keeps its changes and digest for ever. The chain takes each version once, so whatever
happens on the way there (`issuer.usecases.anchoring`), no change is lost and none counts twice. Bad
news goes first, in versions of its own that the committer signs; lifting takes the owner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.errors import LocalError
from clicid.status import delta, rows
from clicid.status.rows import StatusList
from clicid.trust.issuance import SIZE, IssuanceTree
from issuer.usecases.records import Batch, BatchState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta

    from issuer.usecases.ports import Transaction
    from issuer.usecases.records import ListRow

WIDTH: Final = 2
MAX_LEAVES: Final = 1 << 14
"""What one issuance root covers at most."""

_NOTHING: Final = delta.Delta(b"", b"")


def prepare(
    tx: Transaction, row: ListRow, identity: bytes, version: int, now: datetime, *, roots: timedelta
) -> Batch | None:
    """Write down the next version of a list; None if nothing is open.

    With it goes the issuance root over what was issued since the last one. What was issued waits for a
    version that goes out anyhow, but not for ever: then one goes out for the root alone.

    Args:
        tx: A writing transaction.
        row: The list.
        identity: The issuer's 20-byte identity.
        version: The one after that which stands on chain.
        now: The time.
        roots: How long what was issued may wait, by a clock that may have been ahead when it was.

    Raises:
        LocalError: ``publication.diverged`` if the chain has versions that are not written down here.
    """
    _see_that_all_is_written_down(tx, row, version - 1)
    open_entries = tx.statuses.open_entries(row.id)
    to_set = _positions((entry.index, entry.flags & ~entry.anchored) for entry in open_entries)
    to_clear = _positions((entry.index, entry.anchored & ~entry.flags) for entry in open_entries)
    planned = delta.plan(to_set, []) or delta.plan([], to_clear)
    leaves = tx.issuance.waiting_leaves(MAX_LEAVES)
    if not planned and not (leaves and abs(now - leaves[0][1]) >= roots):
        return None
    change = planned[0] if planned else _NOTHING
    added, removed = delta.read(change.set, change.cleared, row.size * WIDTH)
    held = anchored_list(tx, row)
    held.change(added, removed)
    batch = Batch(
        list_id=row.id,
        version=version,
        set=tuple(added),
        cleared=tuple(removed),
        digest=held.digest(rows.list_id(identity, row.url), version),
        state=BatchState.PREPARED,
        root=_rooted(tx, row.id, version, [digest for digest, _ in leaves]),
    )
    touched = dict.fromkeys(position // WIDTH for position in (*added, *removed))
    tx.statuses.put_batch(batch, [(index, held[index]) for index in touched], now)
    return batch


def _rooted(tx: Transaction, list_id: str, version: int, digests: Sequence[bytes]) -> bytes:
    """The root over these digests, whose proofs are kept; zero for none."""
    if not digests:
        return bytes(SIZE)
    tree = IssuanceTree(digests)
    proofs = {digest: tree.prove(digest).to_bytes() for digest in digests}
    tx.issuance.place_leaves(list_id, version, proofs)
    return tree.root


def encoded(batch: Batch) -> delta.Delta:
    """A version's changes as they stand on chain."""
    return next(iter(delta.plan(batch.set, batch.cleared)), _NOTHING)


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
    return _list(
        row, [(entry.index, entry.flags | entry.anchored) for entry in tx.statuses.shown_entries(row.id)]
    )


def _list(row: ListRow, flags: Sequence[tuple[int, int]]) -> StatusList:
    held = StatusList(WIDTH, row.size)
    held.change(_positions(flags), ())
    return held


def _positions(flags: Iterable[tuple[int, int]]) -> list[int]:
    return [index * WIDTH + bit for index, value in flags for bit in range(WIDTH) if value >> bit & 1]
