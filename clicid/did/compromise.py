"""Statements that a key was in other hands: how an owner writes them, and which keys they mean.

ERC-1056 gives a key that is set anew another number, and nobody can take a statement back: so a number
goes on meaning the key that it once stood for.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.codec import shape
from clicid.errors import LocalError

if TYPE_CHECKING:
    from collections.abc import Collection

COMPROMISED: Final = b"clicid/compromised".ljust(32, b"\0")
"""Name (bytes32) of the attribute by which an owner states that a key was in other hands."""
MAX_FORMER: Final = 16
"""Former numbers of a key that are remembered, the last ones. See `meant_by`."""

_STATEMENT: Final = struct.Struct(">IQ")


def encode_compromise(number: int, block: int) -> bytes:
    """The value of an attribute `COMPROMISED`: 12 bytes, both numbers big-endian.

    It says: from this block on the key may have been in other hands, and what it has signed counts
    only where that was anchored in a block before. The first statement counts at once; another can
    make the block earlier, never later, and nothing takes it back.

    Args:
        number: N of ``#delegate-N``, 1 to 2^32-1.
        block: The block's number, 1 to 2^53-1.

    Raises:
        LocalError: `did.compromise` for other numbers.
    """
    if not (0 < number < 1 << 32 and 0 < block <= shape.MAX_INTEGER):
        raise LocalError("did.compromise", detail=f"key {number}, block {block}")
    return _STATEMENT.pack(number, block)


def decode_compromise(value: bytes) -> tuple[int, int] | None:
    """Number of the key and of the block; None for what no owner of ours states.

    A block that no chain reaches is read as 2^53-1, and block 0 as 1: before either nothing is anchored
    that would not be anchored before the other.
    """
    if len(value) != _STATEMENT.size:
        return None
    number, block = _STATEMENT.unpack(value)
    return number, max(1, min(block, shape.MAX_INTEGER))


class Numbered(NamedTuple):
    """By what a statement can name a key, and what it is then about."""

    number: int
    former: tuple[int, ...]
    half: bytes

    def renewed(self) -> tuple[int, ...]:
        """The former numbers that it has once it is set anew."""
        return (*self.former, self.number)[-MAX_FORMER:]


def meant_by(number: int, keys: Collection[Numbered]) -> frozenset[bytes]:
    """The public halves that a statement about a number is about.

    The key that has it or had it. If none is known to, it may be a key's that had more numbers than are
    remembered, before the first of those: rather one too many is over than one that was in other hands
    goes on.
    """
    meant = frozenset(key.half for key in keys if number == key.number or number in key.former)
    return meant or frozenset(
        key.half for key in keys if len(key.former) == MAX_FORMER and 0 < number < key.former[0]
    )
