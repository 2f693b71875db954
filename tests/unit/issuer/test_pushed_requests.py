"""What a wallet pushes: what is refused, and how much may wait."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from clicid.oid4vci.authorization import AuthorizationDetail
from tests.support.authorization import OWN, REDIRECT, Browser, CodeWallet, error, issuing, rows
from tests.support.issuer_clients import Person

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.issuer_world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with issuing(tmp_path) as found:
        yield found


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
