"""The issuers: a key of each kind, and the did:key that it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clicid.did import key as did_key
from clicid.formats.base import IssuerIdentity
from clicid.vc_api.instances import NAMES, SUITES
from issuer.usecases.signing import IssuerKey
from issuer.vaults import make_vault
from sandbox.setup.vaults import key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from clicid.keys.store import KeyStore


@dataclass(frozen=True, slots=True)
class Identities:
    """The keys by kind, and where they live."""

    keystore: KeyStore
    keys: Mapping[str, IssuerKey]

    def named(self) -> dict[str, str]:
        """The body of ``GET /issuers``."""
        return {NAMES[kind]: key_.identity.did for kind, key_ in self.keys.items()}


def open_identities(folder: Path, origin: str) -> Identities:
    """The issuers of a folder, made on first use: one for each kind of key that a suite signs with."""
    store = make_vault(folder)
    keys = {}
    for kind in dict.fromkeys(kind for kinds in SUITES.values() for kind in kinds):
        ref = key(store, kind, f"vc-api-{kind}")
        public = store.public(ref)
        did = did_key.create(public)
        keys[kind] = IssuerKey(ref, IssuerIdentity(did, f"{did}#{public.to_multikey()}", origin))
    return Identities(store, keys)
