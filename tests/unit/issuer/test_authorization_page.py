"""The page in the person's browser: one browser, one language at a time, and no text of others that acts."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from issuer.http import authorize
from issuer.pages import texts
from tests.support.authorization import LISTED, OWN, REDIRECT, Browser, CodeWallet, issuing, proved
from tests.support.issuer_clients import Person
from tests.support.issuer_config import IDENTIFIER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.issuer_world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with issuing(tmp_path) as found:
        yield found


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
