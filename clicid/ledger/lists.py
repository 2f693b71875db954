"""A status list as the chain tells of it: bits set and cleared in place, checked by its digest.

How a set of positions is coded, and what exactly a digest covers, is the `status` room's
knowledge; it comes in as `ListRules`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


@dataclass(frozen=True, slots=True)
class ListRules:
    """What folding needs to know of status lists.

    Args:
        read: The codes of the sets set and cleared, and the number of positions in the list, to
            the two sets of positions. Raises Refused `status.*`, `codec.size`.
        digest: List id, version, width, size and entries to the digest that stands on chain.
    """

    read: Callable[[bytes, bytes, int], tuple[Sequence[int], Sequence[int]]]
    digest: Callable[[bytes, int, int, int, bytes | bytearray], bytes]


def put(entries: bytearray, positions: Iterable[int]) -> None:
    """Set bits in place; position p is bit ``p % 8`` of byte ``p // 8``."""
    for position in positions:
        entries[position >> 3] |= 1 << (position & 7)


def take(entries: bytearray, positions: Iterable[int]) -> None:
    """Clear bits in place."""
    for position in positions:
        entries[position >> 3] &= ~(1 << (position & 7))
