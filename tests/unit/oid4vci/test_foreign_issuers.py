"""The wallet's role against somebody else's issuer: every flow of OpenID4VCI 1.0, and ways to go astray."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from clicid.codec.web import JSON_TYPE, HttpAnswer, HttpRequest
from clicid.errors import LocalError, Refused
from clicid.oid4vci import dialogue
from clicid.oid4vci.acceptance import Acceptance, Phase
from clicid.oid4vci.dialogue import TRANSITIONS, Finished, Waiting
from clicid.oid4vci.signed_metadata import Signers
from clicid.oid4vci.wallet import Session, Wallet
from tests.support import attesting
from tests.support.foreign_issuer import AS, ISSUER, PID, SCOPED, UNSCOPED, ForeignIssuer
from tests.support.holder import ATTESTED, RULES, MemoryWallet
from tests.support.refusals import refused
from tests.unit.oid4vci import test_back_to_back as back_to_back
from tests.unit.oid4vci import test_wallet as with_ours

if TYPE_CHECKING:
    from collections.abc import Callable

    from clicid.oid4vci.holding import WalletRules

ATTEST, COMBINED = ("attest_jwt_client_auth",), ("attest_jwt_client_auth_dpop",)
HAIP: dict[str, Any] = {"par": "must", "dpop": True, "nonces": True, "methods": ATTEST}
DONE = Finished((PID,))


def proofs(kind: str, **demanded: Any) -> dict[str, Any]:
    """A configuration that takes one type of proof."""
    wanted = {"proof_signing_alg_values_supported": ["ES256"]} | demanded
    return {PID: SCOPED | {"proof_types_supported": {kind: wanted}}}


KEY_ATTESTATION: dict[str, Any] = {"key_attestations_required": {}}
FLOWS: dict[str, tuple[str, WalletRules, dict[str, Any]]] = {
    "pre-authorized": ("pre", RULES, {}),
    "pre-authorized, with a transaction code": ("pre", RULES, {"tx_code": "493536"}),
    "pre-authorized, by a wallet that is known": ("pre", RULES, {"anonymous": False}),
    "pre-authorized, with DPoP": ("pre", RULES, {"dpop": True}),
    "pre-authorized, with DPoP and nonces": ("pre", RULES, {"dpop": True, "nonces": True}),
    "pre-authorized, by an attested wallet": ("pre", ATTESTED, {"methods": ATTEST}),
    "both grants": ("pre code", RULES, {}),
    "no grants": ("", RULES, {"wants_issuer_state": False}),
    "code": ("code", RULES, {}),
    "code, a server that does not say who it is": ("code", RULES, {"iss": False}),
    "code, pushed": ("code", RULES, {"par": "may"}),
    "code, pushed with DPoP": ("code", RULES, {"par": "must", "dpop": True}),
    "code, by details": ("code", RULES, {"par": "must", "configurations": {PID: UNSCOPED}, "identifiers": 1}),
    "code, by details at another server": ("code", RULES, {"configurations": {PID: UNSCOPED}, "server": AS}),
    "code, by scope at another server": ("code", RULES, {"server": AS}),
    "HAIP": ("code", ATTESTED, HAIP),
    "HAIP, with a challenge endpoint": ("code", ATTESTED, HAIP | {"challenges": "endpoint"}),
    "HAIP, with challenges in errors": ("code", ATTESTED, HAIP | {"challenges": "header"}),
    "HAIP, attestation and DPoP in one": ("code", ATTESTED, HAIP | {"methods": COMBINED}),
    "the same, with a challenge endpoint": ("code", ATTESTED,
                                            HAIP | {"methods": COMBINED, "challenges": "endpoint"}),
    "the same, with challenges in errors": ("code", ATTESTED,
                                            HAIP | {"methods": COMBINED, "challenges": "header"}),
    "no nonces": ("pre", RULES, {"nonce_endpoint": False}),
    "several credentials of one kind": ("pre", RULES, {"identifiers": 3}),
    "a batch": ("pre", replace(RULES, copies=4), {"batch": 10}),
    "a smaller batch than is wanted": ("pre", replace(RULES, copies=10), {"batch": 4}),
    "encrypted where it may be": ("pre", RULES, {"encryption": "may"}),
    "encrypted where it must be": ("pre", RULES, {"encryption": "must"}),
    "deferred": ("pre", RULES, {"pending": 3}),
    "deferred and encrypted": ("code", RULES, {"pending": 2, "encryption": "must", "dpop": True}),
    "attested keys": ("pre", replace(ATTESTED, copies=4),
                      {"configurations": proofs("jwt", **KEY_ATTESTATION), "batch": 4}),
    "attested keys without a proof": ("pre", replace(ATTESTED, copies=4),
                                      {"configurations": proofs("attestation"), "batch": 4}),
}  # fmt: skip


def run(
    grant: str, rules: WalletRules, options: dict[str, Any], **of_wallet: Any
) -> tuple[MemoryWallet, ForeignIssuer, Any]:
    """Take an offer, and come back for what is deferred as often as it takes."""
    issuer = ForeignIssuer(**options)
    codes = [issuer.tx_code] if issuer.tx_code else []
    wallet = MemoryWallet(issuer, codes, rules=rules, browse=issuer.browser, **of_wallet)
    outcome = wallet.accept(issuer.offer(grant))
    while isinstance(outcome, Waiting):
        issuer.now = outcome.until
        outcome = wallet.ask_again()
    return wallet, issuer, outcome


@pytest.mark.parametrize("name", FLOWS)
def test_a_flow(name: str) -> None:
    grant, rules, options = FLOWS[name]
    wallet, issuer, outcome = run(grant, rules, options)
    assert outcome == DONE
    copies = min(rules.copies, issuer.batch) * max(1, issuer.identifiers)
    assert len(set(wallet.received[PID])) == len(wallet.received[PID]) == copies
    assert {one["event"] for one in issuer.notified} == {"credential_accepted"}
    assert len(issuer.notified) == max(1, issuer.identifiers)
    assert wallet.state.access_token == ""
    named = "" if grant.startswith("pre") and issuer.anonymous else rules.client_id
    assert wallet.state.client_id == (named if "none" in issuer.methods else attesting.CLIENT)


def test_each_credential_is_asked_for_with_keys_of_its_own() -> None:
    wallet, _, _ = run("pre", replace(RULES, copies=3), {"batch": 3, "identifiers": 2})
    keys = {credential.split()[1] for credential in wallet.received[PID]}
    assert len(keys) == 6
    assert wallet.state.session_key not in keys


def test_no_token_goes_where_it_is_not_for() -> None:
    """Tokens and codes go to the endpoints they are for, and none of them into an address."""
    _, issuer, _ = run("code", ATTESTED, HAIP | {"server": AS, "pending": 1})
    for request in issuer.seen:
        assert bool(request.authorization) == (
            request.url.startswith(ISSUER) and not request.url.endswith("nonce") and request.method == "POST"
        )
        assert "?tenant=1" in request.url or "?" not in request.url
        assert ("oauth-client-attestation" in dict(request.headers)) == (
            request.url.endswith("/par") or "/token" in request.url
        )


# Renewal -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"dpop": True}, HAIP | {"challenges": "header"}])
def test_issued_anew_without_the_person(options: dict[str, Any]) -> None:
    rules = ATTESTED if options else RULES
    wallet, _issuer, outcome = run("code", rules, options | {"refreshes": True})
    session = Session.of(wallet.state)
    assert session is not None
    first = wallet.received[PID]
    wallet.received = {}
    for _ in range(2):
        outcome = wallet.renew(session, PID)
        assert outcome == DONE
        renewed = Session.of(wallet.state)
        assert renewed is not None
        assert renewed.refresh_token != session.refresh_token
        session = renewed
    assert len(wallet.questions) == 1
    assert not set(first) & set(wallet.received[PID])


def test_a_refresh_token_that_was_used_renews_nothing() -> None:
    wallet, _, _ = run("pre", RULES, {"refreshes": True})
    session = Session.of(wallet.state)
    assert session is not None
    assert wallet.renew(session, PID) == DONE
    outcome = wallet.renew(session, PID)
    assert isinstance(outcome, Refused)
    assert outcome.detail == "status 400 invalid_grant"


def test_without_a_refresh_token_there_is_no_session() -> None:
    wallet, _, _ = run("pre", RULES, {})
    assert Session.of(wallet.state) is None


def test_a_renewal_goes_to_a_server_that_is_still_the_issuers() -> None:
    wallet, issuer, _ = run("pre", RULES, {"refreshes": True, "server": AS})
    session = Session.of(wallet.state)
    assert session is not None
    issuer.server = "https://new-as.example"
    outcome = wallet.renew(session, PID)
    assert isinstance(outcome, Refused)
    assert outcome.code == "oid4vci.offer"


@pytest.mark.parametrize("options", [{}, {"dpop": True}, HAIP])
def test_a_token_that_ran_out_while_waiting_is_got_anew(options: dict[str, Any]) -> None:
    issuer = ForeignIssuer(**options, pending=2, refreshes=True)
    wallet = MemoryWallet(issuer, rules=ATTESTED if options else RULES, browse=issuer.browser)
    for turn in (wallet.accept(issuer.offer("code")), None):
        outcome = turn or wallet.ask_again()
        assert isinstance(outcome, Waiting)
        issuer.now = outcome.until
        issuer.forget_tokens()
    assert wallet.ask_again() == DONE


def test_a_token_that_ran_out_for_good_ends_it() -> None:
    issuer = ForeignIssuer(pending=2)
    wallet = MemoryWallet(issuer)
    outcome = wallet.accept(issuer.offer())
    assert isinstance(outcome, Waiting)
    issuer.now = outcome.until
    issuer.forget_tokens()
    refusal = wallet.ask_again()
    assert isinstance(refusal, Refused)
    assert refusal.detail == "status 401 invalid_token"


# Stopped, and gone on with -------------------------------------------------------------------------


@pytest.mark.parametrize("phase", Phase)
def test_a_wallet_that_was_stopped_asks_again(phase: Phase) -> None:
    """From the stored state alone: only what a server takes once may be lost, and then nothing else is."""
    issuer = ForeignIssuer(**HAIP, challenges="endpoint", encryption="must", pending=1)
    issuer.configurations = proofs("jwt", **KEY_ATTESTATION)
    wallet = MemoryWallet(issuer, rules=ATTESTED, browse=issuer.browser)
    wallet.stop = lambda state: state.phase is phase
    outcome = wallet.accept(issuer.offer("code"))
    wallet.stop = lambda _: False
    if isinstance(outcome, Refused):
        outcome = wallet.go_on()
    while isinstance(outcome, Waiting):
        issuer.now = outcome.until
        wallet.stop = lambda state: state.phase is phase
        outcome = wallet.ask_again()
        wallet.stop = lambda _: False
        if isinstance(outcome, Refused):
            outcome = wallet.go_on()
    assert outcome == DONE


def test_what_is_set_aside_can_be_gone_on_with_without_its_keys() -> None:
    issuer = ForeignIssuer(encryption="must")
    wallet = MemoryWallet(issuer)
    wallet.stop = lambda state: state.phase is Phase.CREDENTIAL
    wallet.accept(issuer.offer())
    aside = wallet.role.set_aside(wallet.state)
    assert aside is not None
    assert (aside.phase, aside.keys, aside.encryption_key, aside.nonce) == (Phase.KEYS, (), "", "")
    wallet.stop, wallet.stored = (lambda _: False), aside.to_bytes()
    assert wallet.go_on() == DONE
    assert wallet.role.set_aside(replace(aside, phase=Phase.CONSENT)) is None


def test_nobody_is_asked_before_the_time_has_come() -> None:
    issuer = ForeignIssuer(pending=1)
    wallet = MemoryWallet(issuer)
    assert wallet.accept(issuer.offer()) == Waiting(issuer.now + timedelta(seconds=60))
    assert wallet.go_on() == Waiting(issuer.now + timedelta(seconds=60))
    with refused("oid4vci.sequence", kind=LocalError):
        wallet.ask_again()


def test_an_issuer_that_is_never_ready_is_left() -> None:
    issuer = ForeignIssuer(pending=10_000)
    wallet = MemoryWallet(issuer)
    outcome: Any = wallet.accept(issuer.offer())
    wallet.stored = replace(wallet.state, asked=499).to_bytes()
    issuer.now += timedelta(seconds=60)
    outcome = wallet.ask_again()
    assert isinstance(outcome, Refused)
    assert outcome.detail == "never ready"


# Which server, and how it is asked ------------------------------------------------------------------


@dataclass
class Servers(ForeignIssuer):
    """An issuer with several authorization servers, of which the last is its own choice."""

    others: tuple[str, ...] = ()

    def metadata(self) -> dict[str, Any]:
        return super().metadata() | {"authorization_servers": [*self.others, self.server]}

    def send(self, request: HttpRequest) -> HttpAnswer:
        for other in self.others:
            if request.url.startswith(f"{other}/.well-known"):
                self.seen.append(request)
                metadata = {"issuer": other, "token_endpoint": f"{other}/token", "grant_types_supported": []}
                return HttpAnswer(200, JSON_TYPE, json.dumps(metadata).encode())
        return super().send(request)


def test_the_server_that_knows_the_grant_is_found() -> None:
    issuer = Servers(server=AS, others=("https://a.example", "https://b.example"))
    wallet = MemoryWallet(issuer)
    assert wallet.accept(issuer.offer()) == DONE
    asked = [request.url for request in issuer.seen if "oauth-authorization-server" in request.url]
    assert [urlsplit(url).netloc for url in asked] == ["a.example", "b.example", "as.foreign.example"]


def test_without_one_it_ends() -> None:
    issuer = Servers(server=AS, others=("https://a.example",))
    wallet = MemoryWallet(issuer, rules=replace(RULES, redirect_uri=""))
    outcome = wallet.accept(issuer.offer("code"))
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.where) == ("oid4vci.unsupported", "/grant_types_supported")


@pytest.mark.parametrize(
    ("options", "changes"),
    [
        ({}, {"code_challenge_methods_supported": ["plain"]}),
        ({}, {"authorization_endpoint": None}),
        ({}, {"require_pushed_authorization_requests": True}),
        ({}, {"token_endpoint_auth_methods_supported": ["private_key_jwt"]}),
        ({"configurations": {PID: UNSCOPED}}, {"authorization_details_types_supported": None}),
    ],
)
def test_a_server_that_cannot_be_asked(options: dict[str, Any], changes: dict[str, Any]) -> None:
    """No challenge that hides the verifier, no endpoint, no client that we could be, no way to ask."""
    issuer = ForeignIssuer(**options)
    outcome = MemoryWallet(issuer, browse=issuer.browser, alter_answer=_with(changes)).accept(
        issuer.offer("code")
    )
    assert isinstance(outcome, Refused)
    assert outcome.code == "oid4vci.unsupported"


def _with(changes: dict[str, Any], at: str = "oauth-authorization-server") -> Any:
    def alter(request: HttpRequest, answer: HttpAnswer) -> HttpAnswer:
        if at not in request.url:
            return answer
        obj = {**json.loads(answer.body), **changes}
        kept = {name: value for name, value in obj.items() if value is not None}
        return replace(answer, body=json.dumps(kept).encode())

    return alter


def test_an_attested_wallet_stays_unattested_where_nobody_wants_it() -> None:
    wallet, issuer, outcome = run("code", ATTESTED, {"dpop": True})
    assert outcome == DONE
    assert wallet.attestations == 0
    assert not any("oauth-client-attestation" in dict(request.headers) for request in issuer.seen)


@pytest.mark.parametrize("at", ["/par", "/token"])
def test_an_attestation_that_grew_old_is_got_anew_once(at: str) -> None:
    issuer = ForeignIssuer(**HAIP)
    left = [2]

    def stale(request: HttpRequest, found: HttpAnswer) -> HttpAnswer:
        if at in request.url and left[0]:
            left[0] -= 1
            return HttpAnswer(401, JSON_TYPE, b'{"error":"use_fresh_attestation"}')
        return found

    wallet = MemoryWallet(issuer, rules=ATTESTED, browse=issuer.browser, alter_answer=stale)
    outcome = wallet.accept(issuer.offer("code"))
    assert isinstance(outcome, Refused)
    assert (outcome.detail, wallet.attestations) == ("status 401 use_fresh_attestation", 2)


# Led astray -----------------------------------------------------------------------------------------


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
    wallet = MemoryWallet(issuer, alter_answer=_with(change, "/deferred"))
    outcome = wallet.accept(issuer.offer())
    assert isinstance(outcome, Waiting)
    issuer.now = outcome.until
    assert isinstance(wallet.ask_again(), Refused)


def test_a_credential_that_was_sealed_for_an_earlier_key_is_not_read() -> None:
    """Two issuances: what was sealed for the one says nothing in the other."""
    issuer = ForeignIssuer(encryption="must")
    first: list[HttpAnswer] = []

    def replay(request: HttpRequest, found: HttpAnswer) -> HttpAnswer:
        if not request.url.endswith("/credential"):
            return found
        first.append(found)
        return first[0]

    wallet = MemoryWallet(issuer, alter_answer=replay)
    assert wallet.accept(issuer.offer()) == DONE
    issuer._pre_authorized = "again"
    outcome = wallet.accept(issuer.offer())
    assert isinstance(outcome, Refused)
    assert outcome.code == "securing.jwe_key"


@pytest.mark.parametrize(
    "change",
    [
        {"credential_request_encryption": None},
        {"credential_response_encryption": {"alg_values_supported": ["RSA-OAEP"],
                                            "enc_values_supported": ["A256GCM"],
                                            "encryption_required": False}},
        {"credential_response_encryption": {"alg_values_supported": ["ECDH-ES"],
                                            "enc_values_supported": ["A128CBC-HS256"],
                                            "encryption_required": True}},
        {"credential_request_encryption": {"jwks": {"keys": [{"kty": "EC", "kid": "1"}]},
                                           "enc_values_supported": ["A256GCM"], "encryption_required": True}},
    ],
)  # fmt: skip
def test_encryption_that_we_cannot_do_is_not_left_out(change: dict[str, Any]) -> None:
    issuer = ForeignIssuer(encryption="may")
    outcome = MemoryWallet(issuer, alter_answer=_with(change, "openid-credential-issuer")).accept(
        issuer.offer()
    )
    assert isinstance(outcome, Refused)
    assert outcome.code == "oid4vci.unsupported"


def test_requests_alone_may_be_encrypted() -> None:
    issuer = ForeignIssuer(encryption="may")
    change = {"credential_response_encryption": None}
    wallet = MemoryWallet(issuer, alter_answer=_with(change, "openid-credential-issuer"))
    assert wallet.accept(issuer.offer()) == DONE
    (sent,) = [request for request in issuer.seen if request.url.endswith("/credential")]
    assert sent.content_type == "application/jwt"


def test_signed_metadata_are_asked_for_where_somebodys_signature_would_say_something() -> None:
    anchors = attesting.BY_ROOT.roots
    issuer = ForeignIssuer()
    wallet = MemoryWallet(issuer, rules=replace(RULES, signers=Signers(anchors)))
    assert wallet.accept(issuer.offer()) == DONE, "plain ones will do"
    assert issuer.seen[0].accept.startswith("application/jwt")
    signed = HttpAnswer(200, "application/jwt", b"e30.e30.e30")

    def forged(request: HttpRequest, found: HttpAnswer) -> HttpAnswer:
        return signed if "openid-credential-issuer" in request.url else found

    for rules in (RULES, replace(RULES, signers=Signers(anchors))):
        issuer = ForeignIssuer()
        outcome = MemoryWallet(issuer, rules=rules, alter_answer=forged).accept(issuer.offer())
        assert isinstance(outcome, Refused)
        assert len(issuer.seen) == 1


@pytest.mark.parametrize("kind", ["jwt", "attestation"])
def test_keys_that_nobody_attests_are_not_offered_as_attested(kind: str) -> None:
    issuer = ForeignIssuer(configurations=proofs(kind, **KEY_ATTESTATION))
    outcome = MemoryWallet(issuer).accept(issuer.offer())
    assert isinstance(outcome, Refused)
    assert outcome.code == "oid4vci.unsupported"


def test_what_an_issuer_demands_of_keys_is_told_to_the_provider() -> None:
    demanded = {"key_attestations_required": {"key_storage": ["iso_18045_high"]}}
    wallet = Wallet(ATTESTED, MemoryWallet(ForeignIssuer()).keys, bytes)
    issuer = ForeignIssuer(configurations=proofs("jwt", **demanded))
    driver = MemoryWallet(issuer, rules=ATTESTED)
    driver.stop = lambda state: state.phase is Phase.KEY_ATTESTATION
    driver.accept(issuer.offer())
    wanted = wallet.resume(driver.state, now=issuer.now)
    assert isinstance(wanted, dialogue.KeyAttestationWanted)
    assert (wanted.key_storage, wanted.issuer) == (("iso_18045_high",), ISSUER)
    assert wanted.nonce == driver.state.nonce


# The table -------------------------------------------------------------------------------------------


def test_every_transition_of_the_table_is_walked_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    walked: set[tuple[Phase, type, Phase]] = set()
    step = Wallet.step

    def recording(role: Wallet, state: Acceptance, event: dialogue.Event, *, now: Any) -> Any:
        following, reply = step(role, state, event, now=now)
        walked.add((state.phase, type(event), following.phase))
        return following, reply

    monkeypatch.setattr(Wallet, "step", recording)
    with_ours.test_a_wrong_code_may_be_tried_again()
    with_ours.test_a_burnt_offer_stays_refused_until_the_person_gives_up()
    with_ours.test_a_nonce_that_ran_out_is_fetched_again_once()
    with_ours.test_what_was_not_kept_is_told_to_the_issuer()
    with_ours.test_an_offer_by_reference_that_is_gone()
    back_to_back.test_an_offer_by_reference_is_accepted()
    for case in with_ours.HOSTILE:
        with_ours.test_a_hostile_answer_ends_in_our_error(case)
    for name in FLOWS:
        test_a_flow(name)
    for led in ASTRAY:
        test_an_answer_that_leads_astray(led)
    for options in ({}, {"dpop": True}, HAIP | {"challenges": "header"}):
        test_issued_anew_without_the_person(options)
    for options in ({}, HAIP):
        test_a_token_that_ran_out_while_waiting_is_got_anew(options)
    for detour in DETOURS:
        test_a_detour(*detour)
    for at in ("/par", "/token"):
        test_an_attestation_that_grew_old_is_got_anew_once(at)
    test_the_server_that_knows_the_grant_is_found()
    test_a_promise_that_changes_is_broken({"interval": 0})
    test_a_browser_that_comes_back_with_something_else(back(state="x"), "oid4vci.redirect")
    test_a_token_that_ran_out_for_good_ends_it()
    table = {(phase, kind, after) for (phase, kind), following in TRANSITIONS.items() for after in following}
    assert (table - walked, walked - table) == (set(), set())


DETOURS: list[tuple[str, dict[str, Any]]] = [
    ("pre", {"methods": COMBINED, "dpop": True, "challenges": "endpoint"}),
    ("code", {"methods": COMBINED, "dpop": True, "challenges": "endpoint"}),
    ("code", {"methods": ATTEST}),
    ("code", {"methods": ATTEST, "challenges": "endpoint"}),
    ("code", {"methods": ATTEST, "challenges": "endpoint", "par": "may"}),
    ("code", {"dpop": True}),
    ("pre", {"tx_code": "1", "nonce_endpoint": False, "configurations": proofs("attestation")}),
    ("pre", {"identifiers": 2, "nonces": True, "dpop": True, "pending": 1}),
    ("pre", {"identifiers": 2, "notifies": False}),
]


@pytest.mark.parametrize(("grant", "options"), DETOURS)
def test_a_detour(grant: str, options: dict[str, Any]) -> None:
    _, _, outcome = run(grant, ATTESTED, options)
    assert outcome == DONE
