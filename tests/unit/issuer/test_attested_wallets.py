"""Wallets that a provider attests: challenges, and issuers that serve no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clicid.oid4vci import client_attestation, dpop
from tests.support import attesting
from tests.support.authorization import CodeWallet, error, issuing
from tests.support.issuer_clients import Person, Wallet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.issuer_world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with issuing(tmp_path) as found:
        yield found


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
