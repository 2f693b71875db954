"""The manual review queue: a person's right not to be decided about by a machine alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from issuer.evidence.decision import MAX_RESUBMISSIONS, RULES_VERSION, Outcome, shown
from issuer.evidence.levels import Level, reached
from issuer.usecases import auditing
from issuer.usecases.onboarding import (
    CHIP_PORTRAIT,
    DOCUMENT,
    DOCUMENT_BACK,
    PORTRAIT,
    READING,
    SELFIE,
    forget_back,
    move,
)
from issuer.usecases.profile import fields_from_bytes, with_names
from issuer.usecases.records import DecisionRecord, Operator, Session
from issuer.usecases.states import Event, State

if TYPE_CHECKING:
    from issuer.evidence.decision import Rules
    from issuer.evidence.evidence import Evidence
    from issuer.evidence.ports import DocumentFields
    from issuer.usecases.approval import Approval
    from issuer.usecases.environment import Environment
    from issuer.usecases.ports import Transaction

QUEUE_LIMIT: Final = 200
IMAGES: Final = (DOCUMENT, DOCUMENT_BACK, SELFIE, PORTRAIT, CHIP_PORTRAIT)
_EVENTS: Final = {
    "approve": Event.APPROVED,
    "refuse": Event.REFUSED,
    "resubmit_document": Event.DOCUMENT_WANTED_AGAIN,
    "resubmit_selfie": Event.SELFIE_WANTED_AGAIN,
}
_OUTCOMES: Final = {
    Event.APPROVED: Outcome.APPROVED,
    Event.REFUSED: Outcome.REFUSED,
    Event.DOCUMENT_WANTED_AGAIN: Outcome.RESUBMIT,
    Event.SELFIE_WANTED_AGAIN: Outcome.RESUBMIT,
}


@dataclass(frozen=True, slots=True)
class Case:
    """What a reviewer sees: read values, evidence and which images are there."""

    session: Session
    fields: DocumentFields | None
    evidence: tuple[Evidence, ...]
    images: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A reviewer's decision.

    Args:
        verdict: ``approve``, ``refuse``, ``resubmit_document`` or ``resubmit_selfie``.
        level: The assurance level where approved; None for what the evidence reaches.
        codes: Reason codes for the person.
        given_name: The printed name where the engine did not read it, else empty.
        family_name: Likewise.
    """

    verdict: str
    level: Level | None = None
    codes: tuple[str, ...] = ()
    given_name: str = ""
    family_name: str = ""


class Review:
    """The queue and its verdicts. Opening a case enters the audit table like deciding one."""

    def __init__(self, env: Environment, approval: Approval, rules: Rules) -> None:
        self._env = env
        self._approval = approval
        self._rules = rules

    def queue(self) -> tuple[Session, ...]:
        """The onboardings that wait, oldest first."""
        with self._env.store.reading() as tx:
            return tx.sessions.in_state(State.REVIEW, QUEUE_LIMIT)

    def open(self, session_id: str, operator: Operator) -> Case:
        """Show a case.

        Raises:
            Refused: ``review.unknown``.
        """
        with self._env.store.writing() as tx:
            session = _waiting(tx, session_id)
            reading = tx.vault.get(session.key_id, READING)
            images = tuple(name for name in IMAGES if tx.vault.has(session.key_id, name))
            auditing.record(tx, self._env, actor=operator.name, act="review.open", subject=session_id)
            fields = fields_from_bytes(reading) if reading else None
            return Case(session, fields, tx.sessions.evidence(session_id), images)

    def image(self, session_id: str, name: str, operator: Operator) -> bytes:
        """One image of a case.

        Raises:
            Refused: ``review.unknown``.
        """
        with self._env.store.writing() as tx:
            session = _waiting(tx, session_id)
            image = tx.vault.get(session.key_id, name) if name in IMAGES else None
            if image is None:
                raise Refused("review.unknown", "image")
            auditing.record(
                tx, self._env, actor=operator.name, act="review.image", subject=session_id, detail=name
            )
        return image

    def decide(self, session_id: str, verdict: Verdict, operator: Operator) -> Session:
        """Decide a case.

        Raises:
            Refused: ``review.unknown``, ``review.level``, ``issuing.profile``,
                ``onboarding.person_conflict``, ``onboarding.too_many_tries``.
        """
        event, former = _EVENTS[verdict.verdict], ""
        with self._env.store.writing() as tx:
            session = _waiting(tx, session_id)
            now = self._env.now()
            asked = session.resubmissions + (_OUTCOMES[event] is Outcome.RESUBMIT)
            if asked > MAX_RESUBMISSIONS:
                raise Refused("onboarding.too_many_tries")
            session = replace(move(session, event, now), codes=verdict.codes, resubmissions=asked)
            forget_back(tx, session)
            level = self._level(tx, session, verdict) if event is Event.APPROVED else ""
            tx.sessions.add_decision(
                DecisionRecord(
                    session_id=session_id,
                    outcome=_OUTCOMES[event],
                    codes=verdict.codes,
                    level=level,
                    rules_version=RULES_VERSION,
                    by=operator.name,
                    at=now,
                )
            )
            if event is Event.APPROVED:
                session, former = self._approve(tx, session, verdict, level)
            auditing.record(
                tx,
                self._env,
                actor=operator.name,
                act=f"review.{verdict.verdict}",
                subject=session_id,
                detail=" ".join((level, *verdict.codes)).strip(),
            )
            tx.sessions.save(session)
        if former:
            self._env.sealer.erase(former)
        return session

    def _level(self, tx: Transaction, session: Session, verdict: Verdict) -> Level:
        evidence = tx.sessions.evidence(session.id)
        claim = reached(self._rules.levels, shown(evidence), by_person=True)
        levels = list(Level)
        if claim is None or levels.index(verdict.level or claim.eidas) > levels.index(claim.eidas):
            raise Refused("review.level", "level")
        return verdict.level or claim.eidas

    def _approve(
        self, tx: Transaction, session: Session, verdict: Verdict, level: str
    ) -> tuple[Session, str]:
        reading = tx.vault.get(session.key_id, READING)
        if reading is None:
            raise Refused("issuing.profile", "document")
        fields = with_names(fields_from_bytes(reading), verdict.given_name, verdict.family_name)
        return self._approval.approve(tx, session, level, fields)


def _waiting(tx: Transaction, session_id: str) -> Session:
    session = tx.sessions.get(session_id)
    if session is None or session.state is not State.REVIEW:
        raise Refused("review.unknown")
    return session
