"""Where every status list stands, for those who run the issuer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from issuer.usecases.ports import Store
    from issuer.usecases.records import Batch


@dataclass(frozen=True, slots=True)
class Version:
    """A version that is written down and not final. The block is 0 until it is in one."""

    version: int
    state: str
    changes: int
    transaction: str
    block: int


@dataclass(frozen=True, slots=True)
class ListOverview:
    """One list.

    Args:
        url: Its URL.
        size: Its entries.
        given: How many of them are given out or used up.
        anchored_version: The last version that was seen on chain.
        open: Entries that differ from what stands there.
        under_way: Versions that are not final, in order.
    """

    url: str
    size: int
    given: int
    anchored_version: int
    open: int
    under_way: tuple[Version, ...]


def overview(store: Store) -> tuple[ListOverview, ...]:
    """All lists, in the order of their URLs."""
    with store.reading() as tx:
        return tuple(
            ListOverview(
                url=row.url,
                size=row.size,
                given=row.given,
                anchored_version=row.anchored_version,
                open=tx.statuses.requested(row.id),
                under_way=tuple(_version(batch) for batch in tx.statuses.under_way(row.id)),
            )
            for row in tx.statuses.lists()
        )


def _version(batch: Batch) -> Version:
    changes = len(batch.set) + len(batch.cleared)
    return Version(batch.version, batch.state, changes, batch.transaction, batch.block)
