"""A chain in memory, followed, as who resolves DIDs sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clicid.adapters.did_records import FollowedChain, NamedDocuments
from clicid.adapters.follower import Follower
from clicid.adapters.ledger_store import LedgerStore
from clicid.did import resolution
from clicid.did.resolution import Question, Records
from clicid.ledger import events
from clicid.status.delta import RULES
from tests.support.chain_model import CHAIN_ID, ModelChain, event, network_file
from tests.support.world import Store

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.did.resolution import Resolved

IDENTITY = b"\x11" * 20
DID = f"did:ethr:0x{CHAIN_ID:x}:0x{IDENTITY.hex()}"
FOREVER = 1 << 60


def attribute(name: str, value: bytes, valid_to: int = FOREVER) -> dict[str, Any]:
    """An attribute of the identity, set or, valid to 0, revoked."""
    padded = name.encode().ljust(32, b"\0")
    return event(events.AttributeChanged, identity=IDENTITY, name=padded, value=value, valid_to=valid_to)


def delegate(kind: str, address: bytes, valid_to: int = FOREVER) -> dict[str, Any]:
    """A delegate of the identity."""
    padded = kind.encode().ljust(32, b"\0")
    return event(
        events.DelegateChanged, identity=IDENTITY, delegate_type=padded, delegate=address, valid_to=valid_to
    )


def owner(address: bytes) -> dict[str, Any]:
    """Another owner of the identity."""
    return event(events.OwnerChanged, identity=IDENTITY, owner=address)


class Followed:
    """The chain and its follower."""

    def __init__(self, confirmations: int = 0, *, place: str | None = None) -> None:
        self.chain = ModelChain()
        self.network = network_file(self.chain)
        self.store = LedgerStore(place, self.network, RULES)
        self.follower = Follower(self.store, self.chain, self.network, confirmations=confirmations)
        documents = NamedDocuments(Store({}), lambda: self.chain.now, ())
        self.records = Records(documents, FollowedChain(self.follower, self.store))

    def mine(self, *made: dict[str, Any], seconds: int = 5) -> int:
        """A block with these events, followed; its number."""
        block = self.chain.mine(*made, seconds=seconds)
        self.follower.sync(self.chain.now)
        return block.number

    def resolve(self, did_url: str = DID, now: datetime | None = None) -> Resolved:
        """What a DID or DID URL resolves to now."""
        return resolution.resolve(Question.parse(did_url), self.records, now or self.chain.now)
