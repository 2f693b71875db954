"""Network files: bytes to a file that is written the same, or a refusal."""

from __future__ import annotations

from datetime import UTC, datetime

from clicid.errors import ClicidError
from clicid.keys.algorithms import ED25519
from clicid.keys.public import PublicKey
from clicid.ledger.events import Contract
from clicid.ledger.network import Checkpoint, Deployment, NetworkFile, NetworkKind, Roots, verify

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_KEY = PublicKey.from_raw(
    ED25519, bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
)
_FILE = NetworkFile(
    version=1,
    expires=datetime(2027, 1, 1, tzinfo=UTC),
    kind=NetworkKind.TEST,
    chain_id=1337,
    checkpoint=Checkpoint(0, b"\1" * 32),
    contracts={name: Deployment(b"\2" * 20, b"\3" * 32, 1) for name in Contract},
    governance=b"\4" * 20,
    vocabulary="https://schemas.clicid.example",
    roots=Roots((_KEY,), 1),
)

SEEDS = [_FILE.to_be_signed(), _FILE.with_signature(_KEY, b"\5" * 64).to_bytes()]


def target(data: bytes) -> None:
    try:
        found = NetworkFile.parse(data)
        again = NetworkFile.parse(found.to_bytes())
    except ClicidError:
        return
    if again != found:
        raise AssertionError
    try:
        verify(found, kinds=tuple(NetworkKind), now=_NOW)
    except ClicidError:
        return
