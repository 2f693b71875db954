"""Bad news of blocks that a reorganisation took away: in force until a final block speaks again.

It is dropped when a final block anchors it again, or withdraws it: says something about the same
subject at the same version or a later one. An event that came before it on the lost branch, and
comes again on the new one, has a lower version and withdraws nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from clicid.did.compromise import COMPROMISED
from clicid.did.ethr import NULL_ADDRESS
from clicid.errors import ClicidError
from clicid.ledger import events

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.ledger.blocks import Block
    from clicid.ledger.events import Event, Logged
    from clicid.ledger.state import State

Matter: TypeAlias = tuple[str | bytes, ...]
"""What an event decides about; a later event about the same matter overrides it."""


@dataclass(frozen=True, slots=True)
class Orphan:
    """A lost event that took trust away, and the version its subject had with it."""

    logged: Logged
    version: int
    block: int
    time: int


@dataclass(slots=True)
class Sticky:
    """All bad news in force that no canonical block holds.

    Args:
        orphans: By matter.
        bits: Per list, each lost position that was set, and the list's version that set it.
    """

    orphans: dict[Matter, Orphan] = field(default_factory=dict)
    bits: dict[bytes, dict[int, int]] = field(default_factory=dict)

    def keep(self, block: Block, versions: tuple[int, ...], state: State) -> None:
        """Keep the bad news of a block that was lost."""
        for logged, version in zip(block.logs, versions, strict=True):
            event = logged.event
            if isinstance(event, events.Committed):
                self._keep_bits(event, state)
            elif takes_away(event, block.time):
                self._keep_orphan(Orphan(logged, version, block.number, block.time))

    def merge(self, other: Sticky) -> None:
        """Keep what another one holds too."""
        for orphan in other.orphans.values():
            self._keep_orphan(orphan)
        for list_id, bits in other.bits.items():
            self._merge_bits(list_id, bits)

    def _keep_orphan(self, lost: Orphan) -> None:
        # Of two lost branches the one that said it later counts: an event that is final between the two
        # versions withdraws nothing of the later one.
        kept = self.orphans.get(matter(lost.logged.event))
        if kept is None or lost.version >= kept.version:
            self.orphans[matter(lost.logged.event)] = lost

    def _keep_bits(self, event: events.Committed, state: State) -> None:
        self._merge_bits(event.list_id, dict.fromkeys(set_positions(event, state), event.version))

    def _merge_bits(self, list_id: bytes, lost: Mapping[int, int]) -> None:
        if lost:
            kept = self.bits.setdefault(list_id, {})
            kept.update((position, max(version, kept.get(position, 0))) for position, version in lost.items())

    def settle(self, block: Block, versions: tuple[int, ...], state: State) -> None:
        """Drop what a final block anchors again or withdraws."""
        for logged, version in zip(block.logs, versions, strict=True):
            event = logged.event
            if isinstance(event, events.Committed):
                self._settle_bits(event, state)
                continue
            orphan = self.orphans.get(matter(event))
            if orphan is not None and version >= orphan.version:
                del self.orphans[matter(event)]

    def _settle_bits(self, event: events.Committed, state: State) -> None:
        kept = self.bits.get(event.list_id)
        if kept is None:
            return
        named = (*set_positions(event, state), *cleared_positions(event, state))
        for position in named:
            if kept.get(position, event.version + 1) <= event.version:
                del kept[position]
        if not kept:
            del self.bits[event.list_id]


def takes_away(event: Event, time: int) -> bool:
    """Whether an event, by itself, takes trust away (commits aside, which set and clear)."""
    match event:
        case events.OwnerChanged():
            return event.owner == NULL_ADDRESS
        case events.AttributeChanged():
            return event.valid_to <= time or event.name == COMPROMISED
        case events.Withdrawn() | events.DelegationWithdrawn() | events.ServiceProviderWithdrawn():
            return True
        case _:
            return False


def matter(event: Event) -> Matter:
    """What an event decides about."""
    match event:
        case events.AttributeChanged():
            return "key", event.identity, event.name, event.value
        case events.OwnerChanged():
            return "owner", event.identity
        case events.Accredited() | events.Withdrawn():
            return "accreditation", event.identity, event.type_id
        case events.Delegated() | events.DelegationWithdrawn():
            return "delegation", event.identity, event.type_id, event.delegate
        case events.ServiceProviderRegistered() | events.ServiceProviderWithdrawn():
            return "registration", event.identity
        case _:
            return ()


def set_positions(event: events.Committed, state: State) -> tuple[int, ...]:
    """What a commit sets; nothing where its list is not held or its code is malformed."""
    return _positions(event, state)[0]


def cleared_positions(event: events.Committed, state: State) -> tuple[int, ...]:
    """What a commit clears, likewise."""
    return _positions(event, state)[1]


def _positions(event: events.Committed, state: State) -> tuple[tuple[int, ...], tuple[int, ...]]:
    record = state.lists.get(event.list_id)
    if record is None:
        return (), ()
    try:
        added, removed = state.rules.read(event.set, event.cleared, record.size * record.width)
    except ClicidError:
        return (), ()
    return tuple(added), tuple(removed)
