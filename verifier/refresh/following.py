"""The background thread that keeps the chain's story up to date, and says how far it is."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from clicid.adapters.follower import Progress
from clicid.errors import ClicidError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from clicid.ledger.blocks import Block
    from clicid.ledger.ground import Ground

INTERVAL_SECONDS: Final = 1.0
_LOG: Final = logging.getLogger("clicid.verifier.refresh")


@dataclass(frozen=True, slots=True)
class Health:
    """How fresh the verifier is.

    Args:
        head: Last block known, -1 before the first.
        age_seconds: Age of the last block that is vouched for, by which is decided. None before the first.
        trouble: Reason code of the last attempt that failed, empty when the last one succeeded.
        doubt: Reason code for which nothing known leads to an acceptance, empty if there is none.
        broken_lists: URL to reason code of each status list that leads to no acceptance.
    """

    head: int
    age_seconds: float | None
    trouble: str
    doubt: str
    broken_lists: Mapping[str, str]


@dataclass(slots=True)
class Tally:
    """What the syncs so far have come to; times in seconds since 1970, 0 for never."""

    syncs: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    last_success: float = 0.0
    reorganisations: int = 0
    deepest: int = 0

    def add(self, progress: object, now: datetime) -> None:
        """Count a sync that ended well."""
        self.syncs += 1
        self.last_success = now.timestamp()
        if isinstance(progress, Progress) and progress.lost:
            self.reorganisations += 1
            self.deepest = max(self.deepest, progress.lost)


class Syncing(Protocol):
    """What is synced: a follower of a node, or a chain by bundles."""

    @property
    def head(self) -> Block | None:
        """The last block known."""

    @property
    def final(self) -> Block | None:
        """The last final block."""

    @property
    def ground(self) -> Ground:
        """How far what is known is vouched for."""

    def sync(self, now: datetime) -> object:
        """Catch up; what fails is an error of ours, and leaves what was known."""

    def broken_lists(self) -> dict[str, str]:
        """URL to reason code of each status list that leads to no acceptance."""


class Following:
    """Syncs a follower once a second until stopped. An outage is logged once, not every second."""

    def __init__(self, follower: Syncing, clock: Callable[[], datetime]) -> None:
        self.followed: Final = follower
        self.tally: Final = Tally()
        self._clock = clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chain-follower", daemon=True)
        self._trouble = ""
        self._broken: dict[str, str] = {}

    def start(self) -> None:
        """Catch up once if the node allows it, then go on in the background."""
        self._once()
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def health(self) -> Health:
        """How fresh we are now."""
        head, ground = self.followed.head, self.followed.ground
        if head is None:
            return Health(-1, None, self._trouble or "chain.unreachable", ground.doubt, {})
        age = self._clock().timestamp() - ground.time if ground.number >= 0 else None
        return Health(head.number, age, self._trouble, ground.doubt, self._broken)

    def _run(self) -> None:
        try:
            while not self._stop.wait(INTERVAL_SECONDS):
                self._once()
        finally:
            # Whatever ended it but a stop is a fault of ours: the health page must not stay silent.
            if not self._stop.is_set():
                self._trouble = "verifier.follower"

    def _once(self) -> None:
        now = self._clock()
        try:
            self.tally.add(self.followed.sync(now), now)
        except ClicidError as error:
            if error.code != self._trouble:
                _LOG.warning("the chain cannot be followed: %s", error)
            self._trouble = error.code
            self.tally.failures[error.code] += 1
        else:
            if self._trouble:
                _LOG.warning("the chain can be followed again")
            self._trouble = ""
            self._tell_broken(self.followed.broken_lists())

    def _tell_broken(self, broken: dict[str, str]) -> None:
        for url in sorted(broken.keys() - self._broken.keys()):
            _LOG.error("%s: nothing is accepted by list %s", broken[url], url)
        self._broken = broken
