"""The store: nothing by halves, nothing of another network, and nothing lost for a disk that is full."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters.ledger_databases import Sqlite
from clicid.adapters.ledger_store import LedgerStore
from clicid.did import compromise
from clicid.errors import LocalError
from clicid.formats.base import Need, NeedKind
from clicid.ledger import events
from clicid.ledger.network import Checkpoint
from clicid.status.delta import RULES
from tests.support.chain_model import ModelChain, event, network_file
from tests.support.followed import (
    CREATED,
    DID,
    FOREVER,
    ISSUER,
    OTHER,
    URL,
    World,
    accredited,
    commit,
    key_set,
)
from tests.support.refusals import refused

if TYPE_CHECKING:
    from pathlib import Path


def test_a_store_of_another_network_is_refused(world: World, tmp_path: Path) -> None:
    other = network_file(ModelChain())
    with refused("ledger.store"):
        LedgerStore(world.path, type(other)(**{**_values(other), "chain_id": 5}), RULES)
    with refused("ledger.store"):
        anew = {**_values(other), "checkpoint": Checkpoint(0, b"\1" * 32)}
        LedgerStore(world.path, type(other)(**anew), RULES)
    rotated = {**_values(other), "checkpoint": Checkpoint(5, b"\1" * 32)}
    LedgerStore(world.path, type(other)(**rotated), RULES).close()
    (tmp_path / "noise").write_bytes(b"this is no database, and long enough to tell" * 50)
    with refused("ledger.store"):
        LedgerStore(tmp_path / "noise", other, RULES)


def _values(file: Any) -> dict[str, Any]:
    return {name: getattr(file, name) for name in type(file).__slots__}


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE records SET body = x'00'",
        "UPDATE records SET key = 'none' WHERE key LIKE 'list%'",
        "UPDATE meta SET body = x'5b5d' WHERE key = 'sticky'",
        "UPDATE meta SET body = x'7b7d' WHERE key = 'final'",
        "UPDATE logs SET contract = 'x'",
        "UPDATE logs SET data = x'00'",
        "UPDATE meta SET body = x'39' WHERE key = 'version'",
    ],
)
def test_a_damaged_store_is_refused(world: World, damage: str) -> None:
    world.mine(accredited(), CREATED, empty=4)
    world.mine(commit([1]))
    world.sync()
    world.store._db.write(damage)
    with refused("ledger.store"):
        world.restart()


@pytest.mark.parametrize("version", [b"1", b"2", b"3"])
def test_what_a_release_that_read_less_has_stored_is_read_anew(world: World, version: bytes) -> None:
    """It took no notice of some statements that a key was in other hands; what was lost stays in force."""
    statement = {
        "name": compromise.COMPROMISED,
        "value": compromise.encode_compromise(1, 3),
        "valid_to": FOREVER,
    }
    world.mine(key_set(), CREATED, accredited(), empty=4)
    world.mine(commit([1]))
    world.sync()
    world.chain.fork(5)
    world.mine(event(events.AttributeChanged, identity=ISSUER, **statement), salt="other", empty=4)
    world.sync()
    (key,) = world.record().keys
    before = replace(world.record(), keys=(replace(key, compromised_from=None),)).to_bytes()
    world.store._db.write("UPDATE records SET body = ? WHERE key LIKE 'did/%'", [(before,)])
    world.store._db.write("UPDATE meta SET body = ? WHERE key = 'version'", [(version,)])
    world.restart()
    assert world.follower.head is None
    world.sync()
    assert world.record().keys == (key,)
    assert world.snapshot()[0] == 2
    world.restart()
    assert world.record().keys == (key,)


def test_a_store_that_cannot_be_opened_is_refused(world: World, tmp_path: Path) -> None:
    with refused("ledger.store"):
        LedgerStore(tmp_path / "no such folder" / "chain.db", world.network, RULES)


def test_nothing_is_stored_by_halves(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.mine(accredited(), CREATED, empty=4)
    world.sync()
    world.mine(commit([1]), empty=4)

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(world.store, "_forget_empty", fail)
    with pytest.raises(KeyboardInterrupt):
        world.sync()
    world.restart()
    assert world.follower.head is not None
    assert world.follower.head.number == 5
    world.sync()
    assert world.snapshot()[0] == 2


def _sqlite(world: World) -> sqlite3.Connection:
    database = world.store._db
    assert isinstance(database, Sqlite)
    return database._db


def test_a_full_disk_loses_nothing_that_was_learnt(world: World) -> None:
    world.mine(accredited(), CREATED, empty=4)
    world.sync()
    _sqlite(world).execute("PRAGMA max_page_count = 1")
    limit = _sqlite(world).execute("PRAGMA page_count").fetchone()[0]
    _sqlite(world).execute(f"PRAGMA max_page_count = {limit}")
    noise = [event(events.ListCreated, identity=OTHER, url=f"{URL}/{at}" * 9, width=2, size=9, purposes="")
             for at in range(40)]  # fmt: skip
    world.mine(commit([1]), *noise)
    with refused("ledger.write", kind=LocalError):
        world.sync()
    assert world.snapshot()[0] == 2
    world.chain.fork(5)
    world.mine(commit([4]), *noise, salt="other", empty=2)
    with refused("ledger.write", kind=LocalError):
        world.sync()
    _sqlite(world).execute("PRAGMA max_page_count = 1000000")
    world.mine()
    world.sync()
    for _ in range(2):
        assert [world.snapshot()[index] for index in range(3)] == [2, 0, 1]
        world.restart()


def test_what_could_not_be_stored_is_kept_when_what_was_final_is_lost_as_well(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.mine(accredited(), CREATED, empty=9)
    world.sync()

    def full(*_: object, **__: object) -> None:
        raise LocalError("ledger.write")

    world.mine(commit([4]))
    with monkeypatch.context() as patched, refused("ledger.write", kind=LocalError):
        patched.setattr(world.store, "save", full)
        world.sync()
    assert world.snapshot()[2] == 1
    world.chain.fork(4)
    world.mine(salt="other", empty=30)
    world.sync()
    for _ in range(2):
        assert world.snapshot()[2] == 1
        world.restart()


def test_what_was_stored_though_that_seemed_to_fail_is_no_obstacle(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.mine(accredited(), CREATED, empty=9)
    world.sync()
    save = world.store.save

    def broken(*arguments: Any, **options: Any) -> None:
        save(*arguments, **options)
        raise LocalError("ledger.write")

    world.mine(commit([4]))
    with monkeypatch.context() as patched, refused("ledger.write", kind=LocalError):
        patched.setattr(world.store, "save", broken)
        world.sync()
    world.chain.fork(4)
    world.mine(salt="other", empty=30)
    world.sync()
    assert world.snapshot()[2] == 1


@pytest.fixture
def hiding(world: World) -> World:
    """The node has hidden a revocation so far, and the next look finds out."""
    world.confirmations = 1
    world.restart()
    world.mine(accredited(), key_set(), CREATED, empty=3)
    hidden = len(world.chain.blocks)
    world.mine(commit([10]))
    world.chain.hidden = {(hidden, 0)}
    world.mine(empty=2)
    world.sync()
    assert world.snapshot()[5] == 0
    world.chain.hidden = set()
    world.mine(commit([20]))
    return world


def test_while_bad_news_is_stored_nobody_is_told_what_was_known_before(
    hiding: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, entered, go_on = hiding.store.replace, threading.Event(), threading.Event()

    def slowly(*arguments: Any) -> None:
        entered.set()
        go_on.wait(10)
        replace(*arguments)

    monkeypatch.setattr(hiding.store, "replace", slowly)
    syncing = threading.Thread(target=hiding.sync)
    syncing.start()
    assert entered.wait(10)
    need = Need(NeedKind.STATUS, URL, DID)
    assert hiding.materials.get_at_once(need, hiding.chain.now) is None
    told: list[int] = []
    reading = threading.Thread(target=lambda: told.append(hiding.snapshot()[5]))
    reading.start()
    reading.join(0.3)
    assert told == []
    go_on.set()
    reading.join(10)
    syncing.join(10)
    assert told == [1]


def test_a_history_read_anew_counts_though_it_cannot_be_stored(
    hiding: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise LocalError("ledger.write")

    with monkeypatch.context() as patched, refused("ledger.write", kind=LocalError):
        patched.setattr(hiding.store, "replace", full)
        hiding.sync()
    assert hiding.snapshot()[5] == 1
    hiding.mine(commit([21]))
    hiding.sync()
    for _ in range(2):
        assert [hiding.snapshot()[index] for index in (5, 10)] == [1, 3]
        hiding.restart()
        hiding.sync()


def test_a_locked_store_is_ours_to_report(world: World) -> None:
    world.mine(accredited())
    _sqlite(world).execute("PRAGMA busy_timeout = 0")
    assert world.path is not None
    with closing(sqlite3.connect(world.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with refused("ledger.write", kind=LocalError):
            world.sync()
        other.execute("ROLLBACK")
    world.mine()
    world.sync()
    world.restart()
    assert world.follower.head == world.chain.blocks[-1]


def test_final_blocks_without_logs_are_forgotten_in_time(world: World) -> None:
    world.mine(accredited())
    for _ in range(1100):
        world.chain.mine()
    world.sync()
    for _ in range(10):
        world.chain.mine()
        world.sync()
    numbers = [block.number for block in world.store.blocks(-1)]
    assert numbers[0] == 1
    assert len(numbers) < 30
