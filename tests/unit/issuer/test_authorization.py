"""The authorization code grant over HTTP, the whole way; its metadata; and kills in between."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from clicid.codec import base64url
from clicid.oid4vci.authorization import AuthorizationDetail
from issuer.store.issuance import SqlIssuance
from issuer.store.visits import SqlVisits
from tests.support import issuer_world
from tests.support.authorization import (
    AGE,
    LISTED,
    OWN,
    REDIRECT,
    Browser,
    CodeWallet,
    error,
    granted,
    issuing,
    rows,
)
from tests.support.issuer_clients import Person
from tests.support.issuer_config import IDENTIFIER
from tests.support.issuer_doubles import match

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.issuer_world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with issuing(tmp_path) as found:
        yield found


@pytest.mark.parametrize("attested", [False, True])
def test_the_whole_way(world: World, *, attested: bool) -> None:
    person, wallet, browser = Person(world).approved(), CodeWallet(world, attested=attested), Browser(world)
    browser.open(wallet.link())
    shown = "Exempelplånboken" if attested else LISTED
    assert shown in browser.page
    assert ("attested by Provider AB" in browser.page) == attested
    answer = browser.through(person)
    assert browser.answer.headers["location"].startswith(f"{OWN if attested else REDIRECT}?")
    assert (answer.iss, answer.state) == (IDENTIFIER, "s t&a=te")
    tokens = wallet.redeem_code(answer.code)
    assert tokens.status_code == 200, tokens.text
    assert tokens.headers["cache-control"] == "no-store"
    assert tokens.json()["token_type"] == "DPoP"
    assert "authorization_details" not in tokens.json()
    issued = wallet.credential(AGE)
    assert issued.status_code == 200, issued.text
    assert wallet.credential("ClicIdentity_sdjwt").status_code == 403
    assert (
        wallet.bound_call(
            "/oid4vci/notification",
            json={"notification_id": issued.json()["notification_id"], "event": "credential_accepted"},
        ).status_code
        == 204
    )
    assert browser.cookies == {}


def test_details_are_answered_with_identifiers(world: World) -> None:
    person, wallet, browser = Person(world).approved(), CodeWallet(world), Browser(world)
    browser.open(wallet.link(scope=(), details=(AuthorizationDetail(AGE),)))
    tokens = wallet.redeem_code(browser.through(person).code).json()
    ((detail,),) = (tokens["authorization_details"],)
    assert detail["credential_configuration_id"] == AGE
    (identifier,) = detail["credential_identifiers"]
    assert error(wallet.credential(AGE)) == (400, "invalid_credential_request")
    body = {"credential_identifier": identifier, "proofs": {"jwt": [wallet.proof(AGE)]}}
    assert wallet.bound_call("/oid4vci/credential", json=body).status_code == 200


def test_an_offer_leads_to_the_same_authorization_without_number_and_token(world: World) -> None:
    person = Person(world).approved()
    offer = person.offer(grant="authorization_code", configurations=[AGE], age_threshold=15)
    assert "block_id" in offer
    sent = [one["purpose"] for one in world.mailbox.sent]
    assert "transaction" not in sent
    grant = json.loads(httpx.URL(offer["credential_offer"]).params["credential_offer"])["grants"]
    issuer_state = grant["authorization_code"]["issuer_state"]
    wallet, browser = CodeWallet(world), Browser(world)
    browser.open(wallet.link(issuer_state=issuer_state))
    assert not browser.has("name")
    wallet.redeem_code(browser.through(person).code)
    sd_jwt = wallet.credential(AGE).json()["credentials"][0]["credential"]
    assert "age_over_15" in json.dumps(disclosed(sd_jwt))


def disclosed(sd_jwt: str) -> list[Any]:
    return [json.loads(base64url.decode(part)) for part in sd_jwt.split("~")[1:-1]] + [
        json.loads(base64url.decode(sd_jwt.split(".")[1]))
    ]


def test_an_undecided_onboarding_is_granted_and_delivered_when_it_is_decided(world: World) -> None:
    world.engines.match = match(0.58)
    person = Person(world)
    person.to_decision()
    assert person.settled()["state"] == "review"
    wallet, browser = CodeWallet(world), Browser(world)
    browser.open(wallet.link())
    browser.press("name", session_id=person.id, resume_token=person.token)
    browser.press("send")
    browser.press("confirm", code=world.mailbox.last("authorization"))
    assert "A person is looking at your identification" in browser.page
    assert "Blocking code" not in browser.page
    assert wallet.redeem_code(browser.agree().code).status_code == 200
    deferred = wallet.credential(AGE)
    assert deferred.status_code == 202
    assert deferred.json()["transaction_id"]


def test_an_onboarding_may_begin_at_the_page(world: World) -> None:
    wallet, browser = CodeWallet(world), Browser(world, language="sv")
    browser.open(wallet.link())
    browser.press("begin")
    session_id, token = re.findall(r"<code>([^<]+)</code>", browser.page)
    browser.open(browser.path.removesuffix("/begin"))
    assert token not in browser.page
    assert "inte klar" in browser.page
    person = Person(world)
    person.id, person.token = session_id, token
    assert person.state()["state"] == "notice"
    person.approved()
    browser.open(browser.path)
    assert wallet.redeem_code(browser.through(person).code).status_code == 200


def test_the_blocking_code_is_shown_once(world: World) -> None:
    person, browser = Person(world).approved(), Browser(world)
    browser.open(CodeWallet(world).link())
    browser.press("name", session_id=person.id, resume_token=person.token)
    browser.press("send")
    browser.press("confirm", code=world.mailbox.last("authorization"))
    block_id, code = re.findall(r"<code>([^<]+)</code>", browser.page)
    browser.open(browser.path.removesuffix("/confirm"))
    assert block_id not in browser.page
    assert browser.agree().code
    answer = world.call("POST", "/block", json={"block_id": block_id, "code": code})
    assert answer.status_code == 204


def test_who_declines_is_sent_back_with_access_denied(world: World) -> None:
    wallet, browser = CodeWallet(world), Browser(world)
    browser.open(wallet.link())
    answer = browser.agree("decline")
    assert (answer.error, answer.iss, answer.state, answer.code) == (
        "access_denied",
        IDENTIFIER,
        "s t&a=te",
        "",
    )
    assert browser.open(browser.path).status_code == 400


def test_a_refused_onboarding_is_not_granted(world: World) -> None:
    person = Person(world)
    person.to_decision()
    person.settled()
    with world.ground.database.writing() as connection:
        connection.exec_driver_sql("UPDATE session SET state = 'refused'")
    browser = Browser(world)
    browser.open(CodeWallet(world).link())
    browser.press("name", session_id=person.id, resume_token=person.token)
    assert "could not accept" in browser.page
    assert not browser.has("agree")
    assert not browser.has("send")


# Metadata


def test_the_metadata_say_what_there_is(world: World) -> None:
    found = world.call("GET", "/.well-known/oauth-authorization-server").json()
    assert found["issuer"] == IDENTIFIER
    assert found["require_pushed_authorization_requests"] is True
    assert found["authorization_response_iss_parameter_supported"] is True
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["grant_types_supported"] == [
        "authorization_code",
        "urn:ietf:params:oauth:grant-type:pre-authorized_code",
        "refresh_token",
    ]
    assert found["token_endpoint_auth_methods_supported"] == [
        "attest_jwt_client_auth",
        "attest_jwt_client_auth_dpop",
        "none",
    ]
    for name in (
        "token_endpoint",
        "pushed_authorization_request_endpoint",
        "challenge_endpoint",
        "authorization_endpoint",
    ):
        path = found[name].removeprefix(IDENTIFIER)
        method = "GET" if name == "authorization_endpoint" else "POST"
        assert world.call(method, path).status_code not in (404, 405)


def test_an_issuer_without_wallets_for_it_says_so(tmp_path: Path) -> None:
    with issuer_world.running(tmp_path, background=False) as plain:
        found = plain.call("GET", "/.well-known/oauth-authorization-server").json()
        assert "authorization_endpoint" not in found
        assert "authorization_code" not in found["grant_types_supported"]
        assert found["pre-authorized_grant_anonymous_access_supported"] is True
        answer = plain.call(
            "POST", "/oid4vci/par", content=CodeWallet(plain, bound=False).request().to_form()
        )
        assert error(answer) == (401, "invalid_client")


# Killed in between


class KilledError(Exception):
    """The process ended here."""


def killed(*_: object) -> None:
    raise KilledError


def test_killed_while_the_person_agrees_the_page_is_still_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, wallet, browser = Person(world).approved(), CodeWallet(world), Browser(world)
    browser.open(wallet.link())
    browser.press("name", session_id=person.id, resume_token=person.token)
    browser.press("send")
    browser.press("confirm", code=world.mailbox.last("authorization"))
    page = browser.page
    with monkeypatch.context() as patch:
        patch.setattr(SqlVisits, "remove", killed)
        assert browser.press("agree").status_code == 500
    browser.page = page
    assert wallet.redeem_code(browser.agree().code).status_code == 200


def test_killed_while_a_code_is_redeemed_it_is_good_still(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, wallet, browser = Person(world).approved(), CodeWallet(world), Browser(world)
    browser.open(wallet.link())
    code = browser.through(person).code
    with monkeypatch.context() as patch:
        patch.setattr(SqlIssuance, "put_key", killed)
        assert wallet.redeem_code(code).status_code == 500
    assert wallet.redeem_code(code).status_code == 200


def test_killed_while_a_token_is_renewed_the_old_one_is_good_still(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    wallet = granted(world, Person(world).approved(), CodeWallet(world))
    with monkeypatch.context() as patch:
        patch.setattr(SqlIssuance, "put_key", killed)
        assert wallet.refresh().status_code == 500
    assert wallet.refresh().status_code == 200


def test_a_code_is_redeemed_after_a_restart_and_forgotten_when_nothing_can_come_of_it(tmp_path: Path) -> None:
    with issuing(tmp_path) as world:
        person, wallet, browser = Person(world).approved(), CodeWallet(world), Browser(world)
        browser.open(wallet.link())
        code = browser.through(person).code
    with issuer_world.running(tmp_path) as again:
        wallet.world = again
        assert wallet.redeem_code(code).status_code == 200
        assert error(wallet.redeem_code(code)) == (400, "invalid_grant")
        again.clock.forward(days=200)
        assert again.application.services.granting.let_go() >= 1
        assert rows(again, "grant_state") == rows(again, "grant_key") == 0
