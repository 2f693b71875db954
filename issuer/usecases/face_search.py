"""Searching a face among all faces: off unless the operator turns it on, and for those who agree to it.

It has a consent of its own, beside the one to face comparison, and a store of its own. Who does not
agree is neither searched nor found. What counts is what the person said in the latest onboarding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from issuer.evidence.evidence import DISTANCE, NO_ENGINE, Evidence, EvidenceKind
from issuer.evidence.ports import Finding
from issuer.usecases.enrolment import face_of
from issuer.usecases.onboarding import load, without_proposal
from issuer.usecases.records import ConsentKind
from issuer.usecases.states import State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from issuer.evidence.ports import FaceDescriptor
    from issuer.usecases.environment import Environment
    from issuer.usecases.ports import Transaction
    from issuer.usecases.ports.faces import Faces, Near
    from issuer.usecases.records import Session

_ASKED_IN: Final = (State.CONTACT, State.DOCUMENT, State.SELFIE)
"""After the answer to face comparison, without which there is no face, and before the decision."""


@dataclass(frozen=True, slots=True)
class SearchPolicy:
    """What the operator set.

    Args:
        match_below: Face distances below this are a match to another person.
        version: The version of the notices in force.
        notices: What searching means, by language.
    """

    match_below: float
    version: str
    notices: Mapping[str, str]


class FaceSearch:
    """Asks, searches, keeps and lets go.

    Args:
        env: Store, keys, time.
        faces: The store of faces.
        policy: What the operator set; None where searching is off.
    """

    def __init__(self, env: Environment, faces: Faces, policy: SearchPolicy | None) -> None:
        self._env = env
        self._faces = faces
        self._policy = policy

    def notice(self, language: str) -> tuple[str, str]:
        """The version in force, and what searching means.

        Raises:
            Refused: ``onboarding.face_search``, ``onboarding.language``.
        """
        policy = self._on()
        if language not in policy.notices:
            raise Refused("onboarding.language", "language")
        return policy.version, policy.notices[language]

    def answer(self, session_id: str, version: str, *, given: bool) -> None:
        """Record the answer. It may be changed until the decision.

        Raises:
            Refused: ``onboarding.face_search``, ``onboarding.policy_version``; ``onboarding.wrong_step``
                also where face comparison was not agreed to.
        """
        if version != self._on().version:
            raise Refused("onboarding.policy_version", "policy_version")
        with self._env.store.writing() as tx:
            session = load(tx, session_id)
            if session.state not in _ASKED_IN or not session.face_consent:
                raise Refused("onboarding.wrong_step", session.state)
            now = self._env.now()
            tx.sessions.add_consent(session, ConsentKind.FACE_SEARCH, version, now, given=given)

    def withdraw(self, session_id: str) -> None:
        """Withdraw the consent: the row, and what a search found, go at once."""
        with self._env.store.writing() as tx:
            session = load(tx, session_id)
            self.withdraw_within(tx, session)
            tx.sessions.save(without_proposal(tx, session))
        self._env.store.checkpoint()

    def withdraw_within(self, tx: Transaction, session: Session) -> None:
        """The same within a transaction: with the consent to face comparison this one goes too."""
        for one in tx.sessions.of_key(session.key_id):
            tx.sessions.withdraw_consent(one.id, ConsentKind.FACE_SEARCH, self._env.now())
            tx.sessions.drop_evidence(one.id, EvidenceKind.FACE_SEARCH)
        self._faces.drop(session.key_id)

    def search(self, session_id: str, face: FaceDescriptor | None) -> tuple[Near, ...] | None:
        """Who has a face like this; None where it is not searched."""
        if self._policy is None or face is None:
            return None
        with self._env.store.reading() as tx:
            if not tx.sessions.consented(session_id, ConsentKind.FACE_SEARCH):
                return None
        return self._faces.nearest(face, self._policy.match_below)

    def evidence(
        self, tx: Transaction, session: Session, near: Sequence[Near] | None, known: str | None
    ) -> Evidence | None:
        """What a search is evidence of: a sign of misuse where it found another person.

        Args:
            tx: The transaction it is decided in.
            session: The onboarding; where its consent was withdrawn meanwhile there is no evidence.
            near: What `search` found.
            known: Whom the document leads to: a face like theirs is none of another person.
        """
        if near is None or not tx.sessions.consented(session.id, ConsentKind.FACE_SEARCH):
            return None
        others = [one for one in near if one.person_id != known and tx.persons.exists(one.person_id)]
        findings = tuple(Finding("enrolled.face_of_another", score=one.distance) for one in others[:1])
        scores = {DISTANCE: others[0].distance} if others else {}
        return Evidence(EvidenceKind.FACE_SEARCH, NO_ENGINE, "", scores=scores, findings=findings)

    def keep(self, tx: Transaction, session: Session, person_id: str) -> None:
        """With an approval: keep the face of who agreed, let go of an older one of who did not.

        The row is written before the transaction is: if that fails, `recover` finds nobody it belongs to.
        """
        face = face_of(tx, person_id)
        agreed = tx.sessions.consented(session.id, ConsentKind.FACE_SEARCH)
        if self._policy is not None and agreed and face is not None:
            self._faces.put(person_id, face)
        else:
            self._faces.drop(person_id)

    def forget(self, person_id: str) -> None:
        """With an erasure."""
        self._faces.drop(person_id)

    def recover(self) -> int:
        """Drop what nobody agreed to: after a restored backup, or where searching was turned off."""
        keys = self._env.sealer.ids()
        with self._env.store.reading() as tx:
            gone = [
                person_id
                for person_id, key_id in self._faces.rows().items()
                if self._policy is None or key_id not in keys or not _agreed(tx, person_id)
            ]
        for person_id in gone:
            self._faces.drop(person_id)
        return len(gone)

    def has(self, person_id: str) -> bool:
        """Whether a person's face is kept to be searched."""
        return person_id in self._faces.rows()

    def _on(self) -> SearchPolicy:
        if self._policy is None:
            raise Refused("onboarding.face_search")
        return self._policy


def _agreed(tx: Transaction, person_id: str) -> bool:
    sessions = tx.sessions.of_key(person_id) if tx.persons.exists(person_id) else ()
    return any(tx.sessions.consented(one.id, ConsentKind.FACE_SEARCH) for one in sessions)
