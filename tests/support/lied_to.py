"""A real chain behind a node that may lie, and followers of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import clock
from clicid.adapters.fetch import Fetcher
from clicid.adapters.follower import Follower
from clicid.adapters.jsonrpc import JsonRpc
from clicid.adapters.ledger_store import LedgerStore
from clicid.adapters.materials import LedgerMaterials
from clicid.errors import ClicidError
from clicid.formats.base import Material, Need, NeedKind, Unavailable
from clicid.ledger.facts import Accreditation, StatusSnapshot
from clicid.ledger.ground import Demands
from clicid.status.delta import RULES, plan
from clicid.status.rows import StatusList, list_id
from tests.support.real_chain import TYPE, URL, Network

if TYPE_CHECKING:
    from pathlib import Path

    from clicid.adapters.follower import Progress
    from tests.support.lying_node import Fault, LyingNode


STRICT = Demands(proofs=True, witness=False)
WITNESSED = Demands(proofs=True, witness=True)
LAX = Demands(proofs=False, witness=False)
CONFIRMATIONS = 2


@dataclass
class Side:
    """A chain, written to honestly, and a proxy in front of it that may lie."""

    network: Network
    liar: LyingNode
    held: StatusList
    version: int = 0

    def revoke(self, bit: int) -> int:
        """Set a bit of the issuer's list; the block's number."""
        writer, identity = self.network.writer, list_id(self.network.address("owner"), URL)
        self.held.change([bit], [])
        self.version += 1
        (delta,) = plan([bit], [])
        digest = self.held.digest(identity, self.version)
        by = self.network.key("owner")
        return writer.wait(
            writer.send_commit(identity, self.version, (delta.set, delta.cleared), digest, by=by)
        ).block

    @property
    def height(self) -> int:
        return self.network.node.database.head() or 0

    def mine(self, blocks: int = CONFIRMATIONS) -> None:
        for _ in range(blocks):
            self.network.node.mine()


@dataclass
class Follow:
    """A follower of some nodes, its store in memory unless a path is given."""

    side: Side
    demands: Demands
    urls: list[str]
    witness: str | None = None
    path: Path | None = None
    fetcher: Fetcher = field(default_factory=lambda: Fetcher(allow_loopback_http=True))

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.store = LedgerStore(self.path, self.side.network.file, RULES)
        first, *others = [JsonRpc(url, self.fetcher) for url in self.urls]
        self.follower = Follower(
            self.store,
            first,
            self.side.network.file,
            confirmations=CONFIRMATIONS,
            others=others,
            witness=JsonRpc(self.witness, self.fetcher) if self.witness else None,
            demands=self.demands,
        )
        self.materials = LedgerMaterials(self.follower)

    def close(self) -> None:
        self.store.close()
        self.fetcher.close()

    def asks_witness(self, url: str) -> None:
        """From now on another witness."""
        self.follower._vouching._witness = JsonRpc(url, self.fetcher)

    def sync(self, later: int = 0) -> Progress:
        return self.follower.sync(clock.now() + timedelta(seconds=later))

    def fails(self, code: str, later: int = 0) -> None:
        with pytest.raises(ClicidError) as caught:
            self.sync(later)
        assert caught.value.code == code, caught.value

    def get(self, kind: NeedKind, uri: str, subject: str = "") -> Material | Unavailable:
        return self.materials.get(Need(kind, uri, subject), clock.now())

    def status(self) -> Material:
        found = self.get(NeedKind.STATUS, URL, self.side.network.did("owner"))
        assert isinstance(found, Material)
        return found

    def bit(self, bit: int) -> int:
        snapshot = StatusSnapshot.from_bytes(self.status().body)
        assert snapshot is not None
        return snapshot[bit // 2] >> bit % 2 & 1

    def accredited(self, role: str) -> bool:
        found = self.get(NeedKind.ACCREDITATION, TYPE, self.side.network.did(role))
        assert isinstance(found, Material)
        return Accreditation.from_bytes(found.body) is not None

    @property
    def troubles(self) -> list[str]:
        return [endpoint.trouble for endpoint in self.follower.endpoints]


def hiding(block: int) -> Fault:
    """Leaves out what a list's owner committed from a block on."""

    def fault(method: str, _params: list[Any], result: Any) -> Any:
        if method != "eth_getLogs":
            return result
        return [log for log in result if int(log["blockNumber"], 16) < block]

    return fault


def of(wanted: str, change: Any) -> Fault:
    """Changes the answers of one method."""
    return lambda method, _params, result: change(result) if method == wanted else result
