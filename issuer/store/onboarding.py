"""Onboardings, and what belongs to one."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, or_, select, text, update
from sqlalchemy.dialects.sqlite import insert as upsert

from clicid.errors import Refused
from issuer.evidence.evidence import Evidence, EvidenceKind
from issuer.evidence.ports import Finding
from issuer.store.tables import (
    consent,
    contact_code,
    decision,
    evidence,
    job,
    liveness_challenge,
    session,
)
from issuer.usecases.records import Channel, Code, ConsentKind, DecisionRecord, Job, Session
from issuer.usecases.states import State

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping

_SESSION_FIELDS = tuple(field.name for field in fields(Session))


class SqlSessions:
    """Onboardings."""

    def __init__(self, connection: Connection, new_id: Callable[[], str]) -> None:
        self._connection = connection
        self._new_id = new_id

    def add(self, session_: Session) -> None:
        """Keep a new one."""
        self._connection.execute(insert(session).values(_columns(session_)))

    def get(self, session_id: str) -> Session | None:
        """Find one."""
        row = (
            self._connection.execute(select(session).where(session.c.id == session_id))
            .mappings()
            .one_or_none()
        )
        return None if row is None else _session(row)

    def save(self, session_: Session) -> None:
        """Write one back with its version one higher; ``onboarding.changed`` if it was changed meanwhile."""
        row = _columns(session_) | {"version": session_.version + 1}
        where = (session.c.id == session_.id, session.c.version == session_.version)
        if self._connection.execute(update(session).where(*where).values(row)).rowcount != 1:
            raise Refused("onboarding.changed")

    def in_state(self, state: str, limit: int) -> tuple[Session, ...]:
        """Those in a state, oldest first."""
        query = select(session).where(session.c.state == state).order_by(session.c.updated_at).limit(limit)
        return tuple(_session(row) for row in self._connection.execute(query).mappings())

    def of_key(self, key_id: str) -> tuple[Session, ...]:
        """Those whose data is sealed under a key."""
        query = select(session).where(session.c.key_id == key_id).order_by(session.c.created_at)
        return tuple(_session(row) for row in self._connection.execute(query).mappings())

    def without_person(self, before: datetime, limit: int) -> tuple[Session, ...]:
        """Those that led to no person, wait for no review, and were last touched before that time."""
        over = (session.c.person_id.is_(None), session.c.updated_at < before)
        query = select(session).where(*over, session.c.state != State.REVIEW).limit(limit)
        return tuple(_session(row) for row in self._connection.execute(query).mappings())

    def waiting(self, before: datetime, limit: int) -> tuple[Session, ...]:
        """Those that have waited for a reviewer since before that time."""
        long = (session.c.state == State.REVIEW, session.c.updated_at < before)
        query = select(session).where(*long).limit(limit)
        return tuple(_session(row) for row in self._connection.execute(query).mappings())

    def queue(self) -> tuple[int, datetime | None]:
        """How many wait for a reviewer, and since when the first of them; None without any."""
        query = select(func.count(), func.min(session.c.updated_at)).where(session.c.state == State.REVIEW)
        count, first = self._connection.execute(query).one()
        return int(count), first

    def add_consent(
        self, session_: Session, kind: ConsentKind, policy_version: str, at: datetime, *, given: bool
    ) -> None:
        """Record what was told or agreed, in which version and language."""
        self._connection.execute(
            insert(consent).values(
                id=self._new_id(),
                session_id=session_.id,
                kind=kind,
                policy_version=policy_version,
                language=session_.language,
                given=given,
                at=at,
            )
        )

    def withdraw_consent(self, session_id: str, kind: ConsentKind, at: datetime) -> None:
        """Record the withdrawal beside the consent."""
        self._connection.execute(
            update(consent)
            .where(
                consent.c.session_id == session_id, consent.c.kind == kind, consent.c.withdrawn_at.is_(None)
            )
            .values(withdrawn_at=at)
        )

    def consented(self, session_id: str, kind: ConsentKind) -> bool:
        """Whether the latest answer of a kind was yes, and was not withdrawn."""
        mine = (consent.c.session_id == session_id, consent.c.kind == kind)
        # Times are whole seconds: of two answers in one the row written later is the later.
        query = select(consent).where(*mine).order_by(consent.c.at.desc(), text("rowid DESC")).limit(1)
        row = self._connection.execute(query).one_or_none()
        return row is not None and row.given and row.withdrawn_at is None

    def consents(self, session_id: str) -> tuple[dict[str, str | bool], ...]:
        """The records, for an export."""
        query = select(consent).where(consent.c.session_id == session_id).order_by(consent.c.at)
        return tuple(
            {
                "kind": row.kind,
                "policy_version": row.policy_version,
                "language": row.language,
                "given": row.given,
                "at": row.at.isoformat(),
                "withdrawn_at": row.withdrawn_at.isoformat() if row.withdrawn_at else "",
            }
            for row in self._connection.execute(query)
        )

    def put_code(self, code: Code) -> None:
        """Keep a code in place of an older one of that channel."""
        row = asdict(code)
        statement = upsert(contact_code).values(row)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["session_id", "channel"], set_=row)
        )

    def code(self, session_id: str, channel: Channel) -> Code | None:
        """The code under way."""
        query = select(contact_code).where(_code_of(session_id, channel))
        row = self._connection.execute(query).mappings().one_or_none()
        return None if row is None else Code(**dict(row) | {"channel": Channel(row["channel"])})

    def drop_code(self, session_id: str, channel: Channel) -> None:
        """Forget it: used, burnt or expired."""
        self._connection.execute(delete(contact_code).where(_code_of(session_id, channel)))

    def add_evidence(self, session_id: str, evidence_: Evidence, at: datetime) -> None:
        """Keep a piece of evidence."""
        body = json.dumps(asdict(evidence_))
        self._connection.execute(
            insert(evidence).values(session_id=session_id, kind=evidence_.kind, body=body, at=at)
        )

    def evidence(self, session_id: str) -> tuple[Evidence, ...]:
        """All pieces, oldest first."""
        query = select(evidence.c.body).where(evidence.c.session_id == session_id).order_by(evidence.c.id)
        return tuple(_evidence(json.loads(body)) for body in self._connection.scalars(query))

    def drop_evidence(self, session_id: str, kind: str) -> None:
        """Remove the pieces of one kind."""
        self._connection.execute(
            delete(evidence).where(evidence.c.session_id == session_id, evidence.c.kind == kind)
        )

    def add_decision(self, decision_: DecisionRecord) -> None:
        """Keep a decision."""
        row = asdict(decision_) | {"codes": json.dumps(decision_.codes)}
        self._connection.execute(insert(decision).values(row))

    def decisions(self, session_id: str) -> tuple[DecisionRecord, ...]:
        """All, oldest first."""
        query = select(decision).where(decision.c.session_id == session_id).order_by(decision.c.id)
        return tuple(_decision(row) for row in self._connection.execute(query).mappings())

    def remove(self, session_id: str) -> None:
        """Remove an onboarding with everything that belongs to it."""
        for table in (consent, contact_code, evidence, decision, job, liveness_challenge):
            self._connection.execute(delete(table).where(table.c.session_id == session_id))
        self._connection.execute(delete(session).where(session.c.id == session_id))


class SqlJobs:
    """The table of heavy work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, job_id: str, session_id: str, at: datetime) -> None:
        """One more."""
        self._connection.execute(
            insert(job).values(id=job_id, session_id=session_id, attempts=0, created_at=at)
        )

    def claim(self, worker: str, now: datetime, lease_until: datetime) -> Job | None:
        """Take the oldest one that nobody holds a lease on; counts the attempt."""
        free = or_(job.c.lease_until.is_(None), job.c.lease_until <= now)
        row = self._connection.execute(
            select(job).where(free).order_by(job.c.created_at).limit(1)
        ).one_or_none()
        if row is None:
            return None
        self._connection.execute(
            update(job)
            .where(job.c.id == row.id)
            .values(worker=worker, lease_until=lease_until, attempts=row.attempts + 1)
        )
        return Job(row.id, row.session_id, row.attempts + 1)

    def release(self, job_: Job) -> None:
        """Give it back for another attempt; what another worker took since stays with it."""
        self._connection.execute(update(job).where(*_held(job_)).values(worker=None, lease_until=None))

    def release_all(self, worker: str) -> None:
        """Give back what an earlier life of this worker held."""
        self._connection.execute(
            update(job).where(job.c.worker == worker).values(worker=None, lease_until=None)
        )

    def finish(self, job_: Job) -> bool:
        """Done; False if the lease ran out and another worker took it since, or has done it."""
        return self._connection.execute(delete(job).where(*_held(job_))).rowcount == 1

    def remove(self, job_id: str) -> None:
        """Take out one that there is nothing to do for."""
        self._connection.execute(delete(job).where(job.c.id == job_id))


def _held(job_: Job) -> tuple[Any, Any]:
    # Each claim counts an attempt: who holds an older count holds nothing.
    return job.c.id == job_.id, job.c.attempts == job_.attempts


def _code_of(session_id: str, channel: Channel) -> Any:
    return (contact_code.c.session_id == session_id) & (contact_code.c.channel == channel)


def _columns(record: Session) -> dict[str, Any]:
    row = {name: getattr(record, name) for name in _SESSION_FIELDS}
    return row | {"codes": json.dumps(record.codes)}


def _session(row: RowMapping) -> Session:
    return Session(**dict(row) | {"state": State(row["state"]), "codes": tuple(json.loads(row["codes"]))})


def _evidence(body: dict[str, Any]) -> Evidence:
    findings = tuple(Finding(**finding) for finding in body["findings"])
    return Evidence(**body | {"kind": EvidenceKind(body["kind"]), "findings": findings})


def _decision(row: RowMapping) -> DecisionRecord:
    values = {name: value for name, value in row.items() if name != "id"}
    return DecisionRecord(**values | {"codes": tuple(json.loads(row["codes"]))})
