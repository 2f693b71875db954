"""The wallet's side of OpenID4VCI as a state machine without I/O.

`Wallet.start`, `renew` and `step` give the next state and what to do: a request to send, a question to the
person, keys to make, credentials to check. Whatever goes wrong for good comes back as a `Refused`, in phase
FAILED; nothing that was kept before is touched by it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from clicid.errors import LocalError, Refused
from clicid.keys.algorithms import P256
from clicid.oid4vci import obtaining, receiving
from clicid.oid4vci.acceptance import Acceptance, Grant, Phase
from clicid.oid4vci.answers import again, with_nonces
from clicid.oid4vci.asking import reply
from clicid.oid4vci.dialogue import (
    TRANSITIONS,
    Answered,
    ClientAttested,
    Consented,
    Event,
    KeysMade,
    Redirected,
    SessionKeyMade,
)
from clicid.oid4vci.holding import Hands, HolderKeys, WalletRules
from clicid.oid4vci.offer import CredentialOffer, OfferReference, parse_offer_url

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from clicid.oid4vci.dialogue import Reply

# What each request's answer is read by.
_READ: Final = {
    Phase.OFFER: obtaining.read_offer,
    Phase.ISSUER_METADATA: obtaining.read_issuer,
    Phase.SERVER_METADATA: obtaining.read_server,
    Phase.CHALLENGE: obtaining.read_challenge,
    Phase.PUSHED: obtaining.read_pushed,
    Phase.TOKEN: obtaining.read_token,
    Phase.NONCE: receiving.read_nonce,
    Phase.CREDENTIAL: receiving.read_credential,
    Phase.DEFERRED: receiving.read_deferred,
    Phase.NOTIFICATION: receiving.read_notification,
}


_STAYING: Final = frozenset(
    {Phase.TOKEN, Phase.KEYS, Phase.WAITING, Phase.DEFERRED, Phase.CHECK, Phase.NOTIFICATION}
)
_ANEW: Final = frozenset({Phase.NONCE, Phase.KEY_ATTESTATION, Phase.CREDENTIAL})


@dataclass(frozen=True, slots=True)
class Session:
    """What of a finished issuance lets credentials be issued anew, without the person.

    Args:
        credential_issuer: The issuer.
        server: Its authorization server.
        refresh_token: What gets an access token; another one may take its place each time.
        session_key: To which it is bound, as Multikey; "" if to none.
        client_id: Whose client the wallet was; "" for anonymous access.
    """

    credential_issuer: str
    server: str
    refresh_token: str
    session_key: str
    client_id: str

    @classmethod
    def of(cls, state: Acceptance) -> Session | None:
        """Of an issuance that came as far as a refresh token, else None."""
        if not state.refresh_token or state.server is None or state.issuer is None:
            return None
        return cls(
            state.issuer.credential_issuer,
            state.server.issuer,
            state.refresh_token,
            state.session_key,
            state.client_id,
        )


@dataclass(frozen=True, slots=True)
class Wallet:
    """The role. It never holds a private key.

    Args:
        rules: What this wallet decides once.
        keys: Its keys.
        random: Gives so many secret random bytes.
    """

    rules: WalletRules
    keys: HolderKeys
    random: Callable[[int], bytes]

    def start(self, url: str, *, now: datetime) -> tuple[Acceptance, Reply]:
        """Read an offer's link.

        Raises:
            Refused: `oid4vci.offer`, `oid4vci.unsupported` or `codec.*`: nothing has begun.
        """
        offer = parse_offer_url(url)
        state = Acceptance(Phase.OFFER)
        if isinstance(offer, OfferReference):
            return self._with_reply(replace(state, offer_uri=offer.uri), now)
        return self._with_reply(obtaining.begun(state, offer), now)

    def renew(
        self, session: Session, configuration_ids: tuple[str, ...], *, now: datetime
    ) -> tuple[Acceptance, Reply]:
        """Have credentials issued anew, with fresh keys, in the name of an earlier consent."""
        state = Acceptance(
            Phase.ISSUER_METADATA,
            grant=Grant.REFRESH,
            offer=CredentialOffer(session.credential_issuer, configuration_ids),
            servers=(session.server,),
            chosen=configuration_ids,
            refresh_token=session.refresh_token,
            session_key=session.session_key,
            client_id=session.client_id,
        )
        return self._with_reply(state, now)

    def resume(self, state: Acceptance, *, now: datetime) -> Reply:
        """What is to be done in a state that was stored."""
        return reply(state, self._hands, now)

    def set_aside(self, state: Acceptance) -> Acceptance | None:
        """What of an issuance that was stopped can be gone on with by `resume`; None if nothing can.

        Until there is a token, only the request for it may be worth another try. Keys that no credential is
        known to be for are made anew.
        """
        if state.phase in _STAYING:
            return state
        if state.phase in _ANEW:
            return receiving.following(state)
        return None

    def step(self, state: Acceptance, event: Event, *, now: datetime) -> tuple[Acceptance, Reply]:
        """The next state and what to do.

        Raises:
            LocalError: `oid4vci.sequence` for an event that does not fit the state; `oid4vci.configuration`
                and `oid4vci.tx_code` for a consent to something that was not asked.
        """
        allowed = TRANSITIONS.get((state.phase, type(event)))
        if allowed is None:
            raise LocalError("oid4vci.sequence", detail=f"{type(event).__name__} in {state.phase}")
        try:
            following = self._react(state, event, now)
        except Refused as fault:
            return replace(state, phase=Phase.FAILED), fault
        if following.phase not in allowed:
            raise LocalError("oid4vci.sequence", detail=f"{state.phase} to {following.phase}")
        return self._with_reply(following, now)

    def _with_reply(self, state: Acceptance, now: datetime) -> tuple[Acceptance, Reply]:
        return state, reply(state, self._hands, now)

    @property
    def _hands(self) -> Hands:
        return Hands(self.rules, self.keys, self.random)

    def _react(self, state: Acceptance, event: Event, now: datetime) -> Acceptance:
        match event:
            case Answered(answer):
                state = with_nonces(state, answer)
                outcome = again(state, answer) or _READ[state.phase](state, answer, self._hands, now)
            case Redirected():
                outcome = obtaining.redirected(state, event.url)
            case Consented():
                outcome = obtaining.consented(state, event, self._hands)
            case KeysMade():
                outcome = receiving.keys_made(state, event, self._hands)
            case SessionKeyMade():
                receiving.check_algorithm(event.key, P256)
                keyed = replace(state, session_key=event.key.to_multikey())
                outcome = obtaining.authorize(keyed, self._hands)
            case ClientAttested():
                attested = replace(state, attestation=event.attestation, client_id=event.client_id)
                # Where the server wanted a fresh one, what it was asked before is asked again.
                outcome = obtaining.authorize(attested, self._hands)
            case _:
                outcome = receiving.moved(state, event, now)
        return outcome
