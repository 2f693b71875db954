"""Hosted pages over HTTP: each way to show, whose browser goes on, and what a person is told."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clicid.codec.web import encode_form
from clicid.oid4vp.response import MAX_RESPONSE_BYTES
from clicid.oid4vp.session import Phase, Session
from clicid.reasons import REASONS
from tests.support.browsing import Browser, Wallet, request_of, scanned
from tests.support.every_format import QUERIES
from verifier.pages import texts
from verifier.pages.rendering import Brand
from verifier.usecases.paging import CROSS_DEVICE_LIFE, Page

if TYPE_CHECKING:
    from tests.unit.verifier.conftest import Desk
    from verifier.store import VerifierStore

RETURN_TO = "https://shop.example/back?cart=7"
QUERY = {"credentials": [QUERIES["mso_mdoc"], QUERIES["dc+sd-jwt"]]}


def made(desk: Desk, **changes: Any) -> tuple[str, str]:
    """A page's id and path."""
    body = {
        "dcql_query": QUERY,
        "purpose": "age-and-name",
        "page": True,
        "return_to": RETURN_TO,
        "response_mode": "direct_post.jwt",
        **changes,
    }
    found = desk.http.post("/requests", json=body, headers=desk.bearer("shop"))
    assert found.status_code == 201, found.text
    told = found.json()
    assert told["page_url"] == f"https://verifier.example/page/{told['id']}"
    assert "request_url" not in told
    return told["id"], f"/page/{told['id']}"


def code_of(response: Any) -> str:
    assert response.status_code == 303, response.text
    where = response.headers["location"]
    assert where.startswith(f"{RETURN_TO}&response_code="), where
    return str(where.rpartition("=")[2])


def test_on_the_same_device(every: Desk) -> None:
    page_id, path = made(every)
    browser, wallet = Browser(every), Wallet(every)
    first = browser.get(path)
    assert first.status_code == 200
    assert "Age and name" in first.text
    request = wallet.fetch(browser.link(path))
    receipt = wallet.post(request)
    assert receipt.status_code == 200, receipt.text
    # The wallet opens the address in the browser, which goes on to the shop with a code of its own.
    back = receipt.json()["redirect_uri"]
    assert back.startswith(f"https://verifier.example{path}/back?response_code=")
    assert every.result(page_id).status_code == 403
    returned = browser.get(back)
    assert (returned.status_code, returned.headers["location"]) == (303, f"{path}/onward")
    code = code_of(browser.get(f"{path}/onward"))
    found = every.result(page_id, code=code)
    assert found.status_code == 200, found.text
    assert found.json()["report"]["verdict"] == "accepted"
    assert set(found.json()["claims"]) == {"mdl", "sd"}
    assert every.result(page_id, code=code).status_code == 403


def test_on_the_same_device_no_page_goes_on_before_the_wallet_has_sent_the_browser_back(every: Desk) -> None:
    """Its script would be faster than the wallet, and come to the shop with a code that opens nothing."""
    page_id, path = made(every)
    browser, wallet = Browser(every), Wallet(every)
    browser.get(path)
    back = wallet.post(wallet.fetch(browser.link(path))).json()["redirect_uri"]
    assert browser.get(f"{path}/status").json() == {"fetched": False, "ended": True, "onward": False}
    assert "onward" not in browser.get(path).text
    browser.get(back)
    assert browser.get(f"{path}/status").json()["onward"] is True
    assert f"{path}/onward" in browser.get(path).text
    assert every.result(page_id, code=code_of(browser.get(f"{path}/onward"))).status_code == 200


def test_on_another_device(every: Desk) -> None:
    page_id, path = made(every)
    browser, wallet = Browser(every), Wallet(every)
    browser.get(path)
    request = wallet.fetch(browser.link(path, "cross"))
    receipt = wallet.post(request)
    # Nothing leads the other device anywhere: what comes after belongs to this browser.
    assert (receipt.status_code, receipt.json()) == (200, {})
    status = browser.get(f"{path}/status").json()
    assert status == {"fetched": False, "ended": True, "onward": True}
    for code in ("", "guessed"):
        assert every.result(page_id, code=code).json()["code"] == "oid4vp.owner"
    found = every.result(page_id, code=code_of(browser.get(f"{path}/onward")))
    assert found.json()["report"]["verdict"] == "accepted"


@pytest.mark.parametrize("identity", ["did", "nobody"])
@pytest.mark.parametrize("mode", ["direct_post.jwt", "direct_post"])
def test_by_the_browser(every: Desk, identity: str, mode: str) -> None:
    page_id, path = made(every, identity=identity, response_mode=mode)
    browser, wallet = Browser(every), Wallet(every)
    assert 'id="browser"' in browser.get(path).text
    asked = browser.post(f"{path}/browser", json={}).json()
    signed = identity == "did"
    assert asked["protocol"] == ("openid4vp-v1-signed" if signed else "openid4vp-v1-unsigned")
    origin = "https://verifier.example"
    if signed:
        request = request_of(asked["data"]["request"], origin)
        assert request.expected_origins == (origin,)
    else:
        assert "client_id" not in asked["data"]
        request = type(every.session(_session(every, page_id)).request).parse(asked["data"], origin=origin)
    assert request.response_mode.value == ("dc_api.jwt" if mode.endswith("jwt") else "dc_api")
    body = {"protocol": asked["protocol"], "data": wallet.data(request)}
    assert browser.post(f"{path}/browser/answer", json=body).status_code == 200
    found = every.result(page_id, code=code_of(browser.get(f"{path}/onward")))
    assert found.json()["report"]["verdict"] == "accepted", found.json()


def _session(desk: Desk, page_id: str) -> str:
    stored = desk.store.page(page_id)
    assert stored is not None
    return Page.from_bytes(stored.state).session_id


class TestWhoseBrowser:
    """Links are passed on; what follows from them is not."""

    def test_another_browser_sees_nothing_of_it(self, every: Desk) -> None:
        _, path = made(every)
        Browser(every).get(path)
        other = Browser(every)
        for found in (
            other.get(path),
            other.get(f"{path}/status"),
            other.post(f"{path}/start", data={"channel": "same"}),
            other.post(f"{path}/browser", json={}),
            other.post(f"{path}/browser/answer", json={"protocol": "openid4vp-v1-signed", "data": {}}),
            other.get(f"{path}/back?response_code=x"),
            other.get(f"{path}/onward"),
        ):
            assert found.status_code == 403
            assert "openid4vp" not in found.text
            assert "set-cookie" not in found.headers

    def test_a_victims_wallet_sends_the_victims_browser_nowhere(self, every: Desk) -> None:
        """The attacker opens the page and sends the link on; the victim shows something in good faith."""
        page_id, path = made(every)
        attacker, victim, wallet = Browser(every), Browser(every), Wallet(every)
        attacker.get(path)
        receipt = wallet.post(wallet.fetch(attacker.link(path)))
        back = receipt.json()["redirect_uri"]
        assert victim.get(back).status_code == 403
        # The attacker's browser can go on, and the result is not handed out: its code never came.
        code = code_of(attacker.get(f"{path}/onward"))
        assert every.result(page_id, code=code).status_code == 403

    def test_a_guessed_code_is_no_code(self, every: Desk) -> None:
        page_id, path = made(every)
        browser, wallet = Browser(every), Wallet(every)
        browser.get(path)
        wallet.post(wallet.fetch(browser.link(path)))
        browser.get(f"{path}/back?response_code=guessed")
        code = code_of(browser.get(f"{path}/onward"))
        assert every.result(page_id, code=code).json()["code"] == "oid4vp.owner"
        assert every.result(page_id, code="guessed").status_code == 403
        assert every.result(page_id).status_code == 403

    def test_a_wrong_code_spoils_no_right_one(self, every: Desk) -> None:
        page_id, path = made(every)
        browser, wallet = Browser(every), Wallet(every)
        browser.get(path)
        back = wallet.post(wallet.fetch(browser.link(path))).json()["redirect_uri"]
        for address in (f"{path}/back?response_code=x", back, f"{path}/back?response_code=x", f"{path}/back"):
            assert browser.get(address).status_code == 303
        code = code_of(browser.get(f"{path}/onward"))
        assert every.result(page_id, code=code).status_code == 200

    def test_each_page_of_a_browser_stays_its_own(self, every: Desk) -> None:
        (_, one), (_, other) = made(every), made(every)
        browser = Browser(every)
        for path in (one, other, one, other):
            assert browser.get(path).status_code == 200

    def test_a_cookie_of_the_form_of_no_secret_is_not_kept(self, every: Desk) -> None:
        _, path = made(every)
        browser = Browser(every)
        browser.cookies.set("__Host-clicid", "x", domain="verifier.example", path="/")
        set_cookie = browser.get(path).headers["set-cookie"]
        assert re.fullmatch(r"__Host-clicid=[\w-]{43}; HttpOnly; Path=/; SameSite=lax; Secure", set_cookie), (
            set_cookie
        )

    def test_another_client_is_not_given_the_result(self, every: Desk) -> None:
        page_id, path = made(every)
        browser, wallet = Browser(every), Wallet(every)
        browser.get(path)
        assert every.result(page_id, "bank").status_code == 403
        wallet.post(wallet.fetch(browser.link(path, "cross")))
        code = code_of(browser.get(f"{path}/onward"))
        assert every.result(page_id, "bank", code).status_code == 403
        assert every.result(page_id, "shop", code).status_code == 200


class TestOneWallet:
    """A page has one request at a time, and takes one answer."""

    def test_another_choice_ends_the_request_before(self, every: Desk) -> None:
        _, path = made(every)
        browser, wallet = Browser(every), Wallet(every)
        browser.get(path)
        first = wallet.fetch(browser.link(path))
        form = wallet.form(first)
        second = wallet.fetch(browser.link(path, "cross"))
        assert wallet.post(first, form).status_code == 404
        assert wallet.post(second).status_code == 200

    def test_after_an_answer_there_is_nothing_to_choose(self, every: Desk) -> None:
        page_id, path = made(every)
        browser, wallet = Browser(every), Wallet(every)
        browser.get(path)
        request = wallet.fetch(browser.link(path, "cross"))
        form = wallet.form(request)
        assert wallet.post(request, form).status_code == 200
        assert wallet.post(request, form).status_code == 400
        assert browser.post(f"{path}/browser", json={}).status_code == 403
        browser.choose(path, "cross")
        assert every.result(page_id, code=code_of(browser.get(f"{path}/onward"))).status_code == 200

    def test_a_code_that_was_scanned_is_taken_down(self, every: Desk) -> None:
        _, path = made(every)
        browser, wallet = Browser(every), Wallet(every)
        browser.get(path)
        shown = browser.choose(path, "cross")
        assert "<svg" in shown.text
        stored = every.store.page(path.rpartition("/")[2])
        assert stored is not None
        wallet.fetch(Page.from_bytes(stored.state).url)
        assert "<svg" not in browser.get(path).text
        assert browser.get(f"{path}/status").json()["fetched"] is True

    def test_a_code_is_soon_of_no_use(self, every: Desk) -> None:
        _, path = made(every)
        browser, wallet = Browser(every), Wallet(every)
        browser.get(path)
        link = browser.link(path, "cross")
        every.wait(CROSS_DEVICE_LIFE)
        with pytest.raises(AssertionError, match="invalid_request"):
            wallet.fetch(link)
        assert texts.TEXTS["expired"][0] in browser.get(path).text
        # The page lives on, and the person may begin again.
        assert "<svg" in browser.choose(path, "cross").text

    def test_an_answer_by_form_to_what_a_page_asked_is_refused(self, every: Desk) -> None:
        page_id, path = made(every, response_mode="direct_post")
        browser, wallet = Browser(every), Wallet(every)
        browser.get(path)
        asked = browser.post(f"{path}/browser", json={}).json()
        request = request_of(asked["data"]["request"], "https://verifier.example")
        session_id = _session(every, page_id)
        assert every.post(session_id, wallet.answer(request)).status_code == 400

    def test_what_the_page_did_not_ask_is_not_taken_from_it(self, every: Desk) -> None:
        _, path = made(every, response_mode="direct_post")
        browser, wallet = Browser(every), Wallet(every)
        browser.get(path)
        request = wallet.fetch(browser.link(path))
        body = {"protocol": "openid4vp-v1-signed", "data": wallet.answer(request).to_wire()}
        assert browser.post(f"{path}/browser/answer", json=body).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b'{"protocol":"openid4vp-v1-signed"}',
        b'{"protocol":"openid4vp-v1-unsigned","data":{}}',
        b'{"protocol":"openid4vp-v1-signed","data":{}}',
        b'{"protocol":"openid4vp-v1-signed","data":{"response":"x"}}',
        b'{"protocol":"openid4vp-v1-signed","data":{"vp_token":{}}}',
        b'{"protocol":"openid4vp-v1-signed","data":"text"}',
    ],
)
def test_what_is_no_answer_of_a_browser_is_refused(every: Desk, body: bytes) -> None:
    _, path = made(every)
    browser = Browser(every)
    browser.get(path)
    browser.post(f"{path}/browser", json={})
    kind = {"content-type": "application/json"}
    assert browser.post(f"{path}/browser/answer", content=body, headers=kind).status_code == 400
    # It was not the end: the wallet may still answer.
    assert browser.get(f"{path}/status").json()["ended"] is False


class TestTold:
    """What a person reads when it went wrong."""

    def ended(self, desk: Desk, language: str, **changes: Any) -> str:
        _, path = made(desk, **changes)
        browser, wallet = Browser(desk, language), Wallet(desk)
        browser.get(path)
        request = wallet.fetch(browser.link(path))
        wallet.post(request)
        return browser.get(path).text

    @pytest.mark.parametrize("language", ["sv", "en"])
    def test_a_refusal_in_words_and_what_to_do(self, every: Desk, language: str) -> None:
        every.holder.world.entry(1)
        every.know()
        shown = self.ended(every, language, dcql_query={"credentials": [QUERIES["dc+sd-jwt"]]})
        reason = REASONS["status.revoked"]
        assert (reason.sv if language == "sv" else reason.en) in shown
        assert texts.ADVICE["unblock"][language == "sv"] in shown
        assert f'<html lang="{language}">' in shown

    def test_who_declines(self, every: Desk) -> None:
        _, path = made(every)
        browser, wallet = Browser(every, "sv"), Wallet(every)
        browser.get(path)
        request = wallet.fetch(browser.link(path))
        form = encode_form({"error": "access_denied", "state": request.state})
        assert wallet.post(request, form).status_code == 200
        shown = browser.get(path).text
        assert texts.TEXTS["declined"][1] in shown
        assert texts.TEXTS["again"][1] in shown

    def test_the_wrong_page(self, every: Desk) -> None:
        found = Browser(every).get("/page/unknown")
        assert found.status_code == 404
        assert texts.TEXTS["unknown"][0] in found.text

    @pytest.mark.parametrize("code", REASONS)
    def test_there_is_advice_for_every_code(self, code: str) -> None:
        languages: tuple[texts.Language, ...] = ("sv", "en")
        for language in languages:
            assert texts.advice(code, language)

    def test_both_languages_say_everything(self) -> None:
        for both in (*texts.TEXTS.values(), *texts.ADVICE.values()):
            assert len(both) == 2
            assert both[0] != both[1]
            assert ("{name}" in both[0]) == ("{name}" in both[1])

    @pytest.mark.parametrize(
        ("header", "language"),
        [
            ("", "en"),
            ("sv", "sv"),
            ("sv-SE,sv;q=0.9,en;q=0.8", "sv"),
            ("de,en;q=0.5,sv;q=0.9", "sv"),
            ("de", "en"),
            ("en;q=x,sv;q=0.1", "en"),
            ("," * 10_000, "en"),
        ],
    )
    def test_the_language_is_the_browsers(self, header: str, language: str) -> None:
        assert texts.preferred(header) == language


class TestSafety:
    """What no page lets in."""

    def test_names_are_text_and_no_markup(self, every: Desk) -> None:
        _, path = made(every)
        shown = Browser(every).get(path).text
        assert "Systembolaget &lt;i exemplet&gt; &amp; co" in shown
        assert "<i exemplet>" not in shown

    @pytest.mark.parametrize(
        "return_to", ["javascript:alert(1)", "data:text/html,x", 'https://a"><script>', "ftp://shop.example"]
    )
    def test_an_address_that_is_none_is_not_taken(self, every: Desk, return_to: str) -> None:
        body = {"dcql_query": QUERY, "purpose": "age-and-name", "page": True, "return_to": return_to}
        found = every.http.post("/requests", json=body, headers=every.bearer("shop"))
        assert found.status_code == 400

    def test_nothing_runs_but_the_pages_own_script(self, every: Desk) -> None:
        _, path = made(every)
        browser = Browser(every)
        for found in (browser.get(path), browser.choose(path, "cross"), browser.choose(path, "same")):
            policy = found.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy
            assert found.headers["cache-control"] == "no-store"
            assert found.headers["referrer-policy"] == "no-referrer"
            assert not re.search(r"<style|style=|<script>| on\w+=|https?://(?!verifier)", found.text), (
                found.text
            )

    def test_the_code_on_the_screen_is_the_link(self, every: Desk) -> None:
        """Read back from the picture, as a phone reads it."""
        _, path = made(every)
        browser = Browser(every)
        browser.get(path)
        link = browser.link(path, "cross")
        assert scanned(browser.get(path).text) == link

    def test_a_request_too_long_for_a_code_has_none(self, every: Desk) -> None:
        claims = [{"path": [f"claim_{n:0100}"]} for n in range(60)]
        wanted = {"credentials": [QUERIES["dc+sd-jwt"] | {"claims": claims}]}
        _, path = made(every, identity="nobody", dcql_query=wanted, response_mode="direct_post")
        browser = Browser(every)
        browser.get(path)
        shown = browser.choose(path, "cross").text
        assert "<svg" not in shown
        assert texts.TEXTS["too_long"][0] in shown


class TestBrand:
    """A service provider's name, picture and colour."""

    @pytest.mark.parametrize(
        ("colour", "ink"),
        [("#000000", "#ffffff"), ("#ffffff", "#000000"), ("#0b4f8a", "#ffffff"), ("#ffd200", "#000000")],
    )
    def test_what_stands_on_the_colour_can_be_read(self, colour: str, ink: str) -> None:
        assert Brand("x", None, colour).ink == ink

    def test_assets(self, every: Desk) -> None:
        browser = Browser(every)
        for name, kind in (
            ("page.css", "text/css"),
            ("page.js", "text/javascript"),
            ("brand.css", "text/css"),
        ):
            found = browser.get(f"/page-assets/{name}")
            assert (found.status_code, found.headers["content-type"].partition(";")[0]) == (200, kind)
        for name in ("logo", "../store.py", "page.css.map"):
            assert browser.get(f"/page-assets/{name}").status_code == 404

    def test_a_picture_runs_nothing(self, every: Desk) -> None:
        drawn = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
        parts = every.parts
        every.serve(replace(parts, brand=replace(parts.brand, logo=("image/svg+xml", drawn))))
        _, path = made(every)
        browser = Browser(every)
        assert '<img src="/page-assets/logo" alt="" class="logo">' in browser.get(path).text
        found = browser.get("/page-assets/logo")
        assert (found.content, found.headers["content-type"]) == (drawn, "image/svg+xml")
        assert found.headers["content-security-policy"] == "default-src 'none'; sandbox"


def test_a_page_that_is_deciding_says_so(every: Desk) -> None:
    """Killed between the answer and the verdict, or just slow."""
    page_id, path = made(every)
    browser, wallet = Browser(every), Wallet(every)
    browser.get(path)
    wallet.fetch(browser.link(path))
    stored = every.store.session(_session(every, page_id))
    assert stored is not None
    answered = replace(Session.from_bytes(stored.state), phase=Phase.ANSWERED)
    every.store.replace_state(stored, answered.to_bytes())
    assert texts.TEXTS["deciding"][0] in browser.get(path).text
    assert browser.get(f"{path}/onward").status_code == 404
    assert every.result(page_id).json() == {"phase": "answered"}


def test_what_is_asked_of_no_page_is_told(every: Desk) -> None:
    browser = Browser(every)
    for found in (browser.get("/page/x/back?response_code=y"), browser.get("/page/x/onward")):
        assert found.status_code == 404
        assert texts.TEXTS["unknown"][0] in found.text
    assert browser.get("/page/x/status").status_code == 403
    assert browser.post("/page/x/browser", json={}).status_code == 403
    assert browser.post("/page/x/start", data={"channel": "same"}).status_code == 303


def test_an_answer_of_a_browser_without_end_is_not_read(every: Desk) -> None:
    _, path = made(every)
    browser = Browser(every)
    browser.get(path)
    found = browser.post(f"{path}/browser/answer", content=b"x" * (MAX_RESPONSE_BYTES + 1))
    assert found.status_code == 413


class _Slow:
    """A store in which somebody else is always first with a page."""

    def __init__(self, store: VerifierStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def replace_page(self, *_: Any) -> None:
        return None


def test_of_two_at_once_one_is_first(every: Desk) -> None:
    page_id, path = made(every)
    browser = Browser(every)
    object.__setattr__(every.service, "store", _Slow(every.store))
    assert browser.get(path).status_code == 403  # another browser was first
    object.__setattr__(every.service, "store", every.store)
    browser.get(path)
    object.__setattr__(every.service, "store", _Slow(every.store))
    browser.post(f"{path}/start", data={"channel": "same"})
    browser.post(f"{path}/start", data={"channel": ""})
    object.__setattr__(every.service, "store", every.store)
    assert _session(every, page_id) == ""
    wallet = Wallet(every)
    assert wallet.post(wallet.fetch(browser.link(path, "cross"))).status_code == 200
    object.__setattr__(every.service, "store", _Slow(every.store))
    assert browser.get(f"{path}/onward").status_code == 404


def test_a_page_without_a_way_back_ends_there(every: Desk) -> None:
    page_id, path = made(every, return_to="")
    browser, wallet = Browser(every), Wallet(every)
    browser.get(path)
    wallet.post(wallet.fetch(browser.link(path, "cross")))
    assert texts.TEXTS["done_more"][0] in browser.get(path).text
    assert browser.get(f"{path}/onward").headers["location"] == path
    assert every.result(page_id).status_code == 200


def test_a_page_that_nobody_opened_or_answered_tells_its_phase(every: Desk) -> None:
    page_id, path = made(every)
    assert every.result(page_id).json() == {"phase": "created"}
    browser, wallet = Browser(every), Wallet(every)
    browser.get(path)
    wallet.fetch(browser.link(path))
    assert every.result(page_id).json() == {"phase": "handed_out"}
    before = _session(every, page_id)
    every.wait(timedelta(minutes=11))
    every.tokens["shop"] = every.token("shop").json()["access_token"]
    assert every.result(page_id).json() == {"phase": "expired"}
    assert browser.post(f"{path}/start", data={"channel": "same"}).status_code == 303
    # The page is over: nothing was begun for it.
    assert every.result(page_id).json() == {"phase": "expired"}
    assert _session(every, page_id) == before
    every.wait(timedelta(minutes=11))
    assert browser.get(path).status_code == 404
