"""The authorization server over HTTP: pushed requests, the person's page, tokens; and what attackers try."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from clicid.codec import base64url
from clicid.oid4vci import client_attestation, dpop
from clicid.oid4vci.authorization import AuthorizationDetail
from clicid.oid4vci.issuance import Issuance
from issuer.http import authorize
from issuer.pages import texts
from issuer.store.issuance import SqlIssuance
from issuer.store.visits import SqlVisits
from issuer.usecases.emergency import Wanted
from issuer.usecases.revocation import ActKind, Reason
from tests.support import attesting, issuer_world
from tests.support.authorization import LISTED, OWN, REDIRECT, Browser, CodeWallet, issuing
from tests.support.issuer_clients import PHONE, Person, Wallet
from tests.support.issuer_config import IDENTIFIER
from tests.support.issuer_doubles import match

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.issuer_world import World

AGE = "ClicAge_sdjwt"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with issuing(tmp_path) as found:
        yield found


def granted(world: World, person: Person, wallet: CodeWallet, **changes: Any) -> CodeWallet:
    """A wallet with its tokens."""
    browser = Browser(world)
    browser.open(wallet.link(**changes))
    assert wallet.redeem_code(browser.through(person).code).status_code == 200
    return wallet


def rows(world: World, table: str) -> int:
    with world.ground.database.reading() as connection:
        found = connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
    assert isinstance(found, int)
    return found


def error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


# The whole way


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


# Pushed requests


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"redirect_uri": "https://evil.example/cb"}, (400, "invalid_request")),
        ({"redirect_uri": f"{REDIRECT}/"}, (400, "invalid_request")),
        ({"scope": ("nonsense",)}, (400, "invalid_scope")),
        ({"scope": ()}, (400, "invalid_scope")),
        ({"resource": "https://evil.example"}, (400, "invalid_target")),
        ({"issuer_state": "guessed"}, (400, "invalid_request")),
        ({"client_id": "stranger"}, (401, "invalid_client")),
        ({"details": (AuthorizationDetail("nonsense"),)}, (400, "invalid_authorization_details")),
    ],
)
def test_what_may_not_be_pushed_is_refused_and_leaves_nothing(
    world: World, changes: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert error(CodeWallet(world).push(**changes)) == expected
    assert [rows(world, table) for table in ("grant_state", "visit", "proof_seen")] == [0, 0, 0]


def test_a_thief_with_an_attested_wallet_has_the_answer_sent_to_the_wallet_and_not_to_himself(
    tmp_path: Path,
) -> None:
    """He begins in his own, and sends somebody the link. Without the provider's list he names the address."""
    evil = "https://evil.example/cb"
    with issuing(tmp_path) as world:
        browser = Browser(world)
        browser.open(CodeWallet(world, attested=True).link(redirect_uri=evil))
        assert "If somebody sent you the link, cancel" in browser.page
    provider = f'[[wallet_providers]]\nredirect_uris = ["{OWN}"]'
    with issuing(tmp_path / "listed", provider=provider) as world:
        wallet = CodeWallet(world, attested=True)
        assert error(wallet.push(redirect_uri=evil)) == (400, "invalid_request")
        assert wallet.push().status_code == 201


def test_plain_pkce_and_a_pushed_request_uri_are_refused(world: World) -> None:
    wallet = CodeWallet(world)
    form = wallet.request().to_form()
    plain = form.replace(b"code_challenge_method=S256", b"code_challenge_method=plain")
    none = form.replace(b"&code_challenge_method=S256", b"")
    again = form + b"&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Ax"
    for wrong in (plain, none, again, form + b"&" + form, b"x" * 40_000):
        assert error(wallet.send_form("/oid4vci/par", wrong)) == (400, "invalid_request")


def test_what_waits_for_a_browser_is_bounded_for_each_kind_of_wallet(tmp_path: Path) -> None:
    with issuing(tmp_path, "waiting = 3", background=False) as world:
        strangers, attested = CodeWallet(world, bound=False), CodeWallet(world, attested=True)
        for _ in range(3):
            assert strangers.push().status_code == 201
        assert error(strangers.push()) == (429, "temporarily_unavailable")
        assert rows(world, "grant_state") == 3
        assert attested.push().status_code == 201  # their places are not taken
        world.clock.forward(seconds=91)
        assert strangers.push().status_code == 201
        assert rows(world, "grant_state") == 1  # what came to nothing is gone


def test_whoever_only_opens_links_does_not_fill_the_database_either(tmp_path: Path) -> None:
    with issuing(tmp_path, "waiting = 1", background=False) as world:
        wallet = CodeWallet(world, bound=False)
        for _ in range(10):
            assert Browser(world).open(wallet.link()).status_code == 200
        answer = Browser(world).open(wallet.link())
        assert (answer.status_code, "Too many requests" in answer.text) == (429, True)


def test_nonces_that_nobody_uses_are_forgotten(world: World) -> None:
    for _ in range(20):
        assert world.call("POST", "/oid4vci/nonce").status_code == 200
    world.clock.forward(minutes=5)
    world.call("POST", "/oid4vci/nonce")
    assert rows(world, "nonce") == 1


def test_an_offer_is_not_pushed_for_without_end(world: World) -> None:
    offer = Person(world).approved().offer(grant="authorization_code")
    grant = json.loads(httpx.URL(offer["credential_offer"]).params["credential_offer"])["grants"]
    state = grant["authorization_code"]["issuer_state"]
    wallet = CodeWallet(world, bound=False)
    assert [wallet.push(issuer_state=state).status_code for _ in range(21)] == [201] * 20 + [429]
    assert rows(world, "grant_key") == 2  # the offer, and the last request


# The browser


def test_a_link_opens_in_one_browser(world: World) -> None:
    wallet, browser = CodeWallet(world), Browser(world)
    link = wallet.link()
    browser.open(link)
    assert browser.open(link).status_code == 200  # loaded anew
    thief = Browser(world)
    stolen = thief.open(link)
    assert (stolen.status_code, "location" in stolen.headers) == (400, False)
    assert thief.open(browser.path).status_code == 400
    thief.page = browser.page
    assert thief.press("decline").status_code == 400  # the form without the cookie
    browser.page = re.sub(r'(name="form_token" value=")[^"]*', r"\g<1>guessed", browser.page)
    assert browser.press("decline").status_code == 400  # the cookie without the form


@pytest.mark.parametrize(
    "query",
    [
        "",
        "client_id=listed-wallet",
        "client_id=listed-wallet&request_uri=urn:ietf:params:oauth:request_uri:guessed",
        "client_id=listed-wallet&request_uri=https://evil.example/request.jwt",
        "response_type=code&client_id=listed-wallet&redirect_uri=https://evil.example&scope=ClicAge_sdjwt",
        "client_id=a&client_id=b&request_uri=x",
        "client_id=%ff&request_uri=x",
        "x" * 40_000,
    ],
)
def test_errors_are_shown_on_a_page_and_redirect_nobody(world: World, query: str) -> None:
    answer = Browser(world).open(f"/oid4vci/authorize?{query}")
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert answer.headers["content-type"].startswith("text/html")
    assert "evil.example" not in answer.text


def test_another_client_does_not_open_the_link(world: World) -> None:
    link = CodeWallet(world).link()
    assert Browser(world).open(link.replace(LISTED, "another")).status_code == 400
    browser = Browser(world)
    assert browser.open(link).status_code == 200
    assert browser.open(link.replace(LISTED, "another")).status_code == 400


def test_what_else_stands_in_the_link_has_no_force(world: World) -> None:
    person, browser = Person(world).approved(), Browser(world)
    browser.open(
        f"{CodeWallet(world).link()}&redirect_uri=https://evil.example&state=x&scope=ClicIdentity_sdjwt"
    )
    answer = browser.through(person)
    assert browser.answer.headers["location"].startswith(f"{REDIRECT}?")
    assert answer.state == "s t&a=te"


def test_pages_are_framed_by_nobody_and_load_nothing(world: World) -> None:
    browser = Browser(world)
    browser.open(CodeWallet(world).link())
    policy = browser.answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' https://wallet.example;" in policy
    assert browser.answer.headers["x-frame-options"] == "DENY"
    assert browser.answer.headers["referrer-policy"] == "no-referrer"
    assert browser.answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<script|<img|<link|<iframe|\bon\w+=|https?://", browser.page)


def test_the_language_that_the_wallet_asks_for(world: World) -> None:
    browser = Browser(world)
    browser.open(CodeWallet(world, attested=True).link(ui_locales="sv"))
    assert '<html lang="sv">' in browser.page
    browser.open(f"{browser.path}?lang=en")
    assert '<html lang="en">' in browser.page
    browser.press("name", session_id="x", resume_token="y")
    assert '<html lang="en">' in browser.page


def test_what_a_wallet_is_called_is_text(world: World) -> None:
    wallet, browser = CodeWallet(world, attested=True), Browser(world)
    wallet.name = "<img src=x onerror=alert(1)> {evil}"
    browser.open(wallet.link())
    assert "&lt;img src=x onerror=alert(1)&gt; {evil}" in browser.page
    assert "<img" not in browser.page


def test_reversed_writing_in_a_wallets_name_turns_nothing_round(world: World) -> None:
    wallet, browser = CodeWallet(world, attested=True), Browser(world)
    wallet.name = "\u202eknab nid"
    browser.open(wallet.link())
    assert "\u202e" not in browser.page
    assert "\\u{202e}knab nid" in browser.page


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (OWN, "com.example.wallet"),
        ("com.evil.app://bank.example/cb", "com.evil.app"),
        ("https://wallet.example:8443/cb", "wallet.example:8443"),
    ],
)
def test_the_page_says_where_the_answer_goes_and_not_what_looks_like_it(
    world: World, address: str, shown: str
) -> None:
    browser = proved(world, Person(world).approved(), CodeWallet(world, attested=True), redirect_uri=address)
    assert f"The answer goes to {shown}." in browser.page


def test_the_cookie_ends_as_browsers_want_it() -> None:
    """They pass over whatever names such a cookie without the attributes that its prefix demands."""
    form: Any = object.__new__(authorize._Form)
    form._use, form._id = SimpleNamespace(identifier="https://issuer.example"), "a"
    name, *attributes = form.leave(REDIRECT).headers["set-cookie"].split("; ")
    assert name == '__Host-clicid-authorization-a=""'
    assert {"Max-Age=0", "Path=/", "Secure", "HttpOnly"} <= set(attributes)


def test_the_cookie_is_of_this_host_and_not_for_scripts(world: World) -> None:
    link = CodeWallet(world).link()
    answer = world.call("GET", link.removeprefix(IDENTIFIER))
    (cookie,) = answer.headers.get_list("set-cookie")
    assert answer.status_code == 303
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}


@pytest.mark.parametrize(
    ("asked", "ui_locales", "accepted", "expected"),
    [
        ("", "", "", "en"),
        ("", "", "sv-SE,sv;q=0.9,en;q=0.8", "sv"),
        ("", "", "de, en;q=0.5, sv;q=0.4", "en"),
        ("", "", "sv;q=x", "sv"),
        ("", "sv-FI en", "en", "sv"),
        ("en", "sv", "sv", "en"),
        ("<script>", "", "sv", "sv"),
    ],
)
def test_the_language_of_a_page(asked: str, ui_locales: str, accepted: str, expected: str) -> None:
    assert texts.choose(asked, ui_locales, accepted) == expected


def test_every_text_is_there_in_both_languages() -> None:
    assert all(set(text) == {"sv", "en"} and all(text.values()) for text in texts.TEXTS.values())


# That it is the person's


def test_a_resume_token_is_not_guessed(world: World) -> None:
    person, wallet, browser = Person(world).approved(), CodeWallet(world), Browser(world)
    browser.open(wallet.link())
    for _ in range(4):
        assert browser.press("name", session_id=person.id, resume_token="guessed").status_code == 404
    assert browser.press("name", session_id=person.id, resume_token="guessed").status_code == 400
    assert browser.open(browser.path).status_code == 400  # it is over: begin again in the wallet


def test_a_code_to_the_phone_is_not_guessed(world: World) -> None:
    person, browser = Person(world).approved(), Browser(world)
    browser.open(CodeWallet(world).link())
    browser.press("name", session_id=person.id, resume_token=person.token)
    browser.press("send")
    right = world.mailbox.last("authorization")
    wrong = f"{(int(right) + 1) % 10**6:06}"
    assert [browser.press("confirm", code=wrong).status_code for _ in range(5)] == [422] * 5
    assert not browser.has("confirm")
    page = browser.page
    assert not browser.has("agree")
    browser.page = page.replace("/send", "/confirm")
    assert browser.press("confirm", code=right).status_code == 422
    assert not browser.has("agree")


def test_a_code_to_the_phone_lives_ten_minutes(world: World) -> None:
    person, browser = Person(world).approved(), Browser(world)
    browser.open(CodeWallet(world).link())
    browser.press("name", session_id=person.id, resume_token=person.token)
    browser.press("send")
    world.clock.forward(minutes=10)
    assert browser.press("confirm", code=world.mailbox.last("authorization")).status_code == 422
    assert not browser.has("agree")


def test_a_page_lives_an_hour(world: World) -> None:
    person, browser = Person(world).approved(), Browser(world)
    browser.open(CodeWallet(world).link())
    page = browser.path
    browser.press("name", session_id=person.id, resume_token=person.token)
    world.clock.forward(minutes=60)
    assert browser.open(page).status_code == 400


def test_codes_are_sent_as_seldom_as_any_to_that_phone(world: World) -> None:
    person, browser = Person(world).approved(), Browser(world)
    world.clock.forward(hours=2)
    browser.open(CodeWallet(world).link())
    browser.press("name", session_id=person.id, resume_token=person.token)
    answers = [browser.press("send").status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]
    assert [one["to"] for one in world.mailbox.sent if one["purpose"] == "authorization"] == [PHONE] * 5


def test_nobody_agrees_for_a_person_without_the_phone(world: World) -> None:
    person, browser = Person(world).approved(), Browser(world)
    browser.open(CodeWallet(world).link())
    browser.press("name", session_id=person.id, resume_token=person.token)
    browser.page = browser.page.replace("/send", "/agree")
    assert browser.press("agree").status_code == 409
    assert "location" not in browser.answer.headers


def test_a_code_of_one_authorization_is_none_of_another(world: World) -> None:
    person = Person(world).approved()
    one, other = Browser(world), Browser(world)
    for browser in (one, other):
        browser.open(CodeWallet(world).link())
        browser.press("name", session_id=person.id, resume_token=person.token)
        browser.press("send")
    codes = [sent["code"] for sent in world.mailbox.sent if sent["purpose"] == "authorization"]
    assert other.press("confirm", code=codes[0]).status_code == 422


def test_naming_another_onboarding_asks_for_its_code(world: World) -> None:
    person, other = Person(world).approved(), Person(world).approved()
    browser = Browser(world)
    browser.open(CodeWallet(world).link())
    browser.press("name", session_id=person.id, resume_token=person.token)
    browser.press("send")
    browser.press("confirm", code=world.mailbox.last("authorization"))
    assert browser.has("agree")
    browser.page = browser.page.replace("/agree", "/forget")
    browser.press("forget")
    browser.press("name", session_id=other.id, resume_token=other.token)
    assert not browser.has("agree")


def test_a_new_request_of_an_offer_takes_the_page_of_the_old_away(world: World) -> None:
    person = Person(world).approved()
    offer = person.offer(grant="authorization_code", configurations=[AGE])
    grant = json.loads(httpx.URL(offer["credential_offer"]).params["credential_offer"])["grants"]
    state = grant["authorization_code"]["issuer_state"]
    browser, thief = Browser(world), CodeWallet(world, attested=True)
    browser.open(CodeWallet(world).link(issuer_state=state))
    browser.press("send")
    browser.press("confirm", code=world.mailbox.last("authorization"))
    assert browser.has("agree")
    thief.link(issuer_state=state)  # who saw the offer asks for their own wallet
    assert browser.press("agree").status_code == 400
    assert "location" not in browser.answer.headers


# Codes and tokens


def test_a_replayed_code_ends_the_token(world: World) -> None:
    person, wallet, browser = Person(world).approved(), CodeWallet(world), Browser(world)
    browser.open(wallet.link())
    code = browser.through(person).code
    wallet.redeem_code(code)
    assert error(wallet.redeem_code(code)) == (400, "invalid_grant")
    dead = wallet.credential(AGE)
    assert (dead.status_code, dead.headers["www-authenticate"].split(",")[0]) == (
        401,
        'DPoP error="invalid_token"',
    )
    assert error(wallet.refresh()) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "changes", [{"code_verifier": "x" * 43}, {"redirect_uri": "https://evil.example/cb"}]
)
def test_a_code_that_went_astray_is_burnt(world: World, changes: dict[str, str]) -> None:
    person, wallet, browser = Person(world).approved(), CodeWallet(world), Browser(world)
    browser.open(wallet.link())
    code = browser.through(person).code
    assert error(wallet.redeem_code(code, **changes)) == (400, "invalid_grant")
    assert error(wallet.redeem_code(code)) == (400, "invalid_grant")


def test_a_missing_verifier_is_an_invalid_request(world: World) -> None:
    wallet = CodeWallet(world, bound=False)
    form = b"grant_type=authorization_code&code=x&redirect_uri=https%3A%2F%2Fwallet.example"
    form += b"&client_id=listed-wallet"
    assert error(wallet.send_form("/oid4vci/token", form)) == (400, "invalid_request")


def test_refresh_tokens_rotate_and_the_reuse_of_one_ends_them_all(world: World) -> None:
    wallet = granted(world, Person(world).approved(), CodeWallet(world, attested=True))
    first = wallet.refresh_token
    world.clock.forward(days=2)
    assert wallet.refresh().status_code == 200
    assert wallet.credential(AGE).status_code == 200
    thief = CodeWallet(world, attested=True)
    thief.nonce_of = wallet.nonce_of
    assert error(thief.refresh(wallet.refresh_token)) == (400, "invalid_grant")  # another key
    assert wallet.refresh().status_code == 200  # and nothing has happened
    assert error(wallet.refresh(first)) == (400, "invalid_grant")
    assert error(wallet.refresh()) == (400, "invalid_grant")


def test_who_is_blocked_does_not_renew(world: World) -> None:
    person, browser = Person(world).approved(), Browser(world)
    wallet = CodeWallet(world)
    browser.open(wallet.link())
    browser.press("name", session_id=person.id, resume_token=person.token)
    browser.press("send")
    browser.press("confirm", code=world.mailbox.last("authorization"))
    block_id, code = re.findall(r"<code>([^<]+)</code>", browser.page)
    wallet.redeem_code(browser.agree().code)
    assert wallet.credential(AGE).status_code == 200
    assert world.call("POST", "/block", json={"block_id": block_id, "code": code}).status_code == 204
    assert error(wallet.refresh()) == (400, "invalid_grant")


def proved(world: World, person: Person, wallet: CodeWallet, **changes: Any) -> Browser:
    """A page at which the code of the phone was given, and nobody has agreed yet."""
    browser = Browser(world)
    browser.open(wallet.link(**changes))
    browser.press("name", session_id=person.id, resume_token=person.token)
    browser.press("send")
    browser.press("confirm", code=world.mailbox.last("authorization"))
    assert browser.has("agree")
    return browser


@pytest.mark.parametrize("how", ["blocked", "revoked", "suspended", "recovered", "erased"])
def test_a_page_that_a_thief_has_open_ends_with_what_is_blocked(world: World, how: str) -> None:
    person, use = Person(world).approved(), world.application.services
    block_id, code = re.findall(r"<code>([^<]+)</code>", proved(world, person, CodeWallet(world)).page)
    thief = proved(world, person, CodeWallet(world))
    if how == "blocked":
        assert world.call("POST", "/block", json={"block_id": block_id, "code": code}).status_code == 204
    elif how == "recovered":
        again = Person(world).approved()
        assert again.call("POST", "/revoke-earlier").status_code == 200
    elif how == "erased":
        use.privacy.erase(person.person_id(), by="test")
    else:
        kind = ActKind.REVOKE if how == "revoked" else ActKind.SUSPEND
        use.revocation.act_on_person(person.person_id(), kind, Reason.LOST, by="test")
    assert thief.press("agree").status_code == 400
    assert rows(world, "visit") == 0


@pytest.mark.parametrize(
    ("kind", "reason", "barred"),
    [
        (ActKind.SUSPEND, Reason.REQUESTED, True),
        (ActKind.REVOKE, Reason.LOST, True),
        (ActKind.REVOKE, Reason.COMPROMISED, True),
        (ActKind.REVOKE, Reason.DECEASED, True),
        (ActKind.REVOKE, Reason.ERRONEOUS, False),
        (ActKind.REVOKE, Reason.SUPERSEDED, False),
    ],
)
def test_who_is_stopped_does_not_just_fetch_new_ones(
    world: World, kind: ActKind, reason: Reason, *, barred: bool
) -> None:
    person, use = Person(world).approved(), world.application.services
    world.clock.forward(minutes=1)
    use.revocation.act_on_person(person.person_id(), kind, reason, by="test")
    world.clock.forward(minutes=1)
    offer = person.call("POST", "/offers", json={})
    assert offer.json().get("code") == ("issuing.barred" if barred else None)
    page = proved(world, person, CodeWallet(world))
    assert page.press("agree").status_code == (409 if barred else 303)
    assert ("new identification" in page.page) == barred
    again = Person(world).approved()
    assert again.person_id() == person.person_id()
    assert again.call("POST", "/offers", json={}).status_code == 201
    if kind is ActKind.SUSPEND:
        use.revocation.act_on_person(person.person_id(), ActKind.LIFT, reason, by="test")
        assert person.call("POST", "/offers", json={}).status_code == 201


def test_who_blocked_everything_has_to_show_anew_who_asks(world: World) -> None:
    person = Person(world).approved()
    block_id, code = re.findall(r"<code>([^<]+)</code>", proved(world, person, CodeWallet(world)).page)
    assert world.call("POST", "/block", json={"block_id": block_id, "code": code}).status_code == 204
    assert person.call("POST", "/offers", json={}).json()["code"] == "issuing.barred"
    world.clock.forward(minutes=1)
    assert Person(world).approved().call("POST", "/offers", json={}).status_code == 201


@pytest.mark.parametrize("how", ["one copy", "many at once"])
def test_what_is_revoked_is_not_renewed(world: World, how: str) -> None:
    person = Person(world).approved()
    wallet = granted(world, person, CodeWallet(world))
    assert wallet.credential(AGE).status_code == 200
    use = world.application.services
    with world.ground.env.store.reading() as tx:
        (copy,) = tx.issuance.copies_of_person(person.person_id())
    if how == "one copy":
        use.revocation.act_on_copy(copy.id, ActKind.REVOKE, Reason.COMPROMISED, by="test")
    else:
        wanted = Wanted(credential=copy.id)
        use.emergency.revoke(wanted, Reason.COMPROMISED, expect=1, by="test")
    assert error(wallet.refresh()) == (400, "invalid_grant")


def test_an_offer_that_waits_at_its_address_is_in_no_export(world: World) -> None:
    person = Person(world).approved()
    person.offer(by_reference=True)
    held = person.call("GET", "/export").json()["held"]
    assert held
    assert not [name for name in held if name.startswith("offer:")]


def test_the_export_tells_which_wallets_may_fetch_and_none_of_their_secrets(world: World) -> None:
    person = Person(world).approved()
    wallet = granted(world, person, CodeWallet(world, attested=True))
    assert wallet.credential(AGE).status_code == 200
    told = person.call("GET", "/export")
    (one,) = told.json()["wallets"]
    assert (one["wallet"], one["provider"], one["answered_at"]) == (attesting.CLIENT, "Provider AB", OWN)
    assert (one["state"], one["configurations"], one["waiting"]) == ("authorised", [AGE], [])
    assert [(row["configuration"], row["copies"]) for row in one["fetched"]] == [(AGE, 1)]
    assert one["renewable_until"] > one["fetched"][0]["at"]
    with world.ground.env.store.reading() as tx:
        (row,) = tx.issuance.grants_of(person.person_id())
    kept = Issuance.from_bytes(row.body.encode())
    assert kept.requested is not None
    assert kept.refreshing is not None
    secrets = (kept.token_digest, kept.code_digest, kept.requested.request_digest, kept.refreshing.digest)
    assert not [one for one in secrets if one in told.text]
    person.call("DELETE")
    assert [rows(world, table) for table in ("grant_state", "grant_key", "visit")] == [0, 0, 0]


def test_another_offer_leaves_a_wallet_that_renews_alone(world: World) -> None:
    person = Person(world).approved()
    wallet = granted(world, person, CodeWallet(world))
    person.offer()
    assert wallet.refresh().status_code == 200


def test_renewing_without_end_is_slowed(world: World) -> None:
    wallet = granted(world, Person(world).approved(), CodeWallet(world))
    assert [wallet.refresh().status_code for _ in range(31)] == [200] * 30 + [429]


# DPoP


def test_a_bound_token_is_nothing_without_its_key(world: World) -> None:
    wallet = granted(world, Person(world).approved(), CodeWallet(world))
    body = {"credential_configuration_id": AGE, "proofs": {"jwt": [wallet.proof(AGE)]}}
    bearer = world.call(
        "POST",
        "/oid4vci/credential",
        headers={"authorization": f"Bearer {wallet.access_token}"},
        json=body,
    )
    assert (bearer.status_code, bearer.headers["www-authenticate"]) == (401, 'Bearer error="invalid_token"')
    thief = CodeWallet(world)
    thief.access_token, thief.nonce_of = wallet.access_token, wallet.nonce_of
    stolen = thief.bound_call("/oid4vci/credential", json=body)
    assert (stolen.status_code, stolen.json()["error"]) == (401, "invalid_token")
    unproved = world.call(
        "POST", "/oid4vci/credential", headers={"authorization": f"DPoP {wallet.access_token}"}, json=body
    )
    assert (unproved.status_code, unproved.json()["error"]) == (401, "invalid_dpop_proof")
    assert wallet.credential(AGE).status_code == 200


def test_a_bearer_token_is_not_taken_with_a_key(world: World) -> None:
    wallet = granted(world, Person(world).approved(), CodeWallet(world, bound=False))
    assert not wallet.refresh_token
    wallet.bound = True
    assert wallet.credential(AGE).status_code == 401
    wallet.bound = False
    assert wallet.credential(AGE).status_code == 200


def test_a_proof_without_our_nonce_is_sent_back_for_one(world: World) -> None:
    wallet = CodeWallet(world)
    form = wallet.request().to_form()
    first = world.call("POST", "/oid4vci/par", content=form, headers=wallet.proofs("/oid4vci/par"))
    assert error(first) == (400, "use_dpop_nonce")
    assert first.headers[dpop.NONCE_HEADER]
    wallet = granted(world, Person(world).approved(), wallet)
    wallet.nonce_of = {}
    headers = {"authorization": f"DPoP {wallet.access_token}"}
    headers[dpop.HEADER] = wallet.dpop("/oid4vci/credential", token=wallet.access_token)
    answer = world.call("POST", "/oid4vci/credential", headers=headers, json={})
    assert (answer.status_code, answer.json()["error"]) == (401, "use_dpop_nonce")
    assert answer.headers["www-authenticate"] == 'DPoP error="use_dpop_nonce", algs="ES256 EdDSA"'
    assert world.call("POST", "/oid4vci/nonce").headers[dpop.NONCE_HEADER]


def test_a_stale_nonce_is_none(world: World) -> None:
    wallet = CodeWallet(world)
    assert wallet.push().status_code == 201
    world.clock.forward(minutes=5)
    answer = world.call(
        "POST", "/oid4vci/par", content=wallet.request().to_form(), headers=wallet.proofs("/oid4vci/par")
    )
    assert error(answer) == (400, "use_dpop_nonce")


def test_a_proof_is_taken_once(world: World) -> None:
    wallet = CodeWallet(world)
    wallet.push()
    headers = wallet.proofs("/oid4vci/par")
    form = wallet.request().to_form()
    answers = [world.call("POST", "/oid4vci/par", content=form, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 400]
    assert answers[1].json()["error"] == "invalid_dpop_proof"
    wallet = granted(world, Person(world).approved(), wallet)
    headers = {
        "authorization": f"DPoP {wallet.access_token}",
        dpop.HEADER: wallet.dpop("/oid4vci/credential", token=wallet.access_token),
    }
    wrong: dict[str, Any] = {"credential_configuration_id": AGE}
    replies = [
        world.call("POST", "/oid4vci/credential", headers=headers, json=wrong).json()["error"]
        for _ in range(2)
    ]
    assert replies == ["invalid_proof", "invalid_dpop_proof"]


@pytest.mark.parametrize("token", ["", "another token"])
def test_a_proof_is_for_the_token_that_it_comes_with(world: World, token: str) -> None:
    wallet = granted(world, Person(world).approved(), CodeWallet(world))
    headers = {
        "authorization": f"DPoP {wallet.access_token}",
        dpop.HEADER: wallet.dpop("/oid4vci/credential", token=token),
    }
    answer = world.call("POST", "/oid4vci/credential", headers=headers, json={})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_dpop_proof")


def test_two_proofs_are_none(world: World) -> None:
    wallet = CodeWallet(world)
    wallet.push()
    twice = [(dpop.HEADER, wallet.dpop("/oid4vci/par")), (dpop.HEADER, wallet.dpop("/oid4vci/par"))]
    answer = world.call("POST", "/oid4vci/par", content=wallet.request().to_form(), headers=twice)
    assert error(answer) == (400, "invalid_dpop_proof")


def test_a_code_bound_at_the_request_is_redeemed_with_that_key(world: World) -> None:
    person, wallet, browser = Person(world).approved(), CodeWallet(world), Browser(world)
    browser.open(wallet.link())
    code = browser.through(person).code
    wallet.key = wallet.keys.generate("P-256", "another")
    assert error(wallet.redeem_code(code)) == (400, "invalid_grant")


def test_where_tokens_must_be_bound_none_is_given_without_a_key(tmp_path: Path) -> None:
    with issuing(tmp_path, "bound = true") as world:
        wallet = Wallet(world, Person(world).approved().offer()["credential_offer"])
        assert error(wallet.redeem()) == (400, "invalid_dpop_proof")
        right = wallet.redeem("000000")
        assert right.json()["error"] == "invalid_dpop_proof"  # and no try is counted


# Wallet attestation


def test_an_attestation_without_our_challenge_is_sent_back_for_one(world: World) -> None:
    wallet = CodeWallet(world, attested=True, bound=False)
    form = wallet.request().to_form()
    first = world.call("POST", "/oid4vci/par", content=form, headers=wallet.proofs("/oid4vci/par"))
    assert error(first) == (400, "use_attestation_challenge")
    assert first.headers[client_attestation.CHALLENGE_HEADER]
    wallet.nonce_of["challenge"] = world.call("POST", "/oid4vci/challenge").json()["attestation_challenge"]
    headers = wallet.proofs("/oid4vci/par")
    answers = [world.call("POST", "/oid4vci/par", content=form, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 401]
    assert answers[1].json()["error"] == "invalid_client"
    assert "www-authenticate" not in answers[1].headers


def test_a_nonce_for_one_thing_is_none_for_another(world: World) -> None:
    wallet = CodeWallet(world, attested=True, bound=False)
    wallet.nonce_of["challenge"] = world.call("POST", "/oid4vci/nonce").headers[dpop.NONCE_HEADER]
    answer = world.call(
        "POST", "/oid4vci/par", content=wallet.request().to_form(), headers=wallet.proofs("/oid4vci/par")
    )
    assert error(answer) == (400, "use_attestation_challenge")


def test_the_dpop_proof_may_be_the_proof_of_the_attested_key(world: World) -> None:
    wallet = CodeWallet(world, attested=True)
    wallet.keys, wallet.key = attesting.KEYS, attesting.INSTANCE
    wallet.push()
    headers = wallet.proofs("/oid4vci/par")
    del headers[client_attestation.POP_HEADER]
    form = wallet.request().to_form()
    assert world.call("POST", "/oid4vci/par", content=form, headers=headers).status_code == 201
    wallet.key = attesting.THIEF
    headers[dpop.HEADER] = wallet.dpop("/oid4vci/par")
    assert error(world.call("POST", "/oid4vci/par", content=form, headers=headers)) == (401, "invalid_client")


def test_where_wallets_must_be_attested_no_other_is_served(tmp_path: Path) -> None:
    with issuing(tmp_path, "attested_only = true\nanonymous = false") as world:
        assert error(CodeWallet(world).push()) == (401, "invalid_client")
        wallet = Wallet(world, Person(world).approved().offer()["credential_offer"])
        assert error(wallet.redeem()) == (401, "invalid_client")
        attested = CodeWallet(world, attested=True)
        assert attested.push().status_code == 201
        metadata = world.call("GET", "/.well-known/oauth-authorization-server").json()
        assert "none" not in metadata["token_endpoint_auth_methods_supported"]
        assert metadata["pre-authorized_grant_anonymous_access_supported"] is False


def test_anonymous_access_is_a_setting(tmp_path: Path) -> None:
    with issuing(tmp_path, "anonymous = false") as world:
        wallet = Wallet(world, Person(world).approved().offer()["credential_offer"])
        assert error(wallet.redeem()) == (401, "invalid_client")


# Offers by reference


def test_an_offer_by_its_address(world: World) -> None:
    person = Person(world).approved()
    offer = person.offer(by_reference=True, qr_code=True)
    assert offer["qr_code"].startswith("<svg")
    address = httpx.URL(offer["credential_offer"]).params["credential_offer_uri"]
    assert address.startswith(f"{IDENTIFIER}/oid4vci/offers/")
    answer = world.call("GET", address.removeprefix(IDENTIFIER))
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    wallet = CodeWallet(world, bound=False)
    wallet.code = answer.json()["grants"]["urn:ietf:params:oauth:grant-type:pre-authorized_code"][
        "pre-authorized_code"
    ]
    assert Wallet.redeem(wallet).status_code == 200
    assert world.call("GET", address.removeprefix(IDENTIFIER)).status_code == 404  # redeemed
    raw = (world.path / "data").rglob("*")
    code = wallet.code.encode()
    assert not any(code in file.read_bytes() for file in raw if file.is_file())


def test_an_address_lives_shortly_is_fetched_by_few_and_is_not_guessed(world: World) -> None:
    person = Person(world).approved()

    def path() -> str:
        url = httpx.URL(person.offer(by_reference=True)["credential_offer"])
        return url.params["credential_offer_uri"].removeprefix(IDENTIFIER)

    first = path()
    assert [world.call("GET", first).status_code for _ in range(6)] == [200] * 5 + [404]
    second = path()
    world.clock.forward(minutes=16)
    assert world.call("GET", second).status_code == 404
    assert world.call("GET", "/oid4vci/offers/guessed").status_code == 404
    third, fourth = path(), path()
    assert world.call("GET", third).status_code == 404  # burnt by the next
    assert world.call("GET", fourth).status_code == 200


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
