"""The sandbox's wallet provider as a process of its own, and wallets with a vault that it knows."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from clicid.adapters import clock
from clicid.adapters.fetch import Fetcher
from clicid.adapters.keystore_askar import AskarKeyStore
from clicid.adapters.wallet_attester import WalletAttester
from clicid.keys.algorithms import P256
from clicid.oid4vci.wallet_provider import WalletProvider, WalletProviders
from clicid.trust.anchors import Anchor
from sandbox.processes import Service, free_port
from sandbox.setup.wallet_provider import CLIENT_ID, ROOT, set_up
from sandbox.wallet_provider.config import CONFIG
from tests.conftest import ROOT as REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class ProviderProcess:
    """The process, and its folder."""

    folder: Path
    url: str
    service: Service

    @property
    def root(self) -> Path:
        """The certificate that issuers list."""
        return self.folder / ROOT

    @property
    def listed(self) -> WalletProviders:
        """As an issuer under HAIP has it."""
        root = x509.load_pem_x509_certificate(self.root.read_bytes())
        anchor = Anchor.load(root.public_bytes(Encoding.DER))
        return WalletProviders((WalletProvider("sandbox", frozenset({CLIENT_ID}), (anchor,)),), haip=True)

    def run(self, *arguments: str) -> str:
        """One of its commands, beside the process that serves."""
        command = [sys.executable, "-m", "sandbox.cli", "wallet-provider", *arguments]
        done = subprocess.run(
            [*command, "--config", str(self.folder / CONFIG)],
            capture_output=True,
            text=True,
            check=True,
            cwd=REPOSITORY,
        )
        return done.stdout.strip()


@contextmanager
def provider_in(folder: Path) -> Iterator[ProviderProcess]:
    """A provider that serves while the block runs."""
    url = f"http://127.0.0.1:{free_port()}"
    config = set_up(folder, url)
    arguments = ("serve", "--config", str(config))
    service = Service("wallet-provider", "sandbox.wallet_provider.cli", arguments, f"{url}/", folder / "log")
    service.start()
    try:
        yield ProviderProcess(folder, url, service)
    finally:
        service.stop()


@contextmanager
def wallet_in(folder: Path, provider: ProviderProcess) -> Iterator[WalletAttester]:
    """A wallet with a vault; it is not registered yet."""
    http = Fetcher(allow_loopback_http=True)
    try:
        with AskarKeyStore.open(folder / "vault.db", bytes(32), create=True) as keys:
            instance = keys.generate(P256, "instance")
            yield WalletAttester(provider.url, http, keys, instance, clock.now)
    finally:
        http.close()
