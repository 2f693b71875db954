"""The pages at the authorization endpoint in a real browser, as narrow as an old phone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI, Request

from clicid.oid4vci.authorization import AuthorizationResponse
from tests.support.authorization import CodeWallet, issuing
from tests.support.chromium import Chromium, needs_chromium, served
from tests.support.issuer_clients import Person
from tests.support.issuer_config import IDENTIFIER
from tests.support.issuer_doubles import match

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.issuer_world import World

pytestmark = needs_chromium
PICTURES = os.environ.get("CLICID_SCREENSHOTS", "")
# Every field has a name that is read out, every page a language and one heading; nothing is cut off.
SOUND = """
return [...document.querySelectorAll('input:not([type=hidden])')].every(one => one.labels.length === 1)
  && document.documentElement.lang !== '' && document.querySelectorAll('h1').length === 1
  && document.documentElement.scrollWidth <= window.innerWidth
  && document.querySelectorAll('script, iframe, img, link').length === 0
"""


class Listening:
    """Where a wallet waits for its answer."""

    def __init__(self) -> None:
        self.app = FastAPI()
        self.query = ""

        @self.app.get("/cb")
        def back(request: Request) -> str:
            self.query = request.url.query
            return "back in the wallet"


@pytest.fixture
def listening() -> Iterator[tuple[Listening, str]]:
    wallet = Listening()
    with served(wallet.app) as origin:
        yield wallet, f"{origin}/cb"


@pytest.fixture
def world(
    tmp_path: Path, listening: tuple[Listening, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    monkeypatch.setattr("tests.support.authorization.REDIRECT", listening[1])
    with issuing(tmp_path) as found:
        yield found


@pytest.fixture
def origin(world: World) -> Iterator[str]:
    with served(world.application.public) as found:
        yield found


@pytest.fixture(params=["en", "sv"])
def browser(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Chromium]:
    with Chromium(tmp_path / "profile", width=320, language=request.param) as found:
        yield found


def look(browser: Chromium, name: str) -> None:
    assert browser.run(SOUND), browser.text
    # That a page has a status of its own is no complaint about what it is made of.
    assert [line for line in browser.console() if "Failed to load resource" not in line] == []
    if PICTURES:
        language = browser.run("return document.documentElement.lang")
        height = browser.run("return document.documentElement.scrollHeight")
        size = {"width": 320, "height": height, "deviceScaleFactor": 2, "mobile": True}
        browser.cdp("Emulation.setDeviceMetricsOverride", size)
        browser.picture(Path(PICTURES) / f"authorize-{name}-{language}.png")


def write(browser: Chromium, field: str, text: str) -> None:
    browser.run("document.getElementById(arguments[0]).value = arguments[1]", field, text)


def press(browser: Chromium, act: str) -> None:
    follow(browser, f"form[action*='/{act}'] button")


def follow(browser: Chromium, selector: str) -> None:
    """Press it, and wait for the page that comes."""
    browser.run("window.before = true")
    browser.press(selector)
    browser.wait("!window.before && document.readyState === 'complete'")


def test_a_person_goes_through_and_comes_back_to_the_wallet(
    world: World, origin: str, browser: Chromium, listening: tuple[Listening, str]
) -> None:
    person, wallet = Person(world).approved(), CodeWallet(world)
    wallet.redirect = listening[1]
    browser.open(wallet.link(scope=("ClicIdentity_sdjwt", "ClicAge_sdjwt")).replace(IDENTIFIER, origin))
    look(browser, "1-name")
    write(browser, "session", person.id)
    write(browser, "token", "wrong")
    press(browser, "name")
    look(browser, "2-wrong")
    write(browser, "session", person.id)
    write(browser, "token", person.token)
    press(browser, "name")
    look(browser, "3-send")
    press(browser, "send")
    look(browser, "4-code")
    write(browser, "code", world.mailbox.last("authorization"))
    press(browser, "confirm")
    look(browser, "5-blocking")
    press(browser, "agree")
    browser.wait("document.body.innerText.includes('back in the wallet')")
    answer = AuthorizationResponse.parse(listening[0].query)
    assert answer.iss == IDENTIFIER
    assert browser.run("return document.referrer") == ""
    assert wallet.redeem_code(answer.code).status_code == 200


def test_an_onboarding_begins_waits_and_is_decided_later(
    world: World, origin: str, browser: Chromium, listening: tuple[Listening, str]
) -> None:
    wallet = CodeWallet(world)
    wallet.redirect = listening[1]
    browser.open(wallet.link().replace(IDENTIFIER, origin))
    press(browser, "begin")
    look(browser, "6-begun")
    person = Person(world)
    person.id, person.token = browser.run(
        "return [...document.querySelectorAll('code')].map(c => c.innerText)"
    )
    follow(browser, "form[method=get] button")
    look(browser, "7-unfinished")
    world.engines.match = match(0.58)
    person.to_decision()
    assert person.settled()["state"] == "review"
    follow(browser, "form[method=get] button")
    press(browser, "send")
    write(browser, "code", world.mailbox.last("authorization"))
    press(browser, "confirm")
    look(browser, "8-deferred")
    follow(browser, "footer a")
    look(browser, "9-switched")
    press(browser, "decline")
    browser.wait("document.body.innerText.includes('back in the wallet')")
    assert AuthorizationResponse.parse(listening[0].query).error == "access_denied"


def test_a_wallet_with_a_scheme_of_its_own_is_answered(world: World, origin: str, browser: Chromium) -> None:
    wallet = CodeWallet(world, attested=True)
    browser.open(wallet.link().replace(IDENTIFIER, origin))
    look(browser, "attested")
    browser.press("form[action*='/decline'] button")
    # Nobody here takes the scheme; but the browser has not refused to leave.
    assert not [line for line in browser.console() if "Content Security Policy" in line]


def test_an_error_is_a_page(origin: str, browser: Chromium) -> None:
    browser.open(f"{origin}/oid4vci/authorize?client_id=x&request_uri=y")
    assert browser.run(SOUND)
    if PICTURES:
        browser.picture(Path(PICTURES) / "authorize-error.png")
