"""Reading our own lists off the chain, for `clicid-issuer adopt-lists`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.adapters import clock
from clicid.errors import LocalError, Undecided
from clicid.formats.base import Material, Need, NeedKind
from clicid.ledger.facts import StatusSnapshot
from issuer.reading import own_chain
from issuer.usecases.adopting import adopt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clicid.adapters.known_chain import KnownChain
    from issuer.ground import Ground


def adopt_lists(ground: Ground, *, by: str) -> Iterator[tuple[str, int]]:
    """Take over every list from the chain; gives each URL with the number of entries that changed.

    Raises:
        Undecided: ``chain.*`` while the node does not answer.
        LocalError: ``publication.diverged``; ``publication.busy`` while a process sends changes.
    """
    with ground.env.store.anchoring() as mine:
        if not mine:
            raise LocalError("publication.busy")
        with own_chain(ground) as chain:
            with ground.env.store.reading() as tx:
                lists = tx.statuses.lists()
            for row in lists:
                yield row.url, adopt(ground.env, row, _standing(chain, row.url, ground.config.did), by=by)


def _standing(chain: KnownChain, url: str, did: str) -> StatusSnapshot:
    found = chain.materials.get(Need(NeedKind.STATUS, url, did), clock.now())
    if not isinstance(found, Material):
        raise Undecided("chain.unreachable", url, found.why)
    snapshot = StatusSnapshot.from_bytes(found.body)
    if snapshot is None:
        raise LocalError("publication.diverged", url, "no such list")
    return snapshot
