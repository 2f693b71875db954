"""Signed status lists over HTTP, fetched in the background; they may refuse, never accept.

Which lists: those that verified credentials named so far. A list that is asked for and not yet here
is fetched on the next round, never while a wallet waits. Everything else comes from the chain.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from clicid.codec import instant, shape, strict_json
from clicid.errors import ClicidError, Refused
from clicid.formats.base import Material, NeedKind, Unavailable
from clicid.securing import jws
from clicid.status import token_list

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from clicid.adapters.fetch import Fetcher
    from clicid.adapters.gather import Source
    from clicid.formats.base import Need
    from verifier.refresh.evidence import ListWatch

INTERVAL_SECONDS: Final = 30.0
MAX_LISTS: Final = 1_000
MAX_BYTES: Final = 8 << 20
MEDIA_TYPE: Final = "application/statuslist+jwt"


class SignedListMaterials:
    """The chain's materials, and signed lists from a cache that a thread fills."""

    def __init__(
        self, chain: Source, fetcher: Fetcher, clock: Callable[[], datetime], watch: ListWatch
    ) -> None:
        self._chain = chain
        self._watch = watch
        self._fetcher = fetcher
        self._clock = clock
        self._lock = threading.Lock()
        self._lists: dict[Need, Material | None] = {}
        self._wake = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="signed-lists", daemon=True)

    def start(self) -> None:
        """Fetch in the background from now on."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._ended = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def get(self, need: Need, now: datetime) -> Material | Unavailable:
        """From the chain's store, or the cache; nobody is called."""
        if need.kind is not NeedKind.STATUS_LIST:
            return self._chain.get(need, now)
        with self._lock:
            if need not in self._lists and len(self._lists) < MAX_LISTS:
                self._lists[need] = None
                self._wake.set()
            found = self._lists.get(need)
        return found or Unavailable(now, "not fetched yet")

    def get_at_once(self, need: Need, now: datetime) -> Material | Unavailable | None:
        """Of the chain only: a signed list is read where there is time for it."""
        return None if need.kind is NeedKind.STATUS_LIST else self._chain.get_at_once(need, now)

    def _run(self) -> None:
        while not self._ended:
            self._wake.wait(INTERVAL_SECONDS)
            self._wake.clear()
            for need in list(self._lists):
                if not self._ended:
                    self._fetch(need)

    def _fetch(self, need: Need) -> None:
        anchored = self._watch.anchored(need, self._clock())
        try:
            answer = self._fetcher.get(need.uri, accept=MEDIA_TYPE, max_bytes=MAX_BYTES)
        except ClicidError:
            return
        if answer.status != 200 or answer.media_type != MEDIA_TYPE:
            return
        try:
            token = jws.parse(answer.body, typ=token_list.TYP, max_bytes=MAX_BYTES)
            payload = shape.as_object(strict_json.loads(token.unverified_payload, max_bytes=MAX_BYTES))
            as_of = instant.from_numeric_date(shape.member(payload, "iat"))
        except Refused:
            return
        now = self._clock()
        found = Material(answer.body, now, as_of, need.uri)
        if self._watch.take(need, found, kept=self._lists[need], anchored=anchored, now=now):
            with self._lock:
                self._lists[need] = found
