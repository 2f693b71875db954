"""The issuer's writing against the real contracts on the embedded chain."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import pytest

from clicid.adapters.chain_transactions import address_of
from clicid.adapters.chain_writer import ChainWriter
from clicid.errors import LocalError, Refused, Undecided
from clicid.keys.algorithms import SECP256K1
from clicid.ledger.facts import StatusSnapshot
from clicid.status import delta
from clicid.status.rows import StatusList, list_id
from issuer.chain import ChainSettings, StatusRegistry
from issuer.usecases.adopting import adopt
from issuer.usecases.anchoring import Anchoring
from issuer.usecases.funds import Funds
from issuer.usecases.pace import Pace
from issuer.usecases.records import Entry
from issuer.usecases.status_chain import Commit, Fees, Market, NonceTakenError
from sandbox.chain.node import ChainNode
from sandbox.chain.server import RpcServer
from tests.support import issuer_world
from tests.support.deployed import deploy_statuses
from tests.support.memory_keystore import MemoryKeyStore
from tests.unit.issuer.test_revocation import issued_still

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from clicid.adapters.chain_transactions import Signer
    from clicid.errors import ClicidError
    from issuer.usecases.status_chain import Found
    from tests.support.issuer_world import World

T = TypeVar("T")

URL = "http://127.0.0.1:8401/status/a"
SIZE = 131_072
STORE = MemoryKeyStore(b"issuer chain")


def key(role: str) -> Signer:
    return STORE, STORE.find(role) or STORE.generate(SECP256K1, role)


def address(role: str) -> bytes:
    store, ref = key(role)
    return address_of(store.public(ref))


@pytest.fixture(scope="module")
def deployed() -> Iterator[tuple[str, dict[str, bytes], int]]:
    with ChainNode(None, interval=0, delay=0.005) as node, RpcServer(node) as server:
        node.fund([address("payer")])
        writer = ChainWriter(server.url, payer=key("payer"))
        deploy_statuses(writer)
        writer.close()
        yield server.url, writer.contracts.addresses, node.chain_id


@pytest.fixture
def settings(deployed: tuple[str, dict[str, bytes], int], request: pytest.FixtureRequest) -> ChainSettings:
    """Keys of the test's own for owner and committer; one payer."""
    url, addresses, chain_id = deployed
    owner = f"owner of {request.node.name}"
    return ChainSettings(
        rpc_url=url,
        chain_id=chain_id,
        addresses=addresses,
        identity=address(owner),
        payer=key("payer"),
        committer=key(f"committer of {request.node.name}"),
        owner=key(owner),
        seconds=20,
    )


@pytest.fixture
def registry(settings: ChainSettings) -> Iterator[StatusRegistry]:
    made = StatusRegistry(settings)
    yield made
    made.close()


def test_a_list_is_opened_once(registry: StatusRegistry, settings: ChainSettings) -> None:
    id_ = list_id(settings.identity, URL)
    assert registry.version(id_) is None
    assert registry.open_list(URL, SIZE)
    assert not registry.open_list(URL, SIZE)
    assert registry.version(id_) == 0


def commit(
    registry: StatusRegistry, list_id_: bytes, version: int, change: delta.Delta, digest: bytes
) -> Found:
    """Have one version committed, without any store."""
    market = registry.market()
    wanted = Commit(list_id_, version, change, digest, bytes(32))
    hash_, raw = registry.sign(wanted, market.next_nonce, Fees(market.tip, 2 * market.base_fee + market.tip))
    assert registry.find(hash_) is None
    registry.send(hash_, raw)
    registry.send(hash_, raw)
    return eventually(lambda: registry.find(hash_))


def eventually(look: Callable[[], T | None]) -> T:
    """Look until there is something, half a minute at most."""
    for _ in range(1500):
        if found := look():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not get there")


def test_the_committer_sets_and_the_owner_clears(registry: StatusRegistry, settings: ChainSettings) -> None:
    registry.open_list(URL, SIZE)
    id_, held = list_id(settings.identity, URL), StatusList(2, SIZE)
    for version, change in enumerate((delta.plan([7, 9], [])[0], delta.plan([], [9])[0]), 1):
        delta.apply(held, change)
        assert commit(registry, id_, version, change, held.digest(id_, version)).done
        assert registry.version(id_) == version


def test_a_version_goes_once(registry: StatusRegistry, settings: ChainSettings) -> None:
    registry.open_list(URL, SIZE)
    id_, change = list_id(settings.identity, URL), delta.plan([3], [])[0]
    commit(registry, id_, 1, change, bytes(32))
    with pytest.raises(Refused, match=r"chain\.reverted.*version_gap"):
        commit(registry, id_, 1, change, bytes(32))


def test_a_nonce_that_is_taken_is_told(registry: StatusRegistry, settings: ChainSettings) -> None:
    registry.open_list(URL, SIZE)
    id_, market = list_id(settings.identity, URL), registry.market()
    wanted = Commit(id_, 1, delta.plan([3], [])[0], bytes(32), bytes(32))
    hash_, raw = registry.sign(wanted, market.mined - 1, Fees(market.tip, 2 * market.base_fee + market.tip))
    with pytest.raises(NonceTakenError):
        registry.send(hash_, raw)


def test_without_the_owners_key_nothing_is_cleared(settings: ChainSettings) -> None:
    registry = StatusRegistry(replace(settings, owner=None))
    wanted = Commit(bytes(32), 1, delta.plan([], [3])[0], bytes(32), bytes(32))
    with pytest.raises(LocalError, match=r"publication\.owner_key"):
        registry.sign(wanted, 0, Fees(1, 1))
    with pytest.raises(LocalError, match=r"publication\.owner_key"):
        registry.open_list(URL, SIZE)
    registry.close()


def test_an_unreachable_node_is_undecided(settings: ChainSettings) -> None:
    registry = StatusRegistry(replace(settings, rpc_url="http://127.0.0.1:9"))
    with pytest.raises(Undecided, match=r"chain\.unreachable"):
        registry.version(bytes(32))
    registry.close()


def all_stands(world: World, worker: Anchoring) -> bool:
    """Do a round, and see whether nothing is open any more."""
    worker.run_once()
    with world.ground.env.store.reading() as tx:
        return all(not tx.statuses.open_entries(row.id) for row in tx.statuses.lists())


def anchoring(world: World, registry: StatusRegistry, identity: bytes, troubles: list[str]) -> Anchoring:
    """The worker of a world, with another chain than the world's own."""

    def tell(_: str, error: ClicidError) -> None:
        troubles.append(error.code)

    funds = Funds(registry, max_fee=10**11, refuse_below=1, alarm_below=1, tell=tell)
    pace = Pace(2, timedelta(minutes=2), 10**11, timedelta(hours=1))
    return Anchoring(world.ground.env, registry, identity, pace, funds=funds, trouble=tell)


def test_status_changes_reach_the_contract(
    registry: StatusRegistry, settings: ChainSettings, tmp_path: Path
) -> None:
    with issuer_world.running(tmp_path, background=False) as world:
        _, copies = issued_still(world, 20)
        troubles: list[str] = []
        worker = anchoring(world, registry, settings.identity, troubles)
        assert worker.run_once() == 0
        assert troubles == ["publication.diverged"] * 2
        with world.ground.env.store.writing() as tx:
            urls = {row.id: row.url for row in tx.statuses.lists()}
            for copy in copies:
                tx.statuses.set_flags(copy.list_id, copy.index, 2)
        for url in urls.values():
            registry.open_list(url, SIZE)
        eventually(lambda: all_stands(world, worker))
        with world.ground.env.store.writing() as tx:
            tx.statuses.set_flags(copies[0].list_id, copies[0].index, 0)
        eventually(lambda: all_stands(world, worker))
        assert registry.version(list_id(settings.identity, urls[copies[0].list_id])) == 2
        with world.ground.env.store.reading() as tx:
            assert all(not tx.statuses.open_entries(id_) for id_ in urls)


class CheapAtFirst(StatusRegistry):
    """Says that gas costs an eighth of what it does, until told otherwise."""

    cheap = True

    def market(self) -> Market:
        seen = super().market()
        return replace(seen, base_fee=seen.base_fee // 8, tip=1) if self.cheap else seen


def test_what_the_pool_keeps_for_its_price_is_replaced_by_the_pools_rules(
    settings: ChainSettings, tmp_path: Path
) -> None:
    registry = CheapAtFirst(settings)
    with issuer_world.running(tmp_path, background=False) as world, closing(registry):
        _, (copy,) = issued_still(world, 1)
        with world.ground.env.store.writing() as tx:
            tx.statuses.set_flags(copy.list_id, copy.index, 1)
            urls = [row.url for row in tx.statuses.lists()]
        for url in urls:
            registry.open_list(url, SIZE)
        troubles: list[str] = []
        worker, before = anchoring(world, registry, settings.identity, troubles), registry.market().mined
        worker.run_once()
        with world.ground.env.store.reading() as tx:
            (first,) = tx.statuses.waiting()
        assert registry.find(first.hash) is None
        registry.cheap = False
        world.clock.forward(seconds=121)
        worker.run_once()
        eventually(lambda: all_stands(world, worker))
        with world.ground.env.store.reading() as tx:
            kept = tx.statuses.sendings(first.list_id, first.version)
        assert [one.nonce for one in kept] == [first.nonce] * 2
        assert registry.find(first.hash) is None
        assert registry.market().mined == before + 1
        assert troubles == []


def test_a_database_older_than_the_chain_sends_nothing(
    registry: StatusRegistry, settings: ChainSettings, tmp_path: Path
) -> None:
    with issuer_world.running(tmp_path, background=False) as world:
        _, copies = issued_still(world, 1)
        with world.ground.env.store.writing() as tx:
            urls = {row.id: row.url for row in tx.statuses.lists()}
            tx.statuses.set_flags(copies[0].list_id, copies[0].index, 1)
        for url in urls.values():
            registry.open_list(url, SIZE)
        id_ = list_id(settings.identity, urls[copies[0].list_id])
        commit(registry, id_, 1, delta.plan([3], [])[0], bytes(32))
        troubles: list[str] = []
        worker = anchoring(world, registry, settings.identity, troubles)
        assert worker.run_once() == 0
        assert troubles == ["publication.diverged"]
        assert registry.version(id_) == 1
        standing = StatusList(2, SIZE)
        standing.change([3], [])
        snapshot = StatusSnapshot(id_, 1, 2, SIZE, bytes(standing.entries))
        with world.ground.env.store.reading() as tx:
            (row,) = (one for one in tx.statuses.lists() if one.id == copies[0].list_id)
        assert adopt(world.ground.env, row, snapshot, by="test") == 1
        assert adopt(world.ground.env, row, snapshot, by="test") == 0
        with world.ground.env.store.reading() as tx:
            assert tx.statuses.entry(row.id, 1) == Entry(row.id, 1, 2, 2)
            assert sum(one.given for one in tx.statuses.lists()) == 2
        eventually(lambda: all_stands(world, worker))
        assert registry.version(id_) == 2
        with pytest.raises(LocalError, match=r"publication\.diverged"):
            adopt(world.ground.env, row, replace(snapshot, trouble="status.digest_mismatch"), by="test")
