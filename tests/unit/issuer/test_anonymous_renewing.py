"""A wallet that nobody knows, whose token is bound to a key, renews with the refresh token it was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clicid.oid4vci.token import PreAuthorizedRequest, RefreshRequest
from tests.support.authorization import AGE, CodeWallet, error, issuing
from tests.support.issuer_clients import Person, Wallet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from tests.support.issuer_world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with issuing(tmp_path) as found:
        yield found


def redeemed(world: World, client_id: str) -> CodeWallet:
    offered = Wallet(world, Person(world).approved().offer()["credential_offer"])
    wallet = CodeWallet(world)
    form = PreAuthorizedRequest(offered.code, world.mailbox.last("transaction"), client_id).to_form()
    tokens = wallet.send_form("/oid4vci/token", form).json()
    wallet.access_token, wallet.refresh_token = tokens["access_token"], tokens["refresh_token"]
    return wallet


def refresh(wallet: CodeWallet, token: str, client_id: str) -> httpx.Response:
    return wallet.send_form("/oid4vci/token", RefreshRequest(token, client_id).to_form())


@pytest.mark.parametrize("client_id", ["", "https://wallet.example"])
def test_it_renews_and_nobody_else_does(world: World, client_id: str) -> None:
    wallet = redeemed(world, client_id)
    thief = CodeWallet(world)
    assert error(refresh(thief, wallet.refresh_token, client_id)) == (400, "invalid_grant")
    assert error(refresh(wallet, wallet.refresh_token, "https://another.example")) == (400, "invalid_grant")
    renewed = refresh(wallet, wallet.refresh_token, client_id)
    assert renewed.status_code == 200, renewed.text
    wallet.access_token = renewed.json()["access_token"]
    assert wallet.credential(AGE).status_code == 200
