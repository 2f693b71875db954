"""The wallet's role against somebody else's issuer: every flow of OpenID4VCI, and which server is asked."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from clicid.codec.web import JSON_TYPE, HttpAnswer, HttpRequest
from clicid.errors import Refused
from clicid.oid4vci import dialogue
from clicid.oid4vci.acceptance import Phase
from clicid.oid4vci.signed_metadata import Signers
from clicid.oid4vci.wallet import Wallet
from tests.support import attesting
from tests.support.foreign_flows import DONE, FLOWS, HAIP, KEY_ATTESTATION, altered, proofs, run
from tests.support.foreign_issuer import AS, ISSUER, PID, UNSCOPED, ForeignIssuer
from tests.support.holder import ATTESTED, RULES, MemoryWallet


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
    outcome = MemoryWallet(issuer, browse=issuer.browser, alter_answer=altered(changes)).accept(
        issuer.offer("code")
    )
    assert isinstance(outcome, Refused)
    assert outcome.code == "oid4vci.unsupported"


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
    outcome = MemoryWallet(issuer, alter_answer=altered(change, "openid-credential-issuer")).accept(
        issuer.offer()
    )
    assert isinstance(outcome, Refused)
    assert outcome.code == "oid4vci.unsupported"


def test_requests_alone_may_be_encrypted() -> None:
    issuer = ForeignIssuer(encryption="may")
    change = {"credential_response_encryption": None}
    wallet = MemoryWallet(issuer, alter_answer=altered(change, "openid-credential-issuer"))
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
