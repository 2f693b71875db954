"""How a chip proves that it is no copy: active and chip authentication (Doc 9303-11 section 6).

The keys are made here and stay in the object, as the real ones stay in the chip.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from sandbox.chips import arithmetic
from sandbox.chips.curves import CURVES
from sandbox.chips.keys import HASHES, EcPair, ec_public, rsa_public
from sandbox.chips.secure_messaging import SUITES, session

if TYPE_CHECKING:
    from collections.abc import Callable

    from asn1crypto import keys

    from sandbox.chips.keys import Algorithm
    from sandbox.chips.secure_messaging import Session, Suite

CHALLENGE_BYTES: Final = 8
_RSA_BITS: Final = 2048
# ISO/IEC 9796-2:2010: one byte for SHA-1 alone, else the hash function's number and CC.
_TRAILERS: Final = {
    "sha1": b"\xbc", "sha224": b"\x38\xcc", "sha256": b"\x34\xcc", "sha384": b"\x36\xcc",
    "sha512": b"\x35\xcc",
}  # fmt: skip
# BSI TR-03111 section 5.2.1: ecdsa-plain-signatures.
_PLAIN_ECDSA: Final = {
    "sha1": "0.4.0.127.0.7.1.1.4.1.1", "sha224": "0.4.0.127.0.7.1.1.4.1.2",
    "sha256": "0.4.0.127.0.7.1.1.4.1.3",
    "sha384": "0.4.0.127.0.7.1.1.4.1.4",
    "sha512": "0.4.0.127.0.7.1.1.4.1.5",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ActiveKey:
    """A chip's private key for active authentication, kept in what answers with it.

    Args:
        public: For DG15.
        oid: For DG14: how an ECDSA signature is made; empty for RSA.
        answer: The response to INTERNAL AUTHENTICATE with a challenge.
    """

    public: keys.PublicKeyInfo
    oid: str
    answer: Callable[[bytes], bytes]


def active_key(algorithm: Algorithm) -> ActiveKey:
    """A fresh key for active authentication, of an algorithm's kind and hash function."""
    return _active_on_curve(algorithm) if algorithm.family == "ecdsa" else _active_rsa(algorithm.digest)


def _active_rsa(digest: str) -> ActiveKey:
    """ISO/IEC 9796-2 digital signature scheme 1, partial recovery (9303-11 6.1.2)."""
    private = rsa.generate_private_key(65537, _RSA_BITS)
    numbers = private.private_numbers()
    modulus, size = numbers.public_numbers.n, _RSA_BITS // 8
    trailer = _TRAILERS[digest]

    def answer(challenge: bytes) -> bytes:
        """6A, a nonce of the chip's, the hash of nonce and challenge, a trailer; by the private exponent."""
        nonce = secrets.token_bytes(size - 1 - HASHES[digest].digest_size - len(trailer))
        hashed = hashlib.new(digest, nonce + challenge).digest()
        message = int.from_bytes(b"\x6a" + nonce + hashed + trailer, "big")
        return pow(message, numbers.d, modulus).to_bytes(size, "big")

    return ActiveKey(rsa_public(modulus), "", answer)


def _active_on_curve(algorithm: Algorithm) -> ActiveKey:
    """ECDSA over the challenge, the signature's two numbers side by side (9303-11 6.1.2)."""
    curve = CURVES[algorithm.curve]
    pair = EcPair.generate(curve)
    size = (curve.n.bit_length() + 7) // 8

    def answer(challenge: bytes) -> bytes:
        numbers = decode_dss_signature(pair.sign(challenge, algorithm.digest))
        return b"".join(number.to_bytes(size, "big") for number in numbers)

    return ActiveKey(ec_public(curve, pair.point, explicit=True), _PLAIN_ECDSA[algorithm.digest], answer)


@dataclass(frozen=True, slots=True)
class ChipKey:
    """A chip's private key for chip authentication, kept in what agrees by it (9303-11 section 6.2).

    Args:
        public: For DG14.
        suite: What the agreed keys are for; DG14 names it.
        agree: The session with a terminal, by its ephemeral public point, uncompressed. Its send sequence
            counter begins at 0: the first command has 1.
    """

    public: keys.PublicKeyInfo
    suite: Suite
    agree: Callable[[bytes], Session]


def chip_key(curve: str = "brainpool256", suite: str = "aes128") -> ChipKey:
    """A fresh key for chip authentication.

    Args:
        curve: A name of `CURVES`.
        suite: A name of `SUITES`.
    """
    known, agreed = CURVES[curve], SUITES[suite]
    pair = EcPair.generate(known)

    def agree(terminal: bytes) -> Session:
        shared = arithmetic.multiply(known, pair.private, known.read(terminal))
        return session(agreed, known.element(shared[0]))

    return ChipKey(ec_public(known, pair.point, explicit=True), agreed, agree)
