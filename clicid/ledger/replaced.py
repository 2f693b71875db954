"""What is kept of a bundle when a newer one takes its place: bad news that the newer one's chain lacks.

A follower that sees a reorganisation keeps what was bad on the lost branch (`sticky`). The maker of the newer
bundle need not have seen that branch. So its reader does as a follower does that looked at the chain
when each of the two was made:

1. What the older one told of in blocks that the newer one's chain lacks is kept, and what it kept itself.
2. A final block of the newer one's settles it: one that anchors it again, or withdraws it.

Both are told from the last final blocks that a bundle carries (`Recent`). Where these do not reach back far
enough it stays, until a bundle's do: bad news is not dropped for not being told.
"""

from __future__ import annotations

from collections import ChainMap
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clicid.ledger import events
from clicid.ledger.branch import Pending
from clicid.ledger.heads import versions
from clicid.ledger.records import ListRecord
from clicid.ledger.state import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clicid.ledger.blocks import Block
    from clicid.ledger.branch import Branch
    from clicid.ledger.sticky import Sticky


@dataclass(frozen=True, slots=True)
class Recent:
    """The last final blocks.

    Args:
        first: From which number on there is none with logs but these.
        blocks: They, rising.
    """

    first: int
    blocks: tuple[Pending, ...] = ()

    @classmethod
    def of(cls, branch: Branch, first: int, blocks: Sequence[Block]) -> Recent:
        """Of stored blocks up to the last final one."""
        told = zip(blocks, versions(branch.state.heads, blocks), strict=True)
        return cls(first, tuple(Pending(block, {}, found) for block, found in told))


@dataclass(frozen=True, slots=True)
class Told:
    """What of a bundle another one's chain may lack.

    Args:
        final: Number of its last final block.
        sticky: What was lost already.
        blocks: Those that say something, final or not, rising.
        state: The measures of the lists that they set something in.
    """

    final: int
    sticky: Sticky
    blocks: tuple[Pending, ...]
    state: State

    @classmethod
    def of(cls, branch: Branch, recent: Recent, before: Told | None = None) -> Told:
        """Of a bundle that is taken in.

        Args:
            branch: Its chain.
            recent: Its last final blocks.
            before: The one before it: of a list that this one is not about it may have the measures.
        """
        final = -1 if branch.final is None else branch.final.number
        blocks = tuple(told for told in (*recent.blocks, *branch.pending) if told.block.logs)
        state = State(branch.state.chain_id, branch.state.rules)
        lists = branch.state.lists if before is None else ChainMap(branch.state.lists, before.state.lists)
        for told in blocks:
            for logged in told.block.logs:
                event = logged.event
                held = lists.get(event.list_id) if isinstance(event, events.Committed) else None
                if held is not None:
                    state.lists[held.list_id] = ListRecord(
                        held.identity, held.list_id, "", held.width, held.size
                    )
        return cls(final, branch.sticky, blocks, state)


def kept(before: Told, branch: Branch, recent: Recent) -> Sticky:
    """All bad news in force beside a newer bundle's chain: its own, and what is kept of the older one.

    Args:
        before: The older one.
        branch: The newer one's.
        recent: Its last final blocks.
    """
    there = {told.block.hash for told in (*recent.blocks, *branch.pending)}
    states = before.state, branch.state  # A bundle may be about other lists than the one before.
    found = deepcopy(before.sticky)
    for told in before.blocks:  # 1
        # One that was final, and lies deeper than the newer one tells of, stands.
        looked_at = told.block.number > before.final or told.block.number >= recent.first
        if looked_at and told.block.hash not in there:
            for state in states:
                found.keep(told.block, told.versions, state)
    for told in recent.blocks:  # 2
        for state in states:
            found.settle(told.block, told.versions, state)
    _measure(found, branch.state)
    found.merge(branch.sticky)
    return found


def _measure(found: Sticky, state: State) -> None:
    """Leave out positions that a list does not have: it was opened again, and smaller."""
    for list_id, bits in found.bits.items():
        held = state.lists.get(list_id)
        if held is not None:
            for position in [one for one in bits if one >= held.size * held.width]:
                del bits[position]
