"""A follower that starts from nothing: a million status changes over a hundred lists, and one huge block.

The follower is a process of its own that reads over HTTP into a SQLite file. Beside it stands the floor of
the same changes, without a chain: their Rice codes read, the bits set, and the digest of the whole list for
each commit, which is what is decided to be on chain (ADR 0006).
"""

from __future__ import annotations

import random
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from benchmarks.measure import Row
from clicid.ledger.facts import StatusSnapshot
from clicid.status import rice
from clicid.status.rows import StatusList
from tests.support.written_chain import WIDTH, catch_up, one_huge_block, status_changes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CHANGES: Final = 1_000_000
EACH: Final = 1_000
"""Changes a commit."""
LISTS: Final = 100
SIZE: Final = 1 << 24
EVENTS: Final = 100_000
_LOOKS: Final = 200_000


def figures(machine: str) -> Sequence[Row]:
    """Status changes a second, memory, the one huge block, and a look at one bit."""
    return (*_million(machine), *_block(machine), *_bit(machine))


def _million(machine: str) -> Iterator[Row]:
    with TemporaryDirectory() as folder:
        chain = status_changes(CHANGES, lists=LISTS, size=SIZE, each=EACH)
        run = catch_up(chain, Path(folder) / "chain.db")
    if run.troubles:
        raise RuntimeError("a list that differs from its digest")
    ours, floor = run.cpu * 1e6 / CHANGES, _floor()
    what = f"catching up on {CHANGES} status changes, {LISTS} lists of {SIZE} entries, {EACH} a commit"
    beside = "Rice, bits and digest alone"
    yield Row(
        "chain.catch_up", what, round(ours, 2), "µs CPU a change", beside, "", round(ours / floor, 3), machine
    )
    yield Row(
        "chain.catch_up.of.floor",
        f"{what}: {beside}",
        round(floor, 2),
        "µs CPU a change",
        "",
        "",
        None,
        machine,
    )
    yield Row("chain.catch_up.rate", what, round(CHANGES / run.seconds), "changes/s", "", "", None, machine)
    yield Row("chain.catch_up.memory", what, round(run.peak), "MB", "", "", None, machine)


def _floor() -> float:
    """Microseconds a change, over some commits of one list."""
    commits, chance = 50, random.Random(1)
    held = StatusList(WIDTH, SIZE)
    codes = [rice.encode(sorted(chance.sample(range(WIDTH * SIZE), EACH))) for _ in range(commits)]
    begun = time.process_time()
    for version, code in enumerate(codes, 1):
        held.change(rice.decode(code, WIDTH * SIZE), ())
        held.digest(bytes(32), version)
    return (time.process_time() - begun) * 1e6 / (commits * EACH)


def _block(machine: str) -> Iterator[Row]:
    with TemporaryDirectory() as folder:
        run = catch_up(one_huge_block(EVENTS), Path(folder) / "chain.db")
    what = f"one block of {EVENTS} events"
    yield Row("chain.block.time", what, round(run.seconds, 1), "s", "", "", None, machine)
    yield Row("chain.block.memory", what, round(run.peak), "MB", "", "", None, machine)


def _bit(machine: str) -> Iterator[Row]:
    chance = random.Random(2)
    body = StatusSnapshot(bytes(32), 1, WIDTH, SIZE, chance.randbytes(WIDTH * SIZE // 8)).to_bytes()
    snapshot = StatusSnapshot.from_bytes(body)
    if snapshot is None:
        raise RuntimeError("no snapshot")
    entries = snapshot.entries
    indexes = [chance.randrange(SIZE) for _ in range(_LOOKS)]
    begun = time.process_time()
    for index in indexes:
        snapshot[index]
    ours = (time.process_time() - begun) * 1e6 / _LOOKS
    begun = time.process_time()
    for index in indexes:
        entries[index >> 2]
    bare = (time.process_time() - begun) * 1e6 / _LOOKS
    what = f"one entry of a list of {SIZE}"
    yield Row(
        "chain.bit", what, round(ours, 3), "µs CPU", "reading its byte", "", round(ours / bare, 3), machine
    )
