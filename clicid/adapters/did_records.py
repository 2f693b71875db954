"""What is at hand for who resolves DIDs: a chain's story as it was followed, and what lay on the web."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.did import ethr_history
from clicid.did.resolution import Published
from clicid.errors import REASONS, Undecided
from clicid.formats.base import Material, Need, NeedKind
from clicid.ledger.events import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from clicid.adapters.follower import Follower
    from clicid.adapters.gather import Source
    from clicid.adapters.ledger_store import LedgerStore
    from clicid.did.ethr import EthrDid
    from clicid.did.ethr_history import History


class FollowedChain:
    """The identities of the chain that is followed.

    Args:
        follower: Follows the chain.
        store: Where it keeps what it has read.
    """

    def __init__(self, follower: Follower, store: LedgerStore) -> None:
        self._follower = follower
        self._store = store

    def history(self, did: EthrDid) -> History:
        """The whole story of an identity, as `Chain` says."""
        if did.chain_id != self._follower.chain_id:
            raise Undecided("did.unavailable", detail=f"chain {self._follower.chain_id} is followed here")
        with self._follower.lock:
            view = self._follower.view()
            standing = view.standing(did.address)
            logs = self._store.did_logs(did.address, view.final, most=ethr_history.MAX_HISTORY_BYTES)
        return standing.history((decode(raw).event, number, time) for raw, number, time in logs)

    def block_times(self, number: int) -> tuple[int, int]:
        """Between which seconds a block was made, as `Chain` says."""
        with self._follower.lock:
            times = self._store.block_times(number)
        if times is None:
            raise Undecided("did.unavailable", detail=f"nothing is stored of block {number}")
        return times


class NoChain:
    """No chain's story.

    Args:
        why: What who asks is told.
    """

    def __init__(self, why: str) -> None:
        self._why = why

    def history(self, did: EthrDid) -> History:  # noqa: ARG002 - of no DID
        """Never anything."""
        raise Undecided("did.unavailable", detail=self._why)

    def block_times(self, number: int) -> tuple[int, int]:  # noqa: ARG002 - of no block
        """Never anything."""
        raise Undecided("did.unavailable", detail=self._why)


class SourceDocuments:
    """What a source has of DIDs on the web.

    Args:
        source: What fetches, or has fetched.
        clock: The time given to it.
    """

    def __init__(self, source: Source, clock: Callable[[], datetime]) -> None:
        self._source = source
        self._clock = clock

    def published(self, did: str) -> Published:
        """What lay where a DID says, as `Documents` says."""
        found = self._source.get(Need(NeedKind.DID, did), self._clock())
        if not isinstance(found, Material):
            reason = REASONS.get(found.why)
            raise Undecided("did.unavailable", detail=f"{found.why}: {reason.en}" if reason else found.why)
        return Published(found.body, found.source, found.as_of)


class NamedDocuments(SourceDocuments):
    """The same of the DIDs that a policy names, and of no other: who asks must not choose whom we call.

    Args:
        source: What has fetched, on a schedule of its own.
        clock: The time given to it.
        named: The DIDs.
    """

    def __init__(self, source: Source, clock: Callable[[], datetime], named: Collection[str]) -> None:
        super().__init__(source, clock)
        self._named = named

    def published(self, did: str) -> Published:
        """What was seen last of a named one, as `Documents` says."""
        if did not in self._named:
            raise Undecided(
                "did.unavailable",
                detail="of DIDs on the web only issuers that the policy names are known here",
            )
        return super().published(did)
