"""Signing an Ethereum digest with secp256k1 in software.

Beside `bbs_scalar` the one place where a private scalar is in this process's memory as a number: Askar signs
K-256 only over SHA-256, and Ethereum needs Keccak digests and the recovery id. The scalar is
handed to OpenSSL; the arithmetic in Python below only ever sees public values.
"""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature

from clicid.errors import LocalError

# SEC 2 2.4.1: the field, the order of the group and its generator.
_P: Final = 2**256 - 2**32 - 977
_N: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_G: Final = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)
# RFC 6979: the nonce follows from scalar and digest, so no bad random source can leak the scalar.
_DETERMINISTIC: Final = ec.ECDSA(Prehashed(hashes.SHA256()), deterministic_signing=True)

_Point = tuple[int, int] | None
"""None is the point at infinity."""


def sign(scalar: bytes, digest: bytes) -> bytes:
    """Sign 32 bytes.

    Args:
        scalar: The private key, 32 bytes big-endian.
        digest: What to sign, already hashed.

    Returns:
        r || s || recovery id (65 bytes); s is in the lower half (EIP-2), the id is 0 to 3.

    Raises:
        LocalError: `keystore.capability` for a digest of another length.
    """
    if len(digest) != 32:
        raise LocalError("keystore.capability", detail="a digest of 32 bytes is wanted")
    private = ec.derive_private_key(int.from_bytes(scalar, "big"), ec.SECP256K1())
    r, s = decode_dss_signature(private.sign(digest, _DETERMINISTIC))
    s = min(s, _N - s)
    public = private.public_key().public_numbers()
    recovery = _recovery_id(int.from_bytes(digest, "big"), r, s, (public.x, public.y))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes((recovery,))


def _recovery_id(digest: int, r: int, s: int, public: tuple[int, int]) -> int:
    """Which of the points with x = r (mod n) the nonce's was (SEC 1 4.1.6): R = z/s G + r/s Q."""
    inverse = pow(s, -1, _N)
    nonce_point = _add(_times(digest * inverse % _N, _G), _times(r * inverse % _N, public))
    if nonce_point is None:
        raise LocalError("keystore.failed", detail="the signature does not fit its key")
    x, y = nonce_point
    return (y & 1) | (2 if x >= _N else 0)


def _times(factor: int, point: _Point) -> _Point:
    total: _Point = None
    while factor:
        if factor & 1:
            total = _add(total, point)
        point = _add(point, point)
        factor >>= 1
    return total


def _add(a: _Point, b: _Point) -> _Point:
    if a is None or b is None:
        return a or b
    (ax, ay), (bx, by) = a, b
    if ax == bx:
        if (ay + by) % _P == 0:
            return None
        slope = 3 * ax * ax * pow(2 * ay, -1, _P)
    else:
        slope = (by - ay) * pow(bx - ax, -1, _P)
    x = (slope * slope - ax - bx) % _P
    return x, (slope * (ax - x) - ay) % _P
