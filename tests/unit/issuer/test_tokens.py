"""Codes and tokens: used once, rotated, ended with what is blocked or revoked; what an export tells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from clicid.oid4vci.issuance import Issuance
from issuer.usecases.emergency import Wanted
from issuer.usecases.revocation import ActKind, Reason
from tests.support import attesting
from tests.support.authorization import AGE, OWN, Browser, CodeWallet, error, granted, issuing, proved, rows
from tests.support.issuer_clients import Person

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.issuer_world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with issuing(tmp_path) as found:
        yield found


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
