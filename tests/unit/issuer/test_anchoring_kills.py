"""kill -9 of the anchoring worker at random moments, two workers at a time, against a real node.

CLICID_PROVE_KILLS is the number of kills, CLICID_PROVE_REVOKED that of revocations at once; a few without.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from eth_abi.abi import decode
from sqlalchemy import insert

from clicid.adapters.chain_node import ChainNode as Client
from clicid.adapters.chain_writer import ChainWriter
from clicid.status import delta
from clicid.status.rows import StatusList, list_id
from issuer.store.database import Database
from issuer.store.tables import status_entry
from issuer.usecases.publication import anchored_list, published_list
from issuer.usecases.records import ListRow
from sandbox.chain.node import ChainNode
from sandbox.chain.server import RpcServer
from tests.support import anchoring_worker
from tests.support.anchoring_worker import DATABASE, Place, address, signer
from tests.support.deployed import deploy_statuses

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.context import ForkServerContext, ForkServerProcess
    from pathlib import Path

    from issuer.usecases.environment import Environment

KILLS = int(os.environ.get("CLICID_PROVE_KILLS", "4"))
EACH = 5
REVOKED = int(os.environ.get("CLICID_PROVE_REVOKED", "2000"))
SIZE = 131_072
URLS = ("https://issuer.example/status/a", "https://issuer.example/status/b")
LARGE = "https://issuer.example/status/large"
COMMITTED = "0x0f15e1b38852adbe55c6b9f020fa47b9be36bb5bf87bd2a1d450376f1d1bbb28"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Place, ChainNode]]:
    """A node, the contracts, two open lists, and the database."""
    with ChainNode(None, interval=0.2, delay=0.02) as node, RpcServer(node) as server:
        node.fund([address("payer")])
        writer = ChainWriter(server.url, payer=signer("payer"))
        deploy_statuses(writer)
        made = Place(tmp_path, server.url, node.chain_id, dict(writer.contracts.addresses))
        writer.close()
        registry = made.registry()
        for url in URLS:
            registry.open_list(url, SIZE)
        registry.open_list(LARGE, 10_000_000)
        registry.close()
        database = Database(tmp_path / DATABASE)
        database.migrate()
        database.close()
        yield made, node


def started(context: ForkServerContext, place: Place) -> ForkServerProcess:
    process = context.Process(target=anchoring_worker.run, args=(place,), daemon=True)
    process.start()
    return process


def killed(*processes: ForkServerProcess) -> None:
    for process in processes:
        process.kill()
        process.join()


@pytest.mark.slow
@pytest.mark.timeout(120 + 5 * KILLS)
def test_a_killed_worker_loses_and_doubles_nothing(
    place: tuple[Place, ChainNode], record_property: Any
) -> None:
    where, node = place
    seed = random.randrange(1 << 32)
    record_property("seed", seed)
    chance = random.Random(seed)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([anchoring_worker.__name__])
    before = mined(where)
    env, database = where.environment()
    with env.store.writing() as tx:
        for number, url in enumerate(URLS):
            tx.statuses.add_list(ListRow(f"list-{number}", url, SIZE, 0))
    wanted: set[tuple[str, int]] = set()
    for _ in range(KILLS):
        both = started(context, where), started(context, where)
        wanted |= revoked(env, chance)
        time.sleep(chance.uniform(0.01, 0.5))
        wanted |= revoked(env, chance)
        time.sleep(chance.uniform(0.01, 0.5))
        killed(*both)
        if chance.random() < 0.3:
            node.forget()
    last = started(context, where)
    settle(env)
    killed(last)
    agree(where, env, wanted, before, f"seed {seed}")
    database.close()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_many_thousand_at_once_reach_the_contract(
    place: tuple[Place, ChainNode], record_property: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    where, _ = place
    env, database = where.environment()
    with env.store.writing() as tx:
        tx.statuses.add_list(ListRow("large", LARGE, 10_000_000, 0))
    indexes = random.Random(11).sample(range(10_000_000), REVOKED)
    rows = [{"list_id": "large", "idx": index, "flags": 1, "anchored": 0} for index in indexes]
    with database.writing() as connection:
        connection.execute(insert(status_entry), rows)
    begun = time.monotonic()
    with closing(where.registry()) as registry:
        working = anchoring_worker.worker(registry, env)
        while in_blocks(env) < REVOKED:
            working.run_once()
            assert time.monotonic() < begun + 300
    gas = gas_of_commits(where)
    figures = (
        f"{REVOKED} of 10 million in {len(gas)} transactions after {time.monotonic() - begun:.1f} s, "
        f"{sum(gas) / REVOKED:.1f} gas each, at most {max(gas)} in one"
    )
    record_property("figures", figures)
    with capsys.disabled():
        print(f"\n{figures}")
    assert sum(gas) / REVOKED <= 110
    database.close()


def in_blocks(env: Environment) -> int:
    """How many revocations of the large list stand on chain."""
    with env.store.reading() as tx:
        return sum(entry.anchored for entry in tx.statuses.entries("large"))


def gas_of_commits(place: Place) -> list[int]:
    client = Client(place.rpc, 10)
    logs: Any = client.request("eth_getLogs", [{"fromBlock": "0x0", "topics": [COMMITTED]}])
    receipts: Any = [client.object("eth_getTransactionReceipt", [log["transactionHash"]]) for log in logs]
    client.close()
    return [int(receipt["gasUsed"], 16) for receipt in receipts]


def revoked(env: Environment, chance: random.Random) -> set[tuple[str, int]]:
    """Have a few more entries revoked, in one transaction."""
    found = {(f"list-{chance.randrange(2)}", chance.randrange(SIZE)) for _ in range(EACH)}
    with env.store.writing() as tx:
        for row_id, index in found:
            if tx.statuses.entry(row_id, index) is None:
                tx.statuses.use_up(row_id, index, 1)
    return found


def settle(env: Environment) -> None:
    """Until everything is final, two minutes at most."""
    for _ in range(2400):
        with env.store.reading() as tx:
            rows = tx.statuses.lists()
            if not any(tx.statuses.under_way(row.id) or tx.statuses.requested(row.id) for row in rows):
                return
        time.sleep(0.05)
    raise AssertionError("not everything became final")


def mined(place: Place) -> int:
    client = Client(place.rpc, 10)
    try:
        return client.quantity("eth_getTransactionCount", [f"0x{address('payer').hex()}", "latest"])
    finally:
        client.close()


def agree(place: Place, env: Environment, wanted: set[tuple[str, int]], before: int, seed: str) -> None:
    """Each wanted revocation stands once, versions have no gap, and no transaction was sent in vain."""
    client = Client(place.rpc, 10)
    logs: Any = client.request("eth_getLogs", [{"fromBlock": "0x0", "topics": [COMMITTED]}])
    client.close()
    held = {list_id(address("owner"), url): StatusList(2, SIZE) for url in URLS}
    versions = dict.fromkeys(held, 0)
    placed = 0
    for log in logs:
        id_ = bytes.fromhex(log["topics"][1][2:])
        version, added, removed, digest, *_ = decode(
            ["uint32", "bytes", "bytes", "bytes32", "bytes32", "bytes28"], bytes.fromhex(log["data"][2:])
        )
        placed += len(delta.read(added, removed, 2 * SIZE)[0])
        delta.apply(held[id_], delta.Delta(added, removed))
        versions[id_] += 1
        assert version == versions[id_], seed
        assert held[id_].digest(id_, version) == digest, seed
    assert placed == len(wanted), seed
    assert mined(place) - before == len(logs), seed
    with env.store.reading() as tx:
        for row in tx.statuses.lists():
            id_ = list_id(address("owner"), row.url)
            assert all(held[id_][index] == 1 for list_, index in wanted if list_ == row.id), seed
            assert row.anchored_version == versions[id_], seed
            for of in (anchored_list, published_list):
                assert of(tx, row).entries == held[id_].entries, seed
