"""A block as the fold sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clicid.ledger.events import Logged


@dataclass(frozen=True, slots=True)
class Block:
    """One block with the logs of the three contracts in it, in order.

    Args:
        number: Height.
        hash: 32 bytes.
        parent: Hash of the block before it.
        time: Seconds since 1970.
        logs: Decoded logs in the order of their index.
    """

    number: int
    hash: bytes
    parent: bytes
    time: int
    logs: tuple[Logged, ...] = ()
