"""Signed status lists over HTTP, fetched in the background; they may refuse, never accept.

Which lists: those that verified credentials named so far, in every form in which their issuer publishes
them. The token may refuse, and each form is held against what is anchored (`evidence`). A list that is asked
for and not yet here is fetched on the next round, never while a wallet waits. All else comes from the chain.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from clicid.errors import ClicidError, Refused
from clicid.formats.base import Material, NeedKind, Unavailable
from verifier.refresh.forms import MAX_BYTES, TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from clicid.adapters.fetch import Fetcher
    from clicid.adapters.gather import Source
    from clicid.formats.base import Need
    from verifier.refresh.evidence import ListWatch
    from verifier.refresh.forms import Form

INTERVAL_SECONDS: Final = 30.0
MAX_LISTS: Final = 1_000


class SignedListMaterials:
    """The chain's materials, and signed lists from a cache that a thread fills.

    Args:
        chain: For everything else.
        fetcher: The way out.
        clock: The time.
        watch: Says what is kept.
        forms: Those that are fetched of each list.
    """

    def __init__(
        self,
        chain: Source,
        fetcher: Fetcher,
        clock: Callable[[], datetime],
        watch: ListWatch,
        forms: Sequence[Form],
    ) -> None:
        self._chain = chain
        self._watch = watch
        self._fetcher = fetcher
        self._clock = clock
        self._lock = threading.Lock()
        self._forms = forms
        self._wanted: dict[Need, None] = {}
        self._kept: dict[tuple[Need, str], Material] = {}
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
        list_url, _, form = need.uri.partition("#")
        if form:  # Of a list that was asked for before by its own URL.
            found = self._kept.get((need._replace(uri=list_url), form))
            return found or Unavailable(now, "not fetched yet")
        with self._lock:
            if need not in self._wanted and len(self._wanted) < MAX_LISTS:
                self._wanted[need] = None
                self._wake.set()
        return self._kept.get((need, TOKEN)) or Unavailable(now, "not fetched yet")

    def get_at_once(self, need: Need, now: datetime) -> Material | Unavailable | None:
        """Of the chain only: a signed list is read where there is time for it."""
        return None if need.kind is NeedKind.STATUS_LIST else self._chain.get_at_once(need, now)

    def _run(self) -> None:
        while not self._ended:
            self._wake.wait(INTERVAL_SECONDS)
            self._wake.clear()
            for need in list(self._wanted):
                if not self._ended:
                    self._fetch(need)

    def _fetch(self, need: Need) -> None:
        for form in self._forms:
            if not self._ended:
                self._fetch_form(need, form)

    def _fetch_form(self, need: Need, form: Form) -> None:
        anchored = self._watch.anchored(need, self._clock())
        url = form.url(need.uri)
        try:
            answer = self._fetcher.get(url, accept=form.media_type, max_bytes=MAX_BYTES)
        except ClicidError:
            return
        if answer.status != 200 or answer.media_type != form.media_type:
            return
        try:
            as_of = form.signed_at(answer.body)
        except Refused:
            return
        now = self._clock()
        found = Material(answer.body, now, as_of, url, answer.media_type)
        kept = self._kept.get((need, form.name))
        if self._watch.take(need, form, found, kept=kept, anchored=anchored, now=now):
            self._kept[need, form.name] = found
