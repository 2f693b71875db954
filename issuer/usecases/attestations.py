"""Whether a wallet provider has revoked what it attested: its status lists, fetched and kept for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final

from clicid.errors import ClicidError, RemoteError, Undecided
from clicid.oid4vci import wallet_provider
from clicid.oid4vci.errors import Wire
from clicid.status import token_list

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from clicid.adapters.fetch import Fetching
    from clicid.oid4vci.proving import Attested
    from issuer.usecases.ports import Clock

_KEEP: Final = timedelta(minutes=5)
_MAX_LISTS: Final = 64
_MAX_BYTES: Final = 1 << 20
_LEEWAY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Kept:
    body: bytes
    until: datetime


class AttestationStatuses:
    """Looks statuses up.

    Args:
        fetching: The way out.
        clock: The time.
        algs: JOSE algorithms accepted of lists.
    """

    def __init__(self, fetching: Fetching, clock: Clock, algs: Collection[str]) -> None:
        self._fetching = fetching
        self._clock = clock
        self._algs = algs
        self._kept: dict[str, _Kept] = {}
        self._lock = Lock()

    def check(self, attested: Sequence[Attested]) -> None:
        """Return if none of the attestations was revoked or suspended.

        Raises:
            RemoteError: `invalid_proof`: `oid4vci.attestation_revoked`.
            Undecided: `status.unavailable` where no list that counts can be had.
        """
        for one in attested:
            if self._value(one) != token_list.VALID:
                raise RemoteError(
                    Wire.INVALID_PROOF, "oid4vci.attestation_revoked", "/key_attestation/status"
                )

    def _value(self, one: Attested) -> int:
        now = self._clock()
        try:
            return wallet_provider.status_of(
                self._list(one.entry.list_url, now),
                one.entry,
                one.provider,
                algs=self._algs,
                now=now,
                leeway=_LEEWAY,
            )
        except (RemoteError, Undecided):
            raise
        except ClicidError as fault:
            with self._lock:
                self._kept.pop(one.entry.list_url, None)
            raise Undecided("status.unavailable", "/status", str(fault)) from fault

    def _list(self, url: str, now: datetime) -> bytes:
        with self._lock:
            kept = self._kept.get(url)
        if kept is not None and now < kept.until:
            return kept.body
        answer = self._fetching.get(url, accept=token_list.MEDIA_TYPE, max_bytes=_MAX_BYTES)
        if answer.status != 200:
            raise Undecided("status.unavailable", "/status", f"status {answer.status}")
        with self._lock:
            while len(self._kept) >= _MAX_LISTS:
                self._kept.pop(next(iter(self._kept)))
            self._kept[url] = _Kept(answer.body, now + _KEEP)
        return answer.body
