"""CPU time of one operation: median and best of repeated passes over distinct inputs."""

from __future__ import annotations

import platform
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

T = TypeVar("T")

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True)
class Timing:
    """Microseconds of CPU an operation."""

    median: float
    best: float


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


def timed(operation: Callable[[T], object], inputs: Sequence[T], passes: int = 5) -> Timing:
    """Run the operation over every input, `passes` times; inputs are distinct, so nothing is remembered."""
    operation(inputs[0])
    each: list[float] = []
    for _ in range(passes):
        for one in inputs:
            start = time.process_time_ns()
            operation(one)
            each.append((time.process_time_ns() - start) / 1000)
    return Timing(statistics.median(each), min(each))


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
