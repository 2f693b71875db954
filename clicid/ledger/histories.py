"""The events of an ERC-1056 registry as the changes that a DID's history is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from clicid.did.ethr_history import About, Change, History
from clicid.errors import Undecided
from clicid.ledger import events

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clicid.did.ethr import EthrDid
    from clicid.ledger.blocks import Block
    from clicid.ledger.events import Event

Told: TypeAlias = "tuple[Event, int, int]"
"""An event, and number and time of its block."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a view knows of an identity beside its final events.

    Args:
        did: Whose.
        head: The last block known, if there is one.
        final: How many final events there are.
        news: What has taken trust away since.
    """

    did: EthrDid
    head: Block | None
    final: int
    news: tuple[Told, ...]

    def history(self, final: Iterable[Told]) -> History:
        """All that is known of the identity.

        Args:
            final: Its final events, rising, from where they are stored.

        Raises:
            Undecided: `did.unavailable` before the first block, and if events are missing.
        """
        changes = [change(*told) for told in final]
        if self.head is None or len(changes) != self.final:
            raise Undecided("did.unavailable", detail=f"{len(changes)} of {self.final} events are at hand")
        return History(
            self.did,
            (*changes, *(change(*told) for told in self.news)),
            self.head.number,
            self.head.time,
            f"chain {self.did.chain_id} block {self.head.number}",
        )


def change(event: Event, block: int, time: int) -> Change:
    """What an event of the registry changes."""
    match event:
        case events.OwnerChanged():
            return Change(About.OWNER, block, time, b"", event.owner)
        case events.DelegateChanged():
            return Change(About.DELEGATE, block, time, event.delegate_type, event.delegate, event.valid_to)
        case events.AttributeChanged():
            return Change(About.ATTRIBUTE, block, time, event.name, event.value, event.valid_to)
        case _:
            raise AssertionError(event)
