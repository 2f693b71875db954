"""One-time codes to phone and e-mail.

A code lives ten minutes and five tries. What is answered never depends on whether a number or address
is known here: the same answer goes out when a limit keeps a code from being sent.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from issuer.evidence.evidence import EvidenceKind, contact_evidence
from issuer.usecases.addresses import normalise
from issuer.usecases.onboarding import load, move
from issuer.usecases.records import Channel, Code, Session
from issuer.usecases.states import Event, State

if TYPE_CHECKING:
    from issuer.usecases.environment import Environment
    from issuer.usecases.ports import Transaction

LIFETIME: Final = timedelta(minutes=10)
MAX_TRIES: Final = 5
_SENT_WINDOW: Final = timedelta(hours=1)
_EVIDENCE: Final = {Channel.PHONE: EvidenceKind.PHONE, Channel.EMAIL: EvidenceKind.EMAIL}


class Contact:
    """Sends and checks one-time codes.

    Args:
        env: Store, keys, carrier, time, randomness.
        per_hour: How many codes one address, and one onboarding, may be sent in an hour.
    """

    def __init__(self, env: Environment, per_hour: int) -> None:
        self._env = env
        self._per_hour = per_hour

    def send(self, session_id: str, channel: Channel, address: str) -> None:
        """Send a code, in place of an earlier one.

        Raises:
            Refused: ``contact.address`` for what no carrier could take, ``onboarding.wrong_step``.
        """
        address = normalise(channel, address)
        code = self._env.digits()
        with self._env.store.writing() as tx:
            session = _at_contact(tx, session_id)
            wanted = self._within_limits(tx, session, channel, address)
            if wanted:
                tx.vault.put(session.key_id, channel, address.encode())
                tx.sessions.put_code(self._code(session, channel, code))
                tx.sessions.save(_confirmed(session, channel, confirmed=False))
        if wanted:
            self._env.outbox.send(channel, address, "contact", code, session.language)

    def confirm(self, session_id: str, channel: Channel, digits: str) -> Session:
        """Check a code; when both channels are confirmed the onboarding moves on.

        Raises:
            Refused: ``contact.code_wrong``, ``contact.code_expired``, ``contact.code_burnt``.
        """
        with self._env.store.writing() as tx:
            session = _at_contact(tx, session_id)
            fault = self._try(tx, session, channel, digits)
            if not fault:
                session = self._confirm(tx, session, channel)
        if fault:  # raised outside, so that the counted try is kept
            raise Refused(fault, channel)
        return session

    def _within_limits(self, tx: Transaction, session: Session, channel: Channel, address: str) -> bool:
        now = self._env.now()
        hashes = (
            self._env.sealer.lookup("sent-to", f"{channel} {address}"),
            self._env.sealer.lookup("sent-by", f"{channel} {session.id}"),
        )
        if any(tx.attempts.count(hash_, now - _SENT_WINDOW) >= self._per_hour for hash_ in hashes):
            return False
        for hash_ in hashes:
            tx.attempts.add(hash_, now)
        return True

    def _code(self, session: Session, channel: Channel, digits: str) -> Code:
        return Code(
            session_id=session.id,
            channel=channel,
            code_hash=self._env.sealer.lookup("code", f"{session.id} {channel} {digits}"),
            expires_at=self._env.now() + LIFETIME,
        )

    def _try(self, tx: Transaction, session: Session, channel: Channel, digits: str) -> str:
        code = tx.sessions.code(session.id, channel)
        if code is None or code.expires_at <= self._env.now():
            tx.sessions.drop_code(session.id, channel)
            return "contact.code_expired"
        if self._env.matches("code", f"{session.id} {channel} {digits}", code.code_hash):
            tx.sessions.drop_code(session.id, channel)
            return ""
        if code.tries + 1 >= MAX_TRIES:
            tx.sessions.drop_code(session.id, channel)
            return "contact.code_burnt"
        tx.sessions.put_code(replace(code, tries=code.tries + 1))
        return "contact.code_wrong"

    def _confirm(self, tx: Transaction, session: Session, channel: Channel) -> Session:
        now = self._env.now()
        session = replace(_confirmed(session, channel, confirmed=True), updated_at=now)
        tx.sessions.add_evidence(session.id, contact_evidence(_EVIDENCE[channel]), now)
        if session.phone_confirmed and session.email_confirmed:
            session = move(session, Event.CONTACT_CONFIRMED, now)
        tx.sessions.save(session)
        return session


def _at_contact(tx: Transaction, session_id: str) -> Session:
    session = load(tx, session_id)
    if session.state is not State.CONTACT:
        raise Refused("onboarding.wrong_step", session.state)
    return session


def _confirmed(session: Session, channel: Channel, *, confirmed: bool) -> Session:
    if channel is Channel.PHONE:
        return replace(session, phone_confirmed=confirmed)
    return replace(session, email_confirmed=confirmed)
