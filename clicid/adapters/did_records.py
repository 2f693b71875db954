"""What is at hand for who resolves DIDs: a chain's story as it was followed, or what lies on the web."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.did import ethr_history
from clicid.errors import Undecided
from clicid.formats.base import Material, Need, NeedKind
from clicid.ledger.events import decode

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from clicid.adapters.follower import Follower
    from clicid.adapters.gather import Source
    from clicid.adapters.ledger_store import LedgerStore
    from clicid.did.ethr import EthrDid
    from clicid.did.ethr_history import History


class ChainRecords:
    """The identities of the chain that is followed. Nothing of a web server is fetched.

    Args:
        follower: Follows the chain.
        store: Where it keeps what it has read.
    """

    def __init__(self, follower: Follower, store: LedgerStore) -> None:
        self._follower = follower
        self._store = store

    def published(self, did: str) -> bytes:  # noqa: ARG002 - of no DID
        """Never anything: who asks must not choose whom we call."""
        raise Undecided("did.unavailable", detail="documents on web servers are not fetched here")

    def history(self, did: EthrDid) -> History:
        """The whole story of an identity, as `Records` says."""
        if did.chain_id != self._follower.chain_id:
            raise Undecided("did.unavailable", detail=f"chain {self._follower.chain_id} is followed here")
        with self._follower.lock:
            view = self._follower.view()
            standing = view.standing(did.address)
            logs = self._store.did_logs(did.address, view.final, most=ethr_history.MAX_HISTORY_BYTES)
        return standing.history((decode(raw).event, number, time) for raw, number, time in logs)

    def block_times(self, number: int) -> tuple[int, int]:
        """Between which seconds a block was made, as `Records` says."""
        with self._follower.lock:
            times = self._store.block_times(number)
        if times is None:
            raise Undecided("did.unavailable", detail=f"nothing is stored of block {number}")
        return times


class NoRecords:
    """Nothing: no chain's story, and no web server's.

    Args:
        why: What who asks is told.
    """

    def __init__(self, why: str) -> None:
        self._why = why

    def published(self, did: str) -> bytes:  # noqa: ARG002 - of no DID
        """Never anything."""
        raise Undecided("did.unavailable", detail=self._why)

    def history(self, did: EthrDid) -> History:  # noqa: ARG002 - of no DID
        """Never anything."""
        raise Undecided("did.unavailable", detail=self._why)

    def block_times(self, number: int) -> tuple[int, int]:  # noqa: ARG002 - of no block
        """Never anything."""
        raise Undecided("did.unavailable", detail=self._why)


class WebRecords(NoRecords):
    """What a source has of DIDs on the web; no chain.

    Args:
        source: What fetches, or has fetched.
        clock: The time given to it.
    """

    def __init__(self, source: Source, clock: Callable[[], datetime]) -> None:
        super().__init__("no chain is followed here")
        self._source = source
        self._clock = clock

    def published(self, did: str) -> bytes:
        """What lies where a DID says, as `Records` says."""
        found = self._source.get(Need(NeedKind.DID, did), self._clock())
        if not isinstance(found, Material):
            raise Undecided("did.unavailable", detail=found.why)
        return found.body
