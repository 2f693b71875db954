"""The issuer's role up to the access token by authorization code; and what attackers try on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from clicid.errors import LocalError, RemoteError
from clicid.oid4vci import clients, freshness
from clicid.oid4vci.authorization import AuthorizationDetail, PushedResponse
from clicid.oid4vci.clients import Client, ClientRules
from clicid.oid4vci.credential import CredentialRequest
from clicid.oid4vci.issuance import Agreed, CredentialRequested, Declined, Issuance, Noted, Phase
from clicid.oid4vci.issuer import Issuer
from clicid.oid4vci.token import PresentedToken, TokenResponse
from tests.support.authorizing import (
    ATTESTED,
    KEY,
    REDIRECT,
    REFRESHED,
    Asking,
    complete,
    fault,
)
from tests.support.issuance import AGE, IDENTITY, ISSUER, NOW, RULES
from tests.support.refusals import refused
from tests.support.world import Dice

BOUND_ELSEWHERE = ("invalid_grant", "oid4vci.grant_astray")
REPLAYED = ("invalid_grant", "oid4vci.grant_replayed")
GONE = ("invalid_request", "oid4vci.request_uri")


def test_the_whole_way() -> None:
    asking = Asking()
    pushed = asking.push()
    assert isinstance(pushed, PushedResponse)
    assert pushed.request_uri.startswith("urn:ietf:params:oauth:request_uri:")
    assert pushed.expires_in == 90
    assert asking.arrive() == Noted()
    answer = asking.answer(Agreed())
    assert (answer.iss, answer.state, answer.error) == (ISSUER, "s t", "")
    tokens = asking.redeem()
    assert isinstance(tokens, TokenResponse)
    assert (tokens.token_type, asking.state.jkt) == ("DPoP", KEY)
    assert tokens.credential_identifiers == {}
    assert asking.state.configuration_ids == (IDENTITY,)


def test_secrets_are_in_the_state_only_as_digests() -> None:
    asking = Asking(offered=(IDENTITY,))
    asking.agreed()
    asking.redeem()
    stored = asking.state.to_bytes().decode()
    for secret in (
        asking.issuer_state,
        asking.request_uri,
        asking.code,
        asking.token,
        asking.refresh_token,
    ):
        assert secret
        assert secret not in stored


def test_a_state_that_was_stored_before_there_were_authorizations_is_read() -> None:
    new = Issuer(RULES).offer((IDENTITY,), tx_code=None, now=NOW, random=Dice()).issuance
    raw = new.to_bytes().replace(b',"identifiers":{}', b"").replace(b'"jkt":"",', b"")
    assert b"identifiers" not in raw
    assert Issuance.from_bytes(raw) == new


def test_the_answer_to_a_person_who_declines_is_access_denied() -> None:
    asking = Asking()
    asking.push()
    asking.arrive()
    answer = asking.answer(Declined())
    assert (answer.error, answer.code, answer.iss, answer.state) == ("access_denied", "", ISSUER, "s t")
    assert fault(asking.step(Agreed())) == GONE


# The request


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/cb",
        "https://wallet.example/cb/",
        "https://wallet.example/cb?x=y",
        "https://wallet.example/cb#x",
        "https://wallet.example/CB",
        "https://wallet.example:443/cb",
        "https://wallet.example@evil.example/cb",
        "https://wallet.example.evil.example/cb",
        "//wallet.example/cb",
        "/cb",
    ],
)
def test_a_listed_wallet_is_answered_at_its_address_and_nowhere_else(address: str) -> None:
    asking = Asking()
    before = asking.state
    assert fault(asking.push(redirect_uri=address)) == ("invalid_request", "oid4vci.redirect_uri")
    assert asking.state == before


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("https://wallet.example/cb", True),
        ("https://wallet.example/cb?tenant=1", True),
        ("com.example.wallet:/cb", True),
        ("eu.europa.ec.euidi://authorization", True),
        ("http://127.0.0.1:9/cb", False),
        ("http://wallet.example/cb", False),
        ("https://wallet.example/cb#fragment", False),
        ("https://user@wallet.example/cb", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("wallet://cb", False),
        ("com.example.wallet:/cb\r\nSet-Cookie: x", False),
        ("com.example.wallet:/cb#x", False),
        ("java.script:alert(1);x", False),
        ("", False),
    ],
)
def test_an_attested_wallet_names_an_address_of_its_own(address: str, *, allowed: bool) -> None:
    reply = Asking(client=ATTESTED).push(redirect_uri=address)
    assert isinstance(reply, PushedResponse) == allowed
    if not allowed:
        assert fault(reply) == ("invalid_request", "oid4vci.redirect_uri")


def test_loopback_is_an_address_in_a_sandbox_only() -> None:
    for loopback in (True, False):
        assert clients.is_redirect_uri("http://127.0.0.1:8080/cb", loopback=loopback) == loopback
        assert clients.is_redirect_uri("http://[::1]:8080/cb", loopback=loopback) == loopback
        assert not clients.is_redirect_uri("http://localhost:8080/cb", loopback=loopback)


def test_a_wallet_that_is_neither_listed_nor_attested_names_no_address() -> None:
    reply = Asking(client=Client("stranger")).push()
    assert fault(reply) == ("invalid_request", "oid4vci.redirect_uri")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"resource": "https://another.example"}, ("invalid_target", "oid4vci.request")),
        ({"scope": ()}, ("invalid_scope", "oid4vci.request")),
        ({"scope": ("nonsense",)}, ("invalid_scope", "oid4vci.configuration")),
        (
            {"details": (AuthorizationDetail("nonsense"),)},
            ("invalid_authorization_details", "oid4vci.configuration"),
        ),
        (
            {"details": (AuthorizationDetail(AGE, ("https://another.example",)),)},
            ("invalid_authorization_details", "oid4vci.configuration"),
        ),
        ({"jkt": KEY, "dpop_jkt": "another key"}, ("invalid_dpop_proof", "oid4vci.dpop")),
    ],
)
def test_what_may_not_be_asked_for_is_refused_and_changes_nothing(
    changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    asking = Asking()
    before = asking.state
    assert fault(asking.push(**changes)) == expected
    assert asking.state == before


def test_scopes_that_are_not_known_are_ignored_and_the_token_says_so() -> None:
    asking = Asking()
    assert isinstance(asking.push(scope=("openid", "identity", "nonsense")), PushedResponse)
    asking.arrive()
    asking.answer(Agreed())
    tokens = asking.redeem()
    assert isinstance(tokens, TokenResponse)
    assert (tokens.scope, asking.state.configuration_ids) == ("identity", (IDENTITY,))
    assert tokens.to_wire()["scope"] == "identity"


def test_details_are_answered_with_identifiers_and_scopes_are_not() -> None:
    asking = Asking()
    asking.push(details=(AuthorizationDetail(AGE, (ISSUER,)),))
    asking.arrive()
    asking.answer(Agreed())
    tokens = asking.redeem()
    assert isinstance(tokens, TokenResponse)
    assert asking.state.configuration_ids == (IDENTITY, AGE)
    assert list(tokens.credential_identifiers) == [AGE]
    again = asking.refresh()
    assert isinstance(again, TokenResponse)
    assert again.credential_identifiers == tokens.credential_identifiers == asking.state.identifiers


def test_identifiers_must_be_used_where_they_were_given() -> None:
    asking = Asking()
    asking.push(details=(AuthorizationDetail(AGE),))
    asking.arrive()
    asking.answer(Agreed())
    asking.redeem()
    ((identifier,),) = asking.state.identifiers.values()
    unproved = ("invalid_proof", "oid4vci.proof_missing")
    for request, expected in (
        (CredentialRequest(AGE), ("invalid_credential_request", "oid4vci.request")),
        (CredentialRequest("", "guessed"), ("unknown_credential_identifier", "oid4vci.configuration")),
        (CredentialRequest("", identifier), unproved),
        (CredentialRequest(IDENTITY), unproved),
    ):
        reply = asking.step(CredentialRequested(PresentedToken(asking.token, KEY), request))
        assert fault(reply) == expected


@pytest.mark.parametrize(("bound", "shown"), [(KEY, ""), (KEY, "another key"), ("", KEY)])
def test_a_token_is_taken_with_the_key_that_it_is_bound_to(bound: str, shown: str) -> None:
    asking = Asking()
    asking.agreed()
    asking.redeem(jkt=bound)
    request = CredentialRequest(IDENTITY)
    wrong = asking.step(CredentialRequested(PresentedToken(asking.token, shown), request))
    assert fault(wrong) == ("invalid_token", "oid4vci.access_token")
    right = asking.step(CredentialRequested(PresentedToken(asking.token, bound), request))
    assert fault(right) == ("invalid_proof", "oid4vci.proof_missing")


def test_an_offer_gives_what_it_offers_and_no_more() -> None:
    asking = Asking(offered=(AGE,))
    assert fault(asking.push()) == ("invalid_scope", "oid4vci.configuration")
    asking = Asking(offered=(IDENTITY,))
    assert isinstance(asking.push(), PushedResponse)
    with refused("oid4vci.configuration", kind=LocalError):
        Issuer(RULES).invite(("nonsense",), now=NOW, random=Dice())


def test_an_invited_wallet_may_begin_anew_until_the_person_has_agreed() -> None:
    asking = Asking(offered=(IDENTITY, AGE))
    asking.push()
    first = asking.request_uri
    asking.arrive()
    assert isinstance(asking.push(), PushedResponse)
    assert fault(asking.arrive(request_uri=first)) == GONE
    # Whoever had the page open cannot agree to what it never showed.
    assert fault(asking.step(Agreed())) == GONE
    asking.arrive()
    asking.answer(Agreed())
    assert fault(asking.push()) == ("invalid_request", "oid4vci.issuer_state")


def test_an_authorization_that_came_to_nothing_leaves_the_invitation() -> None:
    asking = Asking(replace(REFRESHED, offer_life=timedelta(hours=3)), (IDENTITY, AGE))
    asking.push(scope=("identity",))
    asking.now += timedelta(minutes=5)
    assert fault(asking.arrive()) == GONE
    assert (asking.state.phase, asking.state.configuration_ids) == (Phase.INVITED, (IDENTITY, AGE))
    asking.now += timedelta(hours=3)
    assert fault(asking.push()) == ("invalid_request", "oid4vci.issuer_state")
    assert asking.state.phase is Phase.EXPIRED


# The browser


def test_a_request_uri_is_used_once_and_by_the_client_that_pushed_it() -> None:
    asking = Asking()
    asking.push()
    assert fault(asking.arrive(client_id="another wallet")) == GONE
    assert fault(asking.arrive(request_uri="urn:ietf:params:oauth:request_uri:guessed")) == GONE
    assert asking.arrive() == Noted()
    assert fault(asking.arrive()) == GONE
    assert asking.state.phase is Phase.ASKED


@pytest.mark.parametrize("event", [Agreed(), Declined()])
def test_who_takes_too_long_begins_again(event: Agreed | Declined) -> None:
    asking = Asking()
    asking.push()
    asking.arrive()
    asking.now += RULES.asking_life
    assert fault(asking.step(event)) == GONE
    assert asking.state.phase is Phase.EXPIRED


# The code


def test_a_code_that_comes_twice_ends_what_came_of_it() -> None:
    asking = Asking()
    asking.agreed()
    asking.redeem()
    assert fault(asking.redeem()) == REPLAYED
    assert asking.state.phase is Phase.WITHDRAWN
    assert fault(asking.refresh()) == ("invalid_grant", "oid4vci.grant")


def test_also_when_everything_was_handed_out() -> None:
    asking = Asking()
    asking.agreed()
    asking.redeem()
    complete(asking)
    assert fault(asking.redeem()) == REPLAYED
    assert asking.state.phase is Phase.WITHDRAWN


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://wallet.example/other"},
        {"code_verifier": "x" * 43},
        {"client": Client("another")},
        {"client": replace(ATTESTED, jkt="another instance")},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_code_that_has_gone_astray_is_burnt(changes: dict[str, Any]) -> None:
    asking = Asking(client=ATTESTED)
    asking.agreed()
    assert fault(asking.redeem(**changes)) == BOUND_ELSEWHERE
    assert asking.state.phase is Phase.BURNT
    assert fault(asking.redeem()) == ("invalid_grant", "oid4vci.grant")


@pytest.mark.parametrize("how", ["by the parameter", "by a proof"])
def test_a_code_that_is_bound_to_a_key_is_redeemed_with_it(how: str) -> None:
    for key in (KEY, "another key", ""):
        asking = Asking()
        asking.push(jkt="" if how == "by the parameter" else KEY, dpop_jkt=KEY if how[3] == "t" else "")
        asking.arrive()
        asking.answer(Agreed())
        reply = asking.redeem(jkt=key)
        if key == KEY:
            assert isinstance(reply, TokenResponse)
        else:
            assert fault(reply) == BOUND_ELSEWHERE


def test_a_code_lives_a_minute() -> None:
    asking = Asking()
    asking.agreed()
    asking.now += RULES.code_life
    assert fault(asking.redeem()) == ("invalid_grant", "oid4vci.grant")
    assert asking.state.phase is Phase.EXPIRED


def test_a_code_that_was_guessed_changes_nothing() -> None:
    asking = Asking()
    asking.agreed()
    before = asking.state
    assert fault(asking.redeem(code="guessed")) == ("invalid_grant", "oid4vci.grant")
    assert asking.state == before


# Refresh tokens


def test_refresh_tokens_rotate_and_are_bound() -> None:
    asking = Asking(client=ATTESTED)
    asking.agreed()
    asking.redeem()
    first, token = asking.refresh_token, asking.token
    for wrong in ({"jkt": "another key"}, {"jkt": ""}, {"client": replace(ATTESTED, jkt="another")}):
        before = asking.state
        assert fault(asking.refresh(**wrong)) == BOUND_ELSEWHERE
        assert asking.state == before
    assert isinstance(asking.refresh(client=replace(ATTESTED, name="Renamed")), TokenResponse)
    assert first != asking.refresh_token
    assert token != asking.token


def test_an_earlier_refresh_token_ends_the_family() -> None:
    asking = Asking()
    asking.agreed()
    asking.redeem()
    first = asking.refresh_token
    asking.refresh()
    asking.refresh()
    assert fault(asking.refresh(first)) == REPLAYED
    assert fault(asking.refresh()) == ("invalid_grant", "oid4vci.grant")


def test_a_refresh_token_whose_answer_was_lost_is_taken_once_more_and_the_lost_one_no_longer() -> None:
    asking = Asking()
    asking.agreed()
    asking.redeem()
    first = asking.refresh_token
    asking.refresh()
    lost = asking.refresh_token
    for _ in range(2):
        assert isinstance(asking.refresh(first), TokenResponse)
    assert fault(asking.refresh(lost)) == REPLAYED
    assert fault(asking.refresh()) == ("invalid_grant", "oid4vci.grant")


@pytest.mark.parametrize("used", ["the access token", "the refresh token"])
def test_when_what_it_brought_was_used_no_answer_was_lost(used: str) -> None:
    asking = Asking()
    asking.agreed()
    asking.redeem()
    first = asking.refresh_token
    asking.refresh()
    if used == "the access token":
        asking.step(CredentialRequested(PresentedToken(asking.token, KEY), CredentialRequest(IDENTITY)))
    else:
        asking.refresh()
    assert fault(asking.refresh(first)) == REPLAYED


def test_a_refresh_token_outlives_the_access_token_but_not_for_ever() -> None:
    asking = Asking()
    asking.agreed()
    asking.redeem()
    asking.now += timedelta(days=29)
    assert isinstance(asking.refresh(), TokenResponse)
    asking.now += timedelta(days=30)
    assert fault(asking.refresh()) == ("invalid_grant", "oid4vci.grant")
    assert asking.state.phase is Phase.EXPIRED


def test_without_a_key_there_is_no_refresh_token() -> None:
    asking = Asking()
    asking.agreed()
    tokens = asking.redeem(jkt="")
    assert isinstance(tokens, TokenResponse)
    assert (tokens.token_type, tokens.refresh_token) == ("Bearer", "")
    assert fault(asking.refresh("guessed", jkt="")) == ("invalid_grant", "oid4vci.grant")


def test_refreshing_goes_on_when_everything_was_handed_out() -> None:
    asking = Asking()
    asking.agreed()
    asking.redeem()
    complete(asking)
    assert isinstance(asking.refresh(), TokenResponse)
    assert asking.state.phase is Phase.COMPLETED


# Clients


OPEN = ClientRules(listed={"wallet": frozenset({REDIRECT})}, anonymous=True)


@pytest.mark.parametrize(
    ("rules", "attested", "client_id", "pre_authorized", "expected"),
    [
        (OPEN, ATTESTED, ATTESTED.id, False, ATTESTED),
        (OPEN, None, "wallet", False, Client("wallet")),
        (OPEN, None, "", True, None),
        (OPEN, None, "stranger", True, Client("stranger")),
        (OPEN, None, "stranger", False, "invalid_client"),
        (OPEN, None, "", False, "invalid_client"),
        (replace(OPEN, anonymous=False), None, "", True, "invalid_client"),
        (replace(OPEN, anonymous=False), None, "stranger", True, "invalid_client"),
        (replace(OPEN, attested_only=True), None, "wallet", False, "invalid_client"),
        (replace(OPEN, attested_only=True), None, "", True, "invalid_client"),
        (replace(OPEN, attested_only=True), ATTESTED, "", True, ATTESTED),
    ],
)
def test_who_is_served(
    rules: ClientRules,
    attested: Client | None,
    client_id: str,
    pre_authorized: bool,
    expected: Client | str | None,
) -> None:
    if not isinstance(expected, str):
        assert clients.identified(rules, attested, client_id, pre_authorized=pre_authorized) == expected
        return
    with pytest.raises(RemoteError) as caught:
        clients.identified(rules, attested, client_id, pre_authorized=pre_authorized)
    assert (caught.value.wire, caught.value.code) == (expected, "oid4vci.client")


# Nonces that are not kept


def test_a_server_nonce_is_ours_and_young_and_for_one_purpose() -> None:
    key, life = bytes(32), timedelta(minutes=5)

    def fresh(nonce: str, purpose: str = "dpop", seconds: int = 0, by: bytes = key) -> bool:
        at = NOW + timedelta(seconds=seconds)
        return freshness.is_fresh(nonce, by, purpose, now=at, life=life)

    made = freshness.make(key, "dpop", now=NOW, random=Dice())
    assert fresh(made)
    assert fresh(made, seconds=299)
    assert not fresh(made, seconds=300)
    assert not fresh(made, seconds=-1)
    assert not fresh(made, "attestation")
    assert not fresh(made, by=bytes(31) + b"x")
    assert made != freshness.make(key, "dpop", now=NOW, random=Dice("another"))
    for wrong in ("", "x", made[:-1], made + "AA", "B" + made[1:], "A" * 10_000, "å"):
        assert not fresh(wrong)
