"""Secret keys: numbers that print as nothing and that nothing here writes down."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from py_arkworks_bls12381 import G2Point, Scalar

from clicid.errors import Refused
from clicid.keys.algorithms import BLS12_381_G2
from clicid.keys.bbs import octets
from clicid.keys.bbs.ciphersuites import EXPAND_LEN, SHA_256, Ciphersuite
from clicid.keys.public import PublicKey

if TYPE_CHECKING:
    from collections.abc import Callable

_LEAST_MATERIAL: Final = 32
_MAX_INFO: Final = 65535


@dataclass(frozen=True, slots=True, eq=False)
class SecretKey:
    """A number from 1 to r - 1, and the public key it belongs to.

    The arithmetic is not of constant time; the drafts ask for it, the library has none. It runs where
    nobody else can measure: in a key store's process.
    """

    scalar: Scalar = field(repr=False)
    public: PublicKey = field(init=False)

    def __post_init__(self) -> None:
        key = PublicKey.from_raw(BLS12_381_G2, (G2Point() * self.scalar).to_compressed_bytes())
        object.__setattr__(self, "public", key)

    @classmethod
    def from_bytes(cls, raw: bytes) -> SecretKey:
        """32 bytes, big-endian.

        Raises:
            Refused: `keys.format` for a wrong length, zero, or a number not below the order.
        """
        return cls(octets.scalar(raw, "keys.format"))


def generate(
    material: bytes, info: bytes = b"", *, dst: bytes | None = None, suite: Ciphersuite = SHA_256
) -> SecretKey:
    """`KeyGen` and `SkToPk` (3.4): the same key for the same material.

    Args:
        material: At least 32 random bytes, secret.
        info: Tells keys of one material apart.
        dst: The tag; the ciphersuite's if left out.
        suite: The ciphersuite.

    Raises:
        Refused: `keys.format` for too little material or too much information.
    """
    if len(material) < _LEAST_MATERIAL or len(info) > _MAX_INFO:
        raise Refused("keys.format", detail="at least 32 bytes of key material")
    derived = material + len(info).to_bytes(2, "big") + info
    tag = suite.identifier + b"KEYGEN_DST_" if dst is None else dst
    return SecretKey.from_bytes(suite.hash_to_scalar(derived, tag).to_be_bytes())


def random_scalars(random: Callable[[int], bytes], count: int) -> tuple[Scalar, ...]:
    """`calculate_random_scalars` (4.2.1): none of them zero.

    Raises:
        Refused: `keys.bbs_random`: a source that gives zero gives away what it should hide.
    """
    drawn = tuple(Scalar.from_be_bytes_mod_order(random(EXPAND_LEN)) for _ in range(count))
    if any(each.is_zero() for each in drawn):
        raise Refused("keys.bbs_random")
    return drawn
