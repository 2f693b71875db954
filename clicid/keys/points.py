"""Whether bytes are a public key: the checks OpenSSL leaves out or makes only when verifying."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from nacl.bindings import crypto_core_ed25519_add
from nacl.exceptions import RuntimeError as SodiumError
from py_arkworks_bls12381 import G2Point

from clicid.errors import Refused
from clicid.keys.algorithms import BLS12_381_G2, ED25519, P256, P384, SECP256K1

Handle = Ed25519PublicKey | ec.EllipticCurvePublicKey | G2Point

CURVES: Final[dict[str, ec.EllipticCurve]] = {
    P256: ec.SECP256R1(),
    P384: ec.SECP384R1(),
    SECP256K1: ec.SECP256K1(),
}

_P: Final = 2**255 - 19
# The y of the eight points whose order divides 8: 1, -1, 0, and two that are each other's negatives.
_OF_ORDER_EIGHT: Final = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER_YS: Final = frozenset({0, 1, _P - 1, _OF_ORDER_EIGHT, _P - _OF_ORDER_EIGHT})
_BASE: Final = (4 * pow(5, -1, _P) % _P).to_bytes(32, "little")


def load(name: str, raw: bytes, where: str = "") -> Handle:
    """Bytes to a key of the algorithm `name`.

    Ed25519: 32 bytes, y below p, a point of the curve whose order does not divide 8. BLS12-381: a
    compressed point of G2 in the subgroup of prime order. Others: a SEC 1 point, compressed or not,
    of the curve. Never the point at infinity.

    Raises:
        Refused: `keys.format`.
    """
    if name == ED25519:
        return _load_edwards(raw, where)
    if name == BLS12_381_G2:
        return _load_g2(raw, where)
    if raw[:1] not in (b"\x02", b"\x03", b"\x04"):
        raise Refused("keys.format", where, "not a SEC 1 point")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(CURVES[name], raw)
    except ValueError as error:
        raise Refused("keys.format", where, "not a point of the curve") from error


def dump(handle: Handle) -> bytes:
    """A key to its short form: RFC 8032, a compressed point of G2, or a compressed SEC 1 point."""
    if isinstance(handle, Ed25519PublicKey):
        return handle.public_bytes_raw()
    if isinstance(handle, G2Point):
        return handle.to_compressed_bytes()
    return handle.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)


def _load_edwards(raw: bytes, where: str) -> Ed25519PublicKey:
    if len(raw) != 32:
        raise Refused("keys.format", where, "32 bytes are wanted")
    fault = _edwards_fault(int.from_bytes(raw, "little") & (1 << 255) - 1)
    if fault:
        raise Refused("keys.format", where, fault)
    return Ed25519PublicKey.from_public_bytes(raw)


# Holding the point against the subgroup costs about as much as a pairing; issuers' keys come again.
@lru_cache(maxsize=1024)
def _g2(raw: bytes) -> G2Point | None:
    try:
        point = G2Point.from_compressed_bytes(raw)
    except ValueError:
        return None
    # The library reads several encodings of infinity, and with them several of this "key".
    return None if point == G2Point.identity() else point


def _load_g2(raw: bytes, where: str) -> G2Point:
    point = _g2(bytes(raw))
    if point is None:
        raise Refused("keys.format", where, "not a point of the group G2")
    return point


# Issuers' keys come again and again.
@lru_cache(maxsize=1024)
def _edwards_fault(y: int) -> str:
    if y >= _P:
        return "not the canonical encoding"
    if y in _SMALL_ORDER_YS:
        return "a point of small order"
    try:
        # The shortest way to have libsodium say whether it is on the curve: the sign of x plays no part.
        crypto_core_ed25519_add(_BASE, y.to_bytes(32, "little"))
    except SodiumError:
        return "not a point of the curve"
    return ""
