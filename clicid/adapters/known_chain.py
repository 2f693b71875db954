"""What an application knows of the chain: its network file, a follower with its store, materials.

A verifier and a wallet start from the same four things: a network file, its digest given out of
band, JSON-RPC endpoints, and the kinds of network that may be trusted here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clicid.adapters import network_files
from clicid.adapters.follower import Follower
from clicid.adapters.jsonrpc import JsonRpc
from clicid.adapters.ledger_store import LedgerStore
from clicid.adapters.materials import LedgerMaterials
from clicid.errors import LocalError
from clicid.ledger.network import NetworkFile, NetworkKind
from clicid.status.delta import RULES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from clicid.adapters.fetch import Fetcher
    from clicid.ledger.ground import Demands

# Outside a sandbox an embedded chain is its own operator's word and no more.
_KINDS = {
    True: frozenset({NetworkKind.EMBEDDED}),
    False: frozenset({NetworkKind.TEST, NetworkKind.PRODUCTION}),
}


@dataclass(frozen=True, slots=True)
class ChainSettings:
    """Where the chain is, and what makes it the right one.

    Args:
        network_file: The signed network file, or a folder with its versions.
        network_digest: Its digest in hex, from somewhere else than the file.
        rpc: JSON-RPC endpoints, the preferred one first.
        witness: A JSON-RPC endpoint of somebody else's, which has to have the same blocks; None without one.
        demands: What must vouch for the chain before what gives trust counts.
        in_use: The file that remembers which network file was in use.
        store: Where what is known is kept: a file, or a ``postgresql://`` address.
        confirmations: Blocks after which good news counts.
        sandbox: Whether this is a sandbox, which accepts an embedded network and no other.
    """

    network_file: Path
    network_digest: str
    rpc: Sequence[str]
    witness: str | None
    demands: Demands
    in_use: Path
    store: Path | str
    confirmations: int
    sandbox: bool


@dataclass(frozen=True, slots=True)
class KnownChain:
    """An opened chain. `follower.sync` brings it up to date, `materials` answers from it."""

    network: NetworkFile
    follower: Follower
    materials: LedgerMaterials
    store: LedgerStore

    def close(self) -> None:
        """Close the store."""
        self.store.close()


def load_network(
    place: Path, digest: str, *, sandbox: bool, now: datetime, in_use: NetworkFile | None = None
) -> NetworkFile:
    """The network file that may be trusted here (`network_files.choose`).

    Raises:
        LocalError: `config.file`, `network.digest`.
        Refused: `network.*`, `codec.*`.
    """
    return network_files.choose(place, digest, in_use=in_use, kinds=_KINDS[sandbox], now=now)


def open_chain(settings: ChainSettings, fetcher: Fetcher, now: datetime) -> KnownChain:
    """Open what is known of a chain; nothing is fetched yet.

    Raises:
        LocalError: `config.file`, `network.digest`; `chain.unreachable` without any endpoint.
        Refused: As `load_network`; `ledger.store` for a store of another network.
    """
    if not settings.rpc:
        raise LocalError("chain.unreachable", "", "no endpoint is configured")
    before = network_files.remembered(settings.in_use)
    network = load_network(
        settings.network_file, settings.network_digest, sandbox=settings.sandbox, now=now, in_use=before
    )
    store = LedgerStore(settings.store, network, RULES, before=before)
    if network != before:
        # Last, so that a store which still is the former network's is found to be so at the next start.
        network_files.remember(settings.in_use, network)
    first, *others = (JsonRpc(url, fetcher) for url in settings.rpc)
    follower = Follower(
        store,
        first,
        network,
        confirmations=settings.confirmations,
        others=others,
        witness=None if settings.witness is None else JsonRpc(settings.witness, fetcher),
        demands=settings.demands,
    )
    return KnownChain(network, follower, LedgerMaterials(follower), store)
