"""One chain with an accredited issuer, in two copies; the first stands behind a liar."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters.chain_contracts import DID_REGISTRY, STATUS_REGISTRY
from clicid.status.rows import StatusList
from sandbox.chain.node import ChainNode
from sandbox.chain.server import RpcServer
from tests.support.lied_to import CONFIRMATIONS, STRICT, Follow, Side
from tests.support.lying_node import LyingNode, honest
from tests.support.real_chain import NAME, TYPE_ID, UNTIL, URL, Network

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clicid.ledger.ground import Demands


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Side, Side]]:
    """One chain up to an accredited issuer with a list, then two of the same history."""
    folder = tmp_path_factory.mktemp("sides")
    first = folder / "first"
    with ChainNode(first, interval=0, delay=0.005) as node, RpcServer(node) as server:
        made = Network(node, server.url, folder)
        owner = made.address("owner")
        made.govern("accredit", owner, TYPE_ID, b"\5" * 32, 0, UNTIL, True, "https://a.example", bytes(32))
        made.own(DID_REGISTRY, "setAttribute", owner, NAME, b"\1" * 32, 10**9)
        made.own(STATUS_REGISTRY, "createList", owner, URL, 2, 1_000, "revocation suspension")
        for _ in range(CONFIRMATIONS):
            node.mine()
        made.close()
    shutil.copytree(first, folder / "second")
    with ExitStack() as stack:
        found = []
        for name in ("first", "second"):
            node = stack.enter_context(ChainNode(folder / name, interval=0, delay=0.005))
            server = stack.enter_context(RpcServer(node))
            network = made.again(node, server.url)
            stack.callback(network.close)
            found.append(Side(network, stack.enter_context(LyingNode(node)), StatusList(2, 1_000)))
        yield found[0], found[1]


@pytest.fixture
def side(sides: tuple[Side, Side]) -> Iterator[Side]:
    yield sides[0]
    sides[0].liar.fault = honest


@pytest.fixture
def followed(side: Side) -> Iterator[Any]:
    """Makes followers of the first chain: by default of the liar alone."""
    made = []

    def follow(demands: Demands = STRICT, urls: list[str] | None = None, **more: Any) -> Follow:
        made.append(Follow(side, demands, urls or [side.liar.url], **more))
        return made[-1]

    yield follow
    for one in made:
        one.close()
