"""P-256 signatures, checked by AWS-LC where it is installed, else by OpenSSL (ADR 0051).

Keys come in as points that are written out whole.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from clicid.errors import Refused

if TYPE_CHECKING:
    AwsLc: Any
else:
    try:
        from awscrt.crypto import EC as AwsLc  # noqa: N811 - a key of the other library is an EC too
    except ImportError:  # Who has not the extra `aws-lc`.
        AwsLc = None

Verifier: TypeAlias = Any
"""A key as the library that checks by it has it."""

_POINT_BYTES: Final = 65
_UNCOMPRESSED: Final = 4
# RFC 5480 2: a SubjectPublicKeyInfo of a P-256 key up to the point, in the one form that DER has of it.
_BEFORE_POINT: Final = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
_CURVE: Final = ec.SECP256R1()
_ECDSA: Final = ec.ECDSA(hashes.SHA256())


def load(point: bytes, where: str = "") -> Verifier:
    """A point to what checks signatures by it.

    Args:
        point: SEC 1 2.3.3, not compressed: 65 bytes. AWS-LC takes the hybrid form for the same.
        where: The place to name in an error.

    Raises:
        Refused: `keys.format` unless it is that form of a point of the curve.
    """
    if len(point) != _POINT_BYTES or point[0] != _UNCOMPRESSED:
        raise Refused("keys.format", where, "not a SEC 1 point")
    try:
        if AwsLc is None:
            return ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point)
        return AwsLc.new_key_from_der_data(_BEFORE_POINT + point)
    except (RuntimeError, ValueError) as error:
        raise Refused("keys.format", where, "not a point of the curve") from error


def verify(verifier: Verifier, signature: bytes, message: bytes) -> bool:
    """Whether r || s (64 bytes, RFC 7518 3.4) is an ECDSA signature over SHA-256 of the message."""
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    der = encode_dss_signature(r, s)
    if type(verifier) is AwsLc:
        good: bool = verifier.verify(hashlib.sha256(message).digest(), der)
        return good
    try:
        verifier.verify(der, message, _ECDSA)
    except InvalidSignature:
        return False
    return True
