"""What an interface of the scheme fixes: its tags, its generators, and how a message becomes a scalar."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from clicid.keys.bbs.ciphersuites import EXPAND_LEN, Ciphersuite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from py_arkworks_bls12381 import G1Point, Scalar

MAX_MESSAGES: Final = 1024
"""Messages that a signer signs at once: to verify a proof over as many takes some 50 ms."""

_BLOCK: Final = 32


@dataclass(frozen=True, slots=True)
class Generators:
    """Q_1 and H_1 ... H_L: points of G1 with their octets, which every domain hashes anew."""

    points: tuple[G1Point, ...]
    octets: tuple[bytes, ...]

    def followed_by(self, more: Generators) -> Generators:
        """These and then those."""
        return Generators(self.points + more.points, self.octets + more.octets)


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface (3.8).

    Args:
        suite: The ciphersuite.
        api_id: The identifier that begins each of its tags.
    """

    suite: Ciphersuite
    api_id: bytes

    @classmethod
    def of(cls, suite: Ciphersuite, name: bytes) -> Interface:
        """The interface of a ciphersuite and a name like ``H2G_HM2S_``."""
        return cls(suite, suite.identifier + name)

    def hash_to_scalar(self, octets: bytes) -> Scalar:
        """`hash_to_scalar` with the tag that domains, challenges and signatures share."""
        return self.suite.hash_to_scalar(octets, self.api_id + b"H2S_")

    def messages_to_scalars(self, messages: Sequence[bytes]) -> tuple[Scalar, ...]:
        """`messages_to_scalars` (4.1.2).

        Raises:
            Refused: `keys.bbs_messages` above `MAX_MESSAGES`.
        """
        check_count(len(messages))
        dst = self.api_id + b"MAP_MSG_TO_SCALAR_AS_HASH_"
        return tuple(self.suite.hash_to_scalar(message, dst) for message in messages)

    def generators(self, count: int) -> Generators:
        """`create_generators` (4.1.1): the first `count`, Q_1 included.

        Raises:
            Refused: `keys.bbs_messages` for more than `MAX_MESSAGES` messages.
        """
        return _created(self.suite, self.api_id, count)

    def blind_generators(self, count: int) -> Generators:
        """The generators for what a prover commits to (draft-irtf-cfrg-bbs-blind-signatures), Q_2 first."""
        return _created(self.suite, b"BLIND_" + self.api_id, count)


def check_count(count: int) -> None:
    """Refuse (`keys.bbs_messages`) more messages than one signature may hold, or fewer than none."""
    if not 0 <= count <= MAX_MESSAGES:
        raise Refused("keys.bbs_messages", detail=f"0 to {MAX_MESSAGES} messages are wanted")


def _created(suite: Ciphersuite, api_id: bytes, count: int) -> Generators:
    check_count(count - 1)
    blocks = [_block(suite, api_id, number)[1] for number in range(-(-count // _BLOCK))]
    points = tuple(point for block in blocks for point in block.points)
    octets = tuple(raw for block in blocks for raw in block.octets)
    return Generators(points[:count], octets[:count])


# A block goes on where the one before ended: what was made is never made again. 160 microseconds a point.
@lru_cache(maxsize=512)
def _block(suite: Ciphersuite, api_id: bytes, number: int) -> tuple[bytes, Generators]:
    seed_dst = api_id + b"SIG_GENERATOR_SEED_"
    if number:
        state = _block(suite, api_id, number - 1)[0]
    else:
        state = suite.expand(api_id + b"MESSAGE_GENERATOR_SEED", seed_dst, EXPAND_LEN)
    points = []
    for index in range(number * _BLOCK + 1, (number + 1) * _BLOCK + 1):
        state = suite.expand(state + index.to_bytes(8, "big"), seed_dst, EXPAND_LEN)
        points.append(suite.hash_to_g1(state, api_id + b"SIG_GENERATOR_DST_"))
    return state, Generators(tuple(points), tuple(point.to_compressed_bytes() for point in points))


@lru_cache(maxsize=4)
def base_point(suite: Ciphersuite) -> G1Point:
    """P1, the fixed point of the ciphersuite (7.2)."""
    tag = suite.identifier + b"H2G_HM2S_"
    seed_dst = tag + b"SIG_GENERATOR_SEED_"
    state = suite.expand(tag + b"BP_MESSAGE_GENERATOR_SEED", seed_dst, EXPAND_LEN)
    state = suite.expand(state + (1).to_bytes(8, "big"), seed_dst, EXPAND_LEN)
    return suite.hash_to_g1(state, tag + b"SIG_GENERATOR_DST_")
