"""Keys that sign without a private key: what a careless check of a signature takes for one."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from asn1crypto import algos, core
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from sandbox.chips import arithmetic
from sandbox.chips.curves import CURVES
from sandbox.chips.keys import SigningKey, ec_public, rsa_public

if TYPE_CHECKING:
    from asn1crypto import keys

    from sandbox.chips.keys import Algorithm

_BYTES: Final = 384  # beside SHA-512, the root leaves too little room in 256
_CUBE: Final = 3


def borrowed(algorithm: Algorithm, victim: keys.PublicKeyInfo) -> SigningKey:
    """Somebody else's public point Q, made the generator of a curve of one's own: its private key is 1.

    What CVE-2020-0601 let pass: a verifier that knows keys by their points alone takes this for the other's.

    Args:
        algorithm: The victim's.
        victim: The victim's public key, all that is needed.
    """
    curve = CURVES[algorithm.curve]
    point = curve.read(victim["public_key"].native)
    return SigningKey(
        ec_public(curve, point, explicit=True, generator=point),
        algorithm.identifier(),
        algorithm.digest,
        lambda message: arithmetic.sign(curve, 1, point, message, algorithm.digest),
    )


def cube_root(algorithm: Algorithm) -> SigningKey:
    """A key with exponent 3, and padding that says too early where the hash ends (CVE-2006-4339).

    The cube of the signature begins as PKCS#1 wants it; behind the hash stands what came of it.
    """
    modulus = rsa.generate_private_key(_CUBE, 8 * _BYTES).public_key().public_numbers().n

    def sign(message: bytes) -> bytes:
        hashed = algos.DigestInfo(
            {
                "digest_algorithm": {"algorithm": algorithm.digest, "parameters": core.Null()},
                "digest": hashlib.new(algorithm.digest, message).digest(),
            }
        )
        head = b"\x00\x01" + 8 * b"\xff" + b"\x00" + hashed.dump()
        highest = int.from_bytes(head.ljust(_BYTES, b"\xff"), "big")
        return _root(highest).to_bytes(_BYTES, "big")

    return SigningKey(rsa_public(modulus, _CUBE), algorithm.identifier(), algorithm.digest, sign)


def zeros(key: SigningKey) -> SigningKey:
    """A key on a curve whose signatures are two zeros (CVE-2022-21449)."""
    return replace(key, sign=lambda _: encode_dss_signature(0, 0))


def _root(cube: int) -> int:
    """The largest number whose cube is not above."""
    low, high = 0, 1 << (cube.bit_length() // _CUBE + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**_CUBE <= cube else (low, middle)
    return low
