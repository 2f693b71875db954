"""The heavy part: engines look at the images, the table decides, and the onboarding moves on.

A job stays in its table until its outcome is committed, so a process that is killed half-way does
the same work again when it starts: nothing in between is kept.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused, Undecided
from issuer.evidence.beside_chip import differences, joined
from issuer.evidence.decision import Item, Outcome, Rules, decide, item_of
from issuer.evidence.evidence import (
    NO_ENGINE,
    PORTRAIT_DIFFERS,
    PORTRAITS,
    EvidenceKind,
    document_evidence,
    face_evidence,
    face_not_compared,
    not_looked_at,
    portrait_not_found,
    without_faces,
)
from issuer.evidence.levels import Claim
from issuer.evidence.liveness import Answer, liveness_evidence
from issuer.evidence.ports import Finding
from issuer.usecases import recording
from issuer.usecases.chip import KeptChip, kept
from issuer.usecases.naming import NAMES
from issuer.usecases.onboarding import (
    DOCUMENT,
    DOCUMENT_BACK,
    LIVENESS,
    OF_THE_CASE,
    PORTRAIT,
    READING,
    SELFIE,
    forget_back,
    move,
)
from issuer.usecases.profile import fields_to_bytes
from issuer.usecases.recording import Made
from issuer.usecases.signs import keep_signs
from issuer.usecases.states import Event, State
from issuer.usecases.test_people import PREFIX_LENGTH, forced

if TYPE_CHECKING:
    from collections.abc import Collection

    from issuer.evidence.evidence import Evidence
    from issuer.evidence.ports import DocumentFields, DocumentReading, Engines, FaceDescriptor
    from issuer.usecases.approval import Approval
    from issuer.usecases.enrolment import Enrolment
    from issuer.usecases.environment import Environment
    from issuer.usecases.face_search import FaceSearch
    from issuer.usecases.onboarding import Policy
    from issuer.usecases.ports import Transaction
    from issuer.usecases.ports.faces import Near
    from issuer.usecases.records import Job, Session

_OF_FACES: Final = frozenset({EvidenceKind.FACE, EvidenceKind.LIVENESS})
LEASE: Final = timedelta(minutes=3)
MAX_ATTEMPTS: Final = 3
SIDES: Final = (DOCUMENT, DOCUMENT_BACK)
_OF_A_ROUND: Final = (
    EvidenceKind.DOCUMENT,
    EvidenceKind.FACE,
    EvidenceKind.ENROLLED,
    EvidenceKind.FACE_SEARCH,
)
"""What is found anew in each round, in place of an earlier round's."""


@dataclass(frozen=True, slots=True)
class _Task:
    session: Session
    document: tuple[bytes, ...]  # one image, or front and back; none where there is a chip
    chip: KeptChip | None
    selfie: bytes | None
    liveness: Answer | None


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found: the evidence, what document and chip say together, and the photographed portrait."""

    evidence: tuple[Evidence, ...]
    fields: DocumentFields | None
    portrait: bytes | None
    face: FaceDescriptor | None = None
    near: tuple[Near, ...] | None = None


class Deciding:
    """Works jobs off.

    Args:
        env: Store, keys, time, randomness.
        engines: Document reader and face matcher, outside of the event loop.
        rules: The operator's numbers.
        approval: Makes a person of an approved onboarding.
        enrolment: Who is known already.
        face_search: Searches the faces of those who agreed.
        policy: How long images are kept.
        worker: This worker's name: what an earlier life of it held is taken up again.
        embedded: Whether the network is a sandbox's, so that its test people end as they must.
    """

    def __init__(
        self,
        env: Environment,
        engines: Engines,
        rules: Rules,
        approval: Approval,
        policy: Policy,
        *,
        enrolment: Enrolment,
        face_search: FaceSearch,
        worker: str,
        embedded: bool,
    ) -> None:
        self._env = env
        self._engines = engines
        self._rules = rules
        self._approval = approval
        self._enrolment = enrolment
        self._face_search = face_search
        self._policy = policy
        self._worker = worker
        self._embedded = embedded

    def recover(self) -> None:
        """Free what this worker held when it was stopped."""
        with self._env.store.writing() as tx:
            tx.jobs.release_all(self._worker)

    async def run_one(self) -> bool:
        """Work one job off; False if there is none."""
        job = await asyncio.to_thread(self._claim)
        if job is None:
            return False
        task = await asyncio.to_thread(self._task, job)
        if task is None:
            return True
        if job.attempts > MAX_ATTEMPTS:  # whoever took it before fell over it
            await asyncio.to_thread(self._failed, job, Undecided("engine.lost"))
            return True
        try:
            found = await self._look(task)
            await asyncio.to_thread(self._finish, job, task.session, found)
        except (Undecided, Refused) as fault:
            await asyncio.to_thread(self._failed, job, fault)
        return True

    def _claim(self) -> Job | None:
        now = self._env.now()
        with self._env.store.writing() as tx:
            return tx.jobs.claim(self._worker, now, now + LEASE)

    def _task(self, job: Job) -> _Task | None:
        with self._env.store.writing() as tx:
            session = tx.sessions.get(job.session_id)
            sides = [tx.vault.get(session.key_id, side) for side in SIDES] if session else []
            document = tuple(side for side in sides if side is not None) if any(sides[:1]) else ()
            chip = kept(tx, session.key_id) if session else None
            if session is None or session.state is not State.DECIDING:
                tx.jobs.remove(job.id)
                return None
            selfie = tx.vault.get(session.key_id, SELFIE) if session.face_consent else None
            answer = tx.vault.get(session.key_id, LIVENESS) if session.face_consent else None
            return _Task(session, document, chip, selfie, Answer.from_bytes(answer) if answer else None)

    async def _look(self, task: _Task) -> _Found:
        reading = await self._read(task)
        evidence = [] if reading is None else [await self._document(task, reading)]
        fields, portrait = (None, None) if reading is None else (reading.fields, reading.portrait)
        reference = portrait
        if task.chip is not None:
            fields, reference = joined(task.chip.fields, fields), task.chip.portrait
        compared, face = await self._compare(reference, task.selfie)
        near = await asyncio.to_thread(self._face_search.search, task.session.id, face)
        if task.selfie is not None and task.liveness is not None:
            checked = await self._engines.check_liveness(task.liveness, task.selfie)
            evidence.append(liveness_evidence(task.liveness, checked))
        return _Found((*evidence, compared), fields, portrait, face, near)

    async def _compare(
        self, reference: bytes | None, selfie: bytes | None
    ) -> tuple[Evidence, FaceDescriptor | None]:
        if selfie is None:
            return face_not_compared(), None
        if reference is None:
            return portrait_not_found(selfie), None
        match = await self._engines.compare_faces(reference, selfie)
        return face_evidence(selfie, match), match.descriptor

    async def _read(self, task: _Task) -> DocumentReading | None:
        if not task.document:
            return None
        return await self._engines.read_document(task.document, today=self._env.now().date())

    async def _document(self, task: _Task, reading: DocumentReading) -> Evidence:
        """What the photograph is evidence of; beside a chip, also of where the two differ."""
        evidence = document_evidence(task.document, reading)
        if task.chip is None or reading.fields is None:
            return evidence
        found = [*evidence.findings, *differences(task.chip.fields, reading.fields)]
        scores = dict(evidence.scores)
        if task.selfie is not None and reading.portrait is not None and task.chip.portrait is not None:
            match = await self._engines.compare_faces(task.chip.portrait, reading.portrait)
            if match.distance is not None:
                scores[PORTRAITS] = match.distance
                if match.distance > self._rules.review_up_to:
                    found.append(Finding(PORTRAIT_DIFFERS, "portrait", match.distance))
        return replace(evidence, findings=tuple(found), scores=scores)

    def _finish(self, job: Job, before: Session, found: _Found) -> None:
        former = ""
        with self._env.store.writing() as tx:
            if not tx.jobs.finish(job):
                return  # somebody else has it or did it: what was found here is of an earlier round
            session = tx.sessions.get(job.session_id)
            if session is None or session.state is not State.DECIDING:
                return
            if before.face_consent and not session.face_consent:
                # Consent was withdrawn while the engines worked: what they saw of the face is not used.
                others = [without_faces(piece) for piece in found.evidence if piece.kind not in _OF_FACES]
                evidence = (*others, face_not_compared())
                found = replace(found, evidence=evidence, portrait=None, face=None, near=None)
            session, former = self._settle(tx, session, found)
            tx.sessions.save(session)
        if former:
            self._env.sealer.erase(former)

    def _settle(self, tx: Transaction, session: Session, found: _Found) -> tuple[Session, str]:
        now = self._env.now()
        replaced = {*_OF_A_ROUND, *(piece.kind for piece in found.evidence)}
        # Head turns were held against their own round's selfie; that they were left out stands.
        if any(_is_turned(piece) for piece in tx.sessions.evidence(session.id)):
            replaced.add(EvidenceKind.LIVENESS)
        keep_signs(tx, session, replaced, now)
        for kind in replaced:
            tx.sessions.drop_evidence(session.id, kind)
        if kept(tx, session.key_id) is None:  # evidence lives no longer than what it is of
            tx.sessions.drop_evidence(session.id, EvidenceKind.CHIP)
        for piece in found.evidence:
            tx.sessions.add_evidence(session.id, piece, now)
        session = self._keep_reading(tx, session, found)
        self._look_up(tx, session, found)
        made = self._decide(tx, session, found)
        asked = session.resubmissions + (made.outcome is Outcome.RESUBMIT)
        recording.record(tx, self._env, session, made, self._rules)
        # A decision can be contested from the day on which it is made.
        tx.vault.keep(session.key_id, OF_THE_CASE, now + self._policy.contest_period)
        session = replace(move(session, _event(made), now), codes=made.codes, resubmissions=asked)
        forget_back(tx, session)
        if made.claim is None:
            return session, ""
        return self._approval.approve(tx, session, made.claim.eidas)

    def _look_up(self, tx: Transaction, session: Session, found: _Found) -> None:
        self._enrolment.keep_face(tx, session.key_id, found.face)
        if found.fields is None:
            return
        known = self._enrolment.look(tx, found.fields, found.face)
        whose = self._enrolment.whose(tx, found.fields)
        for piece in (known, self._face_search.evidence(tx, session, found.near, whose)):
            if piece is not None:
                tx.sessions.add_evidence(session.id, piece, self._env.now())

    def _keep_reading(self, tx: Transaction, session: Session, found: _Found) -> Session:
        """What was read now is what counts: nothing of an earlier round's document stays beside it."""
        for name in (READING, PORTRAIT, NAMES):
            tx.vault.drop(session.key_id, name)
        if found.fields is None:
            return replace(session, rule="")
        tx.vault.put(session.key_id, READING, fields_to_bytes(found.fields))
        if found.portrait is not None:
            keep_until = self._env.now() + self._policy.contest_period
            tx.vault.put(session.key_id, PORTRAIT, found.portrait, keep_until)
        known = forced(found.fields.number, embedded=self._embedded)
        return replace(session, rule=found.fields.number[:PREFIX_LENGTH] if known else "")

    def _decide(self, tx: Transaction, session: Session, found: _Found) -> Made:
        decision = decide(tx.sessions.evidence(session.id), self._rules, resubmissions=session.resubmissions)
        fields = found.fields
        person = fields and forced(fields.number, embedded=self._embedded)
        if person:
            codes = (person.code,) if person.code else ()
            claim = Claim(person.level, frozenset()) if person.outcome is Outcome.APPROVED else None
            decision = replace(decision, outcome=person.outcome, codes=codes, claim=claim)
        made = Made(decision.outcome, decision.codes, decision.claim, forced=person is not None)
        obstacle = made.claim and fields and self._approval.obstacle(tx, fields)
        if obstacle:
            codes = (obstacle,)
            return replace(made, outcome=Outcome.REVIEW, codes=codes, claim=None, found_after=codes)
        return made

    def _failed(self, job: Job, fault: Undecided | Refused) -> None:
        with self._env.store.writing() as tx:
            session = tx.sessions.get(job.session_id)
            if isinstance(fault, Undecided) and job.attempts < MAX_ATTEMPTS:
                tx.jobs.release(job)
                return
            if not tx.jobs.finish(job):
                return
            if session is None or session.state is not State.DECIDING:
                return
            chip = kept(tx, session.key_id)
            found = _Found(not_looked_at(fault.code), None if chip is None else chip.fields, None)
            session, _ = self._settle(tx, session, found)
            tx.sessions.save(session)


def _is_turned(piece: Evidence) -> bool:
    """Whether a piece says of head turns more than that they were left out."""
    return piece.kind is EvidenceKind.LIVENESS and piece.engine != NO_ENGINE


def _event(made: Made) -> Event:
    match made.outcome:
        case Outcome.APPROVED:
            return Event.APPROVED
        case Outcome.REVIEW:
            return Event.SENT_TO_REVIEW
        case Outcome.REFUSED:
            return Event.REFUSED
        case Outcome.RESUBMIT:
            return _again({item_of(code) for code in made.codes})


# What is given first is asked for first: giving a document leads on to the selfie by itself.
_AGAIN: Final = {
    Item.DOCUMENT: Event.DOCUMENT_WANTED_AGAIN,
    Item.BACK: Event.DOCUMENT_WANTED_AGAIN,
    Item.CHIP: Event.DOCUMENT_WANTED_AGAIN,
    Item.SELFIE: Event.SELFIE_WANTED_AGAIN,
    Item.LIVENESS: Event.LIVENESS_WANTED_AGAIN,
}


def _again(items: Collection[Item | None]) -> Event:
    return next(event for item, event in _AGAIN.items() if item in items)
