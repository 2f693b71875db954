"""What a bundle carries of issuers that are on no chain: what its maker has fetched of them, and when.

A row is a file: its name the URL, its body a line of canonical JSON, a line feed, and what lay there.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from clicid.codec import instant, jcs, shape, strict_json
from clicid.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from clicid.ledger.bundle import Rows

DOCUMENTS: Final = "web_documents"
"""The part with documents and logs of DIDs."""
LISTS: Final = "web_lists"
"""The part with signed status lists."""

DOUBTS: Final = frozenset(("", "did.forked", "did.rolled_back", "status.signed_list_differs"))
_MAX_HEAD: Final = 1024


@dataclass(frozen=True, slots=True)
class WebFile:
    """What lay at a URL.

    Args:
        body: It.
        at: When it lay there, by its maker's clock.
        media_type: As which it was given.
        doubt: Reason code for which its maker does not accept by it, one of `DOUBTS`.
    """

    body: bytes = field(repr=False)
    at: datetime
    media_type: str
    doubt: str = ""


def held_by(files: Mapping[str, WebFile], now: datetime) -> dict[str, WebFile]:
    """Files by their URLs as their maker has them now: what a fast clock signed lay there by now."""
    return {url: replace(file, at=min(file.at, now)) for url, file in files.items()}


def rows(files: Mapping[str, WebFile]) -> Rows:
    """The rows of files by their URLs."""
    return [(url, _head(file) + b"\n" + file.body) for url, file in sorted(files.items())]


def _head(file: WebFile) -> bytes:
    at = instant.format_stamp(file.at)
    return jcs.dumps({"at": at, "media_type": file.media_type, "doubt": file.doubt})


def files(found: Mapping[str, Rows]) -> dict[str, WebFile]:
    """All files of a bundle's parts; none where its maker knew no such parts.

    Raises:
        Refused: `bundle.format`, `codec.*` for rows that no bundle of ours has.
    """
    known: dict[str, WebFile] = {}
    for part in (DOCUMENTS, LISTS):
        for url, row in found.get(part, []):
            head, line_feed, body = row.partition(b"\n")
            obj = shape.as_object(strict_json.loads(head, max_bytes=_MAX_HEAD, max_depth=1))
            shape.only(obj, ("at", "media_type", "doubt"))
            doubt = obj.get("doubt")
            if not line_feed or url in known or not isinstance(doubt, str) or doubt not in DOUBTS:
                raise Refused("bundle.format", f"/parts/{part}")
            at = instant.parse(shape.text(obj, "at"), where=f"/parts/{part}")
            known[url] = WebFile(body, at, shape.text(obj, "media_type"), doubt)
    return known
