"""The blocks that were learnt, in the store, and in memory for as long as it does not take them.

What is known counts though it could not be stored: the follower goes on, and the next time all that
is lacking is stored with what is new.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clicid.adapters.ledger_store import LedgerStore
    from clicid.ledger.blocks import Block
    from clicid.ledger.branch import Branch


class KeptBlocks:
    """Every block with logs that is known.

    Args:
        store: Where they are kept.
    """

    def __init__(self, store: LedgerStore) -> None:
        self._store = store
        self._unsaved: list[Block] = []
        self._lost_after: int | None = None
        self._anew: list[Block] | None = None

    def blocks(self) -> list[Block]:
        """All of them, those among them that could not be stored."""
        if self._anew is not None:
            return self._anew
        after = self._lost_after
        stored = [block for block in self._store.blocks(-1) if after is None or block.number <= after]
        # What failed when it was all but written may be stored as well.
        return list({block.number: block for block in (*stored, *self._unsaved)}.values())

    def replace(self, branch: Branch, blocks: list[Block]) -> None:
        """Another history, in place of all that was kept. Raises `LocalError` (`ledger.write`)."""
        self._unsaved, self._lost_after, self._anew = [], None, blocks
        self._store.replace(branch, blocks)
        self._anew = None

    def change(self, branch: Branch, added: list[Block], *, lost_after: int | None = None) -> None:
        """The branch as it is now, with what came to it.

        Args:
            branch: What is known.
            added: Blocks that were added to it.
            lost_after: Of blocks after this number none stands any more; None if none was lost.

        Raises:
            LocalError: `ledger.write`.
        """
        if self._anew is not None:
            stood = [block for block in self._anew if lost_after is None or block.number <= lost_after]
            self.replace(branch, [*stood, *added])
            return
        if lost_after is not None:
            self._unsaved = [block for block in self._unsaved if block.number <= lost_after]
            self._lost_after = lost_after if self._lost_after is None else min(lost_after, self._lost_after)
        self._unsaved += added
        self._store.save(branch, self._unsaved, lost_after=self._lost_after)
        self._unsaved, self._lost_after = [], None
