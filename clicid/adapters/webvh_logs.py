"""The logs of did:webvh issuers, fetched, and held against what was seen of them before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from clicid.did.webvh import log
from clicid.did.webvh.files import MAX_BYTES, Files
from clicid.did.webvh.identifier import LOG, WITNESSES, WebvhDid
from clicid.errors import Refused, Undecided
from clicid.formats.base import Material, Unavailable

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.adapters.fetch import Fetched, Fetching
    from clicid.adapters.webvh_history import Seen
    from clicid.did.webvh.log import Log

# A log says of itself that it is witnessed. One that hides the word in escapes lacks its approvals.
_WITNESSED: Final = b'"witnesses"'
_EQUIVOCATION: Final = frozenset(("did.forked", "did.rolled_back"))


class History(Protocol):
    """What was seen of logs before: `webvh_history.WebvhHistory`, or what a wallet keeps in its vault."""

    def seen(self, scid: str) -> Seen | None:
        """The longest log seen of a SCID, if any."""

    def follow(self, found: Log, body: bytes, now: datetime, doubt: str = "") -> None:
        """Remember a log that goes on from it, and others' doubt in it.

        Refused `did.rolled_back`, `did.forked` for another.
        """


@dataclass(frozen=True, slots=True)
class WebvhLogs:
    """Fetches what `NeedKind.DID` wants of a did:webvh.

    Args:
        fetcher: The way out.
        history: What was seen before.
    """

    fetcher: Fetching
    history: History

    def get(self, did: str, now: datetime) -> Material | Unavailable:
        """The two files of a DID, as of now; while its server fails, those seen last, as of then.

        Where the server shows a log that is older than one seen before, or tells another history, there is
        nothing to rely on until it shows one that goes on: `Unavailable` with the reason's code. So it is
        where that happened to whoever fetched it for us; that log is remembered too, or the next who fetches
        could bring an older one.

        Raises:
            LocalError: `did.store` if what was seen before cannot be read or written.
        """
        try:
            named = WebvhDid.parse(did)
        except Refused as error:
            return Unavailable(now, error.code)
        doubt = ""
        try:
            shown = self._file(named.url(LOG), "text/jsonl, application/jsonl")
            doubt = shown.doubt
            files, at = self._files(named, shown, now)
            body = files.to_bytes()
            self.history.follow(log.read(did, files, now), body, at, doubt)
        except (Refused, Undecided) as error:
            if error.code in _EQUIVOCATION:
                return Unavailable(now, error.code)
            return Unavailable(now, doubt) if doubt else self._seen_last(named, error, now)
        return Unavailable(now, doubt) if doubt else Material(body, now, at, named.url(LOG))

    def _seen_last(
        self, named: WebvhDid, error: Refused | Undecided, now: datetime
    ) -> Material | Unavailable:
        seen = self.history.seen(named.scid)
        if seen is None or seen.doubt:
            return Unavailable(now, seen.doubt if seen else error.code)
        return Material(seen.body, seen.at, seen.at, named.url(LOG))

    def _files(self, named: WebvhDid, found: Fetched, now: datetime) -> tuple[Files, datetime]:
        """A log with what it needs beside it, and when both were shown."""
        at = found.at or now
        if _WITNESSED not in found.body:
            return Files(found.body), at
        witnesses = self._file(named.url(WITNESSES), "application/json")
        return Files(found.body, witnesses.body), min(at, witnesses.at or now)

    def _file(self, url: str, accept: str) -> Fetched:
        answer = self.fetcher.get(url, accept=accept, max_bytes=MAX_BYTES)
        if answer.status != 200:
            raise Refused("fetch.content", detail=f"status {answer.status}")
        return answer
