"""Large lists: of what a block changes only the pieces that it touches are stored."""

from __future__ import annotations

from typing import Any

import pytest

from clicid.errors import LocalError
from clicid.ledger import events
from clicid.ledger.records import PIECE
from tests.support.chain_model import event
from tests.support.followed import (
    CREATED,
    ISSUER,
    URL,
    World,
    accredited,
    commit,
)
from tests.support.refusals import refused

BITS = 8 * PIECE
WIDE = {"identity": ISSUER, "url": URL, "width": 2, "size": 7 * BITS // 4, "purposes": "a b"}
"""A list of three whole pieces and a half."""


def _pieces(world: World) -> dict[int, int]:
    rows = world.store._db.read("SELECT number, LENGTH(body) FROM pieces")
    return dict(rows)


def test_of_a_large_list_only_what_was_changed_is_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.mine(accredited(), event(events.ListCreated, **WIDE), empty=4)
    world.sync()
    assert _pieces(world) == {0: PIECE, 1: PIECE, 2: PIECE, 3: PIECE // 2}
    written, write = [], world.store._db.write

    def spy(statement: str, rows: Any = ((),)) -> None:
        rows = list(rows)
        if "INTO pieces" in statement:
            written.append([number for _, number, _ in rows])
        write(statement, rows)

    monkeypatch.setattr(world.store._db, "write", spy)
    world.mine(commit([BITS, 3 * BITS + 5]), empty=3)
    world.sync()
    assert [numbers for numbers in written if numbers] == [[1, 3]]
    world.mine(commit([2 * BITS - 1], [3 * BITS + 5]), empty=3)
    world.sync()
    assert [numbers for numbers in written if numbers] == [[1, 3], [1, 3]]
    for _ in range(2):
        found = world.snapshot()
        assert (found[BITS // 2], found[BITS - 1], found[3 * BITS // 2 + 2]) == (1, 2, 0)
        world.restart()
        world.sync()


def test_pieces_that_could_not_be_stored_are_stored_the_next_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.mine(accredited(), event(events.ListCreated, **WIDE), empty=4)
    world.sync()
    world.mine(commit([BITS]), empty=3)

    def full(*_: object, **__: object) -> None:
        raise LocalError("ledger.write")

    with monkeypatch.context() as patched, refused("ledger.write", kind=LocalError):
        patched.setattr(world.store._db, "write", full)
        world.sync()
    world.mine(commit([0]), empty=3)
    world.sync()
    world.restart()
    assert (world.snapshot()[0], world.snapshot()[BITS // 2]) == (1, 1)


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM pieces WHERE number = 3",
        "DELETE FROM pieces WHERE number = 0",
        "UPDATE pieces SET body = x'00' WHERE number = 1",
        "UPDATE records SET body = x'7b7d0a' WHERE key LIKE 'list/%'",
    ],
)
def test_a_list_that_lacks_a_piece_is_refused(world: World, damage: str) -> None:
    world.mine(accredited(), event(events.ListCreated, **WIDE), empty=4)
    world.sync()
    world.store._db.write(damage)
    with refused("ledger.store"):
        world.restart()


def test_what_a_larger_list_has_left_behind_is_no_part_of_a_list(world: World) -> None:
    world.mine(accredited(), CREATED, empty=4)
    world.mine(commit([1]), empty=3)
    world.sync()
    world.store._db.write("INSERT INTO pieces SELECT key, 1, body FROM pieces")
    world.restart()
    assert world.snapshot()[0] == 2
