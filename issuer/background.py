"""What goes on beside the requests: deciding, publishing, letting go. Each rings for itself."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

from clicid.errors import ClicidError
from issuer.logs import LOG, where_from

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from issuer.usecases.anchoring import Anchoring
    from issuer.usecases.deciding import Deciding
    from issuer.usecases.granting import Granting
    from issuer.usecases.indexes import Stock
    from issuer.usecases.issuing import Issuing
    from issuer.usecases.privacy import Privacy

_POLL_SECONDS: Final = 2.0
_HOUSEKEEPING_SECONDS: Final = 3600.0
_PAUSE_SECONDS: Final = 1.0


class Bell:
    """Wakes a waiting task from any thread."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake whoever waits, or who will wait next."""
        if self._loop is None or self._loop.is_closed():
            self._rung.set()
        else:
            self._loop.call_soon_threadsafe(self._rung.set)

    async def wait(self, seconds: float) -> None:
        """Until it rings, but no longer than so many seconds."""
        self._loop = asyncio.get_running_loop()
        # Not wait_for: in Python 3.11 that loses a cancellation which comes together with the ringing.
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        self._rung.clear()


class Background:
    """The tasks of one process.

    Args:
        deciding: Works jobs off.
        anchoring: Brings status changes to the chain.
        privacy: Lets go of what was kept long enough.
        issuing: Voids what a process that was stopped had begun to sign.
        granting: Forgets issuances that nothing can come of any more.
        stock: Says so when few status indexes are left.
        jobs: Rings when there is a job.
        changes: Rings when there is a status change.
        workers: How many jobs at the same time.
        publish_seconds: How often to look for status changes that nobody rang for.
    """

    def __init__(
        self,
        deciding: Deciding,
        anchoring: Anchoring,
        privacy: Privacy,
        issuing: Issuing,
        *,
        granting: Granting,
        stock: Stock,
        jobs: Bell,
        changes: Bell,
        workers: int,
        publish_seconds: float,
    ) -> None:
        self._deciding = deciding
        self._anchoring = anchoring
        self._privacy = privacy
        self._issuing = issuing
        self._granting = granting
        self._stock = stock
        self._jobs = jobs
        self._changes = changes
        self._workers = workers
        self._publish_seconds = publish_seconds

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run until the context ends."""
        await asyncio.to_thread(self._deciding.recover)
        await asyncio.to_thread(self._privacy.recover)
        await asyncio.to_thread(self._issuing.recover)
        loops = [self._decide() for _ in range(self._workers)]
        tasks = [asyncio.create_task(loop) for loop in (*loops, self._publish(), self._let_go())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _decide(self) -> None:
        while True:
            if not await _safely(self._deciding.run_one):
                await self._jobs.wait(_POLL_SECONDS)

    async def _publish(self) -> None:
        while True:
            await _safely(lambda: asyncio.to_thread(self._anchoring.run_once))
            await self._changes.wait(self._publish_seconds)

    async def _let_go(self) -> None:
        while True:
            await _safely(lambda: asyncio.to_thread(self._privacy.let_go))
            await _safely(lambda: asyncio.to_thread(self._issuing.let_go))
            await _safely(lambda: asyncio.to_thread(self._granting.let_go))
            await _safely(lambda: asyncio.to_thread(self._stock.check))
            await asyncio.sleep(_HOUSEKEEPING_SECONDS)


async def _safely(work: Callable[[], Awaitable[int]]) -> int:
    """Do one round; what goes wrong is written down, and the next round comes after a pause."""
    try:
        return await work()
    except ClicidError as error:
        LOG.error("background work: %s", error)
    except Exception as error:  # noqa: BLE001 - one bad round must not end all later ones
        LOG.error("background work: unexpected %s", where_from(error))
    await asyncio.sleep(_PAUSE_SECONDS)
    return 0
