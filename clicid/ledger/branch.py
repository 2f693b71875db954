"""The chain as far as it is known: final blocks folded, later ones at hand, lost bad news kept."""

from __future__ import annotations

from collections import ChainMap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clicid.errors import Undecided
from clicid.ledger.heads import follow
from clicid.ledger.sticky import Sticky

if TYPE_CHECKING:
    from clicid.ledger.blocks import Block
    from clicid.ledger.heads import Head, Subject
    from clicid.ledger.state import State


@dataclass(frozen=True, slots=True)
class Pending:
    """A block that is not final, the heads it moves, and for each log its subject's version then."""

    block: Block
    moved: dict[Subject, Head]
    versions: tuple[int, ...]


@dataclass(slots=True)
class Branch:
    """What one reader holds of the chain.

    Args:
        state: Everything up to the last final block.
        final: The last final block (its logs are not needed any more), or None before the first.
        pending: Blocks after it that have logs or matter for finding reorganisations, rising.
        sticky: Bad news of blocks that were lost.
    """

    state: State
    final: Block | None = None
    pending: list[Pending] = field(default_factory=list)
    sticky: Sticky = field(default_factory=Sticky)

    @property
    def head(self) -> Block | None:
        """The last block known."""
        return self.pending[-1].block if self.pending else self.final

    def extend(self, block: Block) -> None:
        """Take in a block above the head; numbers in between hold no logs.

        Raises:
            Undecided: `chain.reorganising` if it does not stand on the head; `ledger.gap` if its
                logs do not follow. Nothing is changed then.
        """
        head = self.head
        if head is not None:
            follows = block.parent == head.hash or block.number > head.number + 1
            if block.number <= head.number or not follows:
                raise Undecided("chain.reorganising", "", f"at block {block.number}")
        heads = ChainMap(*(pending.moved for pending in reversed(self.pending)), self.state.heads)
        moved, versions = follow(heads, block)
        self.pending.append(Pending(block, moved, versions))

    def finalise(self, number: int) -> None:
        """Fold pending blocks up to a number into the state; their good news counts from now on."""
        while self.pending and self.pending[0].block.number <= number:
            pending = self.pending.pop(0)
            self.state.fold(pending.block)
            self.sticky.settle(pending.block, pending.versions, self.state)
            self.final = pending.block

    def drop_after(self, number: int) -> list[Block]:
        """Forget pending blocks above a number, as a reorganisation did; their bad news stays.

        Returns:
            The blocks dropped, rising.
        """
        lost = [pending for pending in self.pending if pending.block.number > number]
        self.pending = [pending for pending in self.pending if pending.block.number <= number]
        for pending in lost:
            self.sticky.keep(pending.block, pending.versions, self.state)
        return [pending.block for pending in lost]
