"""The issuer's side of OpenID4VCI as a state machine without I/O.

`Issuer.step` takes the stored state of an issuance and an event, and gives the next state and a
reply. The application stores the state by compare-and-set before it sends the reply, so that of
two racing requests one is repeated on the newer state.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from clicid.codec import base64url
from clicid.errors import LocalError, RemoteError
from clicid.oid4vci import proof
from clicid.oid4vci.credential import CredentialResponse, NonceResponse
from clicid.oid4vci.errors import Wire
from clicid.oid4vci.issuance import (
    OUT_OF_PLACE,
    TRANSITIONS,
    CredentialRequested,
    CredentialsMade,
    Delivery,
    Event,
    Grant,
    Issuance,
    NonceSpent,
    NonceWanted,
    Noted,
    NotificationSent,
    Phase,
    Reply,
    TokenRequested,
    Withdraw,
)
from clicid.oid4vci.offer import CredentialOffer, PreAuthorized, TxCode
from clicid.oid4vci.token import TokenResponse

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from clicid.oid4vci.metadata import CredentialIssuerMetadata
    from clicid.oid4vci.proof import VerifiedProof

_SECRET_BYTES: Final = 32
_ID_BYTES: Final = 16
_MIN_PEPPER_BYTES: Final = 32


class NonceStore(Protocol):
    """Where the application keeps nonces, by digest. Entries outlive `IssuerRules.nonce_life`."""

    def add(self, digest: str, expires_at: datetime) -> None:
        """Note a nonce that was handed out."""

    def spend(self, digest: str, now: datetime) -> bool:
        """Mark a known, unexpired, unused nonce as used, in one step; True exactly once."""


@dataclass(frozen=True, slots=True)
class IssuerRules:
    """What an issuer decides once.

    Args:
        metadata: Its published metadata: identifier, configurations, batch size.
        pepper: At least 32 secret bytes, kept out of the database: keys the digests of secrets.
        offer_life: How long an offer may be redeemed.
        token_life: How long an access token may be used.
        nonce_life: How long a nonce may be used.
        proof_age: The oldest key proof accepted.
        leeway: Clock difference tolerated.
        tries: Wrong transaction codes before the offer is burnt.
        copies: Credentials of one configuration that one offer gives.
    """

    metadata: CredentialIssuerMetadata
    pepper: bytes = field(repr=False)
    offer_life: timedelta
    token_life: timedelta
    nonce_life: timedelta
    proof_age: timedelta = timedelta(minutes=5)
    leeway: timedelta = timedelta(seconds=60)
    tries: int = 5
    copies: int = 1


@dataclass(frozen=True, slots=True)
class NewOffer:
    """A fresh offer. `tx_code` goes to the person over another channel; "" when none is used."""

    issuance: Issuance
    offer: CredentialOffer
    tx_code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewNonce:
    """A fresh nonce: note `digest` in the store until `expires_at`, then send `response`."""

    response: NonceResponse
    digest: str
    expires_at: datetime


class Issuer:
    """The role, for one set of rules. It keeps nothing between calls."""

    def __init__(self, rules: IssuerRules) -> None:
        if len(rules.pepper) < _MIN_PEPPER_BYTES:
            raise LocalError("oid4vci.sequence", "pepper", f"{_MIN_PEPPER_BYTES} bytes are wanted")
        self._rules = rules

    def digest(self, secret: str) -> str:
        """The keyed digest under which a code, token or nonce is stored and looked up (hex)."""
        return hmac.new(self._rules.pepper, secret.encode(), hashlib.sha256).hexdigest()

    def offer(
        self,
        configuration_ids: tuple[str, ...],
        *,
        tx_code: TxCode | None,
        now: datetime,
        random: Callable[[int], bytes],
    ) -> NewOffer:
        """Make an offer by pre-authorized code.

        Args:
            configuration_ids: Keys of the metadata's configurations.
            tx_code: The kind of transaction code to demand (numeric, with a length), or None.
            now: The time.
            random: So many random bytes.

        Raises:
            LocalError: `oid4vci.configuration` for an identifier that the metadata do not have;
                `oid4vci.unsupported` for a transaction code that is not numeric.
        """
        for name in configuration_ids:
            if name not in self._rules.metadata.configurations:
                raise LocalError("oid4vci.configuration", detail="not in the metadata")
        code = base64url.encode(random(_SECRET_BYTES))
        digits = "" if tx_code is None else _digits(tx_code, random)
        issuance = Issuance(
            phase=Phase.OFFERED,
            configuration_ids=configuration_ids,
            code_digest=self.digest(code),
            tx_code_digest="" if tx_code is None else self._tx_code_digest(code, digits),
            tries_left=self._rules.tries,
            expires_at=_seconds(now + self._rules.offer_life),
        )
        offer = CredentialOffer(
            credential_issuer=self._rules.metadata.credential_issuer,
            credential_configuration_ids=configuration_ids,
            pre_authorized=PreAuthorized(code, tx_code),
        )
        return NewOffer(issuance, offer, digits)

    def nonce(self, *, now: datetime, random: Callable[[int], bytes]) -> NewNonce:
        """Make a nonce for the nonce endpoint (OpenID4VCI 7)."""
        c_nonce = base64url.encode(random(_SECRET_BYTES))
        return NewNonce(NonceResponse(c_nonce), self.digest(c_nonce), now + self._rules.nonce_life)

    def step(
        self, state: Issuance, event: Event, *, now: datetime, random: Callable[[int], bytes]
    ) -> tuple[Issuance, Reply]:
        """The next state and the reply. A wallet's mistake is a reply, of type `RemoteError`.

        Raises:
            LocalError: `oid4vci.sequence` for an event of our own that does not fit the state.
        """
        allowed = TRANSITIONS.get((state.phase, type(event)))
        if allowed is None:
            return state, _out_of_place(state, event)
        following, reply = self._react(state, event, now, random)
        if following.phase not in allowed:
            raise LocalError("oid4vci.sequence", detail=f"{state.phase} to {following.phase}")
        return following, reply

    def _react(
        self, state: Issuance, event: Event, now: datetime, random: Callable[[int], bytes]
    ) -> tuple[Issuance, Reply]:
        outcome: tuple[Issuance, Reply]
        match event:
            case TokenRequested():
                outcome = self._redeem(state, event, now, random)
            case CredentialRequested():
                outcome = self._consider(state, event, now)
            case NonceSpent():
                outcome = self._permit(state, event, now)
            case CredentialsMade():
                outcome = self._deliver(state, event, random)
            case NotificationSent():
                outcome = self._note(state, event, now)
            case Withdraw():
                outcome = replace(state, phase=Phase.WITHDRAWN), Noted()
            case _:  # TimePassed
                outcome = _expire(state, now), Noted()
        return outcome

    def _redeem(
        self, state: Issuance, event: TokenRequested, now: datetime, random: Callable[[int], bytes]
    ) -> tuple[Issuance, Reply]:
        # OpenID4VCI 6.1 and 6.3. A wrong try is counted in the state, so that it survives.
        request = event.request
        if not hmac.compare_digest(self.digest(request.pre_authorized_code), state.code_digest):
            return state, RemoteError(Wire.INVALID_GRANT, "oid4vci.grant")
        if _expire(state, now).phase is Phase.EXPIRED:
            return _expire(state, now), RemoteError(Wire.INVALID_GRANT, "oid4vci.grant", detail="expired")
        if bool(state.tx_code_digest) != (request.tx_code is not None):
            return state, RemoteError(
                Wire.INVALID_REQUEST, "oid4vci.tx_code", detail="missing, or not expected"
            )
        if request.tx_code is not None:
            given = self._tx_code_digest(request.pre_authorized_code, request.tx_code)
            if not hmac.compare_digest(given, state.tx_code_digest):
                return _count_try(state)
        token = base64url.encode(random(_SECRET_BYTES))
        following = replace(
            state,
            phase=Phase.AUTHORISED,
            token_digest=self.digest(token),
            expires_at=_seconds(now + self._rules.token_life),
        )
        return following, TokenResponse(token, int(self._rules.token_life.total_seconds()))

    def _consider(self, state: Issuance, event: CredentialRequested, now: datetime) -> tuple[Issuance, Reply]:
        # OpenID4VCI 8.2: (1) token, (2) configuration, (3) copies, (4) proofs; the nonce is
        # spent only after all of it holds.
        if fault := self._refuse_token(state, event.access_token, now):
            return _expire(state, now), fault
        try:
            configuration_id = self._configuration_id(state, event)
            holders = self._holders(state, configuration_id, event.request.jwt_proofs, now)
        except RemoteError as fault:
            return state, fault
        return state, NonceWanted(self.digest(holders[0].nonce), Grant(configuration_id, holders))

    def _configuration_id(self, state: Issuance, event: CredentialRequested) -> str:
        if event.request.credential_identifier:
            raise RemoteError(
                Wire.UNKNOWN_CREDENTIAL_IDENTIFIER, "oid4vci.configuration", "/credential_identifier"
            )
        name = event.request.credential_configuration_id
        if name not in state.configuration_ids:
            raise RemoteError(
                Wire.UNKNOWN_CREDENTIAL_CONFIGURATION, "oid4vci.configuration", "/credential_configuration_id"
            )
        return name

    def _holders(
        self, state: Issuance, configuration_id: str, jwts: tuple[str, ...], now: datetime
    ) -> tuple[VerifiedProof, ...]:
        metadata = self._rules.metadata
        if len(jwts) > metadata.batch_size:
            raise RemoteError(
                Wire.INVALID_CREDENTIAL_REQUEST, "oid4vci.request", "/proofs/jwt", "more than the batch size"
            )
        if state.copies(configuration_id) + max(len(jwts), 1) > self._rules.copies:
            raise RemoteError(Wire.CREDENTIAL_REQUEST_DENIED, "oid4vci.denied")
        return proof.verify_all(
            jwts,
            issuer=metadata.credential_issuer,
            algs=metadata.configurations[configuration_id].proof_algs.get("jwt", ()),
            binding_methods=metadata.configurations[configuration_id].binding_methods,
            max_age=self._rules.proof_age,
            leeway=self._rules.leeway,
            now=now,
        )

    def _permit(self, state: Issuance, event: NonceSpent, now: datetime) -> tuple[Issuance, Reply]:
        if not event.fresh:
            return state, RemoteError(Wire.INVALID_NONCE, "oid4vci.nonce")
        if _expire(state, now).phase is Phase.EXPIRED:
            return _expire(state, now), RemoteError(Wire.INVALID_TOKEN, "oid4vci.access_token")
        return state, event.grant

    def _deliver(
        self, state: Issuance, event: CredentialsMade, random: Callable[[int], bytes]
    ) -> tuple[Issuance, Reply]:
        grant = event.grant
        if len(event.credentials) != len(grant.holders):
            raise LocalError("oid4vci.sequence", detail="one credential for each proved key")
        if state.copies(grant.configuration_id) + len(event.credentials) > self._rules.copies:
            # Another request of the same wallet was faster; what was made for this one is dropped.
            return state, RemoteError(Wire.CREDENTIAL_REQUEST_DENIED, "oid4vci.denied")
        notification_id = base64url.encode(random(_ID_BYTES))
        delivery = Delivery(grant.configuration_id, len(event.credentials), notification_id)
        following = replace(state, deliveries=(*state.deliveries, delivery))
        if all(following.copies(name) >= self._rules.copies for name in state.configuration_ids):
            following = replace(following, phase=Phase.COMPLETED)
        return following, CredentialResponse(event.credentials, notification_id)

    def _note(self, state: Issuance, event: NotificationSent, now: datetime) -> tuple[Issuance, Reply]:
        if fault := self._refuse_token(state, event.access_token, now):
            return _expire(state, now), fault
        named = event.request.notification_id
        if named not in {one.notification_id for one in state.deliveries}:
            return state, RemoteError(Wire.INVALID_NOTIFICATION_ID, "oid4vci.notification")
        deliveries = tuple(
            replace(one, outcome=event.request.event) if one.notification_id == named else one
            for one in state.deliveries
        )
        return replace(state, deliveries=deliveries), Noted()

    def _refuse_token(self, state: Issuance, token: str, now: datetime) -> RemoteError | None:
        known = hmac.compare_digest(self.digest(token), state.token_digest)
        if known and now < state.expires_at:
            return None
        return RemoteError(Wire.INVALID_TOKEN, "oid4vci.access_token")

    def _tx_code_digest(self, code: str, tx_code: str) -> str:
        # The code salts it, so that equal transaction codes do not look equal in the store.
        return self.digest(f"{code} {tx_code}")


def _out_of_place(state: Issuance, event: Event) -> RemoteError:
    answer = OUT_OF_PLACE.get(type(event))
    if answer is None:
        raise LocalError("oid4vci.sequence", detail=f"{type(event).__name__} in {state.phase}")
    wire, code = answer
    return RemoteError(wire, code, detail=f"{type(event).__name__} in {state.phase}")


def _count_try(state: Issuance) -> tuple[Issuance, Reply]:
    left = state.tries_left - 1
    if left > 0:
        return replace(state, tries_left=left), RemoteError(Wire.INVALID_GRANT, "oid4vci.tx_code")
    burnt = replace(state, tries_left=0, phase=Phase.BURNT)
    return burnt, RemoteError(Wire.INVALID_GRANT, "oid4vci.grant_burnt")


def _expire(state: Issuance, now: datetime) -> Issuance:
    if now < state.expires_at or state.phase is Phase.COMPLETED:
        return state
    return replace(state, phase=Phase.EXPIRED)


def _digits(tx_code: TxCode, random: Callable[[int], bytes]) -> str:
    if tx_code.input_mode != "numeric" or tx_code.length is None:
        raise LocalError("oid4vci.unsupported", "tx_code", "numeric with a length is wanted")
    # 128 bits over at most 10^24: what the remainder favours cannot be measured.
    number = int.from_bytes(random(_ID_BYTES), "big") % 10**tx_code.length
    return str(number).zfill(tx_code.length)


def _seconds(instant: datetime) -> datetime:
    return instant.replace(microsecond=0)
