"""The manual review queue: a person's right not to be decided about by a machine alone.

A reviewer claims a case and has it alone for a while; the others see by whom. What a verdict does stands
in `issuer.usecases.verdicts`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from issuer.evidence.liveness import Answer
from issuer.usecases import auditing
from issuer.usecases.naming import names_of
from issuer.usecases.onboarding import (
    CHIP_PORTRAIT,
    DOCUMENT,
    DOCUMENT_BACK,
    LIVENESS,
    PORTRAIT,
    READING,
    SELFIE,
    load,
)
from issuer.usecases.profile import fields_from_bytes
from issuer.usecases.recording import files_of
from issuer.usecases.states import State

if TYPE_CHECKING:
    from datetime import datetime

    from issuer.evidence.decision import Rules
    from issuer.evidence.evidence import Evidence
    from issuer.evidence.file import EvidenceFile
    from issuer.evidence.ports import DocumentFields
    from issuer.usecases.enrolment import Enrolment, Known
    from issuer.usecases.environment import Environment
    from issuer.usecases.naming import Names
    from issuer.usecases.ports import Transaction
    from issuer.usecases.records import Operator, Session

QUEUE_LIMIT: Final = 200
MAX_NOTES: Final = 100
NOTE: Final = "note"
CLAIM: Final = timedelta(minutes=30)
IMAGES: Final = (DOCUMENT, DOCUMENT_BACK, SELFIE, PORTRAIT, CHIP_PORTRAIT)
ENROLLED: Final = "enrolled"
"""The portrait on file of the person that a case leads to."""


@dataclass(frozen=True, slots=True)
class Note:
    """What a reviewer wrote about a case; it may say anything of a person, and lies sealed."""

    by: str
    at: str
    text: str

    def to_bytes(self) -> bytes:
        """As JSON, for the vault."""
        return json.dumps(asdict(self), ensure_ascii=False).encode()

    def digest(self) -> str:
        """SHA-256 over it, in hex."""
        return hashlib.sha256(self.to_bytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class Case:
    """What a reviewer sees: read values, evidence, the thresholds it is measured against, and images.

    `names` are in the person's own words where the printed ones were not read; a verdict takes them unless
    the reviewer gives others. `files` are the decisions so far, each with what it stood on;
    `known` is who the document leads to.
    """

    session: Session
    fields: DocumentFields | None
    names: Names | None
    evidence: tuple[Evidence, ...]
    images: tuple[str, ...]
    notes: tuple[Note, ...]
    files: tuple[EvidenceFile, ...]
    rules: Rules
    known: Known | None


class Review:
    """The queue. Opening a case enters the audit table like deciding one.

    Args:
        env: Store, keys, time.
        enrolment: Who is known already.
        rules: The rules in force, whose thresholds a reviewer sees beside the scores.
    """

    def __init__(self, env: Environment, enrolment: Enrolment, rules: Rules) -> None:
        self._env = env
        self._enrolment = enrolment
        self._rules = rules

    def queue(self) -> tuple[Session, ...]:
        """The onboardings that wait, oldest first; a claim that has run out is not shown."""
        now = self._env.now()
        with self._env.store.reading() as tx:
            waiting = tx.sessions.in_state(State.REVIEW, QUEUE_LIMIT)
        return tuple(one if holder(one, now) else unclaimed(one) for one in waiting)

    def claim(self, session_id: str, operator: Operator) -> Session:
        """Have a case alone for half an hour from now.

        Raises:
            Refused: ``review.unknown``, ``review.claimed``.
        """
        with self._env.store.writing() as tx:
            session = waiting_for(tx, session_id, operator, self._env.now())
            claimed = replace(session, claimed_by=operator.name, claimed_until=self._env.now() + CLAIM)
            tx.sessions.save(claimed)
            auditing.record(tx, self._env, actor=operator.name, act="review.claim", subject=session_id)
        return claimed

    def release(self, session_id: str, operator: Operator) -> None:
        """Give a case back to the queue.

        Raises:
            Refused: ``review.unknown``, ``review.claimed``.
        """
        with self._env.store.writing() as tx:
            session = waiting_for(tx, session_id, operator, self._env.now())
            tx.sessions.save(unclaimed(session))
            auditing.record(tx, self._env, actor=operator.name, act="review.release", subject=session_id)

    def open(self, session_id: str, operator: Operator) -> Case:
        """Show a case.

        Raises:
            Refused: ``review.unknown``.
        """
        with self._env.store.writing() as tx:
            session = waiting(tx, session_id)
            reading = tx.vault.get(session.key_id, READING)
            auditing.record(tx, self._env, actor=operator.name, act="review.open", subject=session_id)
            return Case(
                session=session if holder(session, self._env.now()) else unclaimed(session),
                fields=fields_from_bytes(reading) if reading else None,
                names=names_of(tx, session),
                evidence=tx.sessions.evidence(session_id),
                images=self._images(tx, session),
                notes=notes_of(tx, session),
                files=files_of(tx, session),
                rules=self._rules,
                known=self._known(tx, session),
            )

    def image(self, session_id: str, name: str, operator: Operator) -> bytes:
        """One image of a case.

        Raises:
            Refused: ``review.unknown``.
        """
        with self._env.store.writing() as tx:
            session = waiting(tx, session_id)
            image = self._image(tx, session, name)
            if image is None:
                raise Refused("review.unknown", "image")
            auditing.record(
                tx, self._env, actor=operator.name, act="review.image", subject=session_id, detail=name
            )
        return image

    def files(self, session_id: str, operator: Operator) -> tuple[EvidenceFile, ...]:
        """The files of evidence of any onboarding, for an auditor.

        Raises:
            Refused: ``onboarding.unknown``.
        """
        with self._env.store.writing() as tx:
            session = load(tx, session_id)
            auditing.record(tx, self._env, actor=operator.name, act="decision.read", subject=session_id)
            return files_of(tx, session)

    def note(self, session_id: str, text: str, operator: Operator) -> Note:
        """Write something down about a case; the audit table gets its digest.

        Raises:
            Refused: ``review.unknown``, ``review.claimed``, ``review.notes`` where there are too many.
        """
        now = self._env.now()
        note = Note(operator.name, now.isoformat(), text)
        with self._env.store.writing() as tx:
            session = waiting_for(tx, session_id, operator, now)
            number = len(notes_of(tx, session)) + 1
            if number > MAX_NOTES:
                raise Refused("review.notes")
            tx.vault.put(session.key_id, _note_name(session.id, number), note.to_bytes())
            auditing.record(
                tx,
                self._env,
                actor=operator.name,
                act="review.note",
                subject=session_id,
                detail=auditing.SHA256 + note.digest(),
            )
        return note

    def _known(self, tx: Transaction, session: Session) -> Known | None:
        reading = tx.vault.get(session.key_id, READING)
        try:
            return None if reading is None else self._enrolment.find(tx, fields_from_bytes(reading))
        except Refused:
            return None  # no single person: the case's codes say which conflict it is

    def _images(self, tx: Transaction, session: Session) -> tuple[str, ...]:
        own = tuple(name for name in IMAGES if tx.vault.has(session.key_id, name))
        known = (ENROLLED,) if self._image(tx, session, ENROLLED) else ()
        return (*own, *known, *_frames(tx, session))

    def _image(self, tx: Transaction, session: Session, name: str) -> bytes | None:
        if name == ENROLLED:
            known = self._known(tx, session)
            held = (known and tx.vault.get(known.person_id, name) for name in (PORTRAIT, CHIP_PORTRAIT))
            return next((image for image in held if image), None)
        if name in IMAGES:
            return tx.vault.get(session.key_id, name)
        return _frames(tx, session).get(name)


def _frames(tx: Transaction, session: Session) -> dict[str, bytes]:
    """The frames of the head's turns by name: ``frame-1`` and on."""
    answer = tx.vault.get(session.key_id, LIVENESS)
    frames = Answer.from_bytes(answer).frames if answer else ()
    return {f"frame-{place}": frame for place, frame in enumerate(frames, 1)}


def waiting(tx: Transaction, session_id: str) -> Session:
    """A case of the queue; ``review.unknown`` if it is none."""
    session = tx.sessions.get(session_id)
    if session is None or session.state is not State.REVIEW:
        raise Refused("review.unknown")
    return session


def waiting_for(tx: Transaction, session_id: str, operator: Operator, now: datetime) -> Session:
    """A case that this operator may work on; ``review.claimed`` if another one has it."""
    session = waiting(tx, session_id)
    if holder(session, now) not in {"", operator.name}:
        raise Refused("review.claimed")
    return session


def holder(session: Session, now: datetime) -> str:
    """Who has the case alone now; empty if nobody has."""
    until = session.claimed_until
    return session.claimed_by if until is not None and now < until else ""


def unclaimed(session: Session) -> Session:
    """The case without a claim."""
    return replace(session, claimed_by="", claimed_until=None)


def notes_of(tx: Transaction, session: Session) -> tuple[Note, ...]:
    """The notes about a case, oldest first."""
    numbers = range(1, MAX_NOTES + 1)
    kept = (tx.vault.get(session.key_id, _note_name(session.id, number)) for number in numbers)
    return tuple(Note(**json.loads(raw)) for raw in takewhile(bool, kept) if raw)


def _note_name(session_id: str, number: int) -> str:
    return f"{NOTE} {session_id} {number}"
