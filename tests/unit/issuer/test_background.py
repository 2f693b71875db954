"""What goes on beside the requests: it wakes when rung for, stops when told, and survives a bad round."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import IntegrityError

from clicid.errors import Undecided
from issuer import logs
from issuer.background import Background, Bell
from tests.support.issuer_clients import Person

if TYPE_CHECKING:
    from tests.support.issuer_world import World


def test_a_bell_wakes_from_another_thread() -> None:
    async def wait() -> float:
        bell, start = Bell(), time.monotonic()
        threading.Timer(0.05, bell.ring).start()
        await bell.wait(30)
        return time.monotonic() - start

    assert asyncio.run(wait()) < 5


def test_a_ring_before_the_waiting_counts() -> None:
    async def wait() -> None:
        bell = Bell()
        bell.ring()
        async with asyncio.timeout(5):
            await bell.wait(30)

    asyncio.run(wait())


def test_a_bell_gives_up_after_its_time() -> None:
    asyncio.run(Bell().wait(0.01))


def test_a_cancellation_that_comes_with_the_ringing_is_not_lost() -> None:
    """The loop below would go on for ever otherwise, and with it the process that should stop."""

    async def for_ever(bell: Bell) -> None:
        while True:
            await bell.wait(30)

    async def race() -> None:
        for _ in range(50):
            bell = Bell()
            task = asyncio.create_task(for_ever(bell))
            await asyncio.sleep(0)
            bell.ring()
            await asyncio.sleep(0)
            task.cancel()
            async with asyncio.timeout(5):
                await asyncio.gather(task, return_exceptions=True)

    asyncio.run(race())


def test_a_servers_traceback_repeats_no_value() -> None:
    try:
        int("x+46701740635")  # the message of its error repeats what it was given
    except ValueError:
        record = logging.getLogger("uvicorn.error").makeRecord(
            "uvicorn.error", logging.ERROR, __file__, 1, "Exception in ASGI application", (), sys.exc_info()
        )
    line = logs.Formatter().format(record)
    assert "ValueError at test_background.py" in line
    assert "701740635" not in line


def test_an_error_of_the_database_repeats_no_value(still: World) -> None:
    with still.ground.database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO nonce VALUES (?, 1, 1)", (b"+46701740635",))
        with pytest.raises(IntegrityError) as found:
            connection.exec_driver_sql("INSERT INTO nonce VALUES (?, 1, 1)", (b"+46701740635",))
    assert "701740635" not in str(found.value)


def test_one_bad_round_does_not_end_the_later_ones(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("issuer.background._PAUSE_SECONDS", 0.01)
    background: Background = world.application.background
    honest, faults = (
        background._deciding.run_one,
        [ZeroDivisionError("+46701740635"), Undecided("engine.lost")],
    )

    async def faulty() -> bool:
        if faults:
            raise faults.pop()
        return await honest()

    monkeypatch.setattr(background._deciding, "run_one", faulty)
    person = Person(world)
    person.to_decision()
    assert person.settled()["state"] == "approved"
    assert "unexpected ZeroDivisionError at test_background.py" in caplog.text
    assert "+46701740635" not in caplog.text
