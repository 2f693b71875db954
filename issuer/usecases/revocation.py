"""Revoking, suspending and lifting. The reason is recorded here and goes nowhere else."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from issuer.usecases import auditing, barring
from issuer.usecases.offering import burn_offers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from issuer.usecases.environment import Environment
    from issuer.usecases.ports import Transaction
    from issuer.usecases.records import Copy, Entry, Progress

REVOKED: Final = 1
SUSPENDED: Final = 2


class Reason(StrEnum):
    """Why, from one closed list."""

    COMPROMISED = "compromised"
    LOST = "lost"
    SUPERSEDED = "superseded"
    ERRONEOUS = "erroneous"
    DECEASED = "deceased"
    REQUESTED = "requested"
    ERASED = "erased"


_URGENT: Final = frozenset({Reason.COMPROMISED, Reason.LOST})
BARRING: Final = _URGENT | {Reason.DECEASED}
"""For which a person who is revoked does not just fetch new ones."""


class ActKind(StrEnum):
    """What can be done to a credential's status."""

    REVOKE = "revoke"
    SUSPEND = "suspend"
    LIFT = "lift"


class Revocation:
    """Changes statuses.

    Args:
        env: Store, time.
        wake: Called when there are changes to publish: they go to the chain at once.
        may_lift: Whether the DID owner's key is here; only it can clear what stands on chain.
        hold: Whether what can wait goes out at fixed times (`issuer.usecases.cadence`): all but
            suspensions, and revocations of what is compromised or lost.
    """

    def __init__(self, env: Environment, wake: Callable[[], None], *, may_lift: bool, hold: bool) -> None:
        self._env = env
        self.wake = wake
        self._may_lift = may_lift
        self._hold = hold

    def find(self, list_url: str, index: int) -> Copy:
        """The copy behind a status entry.

        Raises:
            Refused: ``revocation.unknown``.
        """
        with self._env.store.reading() as tx:
            rows = [row for row in tx.statuses.lists() if row.url == list_url]
            copy = tx.issuance.copy_at(rows[0].id, index) if rows else None
        if copy is None:
            raise Refused("revocation.unknown")
        return copy

    def copies(self, person_id: str) -> tuple[tuple[Copy, Entry, Progress], ...]:
        """A person's copies with their status, and how far its last change has come.

        Raises:
            Refused: ``revocation.unknown``.
        """
        with self._env.store.reading() as tx:
            return tuple(
                (copy, entry, tx.statuses.progress(entry.list_id, entry.index))
                for copy, entry in _with_entries(tx, _of_person(tx, person_id))
            )

    def act_on_copy(self, copy_id: str, kind: ActKind, reason: Reason, *, by: str) -> None:
        """Change one copy's status.

        Raises:
            Refused: ``revocation.unknown``, ``revocation.final``, ``publication.owner_key``.
        """
        with self._env.store.writing() as tx:
            copy = tx.issuance.copy(copy_id)
            if copy is None:
                raise Refused("revocation.unknown")
            self._act(tx, [copy], kind, reason, by)
            auditing.record(tx, self._env, actor=by, act=kind, subject=copy_id, detail=reason)
        self.wake()

    def act_on_person(self, person_id: str, kind: ActKind, reason: Reason, *, by: str) -> int:
        """Change the status of all of a person's copies, and burn its offers; gives how many changed.

        Raises:
            Refused: ``revocation.unknown``, ``publication.owner_key``.
        """
        with self._env.store.writing() as tx:
            copies = _of_person(tx, person_id)
            if kind is ActKind.LIFT:
                copies = tuple(copy for copy, entry in _with_entries(tx, copies) if not entry.flags & REVOKED)
            changed = self._act(tx, copies, kind, reason, by)
            if kind is not ActKind.LIFT:
                burn_offers(tx, person_id)  # else a token that is out would bring copies anew
            if kind is ActKind.LIFT:
                barring.lift(tx, person_id)
            elif kind is ActKind.SUSPEND or reason in BARRING:
                barring.bar(tx, person_id, self._env.now())
            auditing.record(tx, self._env, actor=by, act=kind, subject=person_id, detail=reason)
        self.wake()
        return changed

    def suspend_all(self, tx: Transaction, person_id: str) -> int:
        """Suspend a person's copies at their own wish, and burn its offers, within a transaction."""
        copies = tx.issuance.copies_of_person(person_id)
        burn_offers(tx, person_id)
        barring.bar(tx, person_id, self._env.now())
        return self._act(tx, copies, ActKind.SUSPEND, Reason.REQUESTED, auditing.PERSON)

    def revoke_held(self, tx: Transaction, person_id: str, reason: Reason, until: datetime) -> int:
        """Revoke a person's copies issued until then, at their own wish, within a transaction."""
        copies = [copy for copy in tx.issuance.copies_of_person(person_id) if copy.issued_at <= until]
        return self._act(tx, copies, ActKind.REVOKE, reason, auditing.PERSON)

    def revoke_all(self, tx: Transaction, person_id: str) -> int:
        """Revoke a person's copies before the person is erased, within a transaction."""
        copies = tx.issuance.copies_of_person(person_id)
        return self._act(tx, copies, ActKind.REVOKE, Reason.ERASED, auditing.SYSTEM)

    def _act(self, tx: Transaction, copies: Sequence[Copy], kind: ActKind, reason: Reason, by: str) -> int:
        if kind is ActKind.LIFT and not self._may_lift:
            raise Refused("publication.owner_key")
        held = self._hold and kind is not ActKind.SUSPEND and reason not in _URGENT
        changed = 0
        for copy, entry in _with_entries(tx, copies):
            flags = _flags(entry.flags, kind)
            if flags != entry.flags:
                tx.statuses.set_flags(entry.list_id, entry.index, flags, held=held)
                tx.statuses.add_act(entry, kind, reason, by, self._env.now())
                changed += 1
                if kind is not ActKind.LIFT:  # nor does the wallet that holds it get it anew
                    tx.issuance.remove_grant(copy.offer_id)
        return changed


def _flags(flags: int, kind: ActKind) -> int:
    match kind:
        case ActKind.REVOKE:
            return flags | REVOKED
        case ActKind.SUSPEND:
            return flags | SUSPENDED
        case ActKind.LIFT:
            if flags & REVOKED:
                raise Refused("revocation.final")
            return flags & ~SUSPENDED


def _of_person(tx: Transaction, person_id: str) -> tuple[Copy, ...]:
    if not tx.persons.exists(person_id):
        raise Refused("revocation.unknown")
    return tx.issuance.copies_of_person(person_id)


def _with_entries(tx: Transaction, copies: Sequence[Copy]) -> tuple[tuple[Copy, Entry], ...]:
    pairs = ((copy, tx.statuses.entry(copy.list_id, copy.index)) for copy in copies)
    return tuple((copy, entry) for copy, entry in pairs if entry is not None)
