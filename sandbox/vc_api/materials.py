"""What a check can want in the sandbox: its own lists, and what a credential itself names on the web.

The web is asked under the rules of the one Fetcher: https, public addresses, no redirects, all bounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.did import web
from clicid.did.webvh.identifier import METHOD as WEBVH
from clicid.errors import ClicidError, Refused
from clicid.formats.base import Material, NeedKind, Unavailable

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.adapters.fetch import Fetcher
    from clicid.adapters.gather import Source
    from clicid.adapters.webvh_logs import WebvhLogs
    from clicid.formats.base import Need

_DID: Final = "application/did+json, application/did+ld+json, application/json"
_LIST: Final = (
    "application/vc, application/vc+jwt, application/vc+sd-jwt, application/vc+cose, application/ld+json"
)


@dataclass(frozen=True, slots=True)
class WebMaterials:
    """A `gather.Source`.

    Args:
        own: What we have ourselves; for that nobody is called.
        fetcher: The way out.
        logs: What is seen of the logs of did:webvh issuers.
    """

    own: Source
    fetcher: Fetcher
    logs: WebvhLogs

    def get(self, need: Need, now: datetime) -> Material | Unavailable:
        """A status list, the document of a did:web, the log of a did:webvh; there is no chain here."""
        found = self.own.get(need, now)
        if isinstance(found, Material):
            return found
        try:
            if need.kind is NeedKind.STATUS_LIST_CREDENTIAL:
                return self._fetched(need.uri, _LIST, now)
            if need.kind is NeedKind.DID and need.uri.startswith(f"did:{WEBVH}:"):
                return self.logs.get(need.uri, now)
            if need.kind is NeedKind.DID and need.uri.startswith(f"did:{web.METHOD}:"):
                return self._fetched(web.url(need.uri), _DID, now)
        except ClicidError as error:
            return Unavailable(now, error.code)
        return found

    def get_at_once(self, _need: Need, _now: datetime) -> None:
        """Whoever may have to call somebody has nothing at once."""

    def _fetched(self, url: str, accept: str, now: datetime) -> Material:
        answer = self.fetcher.get(url, accept=accept)
        if answer.status != 200:
            raise Refused("fetch.content", detail=f"status {answer.status}")
        return Material(answer.body, now, now, url, answer.media_type)
