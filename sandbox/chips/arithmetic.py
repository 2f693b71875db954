"""Elliptic curves by hand: for curves that no library here has, and for signatures that none would make.

Affine and not in constant time: the keys are made for a specimen and thrown away.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, TypeAlias

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

if TYPE_CHECKING:
    from sandbox.chips.curves import Curve

    Point: TypeAlias = tuple[int, int]


def multiply(curve: Curve, scalar: int, point: Point) -> Point:
    """A multiple of a point, by doubling and adding; the scalar is from 1 to the order less 1."""
    found: Point | None = None
    for bit in f"{scalar:b}":
        if found is not None:
            found = _add(curve, found, found)
        if bit == "1":
            found = point if found is None else _add(curve, found, point)
    if found is None:
        raise ValueError("a scalar of nothing")
    return found


def _add(curve: Curve, one: Point, other: Point) -> Point:
    """The chord's or tangent's third point, mirrored; sums to infinity do not come up below the order."""
    if one == other:
        slope = (3 * one[0] ** 2 + curve.a) * pow(2 * one[1], -1, curve.p)
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, curve.p)
    x = (slope**2 - one[0] - other[0]) % curve.p
    return x, (slope * (one[0] - x) - one[1]) % curve.p


def scalar(curve: Curve) -> int:
    """A random one, from 1 to the order less 1."""
    return secrets.randbelow(curve.n - 1) + 1


def sign(curve: Curve, private: int, generator: Point, message: bytes, digest: str) -> bytes:
    """ECDSA (SEC 1 section 4.1.3) with a generator of one's choice, DER."""
    hashed = hashlib.new(digest, message).digest()
    number = int.from_bytes(hashed, "big") >> max(0, 8 * len(hashed) - curve.n.bit_length())
    once = scalar(curve)
    r = multiply(curve, once, generator)[0] % curve.n
    return encode_dss_signature(r, pow(once, -1, curve.n) * (number + r * private) % curve.n)
