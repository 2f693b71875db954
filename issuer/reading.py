"""The chain as it stands now, read for one command of the issuer's and then let go of."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from clicid.adapters import clock
from clicid.adapters.fetch import Fetcher
from clicid.adapters.known_chain import ChainSettings, open_chain
from clicid.ledger.ground import Demands
from issuer.ground import NETWORK_IN_USE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clicid.adapters.known_chain import KnownChain
    from issuer.ground import Ground


@contextmanager
def own_chain(ground: Ground) -> Iterator[KnownChain]:
    """Everything up to the last block, good news included.

    Raises:
        Undecided: ``chain.*`` while the node does not answer.
        Refused: ``network.*``.
    """
    config, now = ground.config, clock.now()
    fetcher = Fetcher(allow_loopback_http=True, allow_private=True)
    try:
        with tempfile.TemporaryDirectory(dir=config.data_dir) as folder:
            settings = ChainSettings(
                network_file=config.network.file,
                network_digest=config.network.digest,
                rpc=config.network.rpc,
                witness=None,
                demands=Demands(proofs=False, witness=False),  # the node is the issuer's own
                in_use=config.data_dir / NETWORK_IN_USE,
                store=Path(folder) / "chain.db",
                confirmations=0,
                sandbox=config.sandbox,
            )
            chain = open_chain(settings, fetcher, now)
            try:
                chain.follower.sync(now)
                yield chain
            finally:
                chain.close()
    finally:
        fetcher.close()
