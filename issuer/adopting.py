"""Reading our own lists off the chain, for `clicid-issuer adopt-lists`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from clicid.adapters import clock
from clicid.adapters.fetch import Fetcher
from clicid.adapters.known_chain import ChainSettings, open_chain
from clicid.errors import LocalError, Undecided
from clicid.formats.base import Material, Need, NeedKind
from clicid.ledger.facts import StatusSnapshot
from issuer.ground import NETWORK_IN_USE
from issuer.usecases.adopting import adopt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clicid.adapters.known_chain import KnownChain
    from issuer.ground import Ground


def adopt_lists(ground: Ground, *, by: str) -> Iterator[tuple[str, int]]:
    """Take over every list from the chain; gives each URL with the number of entries that changed.

    Raises:
        Undecided: ``chain.*`` while the node does not answer.
        LocalError: ``publication.diverged``.
    """
    config, now = ground.config, clock.now()
    fetcher = Fetcher(allow_loopback_http=True, allow_private=True)
    with tempfile.TemporaryDirectory(dir=config.data_dir) as folder:
        settings = ChainSettings(
            network_file=config.network.file,
            network_digest=config.network.digest,
            rpc=config.network.rpc,
            in_use=config.data_dir / NETWORK_IN_USE,
            store=Path(folder) / "chain.db",
            confirmations=0,  # as the contract has it now, good news included
            sandbox=config.sandbox,
        )
        chain = open_chain(settings, fetcher, now)
        try:
            chain.follower.sync(now)
            with ground.env.store.reading() as tx:
                lists = tx.statuses.lists()
            for row in lists:
                yield row.url, adopt(ground.env, row, _standing(chain, row.url, config.did), by=by)
        finally:
            chain.close()
            fetcher.close()


def _standing(chain: KnownChain, url: str, did: str) -> StatusSnapshot:
    found = chain.materials.get(Need(NeedKind.STATUS, url, did), clock.now())
    if not isinstance(found, Material):
        raise Undecided("chain.unreachable", url, found.why)
    snapshot = StatusSnapshot.from_bytes(found.body)
    if snapshot is None:
        raise LocalError("publication.diverged", url, "no such list")
    return snapshot
