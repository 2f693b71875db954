"""What the folded state holds about each subject."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from clicid.errors import ClicidError
from clicid.ledger.facts import FOREVER
from clicid.ledger.lists import put, take

if TYPE_CHECKING:
    from clicid.ledger.events import Accredited, Delegated, ServiceProviderRegistered
    from clicid.ledger.lists import ListRules


@dataclass(frozen=True, slots=True)
class Right:
    """From when until when something holds, and how it was withdrawn (seconds since 1970)."""

    valid_from: int
    valid_until: int
    withdrawn_at: int | None = None
    keeps_anchored: bool = False

    @classmethod
    def granted(cls, event: Accredited | Delegated | ServiceProviderRegistered) -> Right:
        """As an event grants it."""
        return cls(min(event.valid_from, FOREVER), min(event.valid_until, FOREVER))

    def narrowed(self, other: Right) -> Right:
        """What both rights allow; the earlier withdrawal, which spares only what both spare."""
        ends = [right for right in (self, other) if right.withdrawn_at is not None]
        return Right(
            valid_from=max(self.valid_from, other.valid_from),
            valid_until=min(self.valid_until, other.valid_until),
            withdrawn_at=min((end.withdrawn_at or 0 for end in ends), default=None),
            keeps_anchored=bool(ends) and all(end.keeps_anchored for end in ends),
        )

    def withdrawn(self, time: int, *, keeps_anchored: bool) -> Right:
        """After a withdrawal; a second one can only make it harsher."""
        over = Right(self.valid_from, self.valid_until, time, keeps_anchored)
        return self.narrowed(over)


@dataclass(frozen=True, slots=True)
class AccreditationRecord:
    """What governance has said about an issuer and a type."""

    schema_digest: bytes
    may_delegate: bool
    identifier: str
    ca_digest: bytes
    right: Right


@dataclass(frozen=True, slots=True)
class RegistrationRecord:
    """What governance has said about a service provider."""

    digest: bytes
    right: Right


@dataclass(frozen=True, slots=True)
class RootRecord:
    """The first final block in which an identity committed an issuance root: its number and time."""

    block: int
    time: int


TROUBLE_DELTA: Final = "status.delta"
TROUBLE_DIGEST: Final = "status.digest_mismatch"
TROUBLE_EARLY: Final = "status.early"

PIECE: Final = 1 << 14
"""Bytes of a list's entries that are stored together: one change must not write a list of millions."""

MAX_WAITING: Final = 1 << 20
"""Most bytes of codes that wait for a right to issue; what anyone could make us hold of one list."""


@dataclass(frozen=True, slots=True)
class Commit:
    """What a version of a list does."""

    version: int
    set: bytes
    cleared: bytes
    digest: bytes


def pieces_of(length: int) -> range:
    """The numbers of the pieces that so many bytes make."""
    return range(-(-length // PIECE))


@dataclass(slots=True)
class ListRecord:
    """A status list. `entries` is changed in place, or None while the list sleeps.

    Anyone may open lists, and large ones cost memory and hashing: a list is only held once its
    identity has been given a right to issue. Until then its commits wait.

    `trouble` is empty, or for ever the reason code for which the list leads to no acceptance. `changed` are
    the numbers of the pieces of `entries` that were changed since the shell last cleared it.
    """

    identity: bytes
    list_id: bytes
    url: str
    width: int
    size: int
    version: int = 0
    trouble: str = ""
    entries: bytearray | None = None
    waiting: list[Commit] = field(default_factory=list)
    changed: set[int] = field(default_factory=set, compare=False)

    @property
    def pieces(self) -> range:
        """The numbers of the pieces that there are; none while the list sleeps."""
        return pieces_of(len(self.entries or b""))

    def copy(self) -> ListRecord:
        """One that can be changed without changing this one."""
        entries = None if self.entries is None else bytearray(self.entries)
        return replace(self, entries=entries, waiting=list(self.waiting), changed=set())

    def wake(self, rules: ListRules) -> bytearray:
        """Hold the list from now on, and do what waits; the entries."""
        if self.entries is None:
            self.entries = bytearray((self.size * self.width + 7) // 8)
            for commit in self.waiting:
                self._apply(self.entries, commit, rules)
            self.waiting.clear()
            self.changed.update(self.pieces)
        return self.entries

    def commit(self, commit: Commit, rules: ListRules) -> None:
        """One version more; a malformed or mismatching one makes trouble, and what it sets stands."""
        self.version = commit.version
        if self.entries is None:
            self._wait(commit)
        else:
            self._apply(self.entries, commit, rules)

    def _wait(self, commit: Commit) -> None:
        if self.trouble:
            return
        self.waiting.append(commit)
        if sum(len(one.set) + len(one.cleared) for one in self.waiting) > MAX_WAITING:
            self.trouble = TROUBLE_EARLY
            self.waiting.clear()

    def _apply(self, entries: bytearray, commit: Commit, rules: ListRules) -> None:
        try:
            added, removed = rules.read(commit.set, commit.cleared, self.size * self.width)
        except ClicidError:
            self.trouble = self.trouble or TROUBLE_DELTA
            return
        put(entries, added)
        take(entries, removed)
        for positions in (added, removed):
            self.changed.update({position // (8 * PIECE) for position in positions})
        if rules.digest(self.list_id, commit.version, self.width, self.size, entries) != commit.digest:
            self.trouble = self.trouble or TROUBLE_DIGEST
