"""P-256 signatures, checked by AWS-LC (ADR 0051). Keys come in as points that are written out whole."""

from __future__ import annotations

import hashlib
from typing import Final, TypeAlias

from awscrt.crypto import EC
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from clicid.errors import Refused

Verifier: TypeAlias = EC

POINT_BYTES: Final = 65
SIGNATURE_BYTES: Final = 64
UNCOMPRESSED: Final = 4
# RFC 5480 2: a SubjectPublicKeyInfo of a P-256 key up to the point, in the one form that DER has of it.
_BEFORE_POINT: Final = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")


def load(point: bytes, where: str = "") -> Verifier:
    """A point to what checks signatures by it.

    Args:
        point: SEC 1 2.3.3, not compressed: 65 bytes. The library takes the hybrid form for the same.
        where: The place to name in an error.

    Raises:
        Refused: `keys.format` unless it is that form of a point of the curve.
    """
    if len(point) != POINT_BYTES or point[0] != UNCOMPRESSED:
        raise Refused("keys.format", where, "not a SEC 1 point")
    try:
        return EC.new_key_from_der_data(_BEFORE_POINT + point)
    except RuntimeError as error:
        raise Refused("keys.format", where, "not a point of the curve") from error


def verify(verifier: Verifier, signature: bytes, message: bytes) -> bool:
    """Whether r || s (64 bytes, RFC 7518 3.4) is an ECDSA signature over SHA-256 of the message."""
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    good: bool = verifier.verify(hashlib.sha256(message).digest(), encode_dss_signature(r, s))
    return good
