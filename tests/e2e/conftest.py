"""One live network for all end-to-end tests: real chain, real HTTP, real OCR, a person really identified."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from clicid.errors import LocalError
from sandbox import people
from sandbox.documents import assets
from sandbox.network import SHOP, Network
from sandbox.wallet_client import new_wallet
from tests.support.live import Door, Redemption, http_client
from tests.support.live_network import OTHER_CLIENT, OTHER_SECRET, Identified, kept, someone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from sandbox.setup.provider import Provider
    from sandbox.wallet_client import WalletClient
    from tests.support.live import Copy


@pytest.fixture(scope="session")
def photographs() -> None:
    """Skips where the photographs of people and the font were not fetched."""
    try:
        assets.font_path()
        for name in (*assets.GENUINE, assets.IMPOSTOR):
            assets.photograph_of(name)
    except LocalError as error:
        pytest.skip(f"{error.where} is not here: run python tools/fetch_assets.py")


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    with http_client() as client:
        yield client


@pytest.fixture(scope="session")
def network(photographs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """Chain, issuer and one service provider, "shop", that two clients may use."""
    made = Network.found(tmp_path_factory.mktemp("network"), lambda _: None)
    try:
        second = hashlib.sha256(OTHER_SECRET.encode()).hexdigest()
        config = made.founded.provider("shop").config
        text = f'\n[[clients]]\nid = "{OTHER_CLIENT}"\nsecret_sha256 = "{second}"\n'
        config.write_text(config.read_text("utf-8") + text, "utf-8")
        made.start("issuer", "shop")
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="session")
def person(network: Network) -> Iterator[Identified]:
    with someone(network, "+46701740605", "elsa@example.com") as client:
        client.begin()
        client.agree(face=True)
        client.confirm_contact()
        passport = people.passport_photo(people.DEMO, seed=1)
        client.give("document", passport)
        client.show_face(people.selfie(), people.head_turns)
        view = client.decision()
        assert view["state"] == "approved", view
        yield Identified(client, passport, client.offer())


@pytest.fixture(scope="session")
def wallet(network: Network, person: Identified) -> WalletClient:
    """The wallet as people use it, with a credential of each kind."""
    made = new_wallet(network.folder / "wallets" / "elsa", network.folder, network.founded, "a passphrase")
    said = made.accept(person.first_offer.url, person.first_offer.tx_code)
    assert said.status == 0, said.error
    return made


@pytest.fixture(scope="session")
def take(
    network: Network, person: Identified, wallet: WalletClient, http: httpx.Client
) -> Callable[[], dict[str, Copy]]:
    """Takes fresh copies of all credentials, with keys that tests can sign with."""

    def take_all() -> dict[str, Copy]:
        return Redemption(http, network.founded.identifier, person.client.offer()).all()

    return take_all


@pytest.fixture(scope="session")
def copies(take: Callable[[], dict[str, Copy]]) -> dict[str, Copy]:
    """Copies that stay good for the whole run."""
    return take()


@pytest.fixture(scope="session")
def thief(take: Callable[[], dict[str, Copy]]) -> dict[str, Copy]:
    """Another wallet's copies, with keys of its own."""
    return take()


@pytest.fixture(scope="session")
def shop(network: Network, http: httpx.Client) -> Iterator[Door]:
    with Door(http, network.founded.provider("shop")) as door:
        yield door


@pytest.fixture(scope="session")
def other_client(network: Network, http: httpx.Client) -> Iterator[Door]:
    """Another client of the shop's verifier."""
    provider = replace(network.founded.provider("shop"), client_secret=OTHER_SECRET)
    with Door(http, provider, client_id=OTHER_CLIENT) as door:
        yield door


@pytest.fixture(scope="session")
def stranger(network: Network) -> Provider:
    """Asks in the shop's name: attaches the shop's registration, and is not registered itself."""
    made = network.add_provider("stranger", SHOP, registered=False)
    shops = network.founded.provider("shop").config.with_name("registration.json")
    made.config.with_name("registration.json").write_bytes(shops.read_bytes())
    network.start("stranger")
    return made


@pytest.fixture
def unchanged(network: Network, person: Identified) -> Iterator[None]:
    """Whatever the test does, what the issuer has stored of people, credentials and statuses stays."""
    before = kept(network)
    yield
    after = kept(network)
    assert {name for name in before if before[name] != after[name]} == set()
