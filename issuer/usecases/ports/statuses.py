"""Status lists, and their versions on the way to the chain. `issuer.store.statuses` implements it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from issuer.usecases.records import Batch, BatchState, Entry, ListRow, Progress, Sending


class Statuses(Protocol):
    """Status lists, entries, and versions on their way to the chain."""

    def add_list(self, row: ListRow) -> None:
        """A new list."""

    def lists(self) -> tuple[ListRow, ...]:
        """All lists, in a stable order."""

    def seen(self, list_id: str) -> None:
        """The list is on chain."""

    def entry(self, list_id: str, index: int) -> Entry | None:
        """One entry."""

    def entries(self, list_id: str) -> tuple[Entry, ...]:
        """The entries with any flag, here or on chain."""

    def open_entries(self, list_id: str) -> tuple[Entry, ...]:
        """The entries whose flags differ from what stands on chain, but for those held back."""

    def shown_entries(self, list_id: str) -> tuple[Entry, ...]:
        """The entries with any flag, as they may be shown: what is held back reads as it did."""

    def set_flags(self, list_id: str, index: int, flags: int, *, held: bool = False) -> None:
        """Decide an entry's flags; what is held waits for `release`."""

    def release(self, list_id: str, at: datetime) -> None:
        """Let go what was held back."""

    def use_up(self, list_id: str, index: int, flags: int) -> None:
        """Take an index that belongs to nobody and never will."""

    def add_act(self, entry: Entry, act: str, reason: str, actor: str, at: datetime) -> None:
        """Record why; it stays here."""

    def put_batch(self, batch: Batch, entries: Sequence[tuple[int, int]], at: datetime) -> None:
        """Write down a version before it is sent, and with each entry (index, flags) that it carries it."""

    def under_way(self, list_id: str) -> tuple[Batch, ...]:
        """The versions that are written down and not final, in order."""

    def put_sending(self, sending: Sending) -> None:
        """Keep a transaction; its version counts as sent from now on."""

    def sendings(self, list_id: str, version: int) -> tuple[Sending, ...]:
        """The transactions of a version, the newest first."""

    def waiting(self) -> tuple[Sending, ...]:
        """The transactions that wait for a block: the newest of each version, in the order of nonces."""

    def lost(self, hash_: bytes) -> None:
        """Another transaction took this one's nonce."""

    def set_batch(self, list_id: str, version: int, state: BatchState) -> None:
        """How far a version has come."""

    def in_block(self, batch: Batch, transaction: str, block: int) -> None:
        """The version stands on chain, in this transaction and block: so do the flags that it carries."""

    def final(self, list_id: str, version: int) -> None:
        """No reorganisation will take the version any more: its transactions can go."""

    def reopen(self, list_id: str, standing: int) -> int:
        """The chain stands at this version: later ones that were final must be sent again; gives how many."""

    def progress(self, list_id: str, index: int) -> Progress:
        """How far the last change of an entry has come."""

    def requested(self, list_id: str) -> int:
        """How many entries differ from what stands on chain, those held back included."""

    def requested_since(self, list_id: str) -> datetime | None:
        """When the one of them that waits longest was last decided on; decoys wait for nobody."""

    def adopt(self, list_id: str, version: int, entries: Sequence[Entry]) -> None:
        """The chain stands at this version, and these entries are as given; nothing is under way."""
