"""A KeyStore in memory for tests, on `cryptography`; with a seed it makes the same keys each time."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from py_arkworks_bls12381 import G2Point, Scalar

from clicid.adapters import secp256k1_digest
from clicid.errors import LocalError
from clicid.keys import points
from clicid.keys.algorithms import ALGORITHMS, BLS12_381_G2, ED25519, P256, P384, SECP256K1
from clicid.keys.bbs.issuing import issue
from clicid.keys.bbs.secret import SecretKey
from clicid.keys.public import PublicKey
from clicid.keys.store import Capability, KeyRef

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clicid.keys.bbs.issuing import Blinded

Private = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | Scalar

# The algorithms that sign one message; BBS signs a list.
SIGNING = tuple(name for name, row in ALGORITHMS.items() if row.jose)
_SHA256 = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
_SHA384 = ec.ECDSA(hashes.SHA384(), deterministic_signing=True)


class MemoryKeyStore:
    """Private keys in a dict. Signatures are deterministic (RFC 8032, RFC 6979).

    Args:
        seed: Makes each key a function of seed, name and algorithm; random keys without it.
    """

    def __init__(self, seed: bytes | None = None) -> None:
        self._seed = seed
        self._keys: dict[str, tuple[str, Private]] = {}

    def generate(self, alg: str, name: str) -> KeyRef:
        if alg not in ALGORITHMS:
            raise LocalError("keystore.capability", detail=f"no keys of {alg}")
        if name in self._keys:
            raise LocalError("keystore.exists", name)
        secret = secrets.token_bytes(32)
        if self._seed is not None:
            secret = hashlib.sha256(b"\0".join((self._seed, alg.encode(), name.encode()))).digest()
        # 2^-32 and less: the chance that 32 bytes are beyond the order of one of the groups. For P-384
        # they are few, which is good enough for tests.
        self._keys[name] = (alg, _private(alg, secret))
        return KeyRef(name)

    def find(self, name: str) -> KeyRef | None:
        return KeyRef(name) if name in self._keys else None

    def public(self, ref: KeyRef) -> PublicKey:
        alg, private = self._entry(ref)
        if isinstance(private, Scalar):
            return PublicKey.from_raw(alg, points.dump(G2Point() * private))
        return PublicKey.from_raw(alg, points.dump(private.public_key()))

    def sign(self, ref: KeyRef, message: bytes, alg: str) -> bytes:
        kind, private = self._entry(ref)
        if kind != alg or isinstance(private, Scalar):
            raise LocalError("keystore.capability", ref.name, f"no key for {alg}")
        if isinstance(private, ed25519.Ed25519PrivateKey):
            return private.sign(message)
        r, s = decode_dss_signature(private.sign(message, _SHA384 if kind == P384 else _SHA256))
        size = ALGORITHMS[kind].signature_size // 2
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    def sign_digest(self, ref: KeyRef, digest: bytes) -> bytes:
        kind, private = self._entry(ref)
        if kind != SECP256K1 or not isinstance(private, ec.EllipticCurvePrivateKey):
            raise LocalError("keystore.capability", ref.name, "digests are signed with secp256k1 only")
        scalar = private.private_numbers().private_value.to_bytes(32, "big")
        return secp256k1_digest.sign(scalar, digest)

    def agree(self, ref: KeyRef, public: PublicKey) -> bytes:
        kind, private = self._entry(ref)
        if kind != P256 or public.algorithm.name != P256:
            raise LocalError("keystore.capability", ref.name, "keys are agreed on P-256 only")
        peer = points.load(P256, public.raw)
        assert isinstance(peer, ec.EllipticCurvePublicKey)
        assert isinstance(private, ec.EllipticCurvePrivateKey)
        return private.exchange(ec.ECDH(), peer)

    def bbs_sign(
        self, ref: KeyRef, header: bytes, messages: Sequence[bytes], blinded: Blinded | None = None
    ) -> bytes:
        _, private = self._entry(ref)
        if not isinstance(private, Scalar):
            raise LocalError("keystore.capability", ref.name, "BBS signs with keys of BLS12-381 only")
        return issue(SecretKey(private), header, messages, blinded)

    def remove(self, ref: KeyRef) -> None:
        self._keys.pop(ref.name, None)

    def capabilities(self) -> frozenset[Capability]:
        return frozenset(
            {
                Capability.ED25519,
                Capability.P256,
                Capability.P384,
                Capability.SECP256K1_DIGEST,
                Capability.AGREE_P256,
                Capability.BBS,
            }
        )

    def _entry(self, ref: KeyRef) -> tuple[str, Private]:
        if ref.name not in self._keys:
            raise LocalError("keystore.unknown", ref.name)
        return self._keys[ref.name]


def _private(alg: str, secret: bytes) -> Private:
    if alg == ED25519:
        return ed25519.Ed25519PrivateKey.from_private_bytes(secret)
    if alg == BLS12_381_G2:
        return Scalar.from_be_bytes_mod_order(secret)
    return ec.derive_private_key(int.from_bytes(secret, "big"), points.CURVES[alg])
