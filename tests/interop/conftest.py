"""The foreign parties; a test that wants one skips where node is not installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from issuer.iaca import ROOT_PEM
from sandbox.network import Network
from sandbox.wallet_client import new_wallet
from tests.e2e import conftest as live
from tests.support.foreign import (
    ATTESTED,
    CLIENT,
    PROVIDER,
    PROVIDER_ROOT,
    certify,
    exported,
    party,
    pem,
    why_not,
    x5c,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.wallet_client import WalletClient
    from tests.support.foreign import Party
    from tests.support.live_network import Identified

# Made as those of the end-to-end tests.
photographs, person, http = live.photographs, live.person, live.http

_PROOFS = 'proof_types = ["jwt", "di_vp", "attestation"]\n'
_WALLETS = f"""
[authorization]
clients = [{{ client_id = "{CLIENT}", redirect_uris = ["{CLIENT}/back"] }}]

[[wallet_providers]]
name = "foreign"
clients = ["{ATTESTED}"]
roots = ["foreign-provider.pem"]
"""


@pytest.fixture(scope="session")
def network(photographs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """A network whose issuer lists a foreign wallet, and the provider of another."""
    made = Network.found(tmp_path_factory.mktemp("network"), lambda _: None)
    try:
        folder = made.folder / "issuer"
        (folder / "foreign-provider.pem").write_text(pem(certify(PROVIDER_ROOT, ca=True)), "ascii")
        config = folder / "issuer.toml"
        head, issuing, rest = config.read_text("utf-8").partition("[issuing]\n")
        config.write_text(f"{head}{issuing}{_PROOFS}{rest}{_WALLETS}", "utf-8")
        made.start("issuer", "shop")
        yield made
    finally:
        made.stop()


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
def root(network: Network) -> list[str]:
    """The authority under which our issuer signs, as others are told of it."""
    pem = (network.folder / "issuer" / ROOT_PEM).read_bytes()
    return x5c(x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER))


@pytest.fixture(scope="session")
def documents(node: None) -> Iterator[Party]:
    """Makes and checks credentials of either format."""
    with party("documents") as made:
        yield made


@pytest.fixture(scope="session")
def their_wallet(node: None) -> Iterator[Party]:
    """A foreign wallet; its provider attests it and its keys."""
    with party("wallet") as made:
        made("provide", jwk=exported(PROVIDER.private), x5c=x5c(certify(PROVIDER)))
        yield made


@pytest.fixture(scope="session")
def their_verifier(node: None) -> Iterator[Party]:
    """A foreign verifier."""
    with party("verifier") as made:
        yield made


@pytest.fixture(scope="session")
def their_issuer(node: None) -> Iterator[Party]:
    """A foreign issuer."""
    with party("issuer") as made:
        yield made
