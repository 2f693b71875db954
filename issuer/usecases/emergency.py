"""Revoking much at once: by what was done wrong, counted before it is done.

The first call counts. The second says what was counted, and does nothing if it is no longer so.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from clicid.errors import Refused
from issuer.usecases import auditing, barring
from issuer.usecases.offering import burn_offers
from issuer.usecases.revocation import BARRING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from issuer.usecases.environment import Environment
    from issuer.usecases.ports import Transaction
    from issuer.usecases.revocation import Reason


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which credentials; each criterion narrows the others, and empty ones say nothing.

    Args:
        credential: One of this id.
        person: All of a person's.
        device: All that went to the wallet which holds this one: a holder key's JWK thumbprint (RFC
            7638, base64url), or a credential's id.
        document: All of the person who showed this document: issuing state, a blank, number, as they
            are read from it.
        issued_from: Issued at this time or later.
        issued_until: Issued before this time.
        configuration: Of this configuration.
        approved_by: Of people whom this operator approved.
        engine: Of people whose evidence has this engine: its name, or name, a blank and version.
    """

    credential: str = ""
    person: str = ""
    device: str = ""
    document: str = ""
    issued_from: datetime | None = None
    issued_until: datetime | None = None
    configuration: str = ""
    approved_by: str = ""
    engine: str = ""

    def named(self) -> str:
        """The criteria for the audit table: a document's number stays out of it."""
        given = ((one.name, getattr(self, one.name)) for one in fields(self))
        return " ".join(name if name == "document" else f"{name}={value}" for name, value in given if value)


@dataclass(frozen=True, slots=True)
class Selection:
    """What the store looks for: `Wanted` with everything personal as ids and keyed hashes; None for any."""

    credential: str | None
    persons: frozenset[str] | None
    offers: frozenset[str] | None
    issued_from: datetime | None
    issued_until: datetime | None
    configuration: str | None
    approved_by: str | None
    engine: str | None


class Emergency:
    """Counts, and revokes what was counted.

    Args:
        env: Store, time.
        wake: Called when there are changes to publish.
    """

    def __init__(self, env: Environment, wake: Callable[[], None]) -> None:
        self._env = env
        self._wake = wake

    def count(self, wanted: Wanted) -> int:
        """How many credentials would be revoked that are not.

        Raises:
            Refused: ``revocation.selection`` if nothing narrows the choice.
        """
        with self._env.store.reading() as tx:
            return tx.incidents.count(self._selection(tx, wanted))

    def revoke(self, wanted: Wanted, reason: Reason, *, expect: int, by: str) -> int:
        """Revoke them, in one transaction; gives how many.

        Whom the criteria name, by themselves, their document, who approved them or what engine looked at
        them, is stopped as by `Revocation.act_on_person`: what is open for them would bring copies anew.

        Raises:
            Refused: ``revocation.selection``; ``revocation.count`` if there are not `expect` any more,
                and nothing was done.
        """
        with self._env.store.writing() as tx:
            selection = self._selection(tx, wanted)
            revoked = tx.incidents.revoke(selection, reason, by, self._env.now())
            if revoked != expect:
                raise Refused("revocation.count", "expect", f"{revoked}, not {expect}")
            for person_id in tx.incidents.people(selection):
                self._stop(tx, person_id, reason)
            detail = f"{reason} {revoked} {wanted.named()}"
            auditing.record(tx, self._env, actor=by, act="revoke.many", subject="incident", detail=detail)
        self._wake()
        return revoked

    def _stop(self, tx: Transaction, person_id: str, reason: Reason) -> None:
        if tx.persons.exists(person_id):
            burn_offers(tx, person_id)
            if reason in BARRING:
                barring.bar(tx, person_id, self._env.now())

    def _selection(self, tx: Transaction, wanted: Wanted) -> Selection:
        if not wanted.named():
            raise Refused("revocation.selection")
        persons = frozenset({wanted.person}) if wanted.person else None
        if wanted.document:
            found = tx.persons.find([self._env.sealer.lookup("document", wanted.document)])
            persons = found if persons is None else persons & found
        return Selection(
            credential=wanted.credential or None,
            persons=persons,
            offers=self._offers(tx, wanted.device) if wanted.device else None,
            issued_from=wanted.issued_from,
            issued_until=wanted.issued_until,
            configuration=wanted.configuration or None,
            approved_by=wanted.approved_by or None,
            engine=wanted.engine or None,
        )

    def _offers(self, tx: Transaction, device: str) -> frozenset[str]:
        # A wallet redeems an offer whole; each copy has a holder key of its own.
        return tx.incidents.offers(device, self._env.sealer.lookup("holder", device))
