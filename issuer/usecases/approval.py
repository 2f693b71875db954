"""From a decision to a person: found again by keyed hashes, or new."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url
from clicid.errors import Refused
from issuer.usecases.onboarding import READING
from issuer.usecases.profile import Profile, fields_from_bytes, is_whole, summary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from issuer.evidence.ports import DocumentFields
    from issuer.usecases.environment import Environment
    from issuer.usecases.ports import Transaction
    from issuer.usecases.records import Session

PROFILE: Final = "profile"


class Approval:
    """Turns an approved onboarding into a person with a profile.

    Args:
        env: Store, keys, time, randomness.
        test: Whether what is issued must say that it is a test credential.
    """

    def __init__(self, env: Environment, *, test: bool) -> None:
        self._env = env
        self._test = test

    def lookups(self, fields: DocumentFields) -> Mapping[str, bytes]:
        """The keyed hashes by which a document's holder is found again."""
        kinds = {"document": f"{fields.issuing_state} {fields.number}"}
        if (number := fields.personal_number) is not None:
            kinds["number"] = f"{number.country} {number.digits}"
        return {kind: self._env.sealer.lookup(kind, value) for kind, value in kinds.items()}

    def obstacle(self, tx: Transaction, fields: DocumentFields) -> str:
        """The code of what keeps these fields from making a person; empty if nothing does.

        ``onboarding.person_conflict`` if the document's numbers lead to several persons, or to one born
        on another day; ``issuing.profile`` if the credential could not be made.
        """
        found = tx.persons.find(self.lookups(fields).values())
        strangers = (profile_of(tx, one).fields.birth_date != fields.birth_date for one in found)
        if len(found) > 1 or any(strangers):
            return "onboarding.person_conflict"
        return "" if is_whole(fields) else "issuing.profile"

    def approve(
        self, tx: Transaction, session: Session, level: str, fields: DocumentFields | None = None
    ) -> tuple[Session, str]:
        """Make or find the person and keep the profile.

        Gives the session, its data under the person's key, and the id of the session's former key,
        to be erased after the commit (empty if it is the person's now).

        Raises:
            Refused: ``issuing.profile`` if nothing was read; ``onboarding.person_conflict``.
        """
        if fields is None:
            raw = tx.vault.get(session.key_id, READING)
            if raw is None:
                raise Refused("issuing.profile", "document")
            fields = fields_from_bytes(raw)
        if obstacle := self.obstacle(tx, fields):
            raise Refused(obstacle)
        known = next(iter(tx.persons.find(self.lookups(fields).values())), None)
        person_id = known or session.key_id
        person_ref = profile_of(tx, person_id).person_ref if known else base64url.encode(self._env.random(16))
        if not known:
            tx.persons.add(person_id, self._env.now())
        for kind, hash_ in self.lookups(fields).items():
            tx.persons.add_lookup(hash_, kind, person_id)
        profile = self._profile(tx, session, level, person_ref, fields)
        tx.vault.put(person_id, PROFILE, profile.to_bytes())
        former = _move(tx, session, person_id)
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


def profile_of(tx: Transaction, person_id: str) -> Profile:
    """The profile of an identified person.

    Raises:
        Refused: ``issuing.profile`` if there is none, ``store.erased`` if the person's key is gone.
    """
    raw = tx.vault.get(person_id, PROFILE)
    if raw is None:
        raise Refused("issuing.profile", "person")
    return Profile.from_bytes(raw)


def _move(tx: Transaction, session: Session, person_id: str) -> str:
    # A returning person's new data goes under the key that erasing the person erases.
    if session.key_id == person_id:
        return ""
    for name, value, keep_until in tx.vault.all(session.key_id):
        tx.vault.put(person_id, name, value, keep_until)
    tx.vault.drop_all(session.key_id)
    return session.key_id
