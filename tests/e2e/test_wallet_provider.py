"""The wallet provider as a process of its own, and a wallet with a vault: attested, shown, revoked."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from clicid.adapters import clock
from clicid.adapters.fetch import Fetcher
from clicid.adapters.keystore_askar import AskarKeyStore
from clicid.adapters.wallet_attester import WalletAttester
from clicid.errors import Refused, RemoteError, Undecided
from clicid.keys.algorithms import P256
from clicid.oid4vci import client_attestation, key_attestation
from clicid.oid4vci.proving import Attested
from clicid.oid4vci.wallet_provider import WalletProvider, WalletProviders
from clicid.securing.signing import sign
from clicid.trust.anchors import Anchor
from issuer.usecases.attestations import AttestationStatuses
from sandbox.processes import Service, free_port
from sandbox.setup.wallet_provider import CLIENT_ID, ROOT, set_up
from tests.conftest import ROOT as REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clicid.formats.base import StatusRef

SERVER = "https://issuer.example"
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("wallet-provider")
    url = f"http://127.0.0.1:{free_port()}"
    config = set_up(folder, url)
    made = Service(
        "wallet-provider",
        "sandbox.wallet_provider.cli",
        ("serve", "--config", str(config)),
        f"{url}/",
        folder / "log",
    )
    made.start()
    yield made
    made.stop()


@pytest.fixture
def wallet(service: Service, tmp_path: Path) -> Iterator[WalletAttester]:
    http = Fetcher(allow_loopback_http=True)
    with AskarKeyStore.open(tmp_path / "vault.db", bytes(32), create=True) as keys:
        url = service.ready_url.removesuffix("/")
        yield WalletAttester(url, http, keys, keys.generate(P256, "instance"), clock.now)
    http.close()


def run(service: Service, *arguments: str) -> str:
    """The provider's own commands, beside the process that serves."""
    command = [sys.executable, "-m", "sandbox.cli", "wallet-provider", *arguments]
    config = str(service.log.with_name("wallet-provider.toml"))
    done = subprocess.run(
        [*command, "--config", config], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    return done.stdout.strip()


def listed(service: Service) -> WalletProviders:
    root = x509.load_pem_x509_certificate(service.log.with_name(ROOT).read_bytes())
    anchor = Anchor.load(root.public_bytes(Encoding.DER))
    return WalletProviders((WalletProvider("sandbox", frozenset({CLIENT_ID}), (anchor,)),), haip=True)


def holds(service: Service, wallet: WalletAttester, entry: StatusRef | None) -> bool:
    """What an issuer sees that looks the attestation up."""
    assert entry is not None
    assert isinstance(wallet.http, Fetcher)
    attested = Attested(entry, listed(service).listed[0])
    try:
        AttestationStatuses(wallet.http, clock.now, ("ES256",)).check([attested], "invalid_client")
    except RemoteError as error:
        return error.code != "oid4vci.attestation_revoked"
    return True


def test_attested_shown_and_revoked(service: Service, wallet: WalletAttester) -> None:
    rules: dict[str, Any] = {
        "providers": listed(service),
        "algs": ("ES256",),
        "max_age": MINUTE,
        "leeway": MINUTE,
    }
    wallet.register(run(service, "code"))
    key = wallet.keys.generate(P256, "key for the server")
    given = wallet.client_attestation(key)
    prepared = client_attestation.prepare_pop(
        alg="ES256", audience=SERVER, jti="once", now=clock.now(), challenge="c"
    )
    pop = prepared.complete([sign(wallet.keys, key, one) for one in prepared.to_be_signed]).decode()
    client = client_attestation.verify(
        given.jwt, pop, audience=SERVER, client_id=CLIENT_ID, now=clock.now(), **rules
    )
    holder = wallet.keys.generate(P256, "key for a credential")
    attested = key_attestation.verify(
        wallet.key_attestation([holder], "n0nce"), now=clock.now(), need_exp=True, **rules
    )
    assert (attested.keys, attested.nonce) == ((wallet.keys.public(holder),), "n0nce")
    assert holds(service, wallet, client.status)
    assert holds(service, wallet, attested.status)

    thumbprint = wallet.keys.public(wallet.instance).thumbprint()
    assert thumbprint in run(service, "list")
    assert run(service, "revoke", thumbprint) == "Revoked."

    assert not holds(service, wallet, client.status)
    assert not holds(service, wallet, attested.status)
    assert f"{thumbprint}  " in run(service, "list")
    assert run(service, "list").endswith("revoked")
    with pytest.raises(Refused) as caught:
        wallet.client_attestation(key)
    assert caught.value.detail == "status 403 unknown_instance"


def test_it_forgets_nothing_when_it_is_killed(service: Service, wallet: WalletAttester) -> None:
    wallet.register(run(service, "code"))
    service.kill()
    with pytest.raises(Undecided):
        wallet.client_attestation(wallet.keys.generate(P256, "a"))
    service.start()
    assert wallet.client_attestation(wallet.keys.generate(P256, "b")).client_id == CLIENT_ID


def test_its_log_holds_no_secret(service: Service, wallet: WalletAttester) -> None:
    code = run(service, "code")
    wallet.register(code)
    with pytest.raises(Refused):
        wallet.register(code)
    assert code not in service.log.read_text()
