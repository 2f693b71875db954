"""Onboardings and their heavy work. `issuer.store.onboarding` implements it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from issuer.evidence.evidence import Evidence
    from issuer.usecases.records import Channel, Code, ConsentKind, DecisionRecord, Job, Session


class Sessions(Protocol):
    """Onboardings and what belongs to one."""

    def add(self, session_: Session, /) -> None:
        """Keep a new one."""

    def get(self, session_id: str) -> Session | None:
        """Find one."""

    def save(self, session_: Session, /) -> None:
        """Write one back with its version one higher; ``onboarding.changed`` if it was changed meanwhile."""

    def in_state(self, state: str, limit: int) -> tuple[Session, ...]:
        """Those in a state, oldest first."""

    def of_key(self, key_id: str) -> tuple[Session, ...]:
        """Those whose data is sealed under a key."""

    def without_person(self, before: datetime, limit: int) -> tuple[Session, ...]:
        """Those that led to no person, wait for no review, and were last touched before that time."""

    def waiting(self, before: datetime, limit: int) -> tuple[Session, ...]:
        """Those that have waited for a reviewer since before that time."""

    def queue(self) -> tuple[int, datetime | None]:
        """How many wait for a reviewer, and since when the first of them; None without any."""

    def add_consent(
        self, session_: Session, /, kind: ConsentKind, policy_version: str, at: datetime, *, given: bool
    ) -> None:
        """Record what was told or agreed, in which version and language."""

    def withdraw_consent(self, session_id: str, kind: ConsentKind, at: datetime) -> None:
        """Record the withdrawal beside the consent."""

    def consented(self, session_id: str, kind: ConsentKind) -> bool:
        """Whether the latest answer of a kind was yes, and was not withdrawn."""

    def consents(self, session_id: str) -> tuple[dict[str, str | bool], ...]:
        """The records, for an export."""

    def put_code(self, code: Code) -> None:
        """Keep a code in place of an older one of that channel."""

    def code(self, session_id: str, channel: Channel) -> Code | None:
        """The code under way."""

    def drop_code(self, session_id: str, channel: Channel) -> None:
        """Forget it: used, burnt or expired."""

    def add_evidence(self, session_id: str, evidence_: Evidence, /, at: datetime) -> None:
        """Keep a piece of evidence."""

    def evidence(self, session_id: str) -> tuple[Evidence, ...]:
        """All pieces, oldest first."""

    def drop_evidence(self, session_id: str, kind: str) -> None:
        """Remove the pieces of one kind."""

    def add_decision(self, decision_: DecisionRecord, /) -> None:
        """Keep a decision."""

    def decisions(self, session_id: str) -> tuple[DecisionRecord, ...]:
        """All, oldest first."""

    def remove(self, session_id: str) -> None:
        """Remove an onboarding with everything that belongs to it."""


class Jobs(Protocol):
    """The table of heavy work. A job is there until it is done."""

    def add(self, job_id: str, session_id: str, at: datetime) -> None:
        """One more."""

    def claim(self, worker: str, now: datetime, lease_until: datetime) -> Job | None:
        """Take the oldest one that nobody holds a lease on; counts the attempt."""

    def release(self, job: Job) -> None:
        """Give it back for another attempt; what another worker took since stays with it."""

    def release_all(self, worker: str) -> None:
        """Give back what an earlier life of this worker held."""

    def finish(self, job: Job) -> bool:
        """Done; False if the lease ran out and another worker took it since, or has done it."""

    def remove(self, job_id: str) -> None:
        """Take out one that there is nothing to do for."""
