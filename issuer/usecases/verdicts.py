"""What a reviewer's verdict does; where the policy wants four eyes, the first one is a proposal."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from clicid.errors import Refused
from issuer.evidence.decision import MAX_RESUBMISSIONS, RULES_VERSION, Outcome, noticed, shown
from issuer.evidence.levels import Claim, Level, reached
from issuer.usecases import auditing, recording
from issuer.usecases.naming import names_of
from issuer.usecases.onboarding import OF_THE_CASE, PROPOSAL, READING, forget_back, move
from issuer.usecases.profile import fields_from_bytes, with_names
from issuer.usecases.recording import Made
from issuer.usecases.records import DecisionRecord
from issuer.usecases.review import notes_of, unclaimed, waiting_for
from issuer.usecases.states import Event, State

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import timedelta

    from issuer.evidence.decision import Rules
    from issuer.usecases.approval import Approval
    from issuer.usecases.environment import Environment
    from issuer.usecases.ports import Transaction
    from issuer.usecases.records import Operator, Session

_EVENTS: Final = {
    "approve": Event.APPROVED,
    "refuse": Event.REFUSED,
    "resubmit_document": Event.DOCUMENT_WANTED_AGAIN,
    "resubmit_selfie": Event.SELFIE_WANTED_AGAIN,
    "resubmit_liveness": Event.LIVENESS_WANTED_AGAIN,
}
_OUTCOMES: Final = {"approve": Outcome.APPROVED, "refuse": Outcome.REFUSED}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A reviewer's decision.

    Args:
        verdict: ``approve``, ``refuse``, ``resubmit_document``, ``resubmit_selfie`` or
            ``resubmit_liveness``.
        level: The assurance level where approved; None for what the evidence reaches.
        codes: Reason codes for the person.
        given_name: The printed name where the engine did not read it, else empty.
        family_name: Likewise.
        same_person: Where the case leads to somebody known already, whether it is they.
    """

    verdict: str
    level: Level | None = None
    codes: tuple[str, ...] = ()
    given_name: str = ""
    family_name: str = ""
    same_person: bool | None = None


@dataclass(frozen=True, slots=True)
class FourEyes:
    """Which verdicts take two reviewers: of these kinds, from this level on, or about these codes."""

    verdicts: frozenset[str] = frozenset()
    level: Level | None = None
    codes: frozenset[str] = frozenset()

    def wanted(self, verdict: str, level: Level | None, codes: Collection[str]) -> bool:
        """Whether a second reviewer has to agree; asking for something again never takes one."""
        if verdict not in _OUTCOMES:
            return False
        high = None not in (level, self.level) and _rank(level) >= _rank(self.level)
        return high or verdict in self.verdicts or not self.codes.isdisjoint(codes)


class Verdicts:
    """Decides cases of the queue.

    Args:
        env: Store, keys, time.
        approval: Makes a person of an approved onboarding.
        rules: The rules in force.
        four_eyes: When two reviewers are wanted.
        contest_period: How long a decision can be contested; images are kept so long.
    """

    def __init__(
        self,
        env: Environment,
        approval: Approval,
        rules: Rules,
        *,
        four_eyes: FourEyes,
        contest_period: timedelta,
    ) -> None:
        self._env = env
        self._approval = approval
        self._rules = rules
        self._four_eyes = four_eyes
        self._contest_period = contest_period

    def decide(self, session_id: str, verdict: Verdict, operator: Operator) -> Session:
        """Decide a case, or propose how, where two are wanted.

        Raises:
            Refused: ``review.unknown``, ``review.claimed``, ``review.proposed``, ``review.level``,
                ``review.known``, ``issuing.profile``, ``onboarding.person_conflict``,
                ``onboarding.too_many_tries``.
        """
        former = ""
        with self._env.store.writing() as tx:
            session = waiting_for(tx, session_id, operator, self._env.now())
            if session.proposed_by:
                raise Refused("review.proposed")
            claim = self._claim(tx, session, verdict)
            codes = {*session.codes, *noticed(tx.sessions.evidence(session_id), self._rules)}
            if self._four_eyes.wanted(verdict.verdict, claim.eidas if claim else None, codes):
                session = self._propose(tx, session, verdict, operator)
            else:
                session, former = self._carry_out(tx, session, verdict, claim, operator.name)
            tx.sessions.save(session)
        if former:
            self._env.sealer.erase(former)
        return session

    def answer(self, session_id: str, operator: Operator, *, agree: bool) -> Session:
        """Agree with another reviewer's proposal, which decides the case, or send it back to the queue.

        Raises:
            Refused: ``review.no_proposal``, ``review.same_person``, and as `decide`.
        """
        former = ""
        with self._env.store.writing() as tx:
            session = waiting_for(tx, session_id, operator, self._env.now())
            first = session.proposed_by
            raw = tx.vault.get(session.key_id, PROPOSAL)
            if not first or raw is None:
                raise Refused("review.no_proposal")
            if first == operator.name:
                raise Refused("review.same_person")
            tx.vault.drop(session.key_id, PROPOSAL)
            session = replace(session, proposed_by="")
            if agree:
                verdict = _verdict(raw)
                claim = self._claim(tx, session, verdict)
                session, former = self._carry_out(tx, session, verdict, claim, operator.name, first)
            else:
                session = unclaimed(session)
                self._audit(tx, session, operator.name, "send_back")
            tx.sessions.save(session)
        if former:
            self._env.sealer.erase(former)
        return session

    def _propose(self, tx: Transaction, session: Session, verdict: Verdict, operator: Operator) -> Session:
        # The names in it are personal: it lies sealed, and the audit table has what was proposed.
        tx.vault.put(session.key_id, PROPOSAL, json.dumps(asdict(verdict)).encode())
        self._audit(tx, session, operator.name, f"propose.{verdict.verdict}", *verdict.codes)
        return replace(unclaimed(session), proposed_by=operator.name)

    def _carry_out(
        self,
        tx: Transaction,
        session: Session,
        verdict: Verdict,
        claim: Claim | None,
        *by: str,
    ) -> tuple[Session, str]:
        outcome = _OUTCOMES.get(verdict.verdict, Outcome.RESUBMIT)
        asked = session.resubmissions + (outcome is Outcome.RESUBMIT)
        if asked > MAX_RESUBMISSIONS:
            raise Refused("onboarding.too_many_tries")
        moved = move(session, _EVENTS[verdict.verdict], self._env.now())
        moved = replace(unclaimed(moved), codes=verdict.codes, resubmissions=asked)
        # A decision can be contested from the day on which it is made.
        tx.vault.keep(session.key_id, OF_THE_CASE, self._env.now() + self._contest_period)
        self._record(tx, session, Made(outcome, verdict.codes, claim), *by)
        forget_back(tx, moved)
        if moved.state is State.LIVENESS:  # as many challenges as at first
            tx.liveness.drop_challenge(session.id)
        former = ""
        if claim is not None:
            moved, former = self._approve(tx, moved, verdict, claim.eidas)
        level = () if claim is None else (str(claim.eidas),)
        self._audit(tx, session, by[0], verdict.verdict, *level, *verdict.codes)
        return moved, former

    def _record(self, tx: Transaction, session: Session, made: Made, last: str, first: str = "") -> None:
        level = "" if made.claim is None else str(made.claim.eidas)
        if first:  # whoever looks for what an operator approved finds both
            tx.sessions.add_decision(
                DecisionRecord(
                    session.id, made.outcome, made.codes, level, RULES_VERSION, first, self._env.now()
                )
            )
        notes = [note.digest() for note in notes_of(tx, session)]
        persons: Literal[1, 2] = 2 if first else 1
        made = replace(made, by=last, persons=persons, notes=notes)
        recording.record(tx, self._env, session, made, self._rules)

    def _claim(self, tx: Transaction, session: Session, verdict: Verdict) -> Claim | None:
        """The row of the level: the highest that the evidence reaches, and that the reviewer answers for."""
        if verdict.verdict != "approve":
            return None
        named = verdict.level
        rows = [row for row in self._rules.levels if named is None or _rank(row.eidas) <= _rank(named)]
        claim = reached(rows, shown(tx.sessions.evidence(session.id)), by_person=True)
        if claim is None or (named is not None and claim.eidas is not named):
            raise Refused("review.level", "level")
        return claim

    def _approve(
        self, tx: Transaction, session: Session, verdict: Verdict, level: str
    ) -> tuple[Session, str]:
        reading = tx.vault.get(session.key_id, READING)
        if reading is None:
            raise Refused("issuing.profile", "document")
        fields = fields_from_bytes(reading)
        # What was read in print stands; what was not is in the person's words, unless the reviewer's differ.
        if (given := names_of(tx, session)) is not None:
            fields = replace(
                fields,
                given_name=fields.given_name or given.given_name,
                family_name=fields.family_name or given.family_name,
            )
        fields = with_names(fields, verdict.given_name, verdict.family_name)
        return self._approval.approve_by_person(tx, session, level, fields, same_person=verdict.same_person)

    def _audit(self, tx: Transaction, session: Session, who: str, what: str, *detail: str) -> None:
        auditing.record(
            tx, self._env, actor=who, act=f"review.{what}", subject=session.id, detail=" ".join(detail)
        )


def _verdict(raw: bytes) -> Verdict:
    values = json.loads(raw)
    level = values["level"] and Level(values["level"])
    return Verdict(**values | {"level": level, "codes": tuple(values["codes"])})


def _rank(level: Level | None) -> int:
    return -1 if level is None else list(Level).index(level)
