"""The foreign parties; a test that wants one skips where node is not installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.wallet_client import new_wallet
from tests.e2e import conftest as live
from tests.support.foreign import party, why_not

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.network import Network
    from sandbox.wallet_client import WalletClient
    from tests.support.foreign import Party
    from tests.support.live_network import Identified

# A network of their own, made as that of the end-to-end tests.
photographs, network, person = live.photographs, live.network, live.person
http, shop = live.http, live.shop


@pytest.fixture(scope="session")
def node() -> None:
    """Skips where the packages cannot be had."""
    if missing := why_not():
        pytest.skip(missing)


@pytest.fixture(scope="session")
def our_wallet(network: Network, person: Identified) -> WalletClient:
    """Our wallet, with all that our issuer gives."""
    made = new_wallet(network.folder / "wallets" / "interop", network.folder, network.founded, "a passphrase")
    offer = person.client.offer()
    said = made.accept(offer.url, offer.tx_code)
    assert said.status == 0, said.error
    return made


@pytest.fixture(scope="session")
def documents(node: None) -> Iterator[Party]:
    """Makes and checks credentials of either format."""
    with party("documents") as made:
        yield made


@pytest.fixture(scope="session")
def their_wallet(node: None) -> Iterator[Party]:
    """A foreign wallet."""
    with party("wallet") as made:
        yield made


@pytest.fixture(scope="session")
def their_verifier(node: None) -> Iterator[Party]:
    """A foreign verifier."""
    with party("verifier") as made:
        yield made
