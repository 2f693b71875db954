"""Handing an approved person an offer, and once the blocking code."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field, replace
from datetime import timedelta
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Final

from clicid.codec import strict_json
from clicid.errors import Refused, Undecided
from clicid.oid4vci.issuance import Issuance, Phase, expired
from clicid.oid4vci.offer import CredentialOffer, OfferReference, TxCode
from issuer.usecases import auditing, barring, test_documents
from issuer.usecases.configurations import AGE
from issuer.usecases.onboarding import load
from issuer.usecases.profile import THRESHOLDS, age_claims, default_threshold, identity_claims, profile_of
from issuer.usecases.records import Channel, Key
from issuer.usecases.states import State
from issuer.usecases.walking import stored

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.oid4vci.issuer import Issuer
    from issuer.usecases.configurations import Offered
    from issuer.usecases.environment import Environment
    from issuer.usecases.ports import Transaction
    from issuer.usecases.records import GrantRow, Session

_TX_CODE: Final = TxCode("numeric", 6, "The code we sent to your phone")
_FETCHES: Final = 5
_OPEN: Final = frozenset({Phase.OFFERED, Phase.INVITED, Phase.PUSHED, Phase.ASKED})
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
class Wish:
    """What to offer, and how.

    Args:
        configurations: None means all that the person can have.
        threshold: Of the age statement; None means 18 where it is reached, else the highest that is.
        authorization_code: Whether the wallet is to send the person to the authorization endpoint, instead
            of redeeming a pre-authorized code.
        by_reference: Whether the link has the offer's address instead of the offer.
    """

    configurations: tuple[str, ...] = ()
    threshold: int | None = None
    authorization_code: bool = False
    by_reference: bool = False


@dataclass(frozen=True, slots=True)
class _Made:
    issuance: Issuance
    offer: CredentialOffer
    found_by: Key
    digest: str
    tx_code: str = field(default="", repr=False)


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


def offer_name(grant_id: str) -> str:
    """Under which name the vault keeps an offer that is handed out by its address."""
    return f"offer:{grant_id}"


def owner_of(tx: Transaction, row: GrantRow) -> str | None:
    """Under which key the vault keeps what belongs to an issuance; None if it is nobody's yet."""
    session = tx.sessions.get(row.session_id) if row.session_id else None
    return row.person_id or (None if session is None else session.key_id)


def burn_offers(tx: Transaction, person_id: str, *, renewable: bool = True) -> None:
    """Take a person's offers, and access tokens from them, out of force.

    Args:
        tx: The transaction.
        person_id: Whose.
        renewable: Whether also those of wallets that renew what they hold, and the pages that are open at the
            authorization endpoint: not when another is offered.
    """
    if renewable:
        tx.visits.remove_of(person_id)
    for row in tx.issuance.grants_of(person_id):
        if renewable or Issuance.from_bytes(row.body.encode()).refreshing is None:
            tx.vault.drop(person_id, threshold_name(row.id))
            tx.vault.drop(person_id, offer_name(row.id))
            tx.issuance.remove_grant(row.id)


class Offering:
    """Makes offers.

    Args:
        env: Store, keys, carrier, time, randomness.
        core: The issuer's role of OpenID4VCI.
        offered: Our configurations.
        identifier: Ours, below which offers are fetched that are handed out by reference.
        scheme: How their links begin.
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
        identifier: str,
        scheme: str,
        offer_life: timedelta,
        per_hour: int,
    ) -> None:
        self._env = env
        self._core = core
        self._offered = offered
        self._identifier = identifier
        self._scheme = scheme
        self._offer_life = offer_life
        self._per_hour = per_hour

    def hand(self, session_id: str, wish: Wish) -> Handed:
        """Make an offer for an onboarding that is approved, or in review; an earlier one of it is burnt.

        What is offered in review is deferred until a reviewer has decided, and then given or denied.

        Args:
            session_id: The onboarding.
            wish: What to offer, and how.

        Raises:
            Refused: ``onboarding.wrong_step``, ``onboarding.too_often``, ``issuing.barred``,
                ``issuing.threshold``, ``issuing.single_name``, ``oid4vci.configuration``.
            Undecided: ``outbox.failed`` if the transaction code could not be sent.
        """
        now = self._env.now()
        with self._env.store.writing() as tx:
            session = load(tx, session_id)
            configurations, threshold = self._allowed(tx, session, wish)
            owner, person_id = session.person_id or session.key_id, session.person_id
            self._count(tx, owner, now)
            burn_offers(tx, owner, renewable=False)
            made = self._make(configurations, wish, now)
            row = replace(
                stored(self._env.new_id(), made.issuance, person_id=person_id), session_id=session_id
            )
            tx.issuance.put_grant(row)
            tx.issuance.put_key(row.id, made.found_by, bytes.fromhex(made.digest))
            if threshold is not None:
                tx.vault.put(owner, threshold_name(row.id), str(threshold).encode())
            url = (
                self._by_reference(tx, row, owner, made.offer)
                if wish.by_reference
                else made.offer.to_url(self._scheme)
            )
            blocking = None if person_id is None else self.blocking(tx, session_id, person_id)
            phone = tx.vault.get(session.key_id, Channel.PHONE)
            auditing.record(tx, self._env, actor=auditing.PERSON, act="offer", subject=owner)
        try:
            if made.tx_code:
                self._send(phone, made.tx_code, session.language)
        except Undecided:
            self._not_shown(session_id, owner, blocking)
            raise
        return Handed(url, configurations, int(self._offer_life.total_seconds()), blocking)

    def fetch(self, address: str) -> dict[str, Json]:
        """An offer by its address: as long as it is of use, and for few (OpenID4VCI 4.1.3).

        Raises:
            Refused: ``http.not_found``, for whatever reason.
        """
        now = self._env.now()
        with self._env.store.writing() as tx:
            found = tx.issuance.grant(self._env.sealer.lookup("offer", address))
            body, owner = None, None if found is None else owner_of(tx, found)
            if found is not None and owner is not None:
                state = expired(Issuance.from_bytes(found.body.encode()), now)
                fetched = self._env.sealer.lookup("fetched", found.id)
                if state.phase in _OPEN and tx.attempts.count(fetched, now - _OFFER_WINDOW) < _FETCHES:
                    tx.attempts.add(fetched, now)
                    body = tx.vault.get(owner, offer_name(found.id))
        if body is None:
            raise Refused("http.not_found")
        return CredentialOffer.parse(body).to_wire()

    def _make(self, configurations: tuple[str, ...], wish: Wish, now: datetime) -> _Made:
        if wish.authorization_code:
            invited = self._core.invite(configurations, now=now, random=self._env.random)
            return _Made(invited.issuance, invited.offer, Key.ISSUER_STATE, invited.digest)
        new = self._core.offer(configurations, tx_code=_TX_CODE, now=now, random=self._env.random)
        return _Made(new.issuance, new.offer, Key.CODE, new.issuance.code_digest, new.tx_code)

    def _by_reference(self, tx: Transaction, row: GrantRow, owner: str, offer: CredentialOffer) -> str:
        # In the vault, because there is a code in it that is nowhere else in the clear.
        address = self._env.secret()
        tx.issuance.put_key(row.id, Key.OFFER, self._env.sealer.lookup("offer", address))
        body = strict_json.dumps(offer.to_wire())
        until = self._env.now() + self._offer_life
        tx.vault.put(owner, offer_name(row.id), body, until)
        return OfferReference(f"{self._identifier}/oid4vci/offers/{address}").to_url(self._scheme)

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

    def _allowed(self, tx: Transaction, session: Session, wish: Wish) -> tuple[tuple[str, ...], int | None]:
        """Configurations and threshold; none in review: who it is and how old, is what is being decided."""
        wanted = wish.configurations
        if session.state is State.APPROVED and session.person_id is not None:
            barring.check(tx, session)
            return self.choose(tx, session.person_id, wanted, wish.threshold)
        if session.state is not State.REVIEW or wish.threshold is not None:
            raise Refused("onboarding.wrong_step", session.state)
        names = tuple(dict.fromkeys(wanted)) or tuple(
            row.id for row in self._offered.values() if row.type.name not in test_documents.NAMES
        )
        if not set(names) <= set(self._offered):
            raise Refused("oid4vci.configuration", "configurations")
        return names, None

    def choose(
        self, tx: Transaction, person_id: str, wanted: Sequence[str], threshold: int | None
    ) -> tuple[tuple[str, ...], int]:
        """What a person can have, of what is wanted, and the age threshold.

        Raises:
            Refused: As `hand`.
        """
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

    def blocking(self, tx: Transaction, session_id: str, person_id: str) -> Blocking | None:
        """Block id and blocking code, once an onboarding: a second time there is none."""
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
