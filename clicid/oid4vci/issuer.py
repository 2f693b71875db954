"""The issuer's side of OpenID4VCI as a state machine without I/O.

`Issuer.step` takes the stored state of an issuance and an event, and gives the next state and a
reply. The application stores the state by compare-and-set before it sends the reply, so that of
two racing requests one is repeated on the newer state.

What the events do stands in `granting` (up to the access token) and `delivering` (from it on).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clicid.errors import LocalError, RemoteError
from clicid.oid4vci import delivering, granting
from clicid.oid4vci.issuance import (
    OUT_OF_PLACE,
    TRANSITIONS,
    CredentialRequested,
    CredentialsMade,
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
    TokenRequested,
    Withdraw,
    expired,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from clicid.oid4vci.delivering import NewNonce
    from clicid.oid4vci.granting import NewOffer
    from clicid.oid4vci.offer import TxCode
    from clicid.oid4vci.rules import IssuerRules


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
        outcome: tuple[Issuance, Reply]
        match event:
            case TokenRequested():
                outcome = granting.redeem(self._rules, state, event, now, random)
            case CredentialRequested():
                outcome = delivering.consider(self._rules, state, event, now)
            case NonceSpent():
                outcome = delivering.permit(state, event, now)
            case CredentialsMade():
                outcome = delivering.deliver(self._rules, state, event, now, random)
            case NotReady():
                outcome = delivering.defer(self._rules, state, event, now, random)
            case Denied():
                outcome = delivering.deny(self._rules, state, event)
            case DeferredRequested():
                outcome = delivering.resume(self._rules, state, event, now)
            case NotificationSent():
                outcome = delivering.note(self._rules, state, event, now)
            case Withdraw():
                outcome = replace(state, phase=Phase.WITHDRAWN), Noted()
            case _:  # TimePassed
                outcome = expired(state, now), Noted()
        return outcome


def _out_of_place(state: Issuance, event: Event) -> RemoteError:
    answer = OUT_OF_PLACE.get(type(event))
    if answer is None:
        raise LocalError("oid4vci.sequence", detail=f"{type(event).__name__} in {state.phase}")
    wire, code = answer
    return RemoteError(wire, code, detail=f"{type(event).__name__} in {state.phase}")
