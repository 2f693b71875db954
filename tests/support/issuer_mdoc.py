"""An issuer with a root of its own, a document signer under it, and a chain for its other formats."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from clicid.adapters.keystore_askar import AskarKeyStore
from clicid.keys.algorithms import P256
from clicid.keys.store import KeyRef
from issuer import iaca
from issuer.iaca import Ceremony
from tests.support import issuer_world
from tests.support.issuer_config import DID, IDENTIFIER, NOW, VAULT_KEY, configured
from tests.support.memory_keystore import MemoryKeyStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from tests.support.issuer_world import World

MIDNIGHT = NOW.replace(hour=0)
VAULT = MemoryKeyStore(b"iaca")
SIGNER = "document-signer"


def root(country: str = "UT", name: str = "Test IACA", vault: MemoryKeyStore = VAULT) -> bytes:
    """The root, DER."""
    where = iaca.place(IDENTIFIER, country, name)
    return iaca.make_root(vault, where, begins=MIDNIGHT, days=3650)


def certified(
    path: Path,
    *,
    country: str = "UT",
    days: int = 457,
    begins: datetime = MIDNIGHT,
    test_documents: bool = False,
    **changes: str,
) -> Path:
    """Everything an issuer of mdocs needs on disk; gives the configuration file."""
    added = f"""owner = "owner"
x5c = ["issuer.pem"]

[keys.document_signer]
name = "{SIGNER}"
certificate = "signer.pem"
authority = "iaca.pem"
revocations = "iaca.crl"

[issuing]
test_documents = {str(test_documents).lower()}
"""
    file = configured(path, **{'owner = "owner"\n': added, **changes})
    with AskarKeyStore.open(path / "keys.vault", VAULT_KEY) as store:
        signer = store.public(store.generate(P256, SIGNER))
        sd_jwt = store.public(KeyRef("sd-jwt"))
    der = root(country)
    ceremony = Ceremony(VAULT, der)
    for name, body in {
        "iaca.pem": iaca.to_pem(der),
        "signer.pem": iaca.to_pem(ceremony.signer(signer, begins=begins, days=days)),
        "issuer.pem": iaca.to_pem(ceremony.issuer(sd_jwt, (IDENTIFIER, DID), begins=MIDNIGHT, days=3650)),
        "iaca.crl": ceremony.revocations((), begins=MIDNIGHT, days=90),
    }.items():
        (path / name).write_bytes(body)
    return file


@contextmanager
def running(path: Path, **options: Any) -> Iterator[World]:
    """A running issuer of mdocs."""
    with issuer_world.running(path, config=certified(path, **options)) as found:
        yield found
