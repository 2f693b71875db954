"""The engines' process: real work, refusals, time-outs, a worker's death, and the end."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from clicid.errors import Undecided
from issuer.engines import pool
from issuer.engines.pool import EnginePool, PoolSettings
from sandbox.documents.assets import photograph_of
from tests.support import echo_worker
from tests.support.refusals import refused
from tests.support.specimens import TODAY, photographed, portrait

SETTINGS = PoolSettings(workers=1, threads=1)


@pytest.mark.slow
def test_real_work_in_another_process() -> None:
    async def story() -> None:
        async with EnginePool(SETTINGS) as engines:
            reading = await engines.read_document([photographed()], today=TODAY)
            assert reading.fields is not None
            assert reading.fields.family_name == "Åkerström"
            match = await engines.compare_faces(portrait(), photograph_of("obama2.jpg"))
            assert match.distance is not None
            assert match.distance < 0.5
            with refused("document.not_an_image"):
                await engines.read_document([b"not an image"], today=TODAY)
            with refused("face.not_an_image"):
                await engines.compare_faces(portrait(), b"not an image")

    asyncio.run(story())


def test_a_late_or_dead_worker_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_serve", echo_worker.serve)

    async def story() -> list[int]:
        pids = []
        async with EnginePool(replace(SETTINGS, seconds=1.0)) as engines:

            async def pid() -> int:
                answer: Any = await engines.read_document([b""], today=TODAY)
                return int(answer[1])

            pids.append(await pid())
            pids.append(await pid())
            with refused("engine.lost", kind=Undecided):
                await engines.read_document([b"die"], today=TODAY)
            pids.append(await pid())
            with refused("engine.timeout", kind=Undecided):
                await engines.read_document([b"sleep"], today=TODAY)
            pids.append(await pid())
        return pids

    pids = asyncio.run(story())
    assert pids[0] == pids[1]
    assert len(set(pids)) == 3
    for pid in set(pids):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_two_workers_share_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_serve", echo_worker.serve)

    async def story() -> set[int]:
        async with EnginePool(replace(SETTINGS, workers=2)) as engines:
            answers: list[Any] = await asyncio.gather(
                *(engines.read_document([b""], today=TODAY) for _ in range(20))
            )
        return {int(pid) for _, pid in answers}

    assert 1 <= len(asyncio.run(story())) <= 2


def test_closing_an_unused_pool_starts_nothing() -> None:
    EnginePool(SETTINGS).close()


_FALLS = """
import resource, sys
from multiprocessing import Pipe
from issuer.engines import loaded, pool

class Falls:
    def do(self, what, first, second):
        print(resource.getrlimit(resource.RLIMIT_CORE))
        raise ValueError(f"cannot read {first!r}")

loaded.load = lambda threads, models: Falls()
ours, theirs = Pipe()
ours.send(("read", "LINDH<<EVA", None))
pool._serve(theirs, pool.PoolSettings())
"""


def test_a_worker_that_falls_over_tells_nothing_of_what_it_saw() -> None:
    done = subprocess.run([sys.executable, "-c", _FALLS], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == "(0, 0)\n"
    assert done.stderr.startswith("an engine: unexpected ValueError at ")
    assert "LINDH" not in done.stderr
