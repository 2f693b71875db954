"""The engines, once a process, and work shared out over processes; each works on one core."""

from __future__ import annotations

import functools
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

from rich.progress import track

from issuer.config import face_settings
from issuer.engines.face import SelfieMatcher
from issuer.engines.faces.choice import load_engine
from issuer.engines.loaded import load

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    from issuer.engines.loaded import Loaded

    J = TypeVar("J")
    R = TypeVar("R")


@functools.cache
def engines() -> Loaded:
    """The engines of this process, as a new configuration has them."""
    return load(1, face_settings({}).models())


@functools.cache
def matcher() -> SelfieMatcher:
    """What compares faces in this process."""
    finder = engines().finder
    return SelfieMatcher(finder, load_engine(face_settings({}).models(), finder))


def each(function: Callable[[J], R], jobs: Sequence[J], what: str, processes: int) -> list[R]:
    """The function's answers in the order of the jobs, with a bar that tells how far it is.

    Args:
        function: A function of a module, so that other processes find it; it may call `engines`.
        jobs: What it is called with.
        what: What the bar says.
        processes: How many work side by side; one works here.
    """
    if processes == 1:
        return [function(job) for job in track(jobs, what)]
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        return list(track(pool.map(function, jobs), what, total=len(jobs)))
