"""Whether bytes are a public key: the checks OpenSSL leaves out or makes only when verifying."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from py_arkworks_bls12381 import G2Point

from clicid.errors import Refused
from clicid.keys.algorithms import BLS12_381_G2, ED25519, P256, P384, SECP256K1

Handle = Ed25519PublicKey | ec.EllipticCurvePublicKey | G2Point

CURVES: Final[dict[str, ec.EllipticCurve]] = {
    P256: ec.SECP256R1(),
    P384: ec.SECP384R1(),
    SECP256K1: ec.SECP256K1(),
}

# edwards25519 (RFC 8032 5.1): -x^2 + y^2 = 1 + d x^2 y^2 over the integers modulo p.
_P: Final = 2**255 - 19
_D: Final = -121665 * pow(121666, -1, _P) % _P
_SQRT_MINUS_ONE: Final = pow(2, (_P - 1) // 4, _P)


def _small_order_ys() -> frozenset[int]:
    """The y of the eight points whose order divides 8.

    Order 1 and 2 have y = 1 and -1, order 4 has y = 0. A point of order 8 doubles to one of order
    4, so that x^2 = -y^2 there, whence d y^4 + 2 y^2 - 1 = 0 and y^2 = (-1 +- sqrt(1 + d)) / d.
    """
    root = _square_root(1 + _D)
    squares = ((sign * root - 1) * pow(_D, -1, _P) % _P for sign in (1, -1))
    ys = (_square_root(square) for square in squares if _is_square(square))
    return frozenset({0, 1, _P - 1}) | {candidate % _P for y in ys for candidate in (y, -y)}


def _is_square(value: int) -> bool:
    """Whether a number is a square modulo p, by the Jacobi symbol, whose laws need no exponentiation.

    They take twos out, and turn upside down what is left, until nothing is. Euler's criterion says the
    same and takes five times as long, about as long as a signature check.
    """
    above, below, square = value % _P, _P, True
    while above:
        twos = (above & -above).bit_length() - 1
        above >>= twos
        if twos & 1 and below & 7 in (3, 5):
            square = not square
        if above & 3 == 3 == below & 3:
            square = not square
        above, below = below % above, above
    return square or below != 1


def _square_root(value: int) -> int:
    root = pow(value, (_P + 3) // 8, _P)
    return root if (root * root - value) % _P == 0 else root * _SQRT_MINUS_ONE % _P


_SMALL_ORDER_YS: Final = _small_order_ys()


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
    # x^2 = (y^2 - 1) / (d y^2 + 1); a quotient is a square exactly when the product is.
    square = y * y % _P
    return "" if _is_square((square - 1) * (_D * square + 1) % _P) else "not a point of the curve"
