"""CPU time of one operation: median and best over distinct inputs, beside its peers' in one run."""

from __future__ import annotations

import platform
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

UNIT: Final = "µs CPU"
_TURN: Final = 50


@dataclass(frozen=True, slots=True)
class Timing:
    """Microseconds of CPU an operation."""

    median: float
    best: float

    @classmethod
    def of(cls, each: Sequence[float]) -> Timing:
        """The timing of several runs."""
        return cls(statistics.median(each), min(each))


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `ratio` is value / the peer's value of the same run; no peer, no ratio."""

    id: str
    what: str
    value: float
    unit: str
    peer: str
    peer_version: str
    ratio: float | None
    machine: str


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to do the work.

    Args:
        key: Its place in the rows' ids.
        name: Who it is.
        version: Of which release.
        run: Does the work on the n-th input; raises if the outcome is not the right one.
        less: What it leaves out that ClicID does; empty if nothing.
    """

    key: str
    name: str
    version: str
    run: Callable[[int], object]
    less: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """What a contender took."""

    key: str
    name: str
    version: str
    less: str
    timing: Timing


@dataclass(frozen=True, slots=True)
class Contest:
    """One operation, done by ClicID and by its peers.

    Args:
        id: Begins the ids of its rows.
        what: The operation, and on what.
        ours: ClicID.
        peers: The others.
        elsewhere: Figures of peers that had to run in a process of their own.
    """

    id: str
    what: str
    ours: Contender
    peers: tuple[Contender, ...]
    elsewhere: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """A contest that was run."""

    contest: Contest
    ours: Figure
    peers: tuple[Figure, ...] = field(default=())

    def rows(self, machine: str) -> Iterator[Row]:
        """ClicID's figure beside each peer, and each peer's own; median and best of each.

        ClicID's alone where there is no peer.
        """
        what = f"{self.contest.what}: {self.ours.name}"
        for statistic in ("median", "best"):
            own = getattr(self.ours.timing, statistic)
            name = f"{self.contest.id}.{statistic}"
            if not self.peers:
                yield Row(name, what, round(own, 1), UNIT, "", "", None, machine)
            for peer in self.peers:
                theirs = getattr(peer.timing, statistic)
                beside = f"{peer.name}{f' (without {peer.less})' if peer.less else ''}"
                yield Row(
                    f"{name}.beside.{peer.key}",
                    what,
                    round(own, 1),
                    UNIT,
                    beside,
                    peer.version,
                    round(own / theirs, 3),
                    machine,
                )
                yield Row(
                    f"{name}.of.{peer.key}",
                    f"{self.contest.what}: {beside} {peer.version}",
                    round(theirs, 1),
                    UNIT,
                    "",
                    "",
                    None,
                    machine,
                )


def race(contest: Contest, count: int) -> Outcome:
    """Every contender over inputs 0 to `count` - 1, each input once.

    They take turns, so that a busy moment of the machine falls on all of them; turns of fifty inputs, as
    one's first inputs of a turn pay for what another left in the processor's caches. Before that each
    does input `count`, which is not timed: what an operation builds once is built.
    """
    contenders = (contest.ours, *contest.peers)
    each: dict[str, list[float]] = {contender.key: [] for contender in contenders}
    for contender in contenders:
        contender.run(count)
    for start in range(0, count, _TURN):
        for contender in contenders:
            each[contender.key] += [_timed(contender, n) for n in range(start, min(count, start + _TURN))]
    ours, *peers = (
        Figure(one.key, one.name, one.version, one.less, Timing.of(each[one.key])) for one in contenders
    )
    return Outcome(contest, ours, (*peers, *contest.elsewhere))


def _timed(contender: Contender, number: int) -> float:
    start = time.process_time_ns()
    contender.run(number)
    return (time.process_time_ns() - start) / 1000


def machine() -> str:
    """Processor, cores and Python, as they stand beside each figure."""
    model = "unknown processor"
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.split(":", 1)[1].strip()
            for line in info.read_text().splitlines()
            if line.startswith("model name")
        ]
        model = f"{len(names)} x {names[0]}" if names else model
    return f"{model}, {platform.python_implementation()} {platform.python_version()}"
