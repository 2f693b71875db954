"""The two BLS12-381 ciphersuites (draft-irtf-cfrg-bbs-signatures 7.2) and hashing to the curve (RFC 9380)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from py_arkworks_bls12381 import G1Point, Scalar

from clicid.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

ORDER: Final = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
"""The prime order r of G1 and G2."""

EXPAND_LEN: Final = 48
_FIELD: Final = int(
    "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab", 16
)
_FIELD_LEN: Final = 64
_SHA256_BLOCK: Final = bytes(64)


def expand_message_xmd(message: bytes, dst: bytes, size: int) -> bytes:
    """`expand_message_xmd` with SHA-256 (RFC 9380 5.3.1).

    Raises:
        Refused: `codec.size` for a tag above 255 bytes, or more than 255 blocks.
    """
    _sizes(dst, size, 255 * 32)
    tag = dst + bytes([len(dst)])
    first = hashlib.sha256(_SHA256_BLOCK + message + size.to_bytes(2, "big") + b"\0" + tag).digest()
    block, out = bytes(32), b""
    for number in range(1, -(-size // 32) + 1):
        mixed = (int.from_bytes(first, "big") ^ int.from_bytes(block, "big")).to_bytes(32, "big")
        block = hashlib.sha256(mixed + bytes([number]) + tag).digest()
        out += block
    return out[:size]


def expand_message_xof(message: bytes, dst: bytes, size: int) -> bytes:
    """`expand_message_xof` with SHAKE-256 (RFC 9380 5.3.2).

    Raises:
        Refused: `codec.size` for a tag above 255 bytes, or more than 65535 bytes wanted.
    """
    _sizes(dst, size, 65535)
    return hashlib.shake_256(message + size.to_bytes(2, "big") + dst + bytes([len(dst)])).digest(size)


def _sizes(dst: bytes, size: int, most: int) -> None:
    if len(dst) > 255 or size > most:
        raise Refused("codec.size", detail="more than the hash expands")


@dataclass(frozen=True, slots=True)
class Ciphersuite:
    """A ciphersuite: its identifier, and the hash all else is built on.

    Args:
        identifier: `ciphersuite_id`, the beginning of every tag.
        expand: `expand_message` of message, tag and size.
    """

    identifier: bytes
    expand: Callable[[bytes, bytes, int], bytes]

    def hash_to_scalar(self, message: bytes, dst: bytes) -> Scalar:
        """`hash_to_scalar` (4.2.2)."""
        return Scalar.from_be_bytes_mod_order(self.expand(message, dst, EXPAND_LEN))

    def hash_to_g1(self, message: bytes, dst: bytes) -> G1Point:
        """`hash_to_curve_g1` (RFC 9380 3): two field elements, each mapped to the curve."""
        uniform = self.expand(message, dst, 2 * _FIELD_LEN)
        first, second = (int.from_bytes(half, "big") % _FIELD for half in (uniform[:64], uniform[64:]))
        # Clearing the cofactor is linear, so that the sum of two cleared points is the cleared sum.
        return _mapped(first) + _mapped(second)


def _mapped(element: int) -> G1Point:
    return G1Point.map_from_fp_be(element.to_bytes(48, "big"))


SHA_256: Final = Ciphersuite(b"BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_", expand_message_xmd)
SHAKE_256: Final = Ciphersuite(b"BBS_BLS12381G1_XOF:SHAKE-256_SSWU_RO_", expand_message_xof)
