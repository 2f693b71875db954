"""Whether a wallet provider has revoked what it attested: its status lists, fetched and kept for a while."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Final, TypeVar

from clicid.codec import instant
from clicid.errors import Refused, Undecided
from clicid.oid4vci import wallet_provider
from clicid.status import token_list

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from clicid.adapters.fetch import Fetching
    from clicid.oid4vci.proving import Attested
    from clicid.oid4vci.wallet_provider import WalletProvider
    from clicid.status.token_list import StatusListToken
    from issuer.usecases.ports import Clock

_T = TypeVar("_T")
_KEEP: Final = timedelta(minutes=5)
"""For how long a list is used at most; less where its `ttl` or `exp` says so."""
_MAX_LISTS: Final = 64
"""That are kept: a provider that names a new one each time does not fill the memory."""
_MAX_BYTES: Final = 1 << 20
_LEEWAY: Final = timedelta(minutes=1)
_AT_ONCE: Final = 2
"""Lists of one provider that are fetched at a time: one that hangs does not hold every thread of ours."""
_PATIENCE_SECONDS: Final = 2.0
"""For how long others wait for them."""
_REST: Final = timedelta(seconds=10)
"""For how long a list that could not be had is not asked for again."""


@dataclass(frozen=True, slots=True)
class _Kept:
    claims: StatusListToken
    until: datetime


class AttestationStatuses:
    """Looks statuses up. Threads may share one.

    Only addresses that a listed provider signed are called, under the rules of the one Fetcher.

    Args:
        fetching: The way out.
        clock: The time.
        algs: JOSE algorithms accepted of lists.
    """

    def __init__(self, fetching: Fetching, clock: Clock, algs: Collection[str]) -> None:
        self._fetching = fetching
        self._clock = clock
        self._algs = algs
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
        self._failed: OrderedDict[tuple[str, str], tuple[datetime, str]] = OrderedDict()
        self._ways: dict[str, BoundedSemaphore] = {}
        self._lock = Lock()

    def check(self, attested: Sequence[Attested], wire: str) -> None:
        """Return if none of the attestations was revoked or suspended.

        Args:
            attested: Where it stands, and who attested; what names no status is not in it.
            wire: What the peer is told.

        Raises:
            RemoteError: `wire`: `oid4vci.attestation_revoked`, `status.index`.
            Undecided: `oid4vci.attestation_status` where no list that counts can be had: nobody knows.
        """
        for one in attested:
            wallet_provider.check_status(self._list(one.entry.list_url, one.provider), one.entry, wire)

    def _list(self, url: str, provider: WalletProvider) -> StatusListToken:
        place = (provider.name, url)
        if (claims := self._known(place)) is not None:
            return claims
        with self._lock:
            way = self._ways.setdefault(provider.name, BoundedSemaphore(_AT_ONCE))
        if not way.acquire(timeout=_PATIENCE_SECONDS):
            raise Undecided("oid4vci.attestation_status", "/status", "its provider keeps others waiting")
        try:
            return self._known(place) or self._asked(place, provider)
        finally:
            way.release()

    def _known(self, place: tuple[str, str]) -> StatusListToken | None:
        now = self._clock()
        with self._lock:
            found, failed = self._kept.get(place), self._failed.get(place)
        if found is not None and now < found.until:
            return found.claims
        if failed is not None and now < failed[0]:
            raise Undecided("oid4vci.attestation_status", "/status", failed[1])
        return None

    def _asked(self, place: tuple[str, str], provider: WalletProvider) -> StatusListToken:
        (_, url), now = place, self._clock()
        try:
            raw = self._fetched(url)
            claims = wallet_provider.status_list(raw, url, provider, algs=self._algs, now=now, leeway=_LEEWAY)
        except (Refused, Undecided) as error:
            self._keep(self._failed, place, (self._clock() + _REST, error.code))
            raise Undecided("oid4vci.attestation_status", "/status", error.code) from error
        self._keep(self._kept, place, _Kept(claims, _until(claims, now)))
        return claims

    def _keep(self, among: OrderedDict[tuple[str, str], _T], place: tuple[str, str], what: _T) -> None:
        with self._lock:
            among[place] = what
            among.move_to_end(place)
            while len(among) > _MAX_LISTS:
                among.popitem(last=False)

    def _fetched(self, url: str) -> bytes:
        answer = self._fetching.get(url, accept=token_list.MEDIA_TYPE, max_bytes=_MAX_BYTES)
        if answer.status != 200 or answer.media_type != token_list.MEDIA_TYPE:
            raise Refused("fetch.content", detail=f"status {answer.status}")
        return answer.body


def _until(claims: StatusListToken, now: datetime) -> datetime:
    ttl = _KEEP if claims.ttl is None else min(_KEEP, timedelta(seconds=min(claims.ttl, 86_400)))
    ends = None if claims.exp is None else instant.from_numeric_date(claims.exp)
    return now + ttl if ends is None else min(now + ttl, ends)
