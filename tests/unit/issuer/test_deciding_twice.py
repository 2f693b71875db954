"""A worker that was taken for dead and was not: its late answer decides nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from clicid.errors import Undecided
from issuer.evidence.ports import Finding
from issuer.usecases.deciding import LEASE, Deciding
from tests.support.issuer_clients import Person
from tests.support.issuer_doubles import ScriptedEngines, match, picture, reading

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from issuer.evidence.ports import DocumentReading
    from tests.support.issuer_world import World


class Slow(ScriptedEngines):
    """Engines that answer when told."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.answer = asyncio.Event(), asyncio.Event()

    async def read_document(self, images: Sequence[bytes], *, today: date) -> DocumentReading:
        self.asked.set()
        await self.answer.wait()
        return await super().read_document(images, today=today)


def worker(world: World, engines: ScriptedEngines, name: str) -> Deciding:
    """Another process's worker over the same store."""
    parts = world.application.background._deciding
    return Deciding(
        parts._env,
        engines,
        parts._rules,
        parts._approval,
        parts._policy,
        enrolment=parts._enrolment,
        face_search=parts._face_search,
        worker=name,
        embedded=True,
    )


def decisions(world: World, person: Person) -> list[str]:
    with world.ground.env.store.reading() as tx:
        return [one.outcome for one in tx.sessions.decisions(person.id)]


def race(world: World, person: Person, slow: Slow, between: Sequence[str]) -> None:
    """A slow worker takes the job, its lease runs out, a quick one does it; then the slow one answers."""

    async def run() -> None:
        quick = ScriptedEngines()
        quick.reading = reading(None, findings=(Finding("document.blurred"),))
        late = asyncio.create_task(worker(world, slow, "slow").run_one())
        await slow.asked.wait()
        world.clock.forward(seconds=LEASE.total_seconds() + 1)
        assert await worker(world, quick, "quick").run_one()
        for what in between:
            await asyncio.to_thread(person.upload, what, picture("red"))
        slow.answer.set()
        assert await late

    asyncio.run(run())


def test_what_another_worker_decided_stays_decided(still: World) -> None:
    person = Person(still)
    person.to_decision()
    race(still, person, Slow(), between=())
    assert decisions(still, person) == ["resubmit"]
    assert person.state()["state"] == "document"


def test_a_late_answer_about_earlier_images_does_not_decide_on_newer_ones(still: World) -> None:
    """Else who sends somebody's document first and their own after it could be approved on the first."""
    person = Person(still)
    person.to_decision()
    race(still, person, Slow(), between=("document", "selfie"))
    assert person.state()["state"] == "deciding"
    assert decisions(still, person) == ["resubmit"]
    honest = ScriptedEngines()
    honest.match = match(0.9)
    assert asyncio.run(worker(still, honest, "third").run_one())
    assert decisions(still, person) == ["resubmit", "refused"]


def test_a_late_failure_does_not_free_what_another_worker_holds(still: World) -> None:
    person = Person(still)
    person.to_decision()
    slow = Slow()
    slow.fault = Undecided("engine.lost")

    async def run() -> None:
        late = asyncio.create_task(worker(still, slow, "slow").run_one())
        await slow.asked.wait()
        still.clock.forward(seconds=LEASE.total_seconds() + 1)
        held = worker(still, ScriptedEngines(), "quick")._claim()
        assert held is not None
        slow.answer.set()
        assert await late
        assert worker(still, ScriptedEngines(), "third")._claim() is None

    asyncio.run(run())
