"""Offers at an address: fetched by few, for a short while."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.authorization import CodeWallet, issuing
from tests.support.issuer_clients import Person, Wallet
from tests.support.issuer_config import IDENTIFIER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.issuer_world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with issuing(tmp_path) as found:
        yield found


def test_an_offer_by_its_address(world: World) -> None:
    person = Person(world).approved()
    offer = person.offer(by_reference=True, qr_code=True)
    assert offer["qr_code"].startswith("<svg")
    address = httpx.URL(offer["credential_offer"]).params["credential_offer_uri"]
    assert address.startswith(f"{IDENTIFIER}/oid4vci/offers/")
    answer = world.call("GET", address.removeprefix(IDENTIFIER))
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    wallet = CodeWallet(world, bound=False)
    wallet.code = answer.json()["grants"]["urn:ietf:params:oauth:grant-type:pre-authorized_code"][
        "pre-authorized_code"
    ]
    assert Wallet.redeem(wallet).status_code == 200
    assert world.call("GET", address.removeprefix(IDENTIFIER)).status_code == 404  # redeemed
    raw = (world.path / "data").rglob("*")
    code = wallet.code.encode()
    assert not any(code in file.read_bytes() for file in raw if file.is_file())


def test_an_address_lives_shortly_is_fetched_by_few_and_is_not_guessed(world: World) -> None:
    person = Person(world).approved()

    def path() -> str:
        url = httpx.URL(person.offer(by_reference=True)["credential_offer"])
        return url.params["credential_offer_uri"].removeprefix(IDENTIFIER)

    first = path()
    assert [world.call("GET", first).status_code for _ in range(6)] == [200] * 5 + [404]
    second = path()
    world.clock.forward(minutes=16)
    assert world.call("GET", second).status_code == 404
    assert world.call("GET", "/oid4vci/offers/guessed").status_code == 404
    third, fourth = path(), path()
    assert world.call("GET", third).status_code == 404  # burnt by the next
    assert world.call("GET", fourth).status_code == 200
