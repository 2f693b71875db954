"""Vaults that lie in a folder of their own, with their key in a file beside them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from clicid.adapters.files import write_whole
from clicid.adapters.keystore_askar import AskarKeyStore
from clicid.errors import LocalError

if TYPE_CHECKING:
    from pathlib import Path

_VAULT: Final = "vault.db"
_KEY: Final = "vault.key"


def open_vault(folder: Path) -> AskarKeyStore:
    """Open the vault in a folder: ``vault.db``, opened by ``vault.key``.

    Raises:
        LocalError: `config.file`, `config.invalid` for the key's file; `keystore.*`.
    """
    return AskarKeyStore.open(folder / _VAULT, vault_key(folder / _KEY))


def make_vault(folder: Path) -> AskarKeyStore:
    """Open the vault in a folder, made on first use; for this account only.

    Raises:
        LocalError: As `open_vault`.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (folder / _KEY).exists():
        write_whole(folder / _KEY, secrets.token_bytes(32).hex().encode(), replace=False)
    return AskarKeyStore.open(
        folder / _VAULT, vault_key(folder / _KEY), create=not (folder / _VAULT).exists()
    )


def vault_key(path: Path) -> bytes:
    """A vault's key: 64 hexadecimal digits in a file of its own.

    Raises:
        LocalError: `config.file`, `config.invalid`.
    """
    try:
        key = bytes.fromhex(path.read_text("ascii").strip())
    except OSError as error:
        raise LocalError("config.file", str(path), error.strerror or "") from None
    except ValueError:
        key = b""
    if len(key) != 32:
        raise LocalError("config.invalid", str(path), "64 hexadecimal digits are wanted")
    return key
