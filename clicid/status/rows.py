"""The rows of a status list, and the canonical array from which everything else is derived.

An entry has `width` bits. With two, bit 0 says revoked and bit 1 suspended; they are set and
cleared each by itself. A *position* is ``index * width + bit``: what the chain's deltas name.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from clicid.ledger.facts import MAX_ENTRIES_BYTES, WIDTHS
from clicid.ledger.lists import put, take

if TYPE_CHECKING:
    from collections.abc import Iterable

REVOKED: Final = 1
"""Value of bit 0."""
SUSPENDED: Final = 2
"""Value of bit 1."""

_TAG: Final = b"clicid-status-list-v1\0"


def list_id(identity: bytes, url: str) -> bytes:
    """The id of a list: SHA-256 of the issuer's 20-byte identity and the list's URL (UTF-8)."""
    return hashlib.sha256(identity + url.encode()).digest()


class StatusList:
    """A list of `size` entries of `width` bits each, packed from the least significant bit.

    Changing a few entries touches a few bytes; nothing is ever rebuilt.

    Args:
        width: 1, 2, 4 or 8.
        size: Number of entries.
        entries: ``ceil(size * width / 8)`` packed bytes, bits past the last entry zero; all zero if
            left out.

    Raises:
        Refused: `status.list` for another width, a size above 64 MiB or entries of another length.
    """

    __slots__ = ("entries", "size", "width")

    def __init__(self, width: int, size: int, entries: bytes | None = None) -> None:
        if width not in WIDTHS or not 0 < size * width <= MAX_ENTRIES_BYTES * 8:
            raise Refused("status.list", "", "width or size")
        octets = (size * width + 7) // 8
        self.width: Final = width
        self.size: Final = size
        self.entries: Final = bytearray(octets) if entries is None else bytearray(entries)
        if len(self.entries) != octets or self.entries[-1] >> (((size * width - 1) & 7) + 1):
            raise Refused("status.list", "", "length of the entries, or bits past the last entry")

    def __getitem__(self, index: int) -> int:
        """The value of one entry. Raises IndexError outside the list."""
        if not 0 <= index < self.size:
            raise IndexError(index)
        position = index * self.width
        return self.entries[position >> 3] >> (position & 7) & ((1 << self.width) - 1)

    def position(self, index: int, bit: int) -> int:
        """What the chain calls one bit of one entry. Raises IndexError outside the list."""
        if not (0 <= index < self.size and 0 <= bit < self.width):
            raise IndexError(index)
        return index * self.width + bit

    def change(self, set_positions: Iterable[int], cleared_positions: Iterable[int]) -> None:
        """Set bits, then clear bits, in place. Positions must lie in the list."""
        put(self.entries, set_positions)
        take(self.entries, cleared_positions)

    def digest(self, list_id_: bytes, version: int) -> bytes:
        """SHA-256 of the canonical array: what the chain holds for a version of the list."""
        return digest(list_id_, version, self.width, self.size, self.entries)


def digest(list_id_: bytes, version: int, width: int, size: int, entries: bytes | bytearray) -> bytes:
    """SHA-256 of the canonical array of a list.

    The array is the tag ``clicid-status-list-v1`` and a zero byte, list id (32), version (u64, big
    endian as all numbers here), width (u8), size (u64), entries packed from the least significant
    bit.
    """
    head = _TAG + list_id_ + version.to_bytes(8) + width.to_bytes(1) + size.to_bytes(8)
    whole = hashlib.sha256(head)
    whole.update(entries)
    return whole.digest()
