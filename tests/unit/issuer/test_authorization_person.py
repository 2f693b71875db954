"""That whoever agrees at the page is the person: resume token, one-time code, and how long each lives."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.authorization import AGE, Browser, CodeWallet, issuing
from tests.support.issuer_clients import PHONE, Person

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.issuer_world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with issuing(tmp_path) as found:
        yield found


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
