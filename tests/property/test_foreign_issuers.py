"""The wallet's role and somebody else's issuer at its strictest, over a bad network and with kills."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from clicid.codec.web import HttpAnswer
from clicid.errors import ClicidError, Refused
from clicid.oid4vci.dialogue import Finished, Waiting
from tests.support.foreign_issuer import ForeignIssuer
from tests.support.holder import ATTESTED, MemoryWallet

if TYPE_CHECKING:
    from clicid.codec.web import HttpRequest

METHODS = ("attest_jwt_client_auth", "attest_jwt_client_auth_dpop")
issuers = st.builds(
    ForeignIssuer,
    dpop=st.just(value=True),
    par=st.just("must"),
    nonces=st.booleans(),
    methods=st.sampled_from(METHODS).map(lambda one: (one,)),
    challenges=st.sampled_from(["no", "endpoint", "header"]),
    encryption=st.sampled_from(["no", "may", "must"]),
    pending=st.integers(0, 2),
    refreshes=st.booleans(),
    batch=st.integers(1, 3),
)
trouble = st.sampled_from(["none"] * 24 + ["lost", "doubled", "altered", "answer altered", "killed"])


@dataclass
class BadNetwork:
    """Messages are lost, doubled and altered; the machine goes off before an answer is looked at."""

    issuer: ForeignIssuer
    data: st.DataObject
    killed: list[bool] = field(default_factory=list)

    def send(self, request: HttpRequest) -> HttpAnswer:
        try:
            return self.issuer.send(request)
        except (AssertionError, KeyError, ValueError, ClicidError):  # It says so in its own way.
            return HttpAnswer(400, "application/json", b'{"error":"invalid_request"}')

    def through(self, request: HttpRequest, answer: HttpAnswer) -> HttpAnswer:
        match self.data.draw(trouble):
            case "lost":
                return HttpAnswer(502, "", b"")
            case "doubled":
                return self.send(request)
            case "altered":
                return self.send(replace(request, body=self.altered(request.body)))
            case "answer altered":
                return replace(answer, body=self.altered(answer.body))
            case "killed":
                self.killed.append(True)
        return answer

    def browser(self, url: str) -> str:
        """Where the issuer cannot do what a changed address asks, its page says so and leads nowhere."""
        try:
            return self.issuer.browser(url)
        except (AssertionError, KeyError):
            return url

    def altered(self, raw: bytes) -> bytes:
        at = self.data.draw(st.integers(0, max(len(raw) - 1, 0)))
        return raw[:at] + self.data.draw(st.binary(max_size=2)) + raw[at + 1 :]

    def off(self, _state: object) -> bool:
        return bool(self.killed and self.killed.pop())


@given(issuers, st.data())
@settings(max_examples=60)
def test_a_bad_network_ends_in_a_credential_or_our_error(issuer: ForeignIssuer, data: st.DataObject) -> None:
    network = BadNetwork(issuer, data)
    server: Any = SimpleNamespace(send=network.send, now=issuer.now)
    rules = replace(ATTESTED, copies=3)
    wallet = MemoryWallet(
        server, rules=rules, browse=network.browser, alter_answer=network.through, stop=network.off
    )
    outcome = wallet.accept(issuer.offer("code"))
    for _ in range(12):
        if isinstance(outcome, Waiting):
            server.now = issuer.now = outcome.until
            outcome = wallet.ask_again()
        elif isinstance(outcome, Refused) and outcome.detail == "killed":
            outcome = wallet.go_on()
    assert isinstance(outcome, Finished | Refused | Waiting)
    for came in wallet.received.values():
        assert len(set(map(str, came))) == len(came), "one credential a key, however often it was asked for"
    for secret in (wallet.state.access_token, wallet.state.refresh_token, wallet.state.code_verifier):
        assert not secret or secret not in str(outcome) + repr(wallet.state)
