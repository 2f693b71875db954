"""The running hashes by which left-out logs are noticed (contracts: the running hash).

Each contract keeps a head for each identity or list, and its events carry the hash before them. A
reader that folds every log finds that hash equal to its own; one that was not shown a log does not.
ERC-1056 events carry the number of the identity's last changed block instead.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from clicid.errors import Undecided
from clicid.ledger import events
from clicid.ledger.events import Contract

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clicid.ledger.blocks import Block
    from clicid.ledger.events import Logged

RUNNING_SIZE: Final = 28

Subject: TypeAlias = tuple[Contract, bytes]
"""A contract, and the identity (20 bytes) or list (32 bytes) a head is kept for."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where the events about one subject have come to.

    Args:
        version: Number of its events; of a list, its version.
        running: The contract's running hash (28 bytes).
        block: Number of the last block that changed it.
    """

    version: int
    running: bytes
    block: int


NOTHING: Final = Head(0, bytes(RUNNING_SIZE), 0)
"""The head of a subject no event has named."""


def subject(logged: Logged) -> Subject:
    """Whose head an event moves."""
    event = logged.event
    match event:
        case events.ListCreated() | events.CommitterChanged() | events.Committed():
            return Contract.STATUS, event.list_id
        case events.GovernanceProposed() | events.GovernanceChanged():
            return Contract.TRUST, bytes(20)
        case _:
            return logged.raw.contract, event.identity


def follow(heads: Mapping[Subject, Head], block: Block) -> tuple[dict[Subject, Head], tuple[int, ...]]:
    """The heads that a block moves, and for each log the version its subject then has.

    Args:
        heads: The heads before the block; left as they are.
        block: The block with its logs in order.

    Raises:
        Undecided: `ledger.gap` if a log does not follow from what is known: one before it was left
            out, or it is from another history.
    """
    moved: dict[Subject, Head] = {}
    versions = []
    for logged in block.logs:
        key = subject(logged)
        head = moved.get(key) or heads.get(key)
        version = _version_after(logged, head or NOTHING, known=head is not None)
        running = hashlib.sha256((head or NOTHING).running + bytes(4) + logged.link).digest()[:RUNNING_SIZE]
        moved[key] = Head(version, running, block.number)
        versions.append(version)
    return moved, tuple(versions)


def versions(heads: Mapping[Subject, Head], blocks: Sequence[Block]) -> list[tuple[int, ...]]:
    """What `follow` gave for the logs of blocks that were folded, told backwards from where it has come to.

    Where an event of a list's has no version of its own, it decides nothing, and has 0 here.

    Args:
        heads: The heads after the last of the blocks.
        blocks: All blocks with logs from some number up to there, rising.
    """
    left: dict[Subject, int] = {}
    found = []
    for block in reversed(blocks):
        backwards = []
        for logged in reversed(block.logs):
            key = subject(logged)
            if key[0] is not Contract.DID:
                backwards.append(getattr(logged.event, "version", 0))
                continue
            version = left.get(key, heads.get(key, NOTHING).version)
            backwards.append(version)
            left[key] = version - 1
        found.append(tuple(reversed(backwards)))
    return found[::-1]


def _version_after(logged: Logged, head: Head, *, known: bool) -> int:
    event = logged.event
    match event:
        case events.OwnerChanged() | events.DelegateChanged() | events.AttributeChanged():
            version, follows = head.version + 1, event.previous_change == head.block
        case events.ListCreated():
            version, follows = 0, not known
        case events.CommitterChanged():
            version, follows = head.version, known and event.previous == head.running
        case _:
            version, follows = event.version, event.previous == head.running
            follows = follows and version == head.version + 1
    if not follows:
        raise Undecided("ledger.gap", logged.raw.contract, type(event).__name__)
    return version
