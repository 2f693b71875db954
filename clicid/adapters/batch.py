"""Many independent pieces of work over several processes that stay: a verification is one core's work.

Each process prepares what it needs once (contexts, material, what it learns of shapes) and then takes
pieces by the hundred, so that passing them costs little beside the work.
"""

from __future__ import annotations

import itertools
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
R = TypeVar("R")

_CHUNK: Final = 128


class Workers(Generic[T, R]):
    """Processes that do one kind of work; a context manager.

    Args:
        prepare: Called once in each process; gives what does one piece. It, the pieces and the results
            pass between processes, so they have to be picklable.
        processes: How many; as many as there are cores to use.
    """

    def __init__(self, prepare: Callable[[], Callable[[T], R]], processes: int) -> None:
        self._processes: Final = processes
        # Not by forking: this process may have threads.
        self._pool: Final = ProcessPoolExecutor(
            processes, mp_context=get_context("spawn"), initializer=_prepare, initargs=(prepare,)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def map(self, pieces: Sequence[T]) -> list[R]:
        """The results in the order of the pieces; the first exception of a piece is raised."""
        size = max(1, min(_CHUNK, len(pieces) // (4 * self._processes)))
        chunks = [pieces[start : start + size] for start in range(0, len(pieces), size)]
        return list(itertools.chain.from_iterable(self._pool.map(_work, chunks)))


_worker: Callable[[Any], Any] | None = None
"""What does one piece, in a process of `Workers`."""


def _prepare(prepare: Callable[[], Callable[[Any], Any]]) -> None:
    global _worker  # noqa: PLW0603 - the one thing that a pool's process keeps
    _worker = prepare()


def _work(pieces: Sequence[Any]) -> list[Any]:
    assert _worker is not None
    return [_worker(piece) for piece in pieces]
