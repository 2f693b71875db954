"""Each role's vault, and the keys in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clicid.keys.store import KeyRef, KeyStore


def key(store: KeyStore, algorithm: str, name: str) -> KeyRef:
    """The key of that name, made on first use."""
    return store.find(name) or store.generate(algorithm, name)
