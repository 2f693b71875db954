"""A KeyStore in an encrypted Askar vault.

Ed25519, P-256 and P-384 never leave Askar. Askar cannot sign an Ethereum digest and has no BBS, so a scalar
of secp256k1 or BLS12-381 is taken from the vault for the moment of one signature, in `secp256k1_digest`
or `bbs_scalar`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aries_askar import Key, KeyAlg

from clicid.adapters import bbs_scalar, secp256k1_digest
from clicid.adapters.askar_vault import AskarVault, check_name
from clicid.errors import LocalError
from clicid.keys.algorithms import BLS12_381_G2, ED25519, P256, P384, SECP256K1
from clicid.keys.public import PublicKey
from clicid.keys.store import Capability, KeyRef

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clicid.keys.bbs.issuing import Blinded

_ASKAR: Final = {
    ED25519: KeyAlg.ED25519,
    P256: KeyAlg.P256,
    P384: KeyAlg.P384,
    SECP256K1: KeyAlg.K256,
    BLS12_381_G2: KeyAlg.BLS12_381_G2,
}
_NAMES: Final = {askar: name for name, askar in _ASKAR.items()}
_CAPABILITIES: Final = frozenset(
    {
        Capability.ED25519,
        Capability.P256,
        Capability.P384,
        Capability.SECP256K1_DIGEST,
        Capability.AGREE_P256,
        Capability.BBS,
    }
)


class AskarKeyStore(AskarVault):
    """Keys and sealed records in one vault (`AskarVault.open`); a `clicid.keys.store.KeyStore`."""

    def generate(self, alg: str, name: str) -> KeyRef:
        """Make a key; `keystore.exists` if the name is taken, `keystore.capability` for another `alg`."""
        if alg not in _ASKAR:
            raise LocalError("keystore.capability", detail=f"no keys of {alg}")
        check_name(name)
        self._run(self._insert_key(name, Key.generate(_ASKAR[alg])))
        return KeyRef(name)

    def find(self, name: str) -> KeyRef | None:
        """The reference of a key made earlier, or None."""
        return KeyRef(name) if self._run(self._fetch_key(name)) else None

    def public(self, ref: KeyRef) -> PublicKey:
        """The public half; `keystore.unknown` if there is no such key."""
        key = self._key(ref)
        return PublicKey.from_raw(_NAMES[key.algorithm], key.get_public_bytes())

    def sign(self, ref: KeyRef, message: bytes, alg: str) -> bytes:
        """RFC 8032, or r || s (`PublicKey.verify`); `keystore.capability` if the key is not of `alg`."""
        key = self._key(ref)
        if _NAMES[key.algorithm] != alg or alg == BLS12_381_G2:
            raise LocalError("keystore.capability", ref.name, f"no key for {alg}")
        signature: bytes = key.sign_message(message)
        return signature

    def sign_digest(self, ref: KeyRef, digest: bytes) -> bytes:
        """Give r || s || recovery id over 32 bytes; `keystore.capability` for a key of another curve."""
        key = self._key(ref)
        if key.algorithm != KeyAlg.K256:
            raise LocalError("keystore.capability", ref.name, "digests are signed with secp256k1 only")
        return secp256k1_digest.sign(key.get_secret_bytes(), digest)

    def agree(self, ref: KeyRef, public: PublicKey) -> bytes:
        """The shared x coordinate (32 bytes); P-256 only, else `keystore.capability`."""
        key = self._key(ref)
        if key.algorithm != KeyAlg.P256 or public.algorithm.name != P256:
            raise LocalError("keystore.capability", ref.name, "keys are agreed on P-256 only")
        # Askar fills a symmetric key of 32 bytes with the raw secret; no derivation takes place.
        shared = key.key_exchange(KeyAlg.A256GCM, Key.from_public_bytes(KeyAlg.P256, public.raw))
        secret: bytes = shared.get_secret_bytes()
        return secret

    def bbs_sign(
        self, ref: KeyRef, header: bytes, messages: Sequence[bytes], blinded: Blinded | None = None
    ) -> bytes:
        """80 bytes; `keystore.capability` for a key of another curve, `Refused` as the protocol says."""
        key = self._key(ref)
        if key.algorithm != KeyAlg.BLS12_381_G2:
            raise LocalError("keystore.capability", ref.name, "BBS signs with keys of BLS12-381 only")
        return bbs_scalar.sign(key.get_secret_bytes(), header, messages, blinded)

    def remove(self, ref: KeyRef) -> None:
        """Destroy the key. Removing what is not there is no error."""
        self._run(self._remove_key(ref.name))

    def capabilities(self) -> frozenset[Capability]:
        """Ed25519, P-256 (signing and agreement), P-384, secp256k1 over digests, BBS."""
        return _CAPABILITIES

    def _key(self, ref: KeyRef) -> Any:
        key = self._run(self._fetch_key(ref.name))
        if key is None:
            raise LocalError("keystore.unknown", ref.name)
        return key

    async def _insert_key(self, name: str, key: Key) -> None:
        async with self._store.session() as session:
            await session.insert_key(name, key)

    async def _fetch_key(self, name: str) -> Key | None:
        async with self._store.session() as session:
            entry = await session.fetch_key(name)
            return entry.key if entry else None

    async def _remove_key(self, name: str) -> None:
        async with self._store.session() as session:
            if await session.fetch_key(name):
                await session.remove_key(name)
