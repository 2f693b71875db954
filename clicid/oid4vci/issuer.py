"""The issuer's side of OpenID4VCI as a state machine without I/O.

`Issuer.step` takes the stored state of an issuance and an event, and gives the next state and a
reply. The application stores the state by compare-and-set before it sends the reply, so that of
two racing requests one is repeated on the newer state.

What the events do stands in `authorizing` (up to the authorization code), `granting` (up to the access
token) and `delivering` (from it on).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from clicid.errors import LocalError, RemoteError
from clicid.oid4vci import authorizing, delivering, freshness, granting
from clicid.oid4vci.issuance import (
    OUT_OF_PLACE,
    TRANSITIONS,
    Agreed,
    BrowserArrived,
    CredentialRequested,
    CredentialsMade,
    Declined,
    DeferredRequested,
    Denied,
    Event,
    Issuance,
    NonceSpent,
    Noted,
    NotificationSent,
    NotReady,
    Phase,
    Reply,
    RequestPushed,
    TimePassed,
    TokenRequested,
    Withdraw,
    expired,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from clicid.oid4vci.authorizing import NewInvitation
    from clicid.oid4vci.delivering import NewNonce
    from clicid.oid4vci.granting import NewOffer
    from clicid.oid4vci.offer import TxCode
    from clicid.oid4vci.rules import IssuerRules


_Delivering: TypeAlias = (
    CredentialRequested
    | NonceSpent
    | CredentialsMade
    | NotReady
    | Denied
    | DeferredRequested
    | NotificationSent
)


class Issuer:
    """The role, for one set of rules. It keeps nothing between calls."""

    def __init__(self, rules: IssuerRules) -> None:
        self._rules = rules

    def digest(self, secret: str) -> str:
        """The keyed digest under which a code, token or nonce is stored and looked up (hex)."""
        return self._rules.digest(secret)

    def offer(
        self,
        configuration_ids: tuple[str, ...],
        *,
        tx_code: TxCode | None,
        now: datetime,
        random: Callable[[int], bytes],
    ) -> NewOffer:
        """Make an offer by pre-authorized code; see `granting.offer`."""
        return granting.offer(self._rules, configuration_ids, tx_code=tx_code, now=now, random=random)

    def invite(
        self, configuration_ids: tuple[str, ...], *, now: datetime, random: Callable[[int], bytes]
    ) -> NewInvitation:
        """Make an offer for the authorization code grant; see `authorizing.invite`."""
        return authorizing.invite(self._rules, configuration_ids, now=now, random=random)

    def uninvited(self, *, now: datetime) -> Issuance:
        """The state of an issuance that a wallet asks for without an offer; push the request to it."""
        return authorizing.uninvited(self._rules, now=now)

    def server_nonce(self, purpose: str, *, now: datetime, random: Callable[[int], bytes]) -> str:
        """A nonce for DPoP proofs, or a challenge for wallet attestations, that nobody has to keep."""
        return freshness.make(self._rules.pepper, purpose, now=now, random=random)

    def is_fresh(self, nonce: str, purpose: str, *, now: datetime) -> bool:
        """Whether such a nonce is ours and young enough."""
        life = self._rules.nonce_life
        return freshness.is_fresh(nonce, self._rules.pepper, purpose, now=now, life=life)

    def nonce(self, *, now: datetime, random: Callable[[int], bytes]) -> NewNonce:
        """Make a nonce for the nonce endpoint (OpenID4VCI 7)."""
        return delivering.nonce(self._rules, now=now, random=random)

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
        match event:
            case Withdraw():
                return replace(state, phase=Phase.WITHDRAWN), Noted()
            case TimePassed():
                return expired(state, now), Noted()
            case RequestPushed() | BrowserArrived() | Agreed() | Declined() | TokenRequested():
                return _authorise(self._rules, state, event, now, random)
            case _:
                return _deliver(self._rules, state, event, now, random)


def _authorise(
    rules: IssuerRules,
    state: Issuance,
    event: RequestPushed | BrowserArrived | Agreed | Declined | TokenRequested,
    now: datetime,
    random: Callable[[int], bytes],
) -> tuple[Issuance, Reply]:
    match event:
        case RequestPushed():
            return authorizing.push(rules, state, event, now, random)
        case BrowserArrived():
            return authorizing.arrive(rules, state, event, now)
        case TokenRequested():
            return granting.redeem(rules, state, event, now, random)
        case _:
            return authorizing.answer(rules, state, event, now, random)


def _deliver(
    rules: IssuerRules,
    state: Issuance,
    event: _Delivering,
    now: datetime,
    random: Callable[[int], bytes],
) -> tuple[Issuance, Reply]:
    outcome: tuple[Issuance, Reply]
    match event:
        case CredentialRequested():
            outcome = delivering.consider(rules, state, event, now)
        case NonceSpent():
            outcome = delivering.permit(state, event, now)
        case CredentialsMade():
            outcome = delivering.deliver(rules, state, event, now, random)
        case NotReady():
            outcome = delivering.defer(rules, state, event, now, random)
        case Denied():
            outcome = delivering.deny(rules, state, event)
        case DeferredRequested():
            outcome = delivering.resume(rules, state, event, now)
        case _:
            outcome = delivering.note(rules, state, event, now)
    return outcome


def _out_of_place(state: Issuance, event: Event) -> RemoteError:
    answer = OUT_OF_PLACE.get(type(event))
    if answer is None:
        raise LocalError("oid4vci.sequence", detail=f"{type(event).__name__} in {state.phase}")
    wire, code = answer
    return RemoteError(wire, code, detail=f"{type(event).__name__} in {state.phase}")
