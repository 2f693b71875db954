"""The logs of did:webvh issuers, fetched, and held against what was seen of them before."""

from __future__ import annotations

import logging
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

_LOG: Final = logging.getLogger("clicid.did")


class History(Protocol):
    """What was seen of logs before: `webvh_history.WebvhHistory`, or what a wallet keeps in its vault."""

    def seen(self, scid: str) -> Seen | None:
        """The longest log seen of a SCID, if any."""

    def follow(self, found: Log, body: bytes, now: datetime) -> None:
        """Remember a log that goes on from it. Refused `did.rolled_back`, `did.forked` for another."""


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
        nothing to rely on until it shows one that goes on: `Unavailable` with the reason's code.

        Raises:
            LocalError: `did.store` if what was seen before cannot be read or written.
        """
        try:
            named = WebvhDid.parse(did)
        except Refused as error:
            return Unavailable(now, error.code)
        try:
            files, at = self._files(named, now)
            body = files.to_bytes()
            self.history.follow(log.read(did, files, now), body, at)
        except (Refused, Undecided) as error:
            if error.code in _EQUIVOCATION:
                _LOG.warning("%s: %s", did, error)
                return Unavailable(now, error.code)
            return self._seen_last(named, error, now)
        return Material(body, now, at, named.url(LOG))

    def _seen_last(
        self, named: WebvhDid, error: Refused | Undecided, now: datetime
    ) -> Material | Unavailable:
        seen = self.history.seen(named.scid)
        if seen is None or seen.doubt:
            return Unavailable(now, seen.doubt if seen else error.code)
        return Material(seen.body, seen.at, seen.at, named.url(LOG))

    def _files(self, named: WebvhDid, now: datetime) -> tuple[Files, datetime]:
        """What is shown, and when it was."""
        found = self._file(named.url(LOG), "text/jsonl, application/jsonl")
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
