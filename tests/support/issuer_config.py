"""What an issuer has on disk: vault, network file, notices, configuration."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from clicid.adapters import package_data
from clicid.adapters.keystore_askar import AskarKeyStore
from clicid.keys.algorithms import ED25519, P256, SECP256K1
from clicid.ledger.events import Contract
from clicid.ledger.network import Checkpoint, Deployment, NetworkFile, NetworkKind, Roots
from tests.support.memory_keystore import MemoryKeyStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


IDENTIFIER = "http://127.0.0.1:8401"
ADDRESS = bytes(range(1, 21))
DID = f"did:ethr:0x539:0x{ADDRESS.hex()}"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
POLICY = "2026-11"
VAULT_KEY = bytes(range(32))


def configured(path: Path, **changes: str) -> Path:
    """Everything an issuer needs on disk; gives the configuration file."""
    (path / "sv.txt").write_text("Så behandlar vi dina uppgifter.")
    (path / "en.txt").write_text("How we handle your data.")
    (path / "vault.key").write_text(VAULT_KEY.hex())
    with AskarKeyStore.open(path / "keys.vault", VAULT_KEY, create=True) as store:
        for name, algorithm in (
            ("sd-jwt", P256),
            ("data-integrity", ED25519),
            ("wrapping", P256),
            ("committer", SECP256K1),
            ("payer", SECP256K1),
            ("owner", SECP256K1),
        ):
            store.generate(algorithm, name)
    network = network_file()
    (path / "network.json").write_bytes(network.to_bytes())
    text = _CONFIG.format(digest=network.digest().hex(), did=DID, identifier=IDENTIFIER, policy=POLICY)
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    (path / "issuer.toml").write_text(text)
    return path / "issuer.toml"


def network_file(
    kind: NetworkKind = NetworkKind.EMBEDDED,
    addresses: Mapping[Contract, bytes] | None = None,
    vocabulary: str = package_data.EXAMPLE,
) -> NetworkFile:
    where = addresses or dict.fromkeys(Contract, bytes([7] * 20))
    roots = MemoryKeyStore(b"roots")
    ref = roots.generate(ED25519, "root")
    return signed_by_root(
        NetworkFile(
            version=1,
            expires=datetime(2099, 1, 1, tzinfo=UTC),
            kind=kind,
            chain_id=1337,
            checkpoint=Checkpoint(0, hashlib.sha256(b"genesis").digest()),
            contracts={name: Deployment(where[name], bytes(32), 1) for name in Contract},
            governance=bytes([9] * 20),
            vocabulary=vocabulary,
            roots=Roots((roots.public(ref),), 1),
        )
    )


def signed_by_root(file: NetworkFile) -> NetworkFile:
    """By the root of `network_file`."""
    roots = MemoryKeyStore(b"roots")
    ref = roots.generate(ED25519, "root")
    signature = roots.sign(ref, file.to_be_signed(), ED25519)
    return file.with_signature(roots.public(ref), signature)


_CONFIG = """
identifier = "{identifier}"
did = "{did}"
data_dir = "data"
sandbox = true
public = {{ port = 8401 }}
operators = {{ port = 8402 }}

[network]
file = "network.json"
digest = "{digest}"
rpc = ["http://127.0.0.1:1"]

[keys]
vault = "keys.vault"
vault_key_file = "vault.key"
sd_jwt = {{ name = "sd-jwt", id = "{did}#delegate-2" }}
data_integrity = {{ name = "data-integrity", id = "{did}#delegate-1" }}
wrapping = "wrapping"
committer = "committer"
payer = "payer"
owner = "owner"

[outbox]
kind = "directory"
directory = "outbox"

[status]
lists = ["a", "b"]
publish_seconds = 0.05

[gas]
max_fee_gwei = 100
refuse_below = 100
alarm_below = 1000
confirmations = 2

[policy]
version = "{policy}"
notices = {{ sv = "sv.txt", en = "en.txt" }}
face_notices = {{ sv = "sv.txt", en = "en.txt" }}

[[rules.levels]]
eidas = "low"
evidence = ["document"]

[[rules.levels]]
eidas = "substantial"
evidence = ["document", "face"]
"""
