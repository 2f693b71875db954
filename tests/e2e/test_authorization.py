"""The authorization server of a live network: an attested wallet asks, the person of the network agrees."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from clicid.adapters import clock
from clicid.adapters.fetch import Fetcher
from clicid.adapters.keystore_askar import AskarKeyStore
from clicid.adapters.wallet_attester import WalletAttester
from clicid.formats import sd_jwt_vc
from clicid.keys.algorithms import P256
from sandbox.network import WALLET_PROVIDER
from tests.support.authorization import AttestedWallet, Browser
from tests.support.provider_process import ProviderProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.network import Network
    from tests.support.live_network import Identified

pytestmark = pytest.mark.slow
IDENTITY = "ClicIdentity_sdjwt"


@dataclass
class Outbox:
    """Where the network's codes arrive."""

    folder: Path

    def last(self, purpose: str = "contact") -> str:
        newest = sorted(self.folder.glob("phone-*.json"), key=lambda path: path.stat().st_mtime_ns)
        messages = [json.loads(path.read_text()) for path in newest]
        return str(next(one["code"] for one in reversed(messages) if one["purpose"] == purpose))


@dataclass
class Live:
    """The network's issuer, over real HTTP."""

    identifier: str
    mailbox: Outbox
    http: httpx.Client
    clock: Any = clock.now

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.http.request(method, f"{self.identifier}{path}", **options)


@dataclass
class Owner:
    """The person, as the page asks for them."""

    id: str
    token: str


@pytest.fixture(scope="module")
def site(network: Network) -> Iterator[Live]:
    with httpx.Client(timeout=60) as client:
        yield Live(network.founded.identifier, Outbox(network.folder / "outbox"), client)


@pytest.fixture(scope="module")
def attester(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WalletAttester]:
    network.start(WALLET_PROVIDER)
    provider = ProviderProcess(
        network.folder / WALLET_PROVIDER, network.founded.wallet_provider, network.services[WALLET_PROVIDER]
    )
    http = Fetcher(allow_loopback_http=True)
    vault = tmp_path_factory.mktemp("attested") / "vault.db"
    with AskarKeyStore.open(vault, bytes(32), create=True) as keys:
        made = WalletAttester(provider.url, http, keys, keys.generate(P256, "instance"), clock.now)
        made.register(provider.run("code"))
        yield made
    http.close()


def test_an_attested_wallet_asks_and_the_person_agrees(
    site: Live, attester: WalletAttester, person: Identified
) -> None:
    wallet, browser = AttestedWallet(site, attester), Browser(site, language="sv")
    browser.open(wallet.link(scope=(IDENTITY,)))
    assert "sandbox" in browser.page
    answer = browser.through(Owner(*person.client.session))
    assert answer.iss == site.identifier
    tokens = wallet.redeem_code(answer.code)
    assert (tokens.status_code, tokens.json()["token_type"]) == (200, "DPoP"), tokens.text
    issued = wallet.credential(IDENTITY)
    assert issued.status_code == 200, issued.text
    sd_jwt_vc.SdJwtVcChecker().parse(issued.json()["credentials"][0]["credential"].encode())
    assert wallet.refresh().status_code == 200
    replayed = wallet.redeem_code(answer.code)
    assert (replayed.status_code, replayed.json()["error"]) == (400, "invalid_grant")
    assert wallet.refresh().status_code == 400
