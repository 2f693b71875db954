"""From the first page to the last upload: what a person does in an onboarding.

Every step is one transaction: it checks the state, writes what was given, and moves on by the table
of `states`. Whoever comes back later shows the resume token and goes on where they left.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from issuer.evidence.decision import TABLE, Outcome
from issuer.evidence.evidence import EvidenceKind, without_faces
from issuer.usecases import auditing
from issuer.usecases.recording import BY_RULES
from issuer.usecases.records import ConsentKind, Session
from issuer.usecases.states import ENDS, Event, State, step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, timedelta

    from issuer.usecases.environment import Environment
    from issuer.usecases.ports import Transaction

DOCUMENT: Final = "document"
DOCUMENT_BACK: Final = "document_back"
SELFIE: Final = "selfie"
LIVENESS: Final = "liveness"
PORTRAIT: Final = "portrait"
CHIP: Final = "chip"
CHIP_PORTRAIT: Final = "chip_portrait"
CHIP_READING: Final = "chip_reading"
ENROLLED_FACE: Final = "enrolled_face"
READING: Final = "reading"
PROPOSAL: Final = "proposal"
"""What one of two reviewers proposed."""
OF_THE_CASE: Final = (DOCUMENT, DOCUMENT_BACK, SELFIE, LIVENESS, PORTRAIT, CHIP, CHIP_PORTRAIT, CHIP_READING)
"""What a decision is made on, and stays until it can no longer be contested."""
OF_FACES: Final = frozenset({SELFIE, LIVENESS, PORTRAIT, CHIP, CHIP_PORTRAIT, ENROLLED_FACE})
"""What goes with the consent to face comparison."""

_BACK_FITS: Final = frozenset({State.DOCUMENT, State.SELFIE, State.LIVENESS})


@dataclass(frozen=True, slots=True)
class Notice:
    """What a person is told before anything is asked, and what face comparison means."""

    version: str
    language: str
    text: str
    face_comparison: str


@dataclass(frozen=True, slots=True)
class Policy:
    """The notices in force, and how long images are kept after the decision.

    Args:
        version: The version of the notice that has to be accepted.
        notices: The notice by language.
        contest_period: How long a person can contest a decision; images go after it.
        enrolled_face: How long a face is kept to know the person by who comes back.
        review_period: How long a case may wait for a reviewer; with nobody's verdict it goes whole then.
    """

    version: str
    notices: Mapping[str, Notice]
    contest_period: timedelta
    enrolled_face: timedelta
    review_period: timedelta


class Onboarding:
    """The steps of an onboarding.

    Args:
        env: Store, keys, time, randomness.
        policy: The notices in force.
        inspect: Refuses what is no image, or too large when unpacked: (bytes, ``document`` or ``face``).
        wake: Called when there is heavy work to do.
        no_search: Withdraws the consent to be searched too, where face comparison's is withdrawn.
    """

    def __init__(
        self,
        env: Environment,
        policy: Policy,
        inspect: Callable[[bytes, str], None],
        wake: Callable[[], None],
        no_search: Callable[[Transaction, Session], None],
    ) -> None:
        self._env = env
        self._policy = policy
        self._inspect = inspect
        self._wake = wake
        self._no_search = no_search

    def notice(self, language: str) -> Notice:
        """The notice in force.

        Raises:
            Refused: ``onboarding.language``.
        """
        if language not in self._policy.notices:
            raise Refused("onboarding.language", "language")
        return self._policy.notices[language]

    def begin(self, language: str) -> tuple[Session, str]:
        """Start an onboarding; gives it and the resume token, which is stored nowhere."""
        self.notice(language)
        now, token = self._env.now(), self._env.secret()
        session = Session(
            id=self._env.new_id(),
            key_id=self._env.sealer.create(),
            resume_hash=self._env.sealer.lookup("resume", token),
            state=State.NOTICE,
            version=1,
            language=language,
            created_at=now,
            updated_at=now,
        )
        with self._env.store.writing() as tx:
            tx.sessions.add(session)
        return session, token

    def resume(self, session_id: str, token: str) -> Session:
        """The onboarding, for who shows its resume token.

        Raises:
            Refused: ``onboarding.unknown``, for a wrong id and a wrong token alike.
        """
        with self._env.store.reading() as tx:
            session = tx.sessions.get(session_id)
        if session is None or not self._env.matches("resume", token, session.resume_hash):
            raise Refused("onboarding.unknown")
        return session

    def accept_notice(self, session_id: str, version: str) -> Session:
        """Record that the notice was shown, in its version and the session's language.

        Raises:
            Refused: ``onboarding.policy_version``, ``onboarding.wrong_step``.
        """
        self._in_force(version)
        with self._env.store.writing() as tx:
            session = load(tx, session_id)
            moved = move(session, Event.NOTICE_ACCEPTED, self._env.now())
            tx.sessions.add_consent(session, ConsentKind.NOTICE, version, moved.updated_at, given=True)
            tx.sessions.save(moved)
        return moved

    def answer_face_consent(self, session_id: str, version: str, *, given: bool) -> Session:
        """Record the answer to face comparison: a consent of its own. Without it a person decides.

        Raises:
            Refused: ``onboarding.policy_version``, ``onboarding.wrong_step``.
        """
        self._in_force(version)
        with self._env.store.writing() as tx:
            session = load(tx, session_id)
            moved = move(session, Event.FACE_CONSENT_ANSWERED, self._env.now())
            tx.sessions.add_consent(
                session, ConsentKind.FACE_COMPARISON, version, moved.updated_at, given=given
            )
            tx.sessions.save(replace(moved, face_consent=given))
        return replace(moved, face_consent=given)

    def withdraw_face_consent(self, session_id: str) -> Session:
        """Withdraw it, as easily as it was given: selfie, face, frames and what came of them go at once.

        What was decided before stays decided (GDPR 7(3)); an onboarding under way goes to review.
        """
        now = self._env.now()
        with self._env.store.writing() as tx:
            session = load(tx, session_id)
            tx.sessions.withdraw_consent(session_id, ConsentKind.FACE_COMPARISON, now)
            for kind in (EvidenceKind.FACE, EvidenceKind.LIVENESS, EvidenceKind.ENROLLED):
                tx.sessions.drop_evidence(session_id, kind)
            tx.vault.withdraw_faces(session.key_id)
            for piece in tx.sessions.evidence(session_id):
                if piece.kind in {EvidenceKind.DOCUMENT, EvidenceKind.EARLIER}:
                    tx.sessions.drop_evidence(session_id, piece.kind)
                    tx.sessions.add_evidence(session_id, without_faces(piece), now)
            self._no_search(tx, session)
            changed = replace(without_proposal(tx, session), face_consent=False, updated_at=now)
            if session.state in {State.SELFIE, State.LIVENESS}:
                changed = move(changed, Event.FACE_LEFT_OUT, now)
                tx.jobs.add(self._env.new_id(), session_id, now)
            tx.sessions.save(changed)
        self._env.store.checkpoint()
        self._wake()
        return changed

    def give_document(self, session_id: str, image: bytes) -> Session:
        """Take the photograph of the document.

        Raises:
            Refused: ``document.not_an_image``, ``document.image_bomb``; nothing is stored then.
        """
        self._inspect(image, "document")
        with self._env.store.writing() as tx:
            session = load(tx, session_id)
            event = Event.DOCUMENT_GIVEN if session.face_consent else Event.DOCUMENT_GIVEN_ALONE
            moved = move(session, event, self._env.now())
            self._keep(tx, moved, DOCUMENT, image)
            if moved.state is State.DECIDING:
                tx.jobs.add(self._env.new_id(), session_id, moved.updated_at)
            tx.sessions.save(moved)
        self._wake()
        return moved

    def give_document_back(self, session_id: str, image: bytes) -> Session:
        """Take the photograph of the document's other side: before the first one moves on, or after it.

        It never moves the onboarding; a document that has one side only does without it.

        Raises:
            Refused: ``document.not_an_image``, ``document.image_bomb``, ``onboarding.wrong_step``; nothing
                is stored then.
        """
        self._inspect(image, "document")
        with self._env.store.writing() as tx:
            session = load(tx, session_id)
            if session.state not in _BACK_FITS:
                raise Refused("onboarding.wrong_step", session.state, "no document is asked for here")
            given = replace(session, updated_at=self._env.now())
            self._keep(tx, given, DOCUMENT_BACK, image)
            tx.sessions.save(given)
        return given

    def give_selfie(self, session_id: str, image: bytes) -> Session:
        """Take the selfie. Head turns come next, unless those of an earlier round stand.

        Raises:
            Refused: ``face.not_an_image``, ``face.image_bomb``; nothing is stored then.
        """
        self._inspect(image, "face")
        with self._env.store.writing() as tx:
            session = load(tx, session_id)
            event = Event.SELFIE_GIVEN_LAST if _liveness_stands(tx, session) else Event.SELFIE_GIVEN
            moved = move(session, event, self._env.now())
            self._keep(tx, moved, SELFIE, image)
            if moved.state is State.DECIDING:
                tx.jobs.add(self._env.new_id(), session_id, moved.updated_at)
            tx.sessions.save(moved)
        self._wake()
        return moved

    def contest(self, session_id: str) -> Session:
        """Have a person look at a refusal that the table made; a person's refusal stands.

        Raises:
            Refused: ``onboarding.wrong_step``.
        """
        with self._env.store.writing() as tx:
            session = load(tx, session_id)
            moved = move(session, Event.CONTESTED, self._env.now())
            if tx.sessions.decisions(session_id)[-1].by != BY_RULES:
                raise Refused("onboarding.wrong_step", session.state, "a person has decided already")
            auditing.record(tx, self._env, actor=auditing.PERSON, act="contest", subject=session_id)
            tx.sessions.save(moved)
        return moved

    def _keep(self, tx: Transaction, session: Session, name: str, image: bytes) -> None:
        keep_until = session.updated_at + self._policy.contest_period
        tx.vault.put(session.key_id, name, image, keep_until)

    def _in_force(self, version: str) -> None:
        if version != self._policy.version:
            raise Refused("onboarding.policy_version", "policy_version")


def forget_back(tx: Transaction, session: Session) -> None:
    """Where the document is wanted again: its other side goes too, for the next one may have none."""
    if session.state is State.DOCUMENT:
        tx.vault.drop(session.key_id, DOCUMENT_BACK)


def without_proposal(tx: Transaction, session: Session) -> Session:
    """The onboarding without what one reviewer proposed, where evidence that it stood on has gone."""
    tx.vault.drop(session.key_id, PROPOSAL)
    return replace(session, proposed_by="")


def load(tx: Transaction, session_id: str) -> Session:
    """An onboarding inside a transaction; ``onboarding.unknown`` if it is gone."""
    session = tx.sessions.get(session_id)
    if session is None:
        raise Refused("onboarding.unknown")
    return session


def _liveness_stands(tx: Transaction, session: Session) -> bool:
    """Whether head turns were left out before, or frames are there with which nothing was wrong."""
    pieces = [one for one in tx.sessions.evidence(session.id) if one.kind is EvidenceKind.LIVENESS]
    codes = {finding.code for piece in pieces[-1:] for finding in piece.findings}
    if any(TABLE.get(code) is Outcome.RESUBMIT for code in codes):
        return False
    return bool(codes & {"liveness.left_out"}) or (bool(pieces) and tx.vault.has(session.key_id, LIVENESS))


def move(session: Session, event: Event, now: datetime) -> Session:
    """The onboarding after an event; what an earlier decision asked for is then answered."""
    state = step(session.state, event)
    keep_codes = state in ENDS | {State.REVIEW, State.REFUSED}
    return replace(session, state=state, updated_at=now, codes=session.codes if keep_codes else ())
