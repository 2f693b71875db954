"""Each role's vault: an Askar store with its key in a file beside it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from clicid.adapters.keystore_askar import AskarKeyStore

if TYPE_CHECKING:
    from pathlib import Path

    from clicid.keys.store import KeyRef


def open_vault(folder: Path) -> AskarKeyStore:
    """The vault in a folder, made on first use; the key file is readable by its owner only."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    vault, key_file = folder / "vault.db", folder / "vault.key"
    if not key_file.exists():
        key_file.touch(0o600)
        key_file.write_text(secrets.token_bytes(32).hex(), "ascii")
    return AskarKeyStore.open(vault, bytes.fromhex(key_file.read_text("ascii")), create=not vault.exists())


def key(store: AskarKeyStore, algorithm: str, name: str) -> KeyRef:
    """The key of that name, made on first use."""
    return store.find(name) or store.generate(algorithm, name)
