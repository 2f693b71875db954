"""A wallet, a person's browser and an issuer's role, up to the access token: one issuance, step by step."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from clicid.errors import RemoteError
from clicid.oid4vci.authorization import (
    AuthorizationLink,
    AuthorizationRequest,
    AuthorizationResponse,
    PushedResponse,
)
from clicid.oid4vci.clients import Client
from clicid.oid4vci.issuance import (
    TRANSITIONS,
    Agreed,
    BrowserArrived,
    Declined,
    Event,
    Issuance,
    Phase,
    Redirect,
    Reply,
    RequestPushed,
    TimePassed,
    TokenRequested,
    Withdraw,
)
from clicid.oid4vci.issuer import Issuer
from clicid.oid4vci.kept import Delivery
from clicid.oid4vci.token import CodeRequest, RefreshRequest, TokenResponse
from tests.support.issuance import ISSUER, NOW, RULES
from tests.support.world import Dice

if TYPE_CHECKING:
    from collections.abc import Callable

    from clicid.oid4vci.rules import IssuerRules

REDIRECT = "https://wallet.example/cb"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
REQUEST = AuthorizationRequest("wallet", REDIRECT, CHALLENGE, ("identity",), state="s t", resource=ISSUER)
LISTED = Client("wallet")
ATTESTED = Client("com.example.wallet", "thumbprint of the instance", "provider", "A Wallet")
KEY = "thumbprint of the DPoP key"
REFRESHED = replace(RULES, refresh_life=timedelta(days=30))


class Asking:
    """One issuance that begins with an authorization; remembers each transition taken."""

    def __init__(
        self, rules: IssuerRules = REFRESHED, offered: tuple[str, ...] = (), client: Client = LISTED
    ) -> None:
        self.role = Issuer(rules)
        self.rules = rules
        self.random = Dice()
        self.now = NOW
        self.client = client
        self.issuer_state = ""
        self.state = self.role.uninvited(now=NOW)
        if offered:
            new = self.role.invite(offered, now=NOW, random=self.random)
            assert new.offer.authorization_code is not None
            self.issuer_state, self.state = new.offer.authorization_code.issuer_state, new.issuance
        self.walked: set[tuple[Phase, type, Phase]] = set()
        self.jkt = KEY
        self.request_uri = self.code = self.token = self.refresh_token = ""

    def step(self, event: Event) -> Reply:
        before = self.state
        after, reply = self.role.step(before, event, now=self.now, random=self.random)
        assert Issuance.from_bytes(after.to_bytes()) == after
        if (before.phase, type(event)) in TRANSITIONS:
            self.walked.add((before.phase, type(event), after.phase))
        self.state = after
        return reply

    def push(self, jkt: str = "", **changes: Any) -> Reply:
        request = replace(REQUEST, client_id=self.client.id, issuer_state=self.issuer_state, **changes)
        reply = self.step(RequestPushed(request, self.client, jkt))
        if isinstance(reply, PushedResponse):
            self.request_uri = reply.request_uri
        return reply

    def arrive(self, client_id: str = "", request_uri: str = "") -> Reply:
        link = AuthorizationLink(client_id or self.client.id, request_uri or self.request_uri)
        return self.step(BrowserArrived(link))

    def answer(self, event: Agreed | Declined) -> AuthorizationResponse:
        reply = self.step(event)
        assert isinstance(reply, Redirect), reply
        where, _, query = reply.url.partition("?")
        assert where == REDIRECT
        found = AuthorizationResponse.parse(query)
        self.code = found.code
        return found

    def agreed(self) -> str:
        self.push()
        self.arrive()
        return self.answer(Agreed()).code

    def redeem(self, client: Client | None = None, jkt: str | None = None, **changes: Any) -> Reply:
        request = replace(CodeRequest(self.code, REDIRECT, VERIFIER), **changes)
        return self._token(TokenRequested(request, client or self.client, self.jkt if jkt is None else jkt))

    def refresh(self, token: str = "", client: Client | None = None, jkt: str | None = None) -> Reply:
        request = RefreshRequest(token or self.refresh_token)
        return self._token(TokenRequested(request, client or self.client, self.jkt if jkt is None else jkt))

    def _token(self, event: TokenRequested) -> Reply:
        reply = self.step(event)
        if isinstance(reply, TokenResponse):
            self.token, self.refresh_token = reply.access_token, reply.refresh_token
        return reply


def fault(reply: Reply) -> tuple[str, str]:
    """What the peer is told, and why."""
    assert isinstance(reply, RemoteError), reply
    return reply.wire, reply.code


def walked() -> set[tuple[Phase, type, Phase]]:
    """Every transition up to the access token, and of its renewal, taken once."""
    found: set[tuple[Phase, type, Phase]] = set()
    to: dict[Phase, tuple[Callable[[Asking], object], ...]] = {
        Phase.INVITED: (),
        Phase.PUSHED: (Asking.push,),
        Phase.ASKED: (Asking.push, Asking.arrive),
        Phase.GRANTED: (Asking.agreed,),
        Phase.AUTHORISED: (Asking.agreed, Asking.redeem),
        Phase.COMPLETED: (Asking.agreed, Asking.redeem, complete),
    }
    acts: dict[str, Callable[[Asking], object]] = {
        "push": Asking.push,
        "push wrongly": lambda asking: asking.push(redirect_uri="https://evil.example"),
        "arrive": Asking.arrive,
        "arrive wrongly": lambda asking: asking.arrive(request_uri="x"),
        "agree": lambda asking: asking.step(Agreed()),
        "decline": lambda asking: asking.step(Declined()),
        "redeem": Asking.redeem,
        "redeem wrongly": lambda asking: asking.redeem(code_verifier="x" * 43),
        "refresh": Asking.refresh,
        "withdraw": lambda asking: asking.step(Withdraw()),
        "time": lambda asking: asking.step(TimePassed()),
    }
    waits = [timedelta(minutes=minutes) for minutes in (0, 2, 120, 2 * 1440, 40 * 1440)]
    rules = replace(REFRESHED, offer_life=timedelta(hours=3), refresh_life=timedelta(days=30))
    for offered in ((), ("ClicIdentity_sd_jwt",)):
        for phase, reach in to.items():
            for act in acts.values():
                for wait in waits:
                    asking = Asking(rules, offered)
                    for step in reach:
                        step(asking)
                    assert asking.state.phase is phase
                    asking.now += wait
                    if (phase, _kind(acts, act)) in TRANSITIONS:
                        act(asking)
                    found |= asking.walked
    return found


def _kind(acts: dict[str, Callable[[Asking], object]], act: Callable[[Asking], object]) -> type:
    name = next(name for name, one in acts.items() if one is act).partition(" ")[0]
    return {
        "push": RequestPushed,
        "arrive": BrowserArrived,
        "agree": Agreed,
        "decline": Declined,
        "redeem": TokenRequested,
        "refresh": TokenRequested,
        "withdraw": Withdraw,
        "time": TimePassed,
    }[name]


def complete(asking: Asking) -> None:
    """As if everything had been handed out."""
    asking.state = replace(
        asking.state, phase=Phase.COMPLETED, deliveries=(Delivery("ClicIdentity_sd_jwt", 1, "n"),)
    )
