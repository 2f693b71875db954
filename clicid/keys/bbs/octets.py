"""Signatures and proofs as octets (draft-irtf-cfrg-bbs-signatures 4.2.4), read as strictly as written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from py_arkworks_bls12381 import G1Point, Scalar

from clicid.errors import Refused
from clicid.keys.bbs.interface import check_count

POINT: Final = 48
SCALAR: Final = 32
_SIGNATURE: Final = POINT + SCALAR
_LEAST_PROOF: Final = 3 * POINT + 4 * SCALAR
# A proof's e^, r1^, r3^ and challenge; and what a prover commits to: a blind, a secret and a nym.
_BESIDE_MESSAGES: Final = 7
_INFINITY: Final = G1Point.identity()


def integer(number: int) -> bytes:
    """`I2OSP(number, 8)`."""
    return number.to_bytes(8, "big")


def sized(octets: bytes) -> bytes:
    """The octets behind their number."""
    return integer(len(octets)) + octets


def point(octets: bytes, code: str) -> G1Point:
    """A point of the group other than infinity, of which the library reads several encodings.

    Raises:
        Refused: `code`.
    """
    try:
        found = G1Point.from_compressed_bytes(octets)
    except ValueError as error:
        raise Refused(code, detail="not a point of the group G1") from error
    if found == _INFINITY:
        raise Refused(code, detail="the point at infinity")
    return found


def scalar(octets: bytes, code: str) -> Scalar:
    """A scalar from 1 to r - 1.

    Raises:
        Refused: `code`.
    """
    try:
        found = Scalar.from_be_bytes(octets)
    except ValueError as error:
        raise Refused(code, detail="not a scalar below the order") from error
    if found.is_zero():
        raise Refused(code, detail="a scalar that is zero")
    return found


def scalars(octets: bytes, code: str) -> tuple[Scalar, ...]:
    """Scalars one behind the other, and nothing behind them.

    Raises:
        Refused: `code`; `keys.bbs_messages` for more than a signature has.
    """
    count, rest = divmod(len(octets), SCALAR)
    if rest:
        raise Refused(code, detail="cut within a scalar")
    check_count(max(0, count - _BESIDE_MESSAGES))
    return tuple(scalar(octets[at : at + SCALAR], code) for at in range(0, len(octets), SCALAR))


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature (A, e)."""

    a: G1Point = field(repr=False)
    e: Scalar = field(repr=False)

    @classmethod
    def parse(cls, octets: bytes) -> Signature:
        """`octets_to_signature` (4.2.4.3).

        Raises:
            Refused: `keys.signature`.
        """
        if len(octets) != _SIGNATURE:
            raise Refused("keys.signature", detail=f"{_SIGNATURE} bytes are wanted")
        return cls(point(octets[:POINT], "keys.signature"), scalar(octets[POINT:], "keys.signature"))

    def to_octets(self) -> bytes:
        """`signature_to_octets` (4.2.4.2)."""
        return self.a.to_compressed_bytes() + self.e.to_be_bytes()


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof; `commitments` has one scalar for each message that is not disclosed."""

    a_bar: G1Point
    b_bar: G1Point
    d: G1Point
    e_hat: Scalar
    r1_hat: Scalar
    r3_hat: Scalar
    commitments: tuple[Scalar, ...]
    challenge: Scalar

    @classmethod
    def parse(cls, octets: bytes) -> Proof:
        """`octets_to_proof` (4.2.4.5).

        Raises:
            Refused: `keys.signature`; `keys.bbs_messages` for one over too many messages.
        """
        if len(octets) < _LEAST_PROOF:
            raise Refused("keys.signature", detail=f"at least {_LEAST_PROOF} bytes are wanted")
        # The cheap half first: a forger's bytes are seldom scalars all the way.
        e_hat, r1_hat, r3_hat, *commitments, challenge = scalars(octets[3 * POINT :], "keys.signature")
        a_bar, b_bar, d = (
            point(octets[at : at + POINT], "keys.signature") for at in range(0, 3 * POINT, POINT)
        )
        return cls(a_bar, b_bar, d, e_hat, r1_hat, r3_hat, tuple(commitments), challenge)

    def to_octets(self) -> bytes:
        """`proof_to_octets` (4.2.4.4)."""
        points = (self.a_bar, self.b_bar, self.d)
        numbers = (self.e_hat, self.r1_hat, self.r3_hat, *self.commitments, self.challenge)
        return b"".join(
            (
                *(each.to_compressed_bytes() for each in points),
                *(each.to_be_bytes() for each in numbers),
            )
        )
