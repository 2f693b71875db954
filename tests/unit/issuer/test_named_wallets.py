"""A wallet that nobody knows redeems a pre-authorized code (OpenID4VCI 6.1), and may say who it is (F.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.issuer_clients import Person, Wallet
from tests.unit.issuer.test_credential_endpoint import ask, error, proved

if TYPE_CHECKING:
    from tests.support.issuer_world import World

CLIENT = "https://wallet.example"


def redeemed(world: World, client_id: str) -> Wallet:
    wallet = Wallet(world, Person(world).approved().offer()["credential_offer"])
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:pre-authorized_code",
        "pre-authorized_code": wallet.code,
        "tx_code": world.mailbox.last("transaction"),
        "client_id": client_id,
    }
    answer = world.call("POST", "/oid4vci/token", data=form)
    assert answer.status_code == 200, answer.text
    wallet.access_token = answer.json()["access_token"]
    return wallet


@pytest.mark.parametrize(
    ("client_id", "iss", "taken"),
    [
        (CLIENT, CLIENT, True),
        (CLIENT, None, True),
        (CLIENT, "https://another.example", False),
        ("", None, True),
        ("", CLIENT, False),
    ],
)
def test_a_proof_names_the_client_that_the_token_was_given_to(
    world: World, client_id: str, iss: str | None, *, taken: bool
) -> None:
    wallet = redeemed(world, client_id)
    answer = ask(wallet, proved(wallet, "a", wallet.nonce(), **({} if iss is None else {"iss": iss})))
    assert answer.status_code == (200 if taken else 400), answer.text
    assert taken or error(answer) == "invalid_proof"
