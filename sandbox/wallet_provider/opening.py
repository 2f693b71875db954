"""A provider's folder, opened: configuration, vault, certificates, database."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from clicid.adapters import clock
from clicid.errors import LocalError
from clicid.trust import x5c
from issuer.vaults import open_vault
from sandbox.wallet_provider.config import DATABASE, Settings, load
from sandbox.wallet_provider.service import WalletProviding
from sandbox.wallet_provider.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def opened(config: Path) -> Iterator[WalletProviding]:
    """The provider that a file configures.

    Raises:
        LocalError: `config.*`, `keystore.*`.
    """
    settings = load(config)
    chain = _chain(settings)
    with open_vault(settings.folder) as vault:
        key = vault.find(settings.key)
        if key is None:
            raise LocalError("keystore.unknown", settings.key)
        if x5c.spki(x5c.load(chain[0])) != vault.public(key).to_spki():
            raise LocalError("config.invalid", str(settings.x5c[0]), "the certificate is for another key")
        store = Store(settings.folder / DATABASE)
        try:
            yield WalletProviding(settings, vault, key, chain, store, clock.now)
        finally:
            store.close()


def _chain(settings: Settings) -> tuple[bytes, ...]:
    found = []
    for path in settings.x5c:
        try:
            certificate = x509.load_pem_x509_certificate((settings.folder / path).read_bytes())
        except OSError as error:
            raise LocalError("config.file", str(path), error.strerror or "") from error
        except ValueError as error:
            raise LocalError("config.invalid", str(path), "no certificate") from error
        found.append(certificate.public_bytes(Encoding.DER))
    return tuple(found)
