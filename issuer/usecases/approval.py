"""From a decision to a person: found again by keyed hashes, or new."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clicid.codec import base64url
from clicid.errors import Refused
from issuer.usecases.enrolment import KNOWN
from issuer.usecases.onboarding import READING
from issuer.usecases.profile import PROFILE, Profile, fields_from_bytes, is_whole, profile_of, summary

if TYPE_CHECKING:
    from issuer.evidence.ports import DocumentFields
    from issuer.usecases.enrolment import Enrolment
    from issuer.usecases.environment import Environment
    from issuer.usecases.face_search import FaceSearch
    from issuer.usecases.ports import Transaction
    from issuer.usecases.records import Session


class Approval:
    """Turns an approved onboarding into a person with a profile.

    Args:
        env: Store, keys, time, randomness.
        enrolment: Who is known already.
        face_search: Keeps the faces that may be searched.
        test: Whether what is issued must say that it is a test credential.
    """

    def __init__(
        self, env: Environment, enrolment: Enrolment, face_search: FaceSearch, *, test: bool
    ) -> None:
        self._env = env
        self._enrolment = enrolment
        self._face_search = face_search
        self._test = test

    def obstacle(self, tx: Transaction, fields: DocumentFields) -> str:
        """The code of what keeps these fields from making a person; empty if nothing does.

        As `Enrolment.find`, and ``issuing.profile`` if the credential could not be made.
        """
        try:
            self._enrolment.find(tx, fields)
        except Refused as refusal:
            return refusal.code
        return "" if is_whole(fields) else "issuing.profile"

    def approve(self, tx: Transaction, session: Session, level: str) -> tuple[Session, str]:
        """Make or find the person and keep the profile, as the rules decided.

        Gives the session, its data under the person's key, and the id of the session's former key,
        to be erased after the commit (empty if it is the person's now).

        Raises:
            Refused: ``issuing.profile`` if nothing was read; as `Enrolment.find`.
        """
        raw = tx.vault.get(session.key_id, READING)
        if raw is None:
            raise Refused("issuing.profile", "document")
        fields = fields_from_bytes(raw)
        known = self._enrolment.find(tx, fields)
        person_id = known.person_id if known is not None and known.certain else None
        return self._enrol(tx, session, level, fields, person_id)

    def approve_by_person(
        self,
        tx: Transaction,
        session: Session,
        level: str,
        fields: DocumentFields,
        *,
        same_person: bool | None,
    ) -> tuple[Session, str]:
        """The same where an operator decided, and said whether it is the person who is known already.

        Raises:
            Refused: ``review.known`` where that is wanted and was not said, or was said of nobody;
                ``onboarding.person_conflict`` if a number leads to the person that it should not be;
                as `obstacle`.
        """
        if obstacle := self.obstacle(tx, fields):
            raise Refused(obstacle)
        known = self._enrolment.find(tx, fields)
        if same_person is None if known is not None else same_person:
            raise Refused("review.known", "same_person")
        if known is not None and known.certain and not same_person:
            raise Refused("onboarding.person_conflict", "same_person")
        return self._enrol(tx, session, level, fields, known.person_id if known and same_person else None)

    def _enrol(
        self, tx: Transaction, session: Session, level: str, fields: DocumentFields, known: str | None
    ) -> tuple[Session, str]:
        if not is_whole(fields):
            raise Refused("issuing.profile")
        person_id = known or session.key_id
        person_ref = profile_of(tx, person_id).person_ref if known else base64url.encode(self._env.random(16))
        if known:
            session = replace(session, codes=(KNOWN, *(code for code in session.codes if code != KNOWN)))
        else:
            tx.persons.add(person_id, self._env.now())
        self._enrolment.remember(tx, person_id, fields)
        profile = self._profile(tx, session, level, person_ref, fields)
        tx.vault.put(person_id, PROFILE, profile.to_bytes())
        former = _move(tx, session, person_id)
        self._face_search.keep(tx, session, person_id)
        return replace(session, person_id=person_id, key_id=person_id), former

    def _profile(
        self, tx: Transaction, session: Session, level: str, person_ref: str, fields: DocumentFields
    ) -> Profile:
        methods, engines = summary(tx.sessions.evidence(session.id))
        return Profile(
            person_ref=person_ref,
            fields=fields,
            level=level,
            methods=methods,
            engines=engines,
            day=self._env.now().date(),
            rule=session.rule,
            test=self._test,
        )


def _move(tx: Transaction, session: Session, person_id: str) -> str:
    # A returning person's new data goes under the key that erasing the person erases.
    if session.key_id == person_id:
        return ""
    for name, value, keep_until in tx.vault.all(session.key_id):
        tx.vault.put(person_id, name, value, keep_until)
    tx.vault.drop_all(session.key_id)
    return session.key_id
