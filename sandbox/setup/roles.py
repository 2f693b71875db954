"""The five roles of a network, each with a key of its own in a vault of its own.

| role | may | may not |
|---|---|---|
| governance | accredit, register, withdraw | issue, revoke |
| DID owner | name and end the issuer's keys, create lists, lift suspensions | accredit |
| status committer | set status bits | clear them, issue |
| gas payer | pay | anything else |
| credential keys | sign credentials | write on chain |

Beside them is the root of the issuer's certificates: it certifies, and signs nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from clicid.adapters.chain_transactions import address_of
from clicid.keys.algorithms import ED25519, P256, SECP256K1
from issuer.vaults import make_vault
from sandbox.setup.vaults import key

if TYPE_CHECKING:
    from pathlib import Path

    from clicid.adapters.chain_transactions import Signer
    from clicid.adapters.keystore_askar import AskarKeyStore

OWNER, COMMITTER, PAYER, GOVERNANCE = "did-owner", "status-committer", "gas-payer", "governance"
SD_JWT, DATA_INTEGRITY, WRAPPING = "credential-sd-jwt", "credential-data-integrity", "person-keys"
DOCUMENT_SIGNER = "document-signer"
ROOTS = ("root-1", "root-2", "root-3")


@dataclass(frozen=True, slots=True)
class Roles:
    """The vaults, open. Owner, governance and authority are where the issuer's process cannot reach them."""

    roots: AskarKeyStore
    governance: AskarKeyStore
    owner: AskarKeyStore
    issuer: AskarKeyStore
    authority: AskarKeyStore

    @classmethod
    def open(cls, folder: Path, issuer_folder: Path) -> Self:
        """Open or make all of them, with their keys."""
        roles = cls(
            roots=make_vault(folder / "roots"),
            governance=make_vault(folder / "governance"),
            owner=make_vault(folder / "did-owner"),
            issuer=make_vault(issuer_folder),
            authority=make_vault(folder / "iaca"),
        )
        for name in ROOTS:
            key(roles.roots, ED25519, name)
        key(roles.governance, SECP256K1, GOVERNANCE)
        key(roles.owner, SECP256K1, OWNER)
        for name in (COMMITTER, PAYER):
            key(roles.issuer, SECP256K1, name)
        for algorithm, name in (
            (P256, SD_JWT),
            (ED25519, DATA_INTEGRITY),
            (P256, DOCUMENT_SIGNER),
            (P256, WRAPPING),
        ):
            key(roles.issuer, algorithm, name)
        return roles

    def close(self) -> None:
        """Close all vaults."""
        for vault in (self.roots, self.governance, self.owner, self.issuer, self.authority):
            vault.close()

    def signer(self, name: str) -> Signer:
        """The store and reference of a role's key."""
        vault = {OWNER: self.owner, GOVERNANCE: self.governance}.get(name, self.issuer)
        return vault, key(vault, SECP256K1, name)

    def address(self, name: str) -> bytes:
        """The account of a role's key (20 bytes)."""
        store, ref = self.signer(name)
        return address_of(store.public(ref))
