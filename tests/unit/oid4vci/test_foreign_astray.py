"""The wallet's role led astray by somebody else's issuer, or by whoever is between them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from clicid.codec.web import JSON_TYPE, HttpAnswer, HttpRequest
from clicid.errors import Refused
from clicid.oid4vci.acceptance import Phase
from clicid.oid4vci.dialogue import Waiting
from tests.support.foreign_flows import ATTEST, HAIP, altered
from tests.support.foreign_issuer import ForeignIssuer
from tests.support.holder import ATTESTED, RULES, MemoryWallet

if TYPE_CHECKING:
    from collections.abc import Callable


def back(**changes: str | None) -> Callable[[str], str]:
    """A browser whose redirect is changed; None removes a parameter."""

    def change(url: str) -> str:
        start, _, query = url.partition("?")
        fields = {**dict(parse_qsl(query)), **changes}
        return f"{start}?{urlencode({name: value for name, value in fields.items() if value is not None})}"

    return change


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (back(state="of another request"), "oid4vci.redirect"),
        (back(state=None), "oid4vci.redirect"),
        (back(iss="https://attacker.example"), "oid4vci.redirect"),
        (back(iss=None), "oid4vci.redirect"),
        (back(iss="not an address"), "codec.url"),
        (back(code=None), "oid4vci.request"),
        (back(code=None, error="access_denied"), "oid4vci.remote"),
        (back(error="access_denied"), "oid4vci.request"),
        (back(code=None, error="<script>"), "oid4vci.remote"),
        (lambda url: url.replace("127.0.0.1:4711", "127.0.0.1:4712"), "oid4vci.redirect"),
        (lambda url: url.replace("/back", "/backdoor"), "oid4vci.redirect"),
        (lambda url: url + "&code=another", "codec.form"),
        (lambda _: "https://attacker.example/?code=c", "oid4vci.redirect"),
    ],
)
def test_a_browser_that_comes_back_with_something_else(change: Callable[[str], str], code: str) -> None:
    issuer = ForeignIssuer()
    wallet = MemoryWallet(issuer, browse=lambda url: change(issuer.browser(url)))
    outcome = wallet.accept(issuer.offer("code"))
    assert isinstance(outcome, Refused)
    assert outcome.code == code
    assert not any("/token" in request.url for request in issuer.seen), "no code is redeemed"
    assert "script" not in str(outcome)


def test_a_server_that_says_who_it_is_though_it_need_not_must_be_the_one() -> None:
    issuer = ForeignIssuer(iss=False)
    change = back(iss="https://attacker.example")
    wallet = MemoryWallet(issuer, browse=lambda url: change(issuer.browser(url)))
    outcome = wallet.accept(issuer.offer("code"))
    assert isinstance(outcome, Refused)
    assert outcome.code == "oid4vci.redirect"


def _seen_by(seen: list[str], issuer: ForeignIssuer) -> Callable[[str], str]:
    def browse(url: str) -> str:
        seen.append(url)
        return issuer.browser(url)

    return browse


def test_what_is_kept_from_the_browser() -> None:
    """What the link shows, others may see: no verifier, no token, and where it is pushed nothing at all."""
    seen: list[str] = []
    for par in ("no", "must"):
        issuer = ForeignIssuer(par=par)
        wallet = MemoryWallet(issuer, browse=_seen_by(seen, issuer))
        wallet.stop = lambda state: state.phase is Phase.TOKEN
        wallet.accept(issuer.offer("code"))
        assert wallet.state.code_verifier not in seen[-1]
        assert ("issuer_state" in seen[-1]) == (par == "no")


@dataclass
class Led:
    """One changed answer and how it must end."""

    name: str
    at: str
    change: Callable[[HttpAnswer], HttpAnswer]
    code: str
    detail: str = ""
    options: dict[str, Any] | None = None


def answer(body: Any, status: int = 200, **headers: str) -> Callable[[HttpAnswer], HttpAnswer]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: HttpAnswer(status, JSON_TYPE, json.dumps(body).encode(), named)


ASTRAY = [
    Led("a pushed request answered as if it were fetched", "/par",
        answer({"request_uri": "u", "expires_in": 9}), "oid4vci.remote", "status 200", HAIP),
    Led("a pushed request without its place", "/par",
        answer({"expires_in": 9}, 201), "codec.shape", "", HAIP),
    Led("a server that hands out DPoP nonces for ever", "/token",
        answer({"error": "use_dpop_nonce"}, 400, dpop_nonce="n"), "oid4vci.remote",
        "status 400 use_dpop_nonce", {"dpop": True}),
    Led("one that wants a nonce and gives none", "/token", answer({"error": "use_dpop_nonce"}, 400),
        "oid4vci.remote", "status 400 use_dpop_nonce", {"dpop": True}),
    Led("a nonce that is more than a header holds", "/token",
        answer({"error": "use_dpop_nonce"}, 400, dpop_nonce="n" * 5000), "oid4vci.remote",
        "status 400 use_dpop_nonce", {"dpop": True}),
    Led("a nonce with a line break", "/token",
        answer({"error": "use_dpop_nonce"}, 400, dpop_nonce="n\r\nx: y"), "oid4vci.remote",
        "status 400 use_dpop_nonce", {"dpop": True}),
    Led("an issuer that hands out DPoP nonces for ever", "/credential",
        answer({}, 401, dpop_nonce="n", www_authenticate='DPoP error="use_dpop_nonce"'), "oid4vci.remote",
        "status 401 use_dpop_nonce", {"dpop": True}),
    Led("challenges for ever", "/par",
        answer({"error": "use_attestation_challenge"}, 400, oauth_client_attestation_challenge="c"),
        "oid4vci.remote", "status 400 use_attestation_challenge", HAIP),
    Led("a challenge that is none", "/challenge", answer({"attestation_challenge": 7}), "codec.shape", "",
        HAIP | {"challenges": "endpoint"}),
    Led("a bearer token where one was to be bound", "/token",
        answer({"access_token": "t", "token_type": "Bearer", "expires_in": 9}), "oid4vci.token_type", "DPoP",
        {"dpop": True}),
    Led("a token for something else", "/token",
        answer({"access_token": "t", "token_type": "Bearer", "authorization_details": [
            {"type": "openid_credential", "credential_configuration_id": "x",
             "credential_identifiers": ["y"]}]}),
        "oid4vci.remote", "nothing of what was asked for"),
    Led("a plain answer where an encrypted one was wanted", "/credential",
        answer({"credentials": [{"credential": "c"}]}), "oid4vci.encryption", "an encrypted answer is wanted",
        {"encryption": "may"}),
    Led("the same for what is deferred", "/credential", answer({"transaction_id": "t", "interval": 1}, 202),
        "oid4vci.encryption", "an encrypted answer is wanted", {"encryption": "may"}),
    Led("more credentials than keys", "/credential",
        answer({"credentials": [{"credential": "a"}, {"credential": "b"}]}), "oid4vci.remote",
        "at most one for each key is wanted"),
    Led("deferred by nothing", "/credential", answer({"interval": 1}, 202), "codec.shape"),
    Led("deferred for years", "/credential", answer({"transaction_id": "t", "interval": 10**9}, 202),
        "codec.shape"),
    Led("an encrypted answer that is none", "/credential",
        lambda _: HttpAnswer(200, "application/jwt", b"a.b.c.d.e"), "securing.jwe", "",
        {"encryption": "may"}),
    Led("an answer of more than anybody reads", "/credential",
        lambda _: HttpAnswer(200, "application/jwt", b"a" * (3 << 20)), "codec.size", "",
        {"encryption": "may"}),
]  # fmt: skip


@pytest.mark.parametrize("led", ASTRAY, ids=lambda led: led.name)
def test_an_answer_that_leads_astray(led: Led) -> None:
    issuer = ForeignIssuer(**(led.options or {}))

    def alter(request: HttpRequest, found: HttpAnswer) -> HttpAnswer:
        return led.change(found) if urlsplit(request.url).path.endswith(led.at) else found

    grant = "code" if issuer.par == "must" else "pre"
    rules = ATTESTED if issuer.methods == ATTEST else RULES
    wallet = MemoryWallet(issuer, rules=rules, browse=issuer.browser, alter_answer=alter)
    outcome = wallet.accept(issuer.offer(grant))
    assert isinstance(outcome, Refused), outcome
    assert (outcome.code, wallet.state.phase) == (led.code, Phase.FAILED)
    assert led.detail in outcome.detail
    assert wallet.received == {}
    assert len(issuer.seen) < 15


@pytest.mark.parametrize("change", [{"transaction_id": "another"}, {"interval": 0}])
def test_a_promise_that_changes_is_broken(change: dict[str, Any]) -> None:
    issuer = ForeignIssuer(pending=2)
    wallet = MemoryWallet(issuer, alter_answer=altered(change, "/deferred"))
    outcome = wallet.accept(issuer.offer())
    assert isinstance(outcome, Waiting)
    issuer.now = outcome.until
    assert isinstance(wallet.ask_again(), Refused)
