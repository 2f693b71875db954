"""Handing an approved person an offer, and once the blocking code."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import timedelta
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused, Undecided
from clicid.oid4vci.offer import TxCode
from issuer.usecases import auditing, test_documents
from issuer.usecases.configurations import AGE
from issuer.usecases.onboarding import load
from issuer.usecases.profile import THRESHOLDS, age_claims, default_threshold, identity_claims, profile_of
from issuer.usecases.records import Channel, GrantRow
from issuer.usecases.states import State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from clicid.oid4vci.granting import NewOffer
    from clicid.oid4vci.issuer import Issuer
    from issuer.usecases.configurations import Offered
    from issuer.usecases.environment import Environment
    from issuer.usecases.ports import Transaction
    from issuer.usecases.records import Session

_TX_CODE: Final = TxCode("numeric", 6, "The code we sent to your phone")
_KEEP: Final = timedelta(days=2)
_OFFER_WINDOW: Final = timedelta(hours=1)
_BLOCK_WINDOW: Final = timedelta(hours=1)
_BLOCK_TRIES: Final = 5
_STRETCHING: Final = BoundedSemaphore(2)
"""Anyone may try a blocking code: not so many at once that memory or processors run out."""
# scrypt at the strength OWASP gives for passwords: 32 MiB, about 0.1 s.
_SCRYPT: Final = {"n": 1 << 15, "r": 8, "p": 1, "maxmem": 1 << 26, "dklen": 32}


@dataclass(frozen=True, slots=True)
class Blocking:
    """What a person needs to block everything without the wallet. Shown once."""

    block_id: str
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Handed:
    """An offer as a link, and the blocking code the first time."""

    offer_url: str = field(repr=False)
    configurations: tuple[str, ...]
    expires_in: int
    blocking: Blocking | None


def threshold_name(offer_id: str) -> str:
    """Under which name the vault keeps the age threshold an offer was made for."""
    return f"threshold:{offer_id}"


def burn_offers(tx: Transaction, person_id: str) -> None:
    """Take a person's offers, and access tokens from them, out of force."""
    for old in tx.issuance.grants_of(person_id):
        tx.vault.drop(person_id, threshold_name(old))
    tx.issuance.remove_grants(person_id)


class Offering:
    """Makes offers.

    Args:
        env: Store, keys, carrier, time, randomness.
        core: The issuer's role of OpenID4VCI.
        offered: Our configurations.
        offer_life: How long an offer may be redeemed.
        per_hour: How many offers a person may be made in an hour: each is five tries at a code of six
            digits for whoever has the resume token and not the phone, and a message to the phone.
    """

    def __init__(
        self,
        env: Environment,
        core: Issuer,
        offered: Mapping[str, Offered],
        *,
        offer_life: timedelta,
        per_hour: int,
    ) -> None:
        self._env = env
        self._core = core
        self._offered = offered
        self._offer_life = offer_life
        self._per_hour = per_hour

    def hand(self, session_id: str, wanted: Sequence[str] = (), threshold: int | None = None) -> Handed:
        """Make an offer for an onboarding that is approved, or in review; an earlier one of it is burnt.

        What is offered in review is deferred until a reviewer has decided, and then given or denied.

        Args:
            session_id: The onboarding.
            wanted: Configurations; none means all that the person can have.
            threshold: Of the age statement; None means 18 where it is reached, else the highest that is.

        Raises:
            Refused: ``onboarding.wrong_step``, ``onboarding.too_often``, ``issuing.threshold``,
                ``issuing.single_name``, ``oid4vci.configuration``.
            Undecided: ``outbox.failed`` if the transaction code could not be sent.
        """
        now = self._env.now()
        with self._env.store.writing() as tx:
            session = load(tx, session_id)
            configurations, threshold = self._allowed(tx, session, wanted, threshold)
            owner, person_id = session.person_id or session.key_id, session.person_id
            self._count(tx, owner, now)
            made = self._core.offer(configurations, tx_code=_TX_CODE, now=now, random=self._env.random)
            grant = self._grant(session, made)
            burn_offers(tx, owner)
            tx.issuance.put_grant(grant)
            if threshold is not None:
                tx.vault.put(owner, threshold_name(grant.id), str(threshold).encode())
            blocking = None if person_id is None else self._blocking(tx, session_id, person_id)
            phone = tx.vault.get(session.key_id, Channel.PHONE)
            auditing.record(tx, self._env, actor=auditing.PERSON, act="offer", subject=owner)
        try:
            self._send(phone, made.tx_code, session.language)
        except Undecided:
            self._not_shown(session_id, owner, blocking)
            raise
        return Handed(made.offer.to_url(), configurations, int(self._offer_life.total_seconds()), blocking)

    def _count(self, tx: Transaction, person_id: str, now: datetime) -> None:
        made = self._env.sealer.lookup("offers", person_id)
        if tx.attempts.count(made, now - _OFFER_WINDOW) >= self._per_hour:
            raise Refused("onboarding.too_often")
        tx.attempts.add(made, now)

    def _send(self, phone: bytes | None, tx_code: str, language: str) -> None:
        if phone is None:
            raise Undecided("outbox.failed", Channel.PHONE)
        self._env.outbox.send(Channel.PHONE, phone.decode(), "transaction", tx_code, language)

    def _not_shown(self, session_id: str, person_id: str, blocking: Blocking | None) -> None:
        """The answer is an error, so the person never saw the code: the next offer brings one."""
        if blocking is not None:
            with self._env.store.writing() as tx:
                tx.vault.drop(person_id, f"blocking:{session_id}")

    def _allowed(
        self, tx: Transaction, session: Session, wanted: Sequence[str], threshold: int | None
    ) -> tuple[tuple[str, ...], int | None]:
        """Configurations and threshold; none in review: who it is and how old, is what is being decided."""
        if session.state is State.APPROVED and session.person_id is not None:
            return self._choose(tx, session.person_id, wanted, threshold)
        if session.state is not State.REVIEW or threshold is not None:
            raise Refused("onboarding.wrong_step", session.state)
        names = tuple(dict.fromkeys(wanted)) or tuple(self._offered)
        if not set(names) <= set(self._offered):
            raise Refused("oid4vci.configuration", "configurations")
        return names, None

    def _choose(
        self, tx: Transaction, person_id: str, wanted: Sequence[str], threshold: int | None
    ) -> tuple[tuple[str, ...], int]:
        profile, today = profile_of(tx, person_id), self._env.now().date()
        possible = default_threshold(profile, today)
        names = tuple(dict.fromkeys(wanted)) or tuple(
            row.id
            for row in self._offered.values()
            # Documents marked TEST are for who names them.
            if row.type.name not in test_documents.NAMES
            and (possible is not None if row.type.name == AGE else profile.fields.given_name)
        )
        for name in names:
            if name not in self._offered:
                raise Refused("oid4vci.configuration", "configurations")
        chosen = threshold if threshold is not None else possible or THRESHOLDS[0]
        types = {self._offered[name].type.name for name in names}
        if AGE in types:
            age_claims(profile, chosen, today)
        if types != {AGE}:  # also where there is nothing that the person can have
            identity_claims(profile, today)
        return names, chosen

    def _grant(self, session: Session, made: NewOffer) -> GrantRow:
        return GrantRow(
            id=self._env.new_id(),
            person_id=session.person_id,
            session_id=None if session.person_id else session.id,
            lookup=bytes.fromhex(made.issuance.code_digest),
            token_lookup=None,
            body=made.issuance.to_bytes().decode(),
            expires_at=made.issuance.expires_at + _KEEP,
        )

    def _blocking(self, tx: Transaction, session_id: str, person_id: str) -> Blocking | None:
        # Once an onboarding: a second offer for the same one shows no code again.
        if tx.vault.has(person_id, f"blocking:{session_id}"):
            return None
        blocking = Blocking(self._env.letters(2), self._env.letters(3))
        salt = self._env.random(16)
        tx.persons.set_block(
            person_id,
            self._env.sealer.lookup("block", blocking.block_id),
            salt,
            _stretch(blocking.code, salt),
        )
        tx.vault.put(person_id, f"blocking:{session_id}", b"given")
        return blocking


class BlockByCode:
    """The person blocks everything without the wallet.

    Args:
        env: Store, keys, time, randomness.
        suspend: Suspends all of a person's copies within a transaction: (tx, person id).
        wake: Called when there are status changes to publish.
    """

    def __init__(
        self,
        env: Environment,
        suspend: Callable[[Transaction, str], int],
        wake: Callable[[], None],
    ) -> None:
        self._env = env
        self._suspend = suspend
        self._wake = wake

    def block(self, block_id: str, code: str) -> None:
        """Suspend all of the person's credentials.

        Tries are counted for ids that exist and ids that do not alike, and the answer is the same.

        Raises:
            Refused: ``block.refused``.
        """
        block_id, code = _read_aloud(block_id), _read_aloud(code)
        if not self._try(block_id, code):
            raise Refused("block.refused")
        self._wake()

    def _try(self, block_id: str, code: str) -> bool:
        now, id_hash = self._env.now(), self._env.sealer.lookup("block", block_id)
        with self._env.store.writing() as tx:
            exhausted = tx.attempts.count(id_hash, now - _BLOCK_WINDOW) >= _BLOCK_TRIES
            tx.attempts.add(id_hash, now)
            found = tx.persons.block(id_hash)
        person_id, salt, stretched = found or ("", bytes(16), bytes(32))
        right = hmac.compare_digest(_stretch(code, salt), stretched)
        if exhausted or not right:
            return False
        with self._env.store.writing() as tx:
            self._suspend(tx, person_id)
            auditing.record(tx, self._env, actor=auditing.PERSON, act="block", subject=person_id)
        return True


def _stretch(code: str, salt: bytes) -> bytes:
    with _STRETCHING:
        return hashlib.scrypt(code.encode(), salt=salt, **_SCRYPT)


def _read_aloud(text: str) -> str:
    """As written on paper or read aloud: case and separators do not matter."""
    letters = "".join(char for char in text.upper() if char.isalnum())
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))
