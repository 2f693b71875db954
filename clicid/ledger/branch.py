"""The chain as far as it is known: final blocks folded, later ones at hand, lost bad news kept."""

from __future__ import annotations

from collections import ChainMap
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from clicid.errors import ClicidError, Undecided
from clicid.ledger.ground import Ground
from clicid.ledger.heads import follow
from clicid.ledger.sticky import Sticky

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        ground: How far it is vouched for.
    """

    state: State
    final: Block | None = None
    pending: list[Pending] = field(default_factory=list)
    sticky: Sticky = field(default_factory=Sticky)
    ground: Ground = field(default_factory=Ground)
    _ahead: dict[Subject, Head] = field(default_factory=dict)

    @property
    def head(self) -> Block | None:
        """The last block known."""
        return self.pending[-1].block if self.pending else self.final

    def heads(self) -> Mapping[Subject, Head]:
        """The heads as of the last block known."""
        return ChainMap(self._ahead, self.state.heads)

    def extend(self, *blocks: Block) -> None:
        """Take in blocks above the head, rising; numbers in between hold no logs.

        Raises:
            Undecided: `chain.reorganising` if one does not stand on the one before; `ledger.gap` if
                logs do not follow. No block is taken in then.
        """
        known = len(self.pending)
        try:
            for block in blocks:
                self._extend(block)
        except ClicidError:
            self._keep(self.pending[:known])
            raise

    def _extend(self, block: Block) -> None:
        head = self.head
        if head is not None:
            follows = block.parent == head.hash or block.number > head.number + 1
            if block.number <= head.number or not follows:
                raise Undecided("chain.reorganising", "", f"at block {block.number}")
        moved, versions = follow(self.heads(), block)
        self.pending.append(Pending(block, moved, versions))
        self._ahead.update(moved)

    def _keep(self, pending: list[Pending]) -> None:
        self.pending = pending
        self._ahead = {subject: head for block in pending for subject, head in block.moved.items()}

    def finalise(self, number: int) -> None:
        """Fold pending blocks up to a number into the state; their good news counts from now on."""
        final = [pending for pending in self.pending if pending.block.number <= number]
        for pending in final:
            self.state.fold(pending.block, pending.moved)
            self.sticky.settle(pending.block, pending.versions, self.state)
            self.final = pending.block
        if final:
            self._keep(self.pending[len(final) :])

    def drop_after(self, number: int) -> list[Block]:
        """Forget pending blocks above a number, as a reorganisation did; their bad news stays.

        Returns:
            The blocks dropped, rising.
        """
        lost = [pending for pending in self.pending if pending.block.number > number]
        self._keep(self.pending[: len(self.pending) - len(lost)])
        for pending in lost:
            self.sticky.keep(pending.block, pending.versions, self.state)
        if self.ground.number > number:  # nobody has vouched for the blocks that come in their place
            self.ground = replace(self.ground, number=number)
        return [pending.block for pending in lost]
