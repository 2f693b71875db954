"""The protocol behind which private keys live. Nothing here ever returns a private key."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clicid.keys.bbs.issuing import Blinded
    from clicid.keys.public import PublicKey


@dataclass(frozen=True, slots=True)
class KeyRef:
    """The name of a key inside one store; it says nothing about the key."""

    name: str


class Capability(StrEnum):
    """What a store can do. What it cannot is refused at start, not at first use."""

    ED25519 = "Ed25519"
    P256 = "P-256"
    P384 = "P-384"
    SECP256K1_DIGEST = "secp256k1-digest"
    AGREE_P256 = "agree-P-256"
    AGREE_X25519 = "agree-X25519"
    BBS = "bbs"


class KeyStore(Protocol):
    """Private keys by reference. All methods raise `LocalError` (`keystore.*`)."""

    def generate(self, alg: str, name: str) -> KeyRef:
        """Make a key of an algorithm of `clicid.keys.algorithms` under a name not yet used."""

    def find(self, name: str) -> KeyRef | None:
        """The reference of a key made earlier, or None."""

    def public(self, ref: KeyRef) -> PublicKey:
        """The public half."""

    def sign(self, ref: KeyRef, message: bytes, alg: str) -> bytes:
        """Sign a message: Ed25519 gives 64 bytes, ECDSA r || s (64 bytes, on P-384 96; RFC 7518 3.4)."""

    def sign_digest(self, ref: KeyRef, digest: bytes) -> bytes:
        """Sign 32 bytes with secp256k1: r || s || recovery id (65 bytes, low s)."""

    def agree(self, ref: KeyRef, public: PublicKey) -> bytes:
        """The raw shared secret of a Diffie-Hellman agreement (32 bytes)."""

    def bbs_sign(
        self, ref: KeyRef, header: bytes, messages: Sequence[bytes], blinded: Blinded | None = None
    ) -> bytes:
        """A BBS signature (80 bytes), also over what a prover committed to.

        Raises:
            Refused: `keys.bbs_messages`, `keys.bbs_commitment`: what is to be signed is wrong.
        """

    def remove(self, ref: KeyRef) -> None:
        """Destroy the key. Removing what is not there is no error."""

    def capabilities(self) -> frozenset[Capability]:
        """What this store can do."""
