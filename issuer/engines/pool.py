"""The engines in processes of their own: the event loop waits, and a bad image can only hurt a worker.

A worker that takes too long is killed, one that dies is replaced by the next job; both come back as
`Undecided`, never as a verdict on the person.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import queue
import resource
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from clicid.errors import ClicidError, Refused, Undecided
from issuer.engines.face_models import DEFAULT, FaceModels
from issuer.logs import where_from

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from multiprocessing.connection import Connection

    from issuer.evidence.liveness import Answer, LivenessReading
    from issuer.evidence.ports import DocumentReading, FaceMatch

_START_SECONDS: Final = 90.0
_STOP_SECONDS: Final = 3.0
_SPAWN: Final = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """How much the engines may use.

    Args:
        workers: Processes; each holds all models and takes up to 700 MB.
        threads: Threads that a network may use in each; more help only where processors are idle.
        seconds: The longest that one image may take.
        faces: The engine that describes faces.
        memory: Address space of a worker in bytes; beyond it the worker fails instead of the machine.
    """

    workers: int = 1
    threads: int = 1
    seconds: float = 30.0
    memory: int = 4 << 30
    faces: FaceModels = DEFAULT


class EnginePool:
    """`issuer.evidence.ports.Engines`. Start it once, close it at the end (or use ``async with``)."""

    def __init__(self, settings: PoolSettings) -> None:
        self._settings = settings
        self._threads = ThreadPoolExecutor(settings.workers, thread_name_prefix="engine")
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        for _ in range(settings.workers):
            self._idle.put(_Worker(settings))

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.close)

    def start(self) -> None:
        """Start loading the models in every worker, and return at once."""
        for _ in range(self._settings.workers):
            self._threads.submit(self._warm)

    def close(self) -> None:
        """Let work under way end, stop every worker, and wait for it."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        while not self._idle.empty():
            self._idle.get().stop()

    async def read_document(self, images: Sequence[bytes], *, today: date) -> DocumentReading:
        """As the port says."""
        reading: DocumentReading = await self._submit("read", tuple(images), today)
        return reading

    async def compare_faces(self, portrait: bytes, selfie: bytes) -> FaceMatch:
        """As the port says."""
        match: FaceMatch = await self._submit("compare", portrait, selfie)
        return match

    async def check_liveness(self, answer: Answer, selfie: bytes) -> LivenessReading:
        """As the port says."""
        reading: LivenessReading = await self._submit("liveness", answer, selfie)
        return reading

    async def _submit(self, *job: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._run, job)

    def _run(self, job: tuple[Any, ...]) -> Any:
        worker = self._idle.get()
        try:
            return worker.call(job)
        finally:
            self._idle.put(worker)

    def _warm(self) -> None:
        worker = self._idle.get()
        try:
            worker.ready()
        except Undecided:
            worker.stop()  # the next job tries again, and its caller hears of it
        finally:
            self._idle.put(worker)


class _Worker:
    """The parent's end of one process. Used by one thread at a time."""

    def __init__(self, settings: PoolSettings) -> None:
        self._settings = settings
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection[Any, Any] | None = None

    def ready(self) -> Connection[Any, Any]:
        """The pipe to a process whose models are loaded, started anew where needed."""
        if self._pipe is not None and self._process is not None and self._process.is_alive():
            return self._pipe
        self.stop()
        self._pipe, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_serve, args=(theirs, self._settings), daemon=True)
        self._process.start()
        theirs.close()
        self._receive(self._pipe, _START_SECONDS)
        return self._pipe

    def call(self, job: tuple[Any, ...]) -> Any:
        """Do one job; the answer, or the `Refused` that the engine raised."""
        pipe = self.ready()
        try:
            pipe.send(job)
        except OSError as error:
            self.stop()
            raise Undecided("engine.lost") from error
        answer = self._receive(pipe, self._settings.seconds)
        if isinstance(answer, ClicidError):
            raise answer
        return answer

    def stop(self) -> None:
        """Close the pipe, which ends an idle process; kill one that goes on."""
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.join(_STOP_SECONDS)
            self._process.kill()
            self._process.join()
            self._process.close()
        self._pipe = self._process = None

    def _receive(self, pipe: Connection[Any, Any], seconds: float) -> Any:
        try:
            if pipe.poll(seconds):
                return pipe.recv()
        except (EOFError, OSError) as error:
            self.stop()
            raise Undecided("engine.lost") from error
        if self._process is not None:
            self._process.kill()
        self.stop()
        raise Undecided("engine.timeout", detail=f"{seconds:g} s")


def _serve(pipe: Connection[Any, Any], settings: PoolSettings) -> None:
    """The worker: load the models, say so, then one job after the other until the pipe closes.

    What is not a `ClicidError` is a bug: it ends the process, with its kind and place on standard error. Its
    message and a dump of the memory would show what was being looked at.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    resource.setrlimit(resource.RLIMIT_AS, (settings.memory, settings.memory))
    # Here and not above: the parent needs none of the libraries in its own memory.
    from issuer.engines.loaded import load  # noqa: PLC0415

    engines = load(settings.threads, settings.faces)
    pipe.send(None)
    while True:
        try:
            job = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(engines.do(*job))
        except Refused as refusal:
            pipe.send(refusal)
        except Exception as bug:  # noqa: BLE001 - whatever a library lets out
            sys.exit(f"an engine: unexpected {where_from(bug)}")
