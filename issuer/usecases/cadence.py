"""When changes that can wait go out, and among what: so that an observer can count little.

Held changes go out at fixed times, each list at its own, so that one person's copies do not leave
together. Decoys, revocations of indexes that nobody has, fill a version up to a round number; where
nothing happened the version is all decoys. What cannot wait is not held at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from issuer.usecases.indexes import unused

if TYPE_CHECKING:
    from datetime import datetime

    from issuer.usecases.ports import Random, Transaction
    from issuer.usecases.records import ListRow

_DECOY_FLAGS: Final = 1
_KEPT: Final = 64
"""A decoy is drawn while more than one of so many indexes is unused."""


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often, and how much.

    Args:
        every: The time between two versions of a list; zero sends everything at once.
        decoys: A version is filled up to a multiple of so many changes; 0 for no decoys.
    """

    every: timedelta = timedelta()
    decoys: int = 0

    def release(self, tx: Transaction, row: ListRow, now: datetime, random: Random) -> None:
        """Let a list's held changes go, with decoys among them, if their time has come.

        It has come too if the clock was ahead when they last went: nothing waits until that time.
        """
        if not self.every or self._last_time(row, now) <= row.released <= now or not row.given:
            return
        tx.statuses.release(row.id, now)
        if not self.decoys:
            return
        real = len(tx.statuses.open_entries(row.id))
        wanted = -real % self.decoys if real else self.decoys
        room = row.size - row.size // _KEPT - row.given
        for _ in range(min(wanted, room)):
            # Used up for ever: an index that was a decoy is never given to anybody.
            tx.statuses.use_up(row.id, unused(tx, row, random), _DECOY_FLAGS)

    def _last_time(self, row: ListRow, now: datetime) -> datetime:
        """The newest of the list's fixed times; lists are apart by their random ids."""
        every = int(self.every.total_seconds())
        shift = int(row.id, 16) % every
        return now - timedelta(seconds=(int(now.timestamp()) - shift) % every)


AT_ONCE: Final = Cadence()
"""Nothing is held."""
