"""Tokens bound to a key by DPoP: nonces of the server, proofs used once, and bearers that are none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clicid.oid4vci import dpop
from tests.support.authorization import AGE, Browser, CodeWallet, error, granted, issuing
from tests.support.issuer_clients import Person, Wallet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.issuer_world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with issuing(tmp_path) as found:
        yield found


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
