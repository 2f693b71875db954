"""What is known of issuers that the policy names: documents and lists, fetched in the background.

Only what the policy writes down is fetched, on a schedule of our own, whoever presents what. No chain says
which list or document is the last one: what was seen before is all there is to hold the next one against.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from clicid.adapters.named_issuers import NamedIssuers, is_one_document
from clicid.adapters.webvh_logs import WebvhLogs
from clicid.codec import instant
from clicid.errors import ClicidError, Refused, Undecided
from clicid.formats.base import Material, Need, NeedKind, Unavailable
from clicid.trust.iaca import NAMED_BY_KEY
from clicid.verification import signed_lists
from clicid.verification.signed_lists import DISAGREES, Agreement
from verifier.refresh.evidence import as_text
from verifier.refresh.forms import TOKEN
from verifier.refresh.named_files import NamedFiles, claims

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from clicid.adapters.fetch import Fetching
    from clicid.adapters.gather import Source
    from clicid.formats.base import Rules
    from clicid.status.token_list import StatusListToken
    from verifier.refresh.evidence import ListWatch

_LOG: Final = logging.getLogger("clicid.verifier.named")


class _Seen(NamedTuple):
    """The list of an issuer's that was taken last, and the first one since that contradicted it."""

    signed: StatusListToken
    material: Material
    against: StatusListToken | None = None


class NamedState(NamedTuple):
    """How a document or list of an issuer by name stands.

    Args:
        did: Whose.
        url: The list's; empty for the document.
        trouble: Reason code of what went wrong the last time, or empty.
        fetched_at: When it was last fetched and taken in this process's life, or None.
        as_of: What time that stands for by which is decided, or None.
    """

    did: str
    url: str
    trouble: str
    fetched_at: datetime | None
    as_of: datetime | None


class NamedMaterials:
    """A `gather.Source` that has these, and the rest from another one. Nobody is called by `get`.

    Args:
        rest: For everything else.
        fetcher: The way out.
        clock: The time.
        rules: Whom the policy names, how old things may be.
        watch: Where lists that contradict each other are told.
        folder: Keeps what was seen; made when it is not there.

    Raises:
        LocalError: `did.store`, `config.file` if what was seen before cannot be read.
    """

    interval_seconds: ClassVar = 60.0

    def __init__(
        self,
        rest: Source,
        fetcher: Fetching,
        clock: Callable[[], datetime],
        *,
        rules: Rules,
        watch: ListWatch,
        folder: Path,
    ) -> None:
        self._rest = rest
        self._clock = clock
        self._rules = rules
        self._watch = watch
        self._files = NamedFiles(folder)
        self._history = self._files.history()
        self._issuers = NamedIssuers(fetcher, WebvhLogs(fetcher, self._history), clock, rules)
        self._known: dict[Need, Material | Unavailable] = {}
        self._seen: dict[Need, _Seen] = {}
        self._troubles: dict[Need, str] = {}
        self._fetched: dict[Need, datetime] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="named-issuers", daemon=True)
        for need in self._lists():
            self._remember(need)
        for need in self._documents():
            if is_one_document(need.uri) and (found := self._files.document(need)) is not None:
                self._known[need] = self._told(found)

    @property
    def troubles(self) -> dict[str, str]:
        """Reason codes of what could not be fetched or was not taken last time, by DID or URL."""
        return {need.uri: code for need, code in self._troubles.copy().items()}

    def states(self) -> list[NamedState]:
        """Of every document and list that the policy names."""
        found = []
        for need in (*self._documents(), *self._lists()):
            known, is_list = self._known.get(need), need.kind is NeedKind.STATUS_LIST
            found.append(
                NamedState(
                    need.subject if is_list else need.uri,
                    need.uri if is_list else "",
                    self._troubles.get(need, ""),
                    self._fetched.get(need),
                    known.as_of if isinstance(known, Material) else None,
                )
            )
        return found

    def start(self) -> None:
        """Fetch in the background from now on."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread, and let go of what was opened."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._history.close()

    def get(self, need: Need, now: datetime) -> Material | Unavailable:
        """From memory, or from the other source."""
        if not self._is_mine(need):
            return self._rest.get(need, now)
        return self._known.get(need) or Unavailable(now, self._troubles.get(need, "not fetched yet"))

    def get_at_once(self, need: Need, now: datetime) -> Material | Unavailable | None:
        """The same where that takes no waiting."""
        return self.get(need, now) if self._is_mine(need) else self._rest.get_at_once(need, now)

    def _is_mine(self, need: Need) -> bool:
        whose = need.uri if need.kind is NeedKind.DID else need.subject
        return need.kind in {NeedKind.DID, NeedKind.STATUS_LIST} and whose in self._rules.by_name

    def refresh(self) -> None:
        """Fetch everything once: documents first, for lists are signed by their keys."""
        for need in self._documents():
            self._try(need, self._fetch_document)
        for need in self._lists():
            self._try(need, self._fetch_list)

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self.refresh()
                self._stop.wait(self.interval_seconds)
        finally:
            # Whatever ended it but a stop is a fault of ours: the health page must not stay silent.
            if not self._stop.is_set():
                self._troubles |= dict.fromkeys(self._documents(), "verifier.follower")

    def _told(self, found: Material) -> Material:
        """It, with what a report says of where it is known from."""
        return found

    def _documents(self) -> list[Need]:
        # Who is known by an authority's key alone has no document.
        return [Need(NeedKind.DID, did) for did in self._rules.by_name if not did.startswith(NAMED_BY_KEY)]

    def _lists(self) -> list[Need]:
        named = self._rules.by_name.items()
        return [Need(NeedKind.STATUS_LIST, url, did) for did, one in named for url in sorted(one.lists)]

    def _try(self, need: Need, fetch: Callable[[Need], None]) -> None:
        """What fails leaves what was there, which grows old; it is told once."""
        try:
            fetch(need)
        except ClicidError as error:
            if self._troubles.get(need) != error.code:
                _LOG.warning("%s: %s", need.uri, error)
            self._troubles[need] = error.code
        else:
            self._troubles.pop(need, None)
            self._fetched[need] = self._clock()

    def _fetch_document(self, need: Need) -> None:
        asked, known = self._clock(), self._known.get(need)
        found = self._issuers.document(need.uri)
        if isinstance(found, Unavailable):
            self._known[need] = found
            raise Undecided(found.why)
        if is_one_document(need.uri):
            if isinstance(known, Material) and found.as_of < known.as_of <= self._clock():
                return  # Who carried it here fetched it before we got the one that we have.
            self._files.keep_document(need, found.body, found.as_of)
        self._known[need] = self._told(found)
        if found.obtained_at < asked:
            raise Undecided("did.unavailable", "", "its log is the one that was seen last")

    def _fetch_list(self, need: Need) -> None:
        signer = self.get(Need(NeedKind.DID, need.subject), self._clock())
        signed, found = self._issuers.signed_list(need, signer)
        new = self._told(found)
        self._check_continues(need, signed, new, new.obtained_at)
        # Of whoever fetched it, who has seen another one: that stays over a restart too.
        self._files.keep_list(need, new.body, doubt=bool(new.doubt))
        self._known[need], self._seen[need] = new, _Seen(signed, new)

    def _check_continues(self, need: Need, signed: StatusListToken, new: Material, now: datetime) -> None:
        """A list that is older than the one seen last, or lacks a revocation that was there, is not taken.

        An older one is what a cache has kept, and adds nothing. If one revokes what a later one does not,
        neither may accept: the one taken last is in doubt until a list comes that goes on from both.

        Raises:
            Refused: `status.signed_list_older`, `status.signed_list_differs`.
        """
        before = self._seen.get(need)
        if before is None:
            return
        agreement = signed_lists.with_earlier(signed, before.signed)
        late = signed.iat < before.signed.iat
        if late and agreement is Agreement.AHEAD:  # It revokes what a later one does not.
            agreement = Agreement.DIFFERS
        self._watch.tell(need, agreement, new, {"signed": as_text(before.material.body)}, now, form=TOKEN)
        if agreement is Agreement.DIFFERS:
            self._doubt(need, before, signed, new)
            raise Refused(agreement.value)
        if late:
            if new.doubt:  # Whoever fetched it was shown one that contradicts it, and never ours.
                self._doubt(need, before, signed, new)
            raise Refused(Agreement.OLDER.value)
        if before.against is not None and signed_lists.with_earlier(signed, before.against) in DISAGREES:
            raise Refused(Agreement.DIFFERS.value)

    def _doubt(self, need: Need, before: _Seen, signed: StatusListToken, new: Material) -> None:
        if before.against is None:
            self._files.keep_against(need, new.body)
            self._seen[need] = before._replace(against=signed)
        self._known[need] = replace(before.material, doubt=Agreement.DIFFERS.value)

    def _remember(self, need: Need) -> None:
        """The list that was taken last, in an earlier life; its signature is checked when it is used."""
        body, against = self._files.list(need), self._files.against(need)
        if body is None:
            return
        signed = claims(body)
        as_of = instant.from_numeric_date(signed.iat)
        material = self._told(Material(body, as_of, as_of, need.uri))
        self._seen[need] = _Seen(signed, material, None if against is None else claims(against))
        self._known[need] = replace(material, doubt="" if against is None else Agreement.DIFFERS.value)
