"""Drawing indexes: never twice, in lists that are nearly full, by two processes; decoys and cadence.

CLICID_PROVE_ENTRIES is the size of the list that is nearly full; a small one without it.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clicid.errors import LocalError, Refused
from issuer.config import load
from issuer.usecases.cadence import Cadence
from issuer.usecases.indexes import Stock, draw, left
from issuer.usecases.records import ListRow
from tests.support import anchoring_worker, drawing, issuer_config, issuer_world
from tests.support.anchoring_worker import Place
from tests.unit.issuer.test_anchoring import worker_of
from tests.unit.issuer.test_revocation import act, issued_still, published

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from issuer.store.database import Database
    from issuer.usecases.environment import Environment
    from issuer.usecases.records import Copy
    from tests.support.issuer_world import World

ENTRIES = int(os.environ.get("CLICID_PROVE_ENTRIES", "131072"))
DRAWS = 200
FILL = """
INSERT INTO status_entry (list_id, idx, flags, anchored)
WITH RECURSIVE number(value) AS (SELECT 0 UNION ALL SELECT value + 1 FROM number WHERE value < ? - 1)
SELECT ?, value, 0, 0 FROM number WHERE value % 16 != 0
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[tuple[Environment, Database, Place]]:
    """A migrated database, and the place by which another process finds it."""
    place = Place(tmp_path, "http://127.0.0.1:1", 1, {})
    env, database = place.environment()
    database.migrate()
    yield env, database, place
    database.close()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_list_that_is_nearly_full_is_drawn_from_as_fast(
    store: tuple[Environment, Database, Place], capsys: pytest.CaptureFixture[str], record_property: Any
) -> None:
    env, database, _ = store
    with env.store.writing() as tx:
        tx.statuses.add_list(ListRow("01", "u", ENTRIES, 0, given=ENTRIES - ENTRIES // 16 - DRAWS))
    with database.writing() as connection:
        connection.exec_driver_sql(FILL, (ENTRIES, "01"))
    begun = time.monotonic()
    drawn = set()
    with env.store.writing() as tx:
        for _ in range(DRAWS):
            drawn.add(found := draw(tx, env.random, 1))
            tx.statuses.use_up(*found, 0)
        each = (time.monotonic() - begun) / DRAWS
        with pytest.raises(Refused, match=r"store\.full"):
            draw(tx, env.random, 1)
    assert len(drawn) == DRAWS
    figures = f"{ENTRIES} entries, a sixteenth of them free: {each * 1000:.2f} ms a draw"
    record_property("figures", figures)
    with capsys.disabled():
        print(f"\n{figures}")


def test_two_processes_draw_nothing_twice(store: tuple[Environment, Database, Place]) -> None:
    env, _, place = store
    with env.store.writing() as tx:
        for name in ("01", "02"):
            tx.statuses.add_list(ListRow(name, name, 131_072, 0, given=131_072 - 131_072 // 16 - 60))
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([anchoring_worker.__name__, drawing.__name__])
    pipes = [context.Pipe(duplex=False) for _ in range(2)]
    workers = [context.Process(target=drawing.run, args=(place, 60, out)) for _, out in pipes]
    for worker in workers:
        worker.start()
    drawn = [found for come, _ in pipes if come.poll(60) for found in come.recv()]
    for worker in workers:
        worker.join(30)
    assert len(drawn) == len(set(drawn)) == 120
    with env.store.reading() as tx:
        assert [left(row) for row in tx.statuses.lists()] == [0, 0]


def test_a_full_list_gives_way_to_the_next_that_is_on_chain(
    store: tuple[Environment, Database, Place],
) -> None:
    env, _, _ = store
    full = 131_072 - 131_072 // 16
    rows = (
        ListRow("01", "a", 131_072, 0, given=full - 1),
        ListRow("02", "b", 131_072),  # configured, and never opened
        ListRow("03", "c", 131_072, 0),
        ListRow("04", "d", 131_072, 0),
    )
    found = []
    with env.store.writing() as tx:
        for row in rows:
            tx.statuses.add_list(row)
        for _ in range(40):
            found.append(draw(tx, env.random, 1))
            tx.statuses.use_up(*found[-1], 0)
    assert [list_ for list_, _ in found] == ["01"] + ["03"] * 39
    with env.store.writing() as tx:
        tx.statuses.seen("02")
        assert draw(tx, env.random, 1)[0] == "02"


def test_few_left_is_an_alarm(still: World) -> None:
    told: list[str] = []
    for alarm, count in ((2 * 122_880, 0), (2 * 122_880 + 1, 1)):
        Stock(still.ground.env.store, alarm, lambda _, error: told.append(error.code), None).check()
        assert told == ["store.low"] * count


def test_with_the_owners_key_the_next_list_is_opened_before_the_last_is_full(
    store: tuple[Environment, Database, Place],
) -> None:
    env, _, _ = store
    with env.store.writing() as tx:
        for row in (
            ListRow("01", "a", 131_072, 0),
            ListRow("02", "b", 131_072),
            ListRow("03", "c", 131_072),
        ):
            tx.statuses.add_list(row)
    opened, told = [], []

    def open_list(url: str, size: int) -> bool:
        opened.append((url, size))
        with env.store.writing() as tx:
            tx.statuses.seen({"b": "02", "c": "03"}[url])
        return True

    stock = Stock(env.store, 122_881, lambda _, error: told.append(error.code), open_list)
    assert [stock.check(), stock.check()] == [122_880, 2 * 122_880]
    assert (opened, told) == ([("b", 131_072)], [])
    few = Stock(env.store, 1 << 30, lambda _, error: told.append(error.code), open_list)
    assert [few.check(), few.check()] == [2 * 122_880, 3 * 122_880]
    assert (opened, told) == ([("b", 131_072), ("c", 131_072)], ["store.low"])


class Held:
    """An issuer with a cadence of an hour, and one person's copies."""

    def __init__(self, world: World, count: int) -> None:
        self.world = world
        _, self.copies = issued_still(world, count)
        with world.ground.env.store.reading() as tx:
            self.urls = {row.id: row.url for row in tx.statuses.lists()}
        self.hour()

    def hour(self) -> None:
        """Let an hour pass, and the worker work."""
        self.world.clock.forward(hours=1)
        worker_of(self.world).run_once()

    def entry(self, copy: Copy) -> tuple[str, int]:
        return self.urls[copy.list_id], copy.index

    def given(self) -> int:
        with self.world.ground.env.store.reading() as tx:
            return sum(row.given for row in tx.statuses.lists())


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    quiet = {"publish_seconds = 0.05": "publish_seconds = 0.05\ncadence_seconds = 3600\ndecoys = 8"}
    config = issuer_config.configured(tmp_path, **quiet)
    with issuer_world.running(tmp_path, config=config, background=False) as world:
        yield Held(world, 12)


def test_what_can_wait_waits_for_its_hour_and_goes_among_decoys(held: Held) -> None:
    world, copy = held.world, held.copies[0]
    before, given = len(world.chain.commits), held.given()
    assert act(world, "revoke", held.entry(copy), reason="superseded").status_code == 202
    worker_of(world).run_once()
    assert len(world.chain.commits) == before
    assert published(world, held.entry(copy)) == 0
    held.hour()
    assert published(world, held.entry(copy)) == 1
    # Each list has one version, and all of them look alike: of the sixteen changes one is real.
    assert [(added, removed) for _, _, added, removed in world.chain.commits[before:]] == [(8, 0)] * 2
    assert held.given() == given + 15


def test_what_cannot_wait_goes_at_once_and_alone(held: Held) -> None:
    world, copy = held.world, held.copies[0]
    before = len(world.chain.commits)
    act(world, "revoke", held.entry(copy), reason="compromised")
    assert published(world, held.entry(copy)) == 1
    worker_of(world).run_once()
    assert [added for _, _, added, _ in world.chain.commits[before:]] == [1]


def test_bad_news_that_is_out_is_not_held_back_by_more_of_it(held: Held) -> None:
    world, entry = held.world, held.entry(held.copies[0])
    act(world, "suspend", entry, reason="requested")
    act(world, "revoke", entry, reason="superseded")
    assert published(world, entry) == 1  # revoked, the graver of the two


def test_an_hour_is_served_once_and_lists_have_times_of_their_own(held: Held) -> None:
    before = len(held.world.chain.commits)
    worker_of(held.world).run_once()
    assert len(held.world.chain.commits) == before
    seconds = []
    for _ in range(12):
        held.world.clock.forward(minutes=5)
        worker_of(held.world).run_once()
        seconds.append(len(held.world.chain.commits) - before)
    assert seconds[-1] == 2


def test_what_waits_does_not_wait_for_the_future_of_a_clock_that_was_ahead(held: Held) -> None:
    world, copy = held.world, held.copies[0]
    world.clock.forward(days=30)
    worker_of(world).run_once()
    world.clock.forward(days=-30)
    act(world, "revoke", held.entry(copy), reason="superseded")
    held.hour()
    assert published(world, held.entry(copy)) == 1
    given = held.given()
    worker_of(world).run_once()
    assert held.given() == given  # and it is an hour's again


def test_a_decoy_is_given_to_nobody(held: Held) -> None:
    with held.world.ground.env.store.reading() as tx:
        decoys = {
            (row.id, entry.index) for row in tx.statuses.lists() for entry in tx.statuses.entries(row.id)
        }
    copies = {(copy.list_id, copy.index) for copy in held.copies}
    assert len(decoys) == 16
    assert decoys.isdisjoint(copies)
    with held.world.ground.env.store.writing() as tx:
        assert all(tx.issuance.copy_at(*place) is None for place in decoys)
        assert all(draw(tx, _bytes_of(index), 1) not in decoys for _, index in decoys)


def _bytes_of(index: int) -> Any:
    """A source of randomness that gives one index first."""
    values = iter([0, index, *range(1, 1000)])
    return lambda size: next(values).to_bytes(size, "big")


def test_when_a_list_is_used_up_decoys_end(store: tuple[Environment, Database, Place]) -> None:
    env, _, _ = store
    row = ListRow("01", "a", 6400, 0, given=6400 - 100 - 3)
    with env.store.writing() as tx:
        tx.statuses.add_list(row)
        Cadence(timedelta(hours=1), 8).release(tx, row, env.now(), env.random)
        assert [one.given for one in tx.statuses.lists()] == [6400 - 100]


def test_decoys_without_a_cadence_are_refused(tmp_path: Path) -> None:
    wrong = {"publish_seconds = 0.05": "decoys = 8"}
    with pytest.raises(LocalError, match=r"config\.invalid.*cadence_seconds"):
        load(issuer_config.configured(tmp_path, **wrong))
