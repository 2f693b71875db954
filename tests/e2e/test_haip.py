"""HAIP 1.0 as a whole, over real HTTP: every role under the switch, with the sandbox's wallet provider."""

from __future__ import annotations

import base64
import json
import stat
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from clicid.adapters import clock
from clicid.adapters.keystore_askar import AskarKeyStore
from clicid.keys.algorithms import P256
from clicid.oid4vci.dialogue import Consented, ConsentWanted
from issuer import iaca
from sandbox import people
from sandbox.network import SHOP, WALLET_PROVIDER, Network
from sandbox.provider_client import NAME_AND_AGE, placed
from sandbox.setup.provider import PURPOSE
from sandbox.wallet_client import WalletClient
from tests.e2e.test_authorization import Live, Outbox, Owner
from tests.support.authorization import Browser
from tests.support.live_network import someone
from tests.support.provider_process import ProviderProcess
from tests.support.x509 import Party, issue
from wallet.main import opened
from wallet.usecases.accepting import accept

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.onboarding_client import OnboardingClient

pytestmark = pytest.mark.slow

PASSPHRASE = "a passphrase"
ACCESS = Party("Access CA of a test", 181)
ASKER = Party("Asker", 182)
RETURN_TO = "http://127.0.0.1:9/done"


def switched(network: Network) -> None:
    """The issuer and the shop's verifier, not started yet, under the switch."""
    file = network.folder / "issuer" / "issuer.toml"
    text = file.read_text("utf-8")
    chain = next(line for line in text.splitlines() if line.startswith("x5c = "))
    file.write_text("haip = true\n" + text.replace(chain, 'x5c = ["issuer.pem"]'), "utf-8")
    shop = network.founded.provider("shop").config
    with AskarKeyStore.open(
        shop.with_name("vault.db"), bytes.fromhex(shop.with_name("vault.key").read_text().strip())
    ) as vault:
        key = vault.public(vault.generate(P256, "asker"))
    begins = clock.now() - timedelta(days=1)
    dates: dict[str, Any] = {"begins": begins, "ends": begins + timedelta(days=30)}
    leaf = issue(ASKER, ACCESS, names=["127.0.0.1"], key=key, **dates)
    shop.with_name("access.pem").write_bytes(iaca.to_pem(leaf))
    row = 'name = "access"\nprefix = "x509_hash"\nkey_name = "asker"\ncertificate_file = "access.pem"\n'
    shop.write_text(f"haip = true\n{shop.read_text('utf-8')}\n[[identities]]\n{row}", "utf-8")


def root_of(network: Network) -> str:
    pem = (network.folder / "issuer" / iaca.ROOT_PEM).read_bytes()
    return base64.b64encode(x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)).decode()


def wallet_of(network: Network, folder: Path) -> WalletClient:
    """A wallet made with ``--haip``, whose operator knows the issuer's root and the authority of askers."""
    folder.mkdir()
    (folder / "passphrase").write_text(PASSPHRASE)
    made = WalletClient(folder / "home", folder / "passphrase")
    said = made.run(
        "init",
        *("--network", str(network.folder / "network.json"), "--network-digest", network.founded.digest),
        *("--rpc", network.founded.rpc, "--unwitnessed", "--sandbox", "--copies", "2", "--haip"),
    )
    assert said.status == 0, said.error
    file = folder / "home" / "wallet.json"
    begins = clock.now() - timedelta(days=1)
    access = issue(ACCESS, ACCESS, ca=True, begins=begins, ends=begins + timedelta(days=30))
    base = f"{network.founded.vocabulary}/identity/v1"
    common: dict[str, Any] = {"certificate": root_of(network), "lists": []}
    settings = json.loads(file.read_text())
    assert settings["haip"] is True
    settings["roots"] = [
        {"kind": "sd-jwt", "types": [base], **common},
        {"kind": "metadata", "types": [], **common},
    ]
    settings["requesters"] = {
        "roots": [{"name": "Access CA", "certificate": base64.b64encode(access).decode()}]
    }
    file.write_text(json.dumps(settings))
    return made


@dataclass
class InBrowser:
    """The person's browser at the issuer's page: gives the code from the phone, and agrees."""

    site: Live
    owner: Owner
    redirect_uri: str = "http://127.0.0.1:9/callback"

    def visit(self, url: str, _state: str) -> str:
        browser = Browser(self.site)
        browser.open(url)
        browser.through(self.owner)
        return str(browser.answer.headers["location"])


class Agreeing:
    """A person who takes what is offered."""

    def on_offer(self, offer: ConsentWanted) -> Consented:
        return Consented(tuple(offer.configurations))


@pytest.fixture(scope="module")
def haip(photographs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    made = Network.found(tmp_path_factory.mktemp("haip"), lambda _: None)
    try:
        switched(made)
        made.start("issuer", "shop", WALLET_PROVIDER)
        yield made
    finally:
        made.stop()


def identified(client: OnboardingClient) -> None:
    client.begin()
    client.agree(face=True)
    client.confirm_contact()
    client.give("document", people.passport_photo(people.DEMO, seed=1))
    client.show_face(people.selfie(), people.head_turns)
    view = client.decision()
    assert view["state"] == "approved", view


def offered(network: Network, owner: Owner, *configurations: str) -> str:
    answer = httpx.post(
        f"{network.founded.identifier}/onboarding/{owner.id}/offers",
        json={"configurations": list(configurations), "grant": "authorization_code"},
        headers={"authorization": f"Bearer {owner.token}"},
        timeout=60,
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["credential_offer"])


def test_issued_and_shown_under_haip(haip: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wallet = wallet_of(haip, tmp_path / "wallet")
    url = haip.founded.wallet_provider
    provider = ProviderProcess(haip.folder / WALLET_PROVIDER, url, haip.services[WALLET_PROVIDER])
    assert wallet.register(url, provider.run("code")).status == 0
    with someone(haip, "+46701740605", "elsa@example.com") as client, httpx.Client(timeout=60) as http:
        identified(client)
        owner = Owner(*client.session)
        site = Live(haip.founded.identifier, Outbox(haip.folder / "outbox"), http)
        link = offered(haip, owner, "ClicIdentity_sdjwt")
        assert link.startswith("haip-vci://?")
        with opened(wallet.home, PASSPHRASE) as parts:
            (kept,) = accept(parts, link, Agreeing(), InBrowser(site, owner))
            (copies,) = parts.records.entries().values()
    assert kept.format == "dc+sd-jwt"
    assert len(copies) == 2
    # What the verifier sends the browser to, the wallet opens: here with a program that writes it down.
    went = tmp_path / "went"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > {went}\n')
    browser.chmod(browser.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("BROWSER", str(browser))
    shop = haip.founded.provider("shop")
    with httpx.Client(base_url=shop.origin, timeout=60) as http:
        form = {"grant_type": "client_credentials"}
        token = http.post("/oauth2/token", data=form, auth=("shop-backend", shop.client_secret)).json()
        bearer = {"authorization": f"Bearer {token['access_token']}"}
        body = {"dcql_query": placed(NAME_AND_AGE, shop.vocabulary), "purpose": PURPOSE}
        plain = http.post("/requests", json=body | {"response_mode": "direct_post"}, headers=bearer)
        assert plain.status_code == 400, plain.text
        made = http.post("/requests", json=body | {"return_to": RETURN_TO}, headers=bearer).json()
        assert made["request_url"].startswith("haip-vp://?client_id=x509_hash%3A")
        said = wallet.present(made["request_url"])
        assert said.status == 0, said.error
        assert SHOP in said.out or "Access CA" in said.out, said.out
        path = f"/requests/{made['id']}/result"
        assert http.get(path, headers=bearer).status_code == 403, "nobody came back yet"
        onward = went.read_text()
        assert onward.startswith(f"{RETURN_TO}?response_code=")
        code = onward.partition("=")[2]
        report = http.get(path, params={"response_code": code}, headers=bearer).json()["report"]
    assert (report["verdict"], report["code"]) == ("accepted", ""), report
