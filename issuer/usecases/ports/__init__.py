"""What the use cases need from outside, as protocols.

The store, the key file and the carrier of one-time codes implement them; `issuer.main`
puts them together. What the store keeps stands in modules of its own, one for each of `issuer.store`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime

    from issuer.usecases.ports.incidents import Incidents
    from issuer.usecases.ports.issuance import Issuance
    from issuer.usecases.ports.liveness import Challenges
    from issuer.usecases.ports.onboarding import Jobs, Sessions
    from issuer.usecases.ports.operators import Audit, Operators
    from issuer.usecases.ports.people import Attempts, Persons, Vault
    from issuer.usecases.ports.statuses import Statuses
    from issuer.usecases.ports.visits import Visits
    from issuer.usecases.records import Channel


class Clock(Protocol):
    """The time now, UTC."""

    def __call__(self) -> datetime:
        """Read it."""


class Random(Protocol):
    """A source of random bytes."""

    def __call__(self, size: int, /) -> bytes:
        """`size` bytes."""


class Sealer(Protocol):
    """Keys per person, kept apart from the database."""

    def create(self) -> str:
        """A new key; gives its id."""

    def erase(self, key_id: str) -> None:
        """Destroy a key and with it everything sealed under it, wherever copies lie."""

    def ids(self) -> frozenset[str]:
        """The ids of the keys that are there."""

    def lookup(self, kind: str, value: str) -> bytes:
        """A keyed hash, to find a value again without storing it."""


class Outbox(Protocol):
    """Carries one-time codes to a phone number or an e-mail address."""

    def send(self, channel: Channel, address: str, purpose: str, code: str, language: str) -> None:
        """Send a code. `purpose` is ``contact`` or ``transaction``; raises `Undecided` if it cannot."""


class Transaction(Protocol):
    """Everything in the store, within one transaction."""

    @property
    def vault(self) -> Vault:
        """Sealed values."""

    @property
    def sessions(self) -> Sessions:
        """Onboardings."""

    @property
    def attempts(self) -> Attempts:
        """Counted tries."""

    @property
    def jobs(self) -> Jobs:
        """Heavy work."""

    @property
    def liveness(self) -> Challenges:
        """Challenges of head turns."""

    @property
    def persons(self) -> Persons:
        """People."""

    @property
    def issuance(self) -> Issuance:
        """Offers and copies."""

    @property
    def visits(self) -> Visits:
        """People at the authorization endpoint."""

    @property
    def statuses(self) -> Statuses:
        """Status lists."""

    @property
    def incidents(self) -> Incidents:
        """Many credentials at once."""

    @property
    def operators(self) -> Operators:
        """Operators."""

    @property
    def audit(self) -> Audit:
        """Acts."""


class Store(Protocol):
    """The database."""

    def writing(self) -> AbstractContextManager[Transaction]:
        """A transaction that alone may write, from its start to its end."""

    def reading(self) -> AbstractContextManager[Transaction]:
        """A consistent view."""

    def checkpoint(self) -> None:
        """Let go of older copies of pages, so that what was erased is gone."""

    def anchoring(self) -> AbstractContextManager[bool]:
        """Be the one process that sends status changes; False if another one is."""
