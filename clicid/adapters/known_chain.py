"""What an application knows of the chain: its network file, a follower with its store, materials.

A verifier and a wallet start from the same four things: a network file, its digest given out of
band, JSON-RPC endpoints, and the kinds of network that may be trusted here.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clicid.adapters.follower import Follower
from clicid.adapters.jsonrpc import JsonRpc
from clicid.adapters.ledger_store import LedgerStore
from clicid.adapters.materials import LedgerMaterials
from clicid.errors import LocalError
from clicid.ledger.network import NetworkFile, NetworkKind, verify
from clicid.status.delta import RULES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from clicid.adapters.fetch import Fetcher

# Outside a sandbox an embedded chain is its own operator's word and no more.
_KINDS = {
    True: frozenset({NetworkKind.EMBEDDED}),
    False: frozenset({NetworkKind.TEST, NetworkKind.PRODUCTION}),
}


@dataclass(frozen=True, slots=True)
class ChainSettings:
    """Where the chain is, and what makes it the right one.

    Args:
        network_file: The signed network file.
        network_digest: Its digest in hex, from somewhere else than the file.
        rpc: JSON-RPC endpoints, the first that answers is used.
        store: Where what is known is kept: a file, or a ``postgresql://`` address.
        confirmations: Blocks after which good news counts.
        sandbox: Whether this is a sandbox, which accepts an embedded network and no other.
    """

    network_file: Path
    network_digest: str
    rpc: Sequence[str]
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


def load_network(path: Path, digest: str, *, sandbox: bool, now: datetime) -> NetworkFile:
    """A network file that may be trusted here.

    Raises:
        LocalError: `config.file` if it cannot be read.
        Refused: `network.digest`, `network.kind`, `network.signature`, `network.expired`, `codec.*`.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise LocalError("config.file", str(path), error.strerror or "") from error
    network = NetworkFile.parse(raw)
    if not hmac.compare_digest(network.digest().hex().encode(), digest.removeprefix("0x").encode()):
        raise LocalError("network.digest", str(path), f"it is {network.digest().hex()}")
    verify(network, kinds=_KINDS[sandbox], now=now)
    return network


def open_chain(settings: ChainSettings, fetcher: Fetcher, now: datetime) -> KnownChain:
    """Open what is known of a chain; nothing is fetched yet.

    Raises:
        LocalError: `config.file`, `network.digest`.
        Refused: As `load_network`; `ledger.store` for a store of another network.
    """
    network = load_network(settings.network_file, settings.network_digest, sandbox=settings.sandbox, now=now)
    store = LedgerStore(settings.store, network, RULES)
    rpc = JsonRpc(settings.rpc, fetcher)
    follower = Follower(store, rpc, network, confirmations=settings.confirmations)
    return KnownChain(network, follower, LedgerMaterials(follower), store)
