"""The hosted pages in a real browser. No browser here has a wallet: one of ours stands behind a stub of
``navigator.credentials``, which is all that is not the browser's own."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clicid.oid4vp.request import AuthorizationRequest
from tests.support.browsing import Wallet, request_of
from tests.support.chromium import Chromium, needs_chromium, served
from tests.support.every_format import QUERIES
from verifier.usecases.paging import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.verifier.conftest import Desk

pytestmark = needs_chromium

# What a browser with a wallet has. The wallet is in the test, which looks at `asked` and fills in `answered`.
STUB = """
window.DigitalCredential = function () {};
window.DigitalCredential.userAgentAllowsProtocol = function () { return true; };
navigator.credentials.get = function (options) {
  window.asked = options;
  return new Promise(function (resolve, reject) {
    setInterval(function () {
      if (window.answered === null) { reject(new Error("no wallet")); }
      else if (window.answered) { resolve(window.answered); }
    }, 20);
  });
};
"""
WITHOUT = "delete window.DigitalCredential;"
PICTURES = os.environ.get("CLICID_SCREENSHOTS", "")


@pytest.fixture
def origin(every: Desk) -> Iterator[str]:
    with served(every.http.app) as found:
        object.__setattr__(every.service, "origin", found)
        yield found


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Chromium]:
    with Chromium(tmp_path / "profile") as found:
        yield found


def made(desk: Desk, **changes: Any) -> Any:
    body = {
        "dcql_query": {"credentials": [QUERIES["mso_mdoc"]]},
        "purpose": "age-and-name",
        "page": True,
        "response_mode": "direct_post.jwt",
        **changes,
    }
    return desk.http.post("/requests", json=body, headers=desk.bearer("shop")).json()


def picture(browser: Chromium, name: str) -> None:
    if PICTURES:
        browser.picture(Path(PICTURES) / f"{name}.png")


def url_of(desk: Desk, page_id: str) -> str:
    stored = desk.store.page(page_id)
    assert stored is not None
    return Page.from_bytes(stored.state).url


def posted(desk: Desk, request: AuthorizationRequest, form: bytes | None = None) -> Any:
    return Wallet(desk).post(request, form)


@pytest.mark.parametrize("identity", ["did", "nobody"])
def test_by_a_wallet_in_the_browser(every: Desk, origin: str, browser: Chromium, identity: str) -> None:
    found = made(every, identity=identity, return_to=f"{origin}/page-assets/page.css")
    browser.before_each_page(STUB)
    browser.open(found["page_url"])
    picture(browser, "choose")
    browser.press("#browser")
    asked = browser.wait("window.asked")
    (one,) = asked["digital"]["requests"]
    if identity == "did":
        request = request_of(one["data"]["request"], origin)
    else:
        request = AuthorizationRequest.parse(one["data"], origin=origin)
    browser.run(
        "window.answered = {protocol: arguments[0], data: arguments[1]}",
        one["protocol"],
        Wallet(every).data(request),
    )
    # The page goes on by itself, with the code that the result needs.
    browser.wait("location.search.indexOf('response_code=') > 0")
    code = browser.run("return location.search").rpartition("=")[2]
    result = every.result(found["id"], code=code)
    assert result.json()["report"]["verdict"] == "accepted"
    assert [line for line in browser.console() if "favicon" not in line] == []


def test_without_a_wallet_in_the_browser_there_is_a_code(every: Desk, origin: str, browser: Chromium) -> None:
    found = made(every)
    browser.before_each_page(WITHOUT)
    browser.open(found["page_url"])
    assert browser.run("return document.querySelector('.browser').offsetParent === null")
    browser.press("button.second")
    browser.wait("document.querySelector('.qr svg') !== null")
    picture(browser, "scan")
    assert "Scan with your wallet" in browser.text
    wallet = Wallet(every)
    request = wallet.fetch(url_of(every, found["id"]))
    browser.wait("document.querySelector('.qr') === null")
    picture(browser, "fetched")
    assert posted(every, request).status_code == 200
    browser.wait("document.querySelector('h1').innerText === 'Done'")
    picture(browser, "done")
    assert origin in browser.run("return location.href")


def test_a_wallet_that_cannot_be_reached_leaves_the_other_ways(
    every: Desk, origin: str, browser: Chromium
) -> None:
    found = made(every)
    browser.before_each_page(STUB)
    browser.open(found["page_url"])
    browser.press("#browser")
    browser.wait("window.asked")
    browser.run("window.answered = null")
    browser.wait("!document.getElementById('failed').hidden")
    picture(browser, "failed")
    browser.press("button.second")
    assert browser.wait("document.querySelector('.qr svg') !== null")
    assert origin


def test_a_refusal_is_told_in_the_persons_language(every: Desk, origin: str, tmp_path: Path) -> None:
    with Chromium(tmp_path / "profile", dark=True, language="sv") as browser:
        every.holder.world.entry(1)
        every.know()
        found = made(every, dcql_query={"credentials": [QUERIES["dc+sd-jwt"]]})
        browser.open(found["page_url"])
        picture(browser, "choose-dark-sv")
        browser.press("button.first:not(#browser)")
        browser.wait("document.getElementById('open') !== null")
        picture(browser, "same-dark-sv")
        assert posted(every, Wallet(every).fetch(url_of(every, found["id"]))).status_code == 400
        browser.wait("document.querySelector('.code') !== null")
        picture(browser, "refused-dark-sv")
        assert "Vad du kan göra" in browser.text
        assert "status.revoked" in browser.text
        assert origin


def test_it_is_read_by_a_screen_reader_and_fits_a_small_phone(
    every: Desk, origin: str, tmp_path: Path
) -> None:
    """What a machine can see of it: a heading, a language, names and size of what is pressed, width."""
    found = made(every)
    with Chromium(tmp_path / "profile", width=320) as browser:
        browser.before_each_page(STUB)
        browser.open(found["page_url"])
        for press in ("", "button.first:not(#browser)", "button.third", "button.second"):
            if press:
                before = browser.text
                browser.press(press)
                browser.wait(f"document.body.innerText !== {json.dumps(before)}")
            assert browser.run("return document.documentElement.lang") == "en"
            assert browser.run("return document.querySelectorAll('h1').length") == 1
            assert browser.run("return document.querySelectorAll('main').length") == 1
            assert browser.run("return document.documentElement.scrollWidth <= window.innerWidth")
            small = "Array.from(document.querySelectorAll('button, .button')).filter(function (one) {"
            small += "return one.offsetParent && (one.offsetHeight < 44 || !one.innerText.trim()) }).length"
            assert browser.run(f"return {small}") == 0
            picture(browser, f"small-{press.replace('.', '-').partition(':')[0] or 'choose'}")
        assert origin
