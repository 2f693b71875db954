"""Rice coding of a set of indexes: close to the entropy, and one text for each set.

The first byte is the parameter k (0 to 31). Then, from the most significant bit, one code for each
index in rising order: of the gap to the one before (less one; the first gap counts from -1) the
part above k bits as that many ones and a zero, then the k low bits. The last byte is filled up
with ones, which begin no whole code. The empty set is no bytes at all. k follows from the set
(`parameter`), and a reader checks that it does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_BYTES: Final = 32_768
"""The longest code that is read: what the largest commit may carry."""
MAX_PARAMETER: Final = 31


def parameter(count: int, last: int) -> int:
    """The k of a set of `count` indexes of which `last` is the greatest.

    The power of two next below ln 2 times the mean gap, which is best for random sets.
    """
    scaled = (last + 1 - count) * 693 // (1000 * count)
    return min(max(scaled.bit_length() - 1, 0), MAX_PARAMETER)


def encode(indexes: Sequence[int]) -> bytes:
    """A strictly rising sequence of indexes to bytes (of any length; `MAX_BYTES` binds readers).

    Raises:
        Refused: `status.rice` if the sequence does not rise strictly from 0 or above.
    """
    if not indexes:
        return b""
    k = parameter(len(indexes), indexes[-1])
    low = (1 << k) - 1
    pieces = []
    before = -1
    for index in indexes:
        gap = index - before - 1
        if gap < 0:
            raise Refused("status.rice", "", "the indexes do not rise")
        pieces.append("1" * (gap >> k) + "0")
        if k:
            pieces.append(format(gap & low, f"0{k}b"))
        before = index
    bits = "".join(pieces)
    bits += "1" * (-len(bits) % 8)
    return bytes((k,)) + int(bits, 2).to_bytes(len(bits) // 8)


def decode(code: bytes, limit: int) -> list[int]:
    """Bytes to the rising indexes, each below `limit`.

    Raises:
        Refused: `codec.size` above `MAX_BYTES`; `status.rice` for whatever `encode` would not write.
    """
    if len(code) > MAX_BYTES:
        raise Refused("codec.size", "", f"more than {MAX_BYTES} bytes")
    if not code:
        return []
    k = code[0]
    if k > MAX_PARAMETER or len(code) == 1:
        raise Refused("status.rice", "", "parameter or length")
    bits = bin(int.from_bytes(b"\1" + code[1:]))[3:]
    indexes = _read(bits, k, limit)
    if parameter(len(indexes), indexes[-1]) != k:
        raise Refused("status.rice", "", "the parameter does not follow from the set")
    return indexes


def _read(bits: str, k: int, limit: int) -> list[int]:
    indexes: list[int] = []
    index, start = -1, 0
    while (zero := bits.find("0", start)) >= 0:
        after = zero + 1 + k
        if after > len(bits):
            raise Refused("status.rice", "", "the last code is cut off")
        low = int(bits[zero + 1 : after], 2) if k else 0
        index += ((zero - start) << k) + low + 1
        if index >= limit:
            raise Refused("status.rice", "", "an index beyond the list")
        indexes.append(index)
        start = after
    if not indexes or len(bits) - start > 7:
        raise Refused("status.rice", "", "more filling than a byte needs")
    return indexes
