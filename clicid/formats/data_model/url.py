"""The one syntax check of ids: an absolute URL (VC Data Model 2.0, 4.4, 2.2 of its terminology)."""

from __future__ import annotations

import re
from typing import Final

from clicid.did.syntax import DidUrl
from clicid.errors import Refused

MAX_URL: Final = 2048

# RFC 3987 characters without those that N-Quads forbids in an IRI; a percent sign begins an escape.
_CHARS: Final = r"(?:[^\x00-\x20\x7f-\xa0<>\"{}|^`\\\s\ud800-\udfff%#]|%[0-9A-Fa-f]{2})"
_ABSOLUTE: Final = re.compile(rf"([A-Za-z][A-Za-z0-9+.-]*):({_CHARS}++)(?:#{_CHARS}*+)?")
# What the URL Standard calls special: without a host they name nothing.
_SPECIAL: Final = frozenset(("http", "https", "ws", "wss", "ftp"))
_HOST: Final = re.compile(r"//(?:[^/?@]*@)?(?:\[[0-9A-Fa-f:.]+\]|[^/?:@\[\]]+)(?::[0-9]{1,5})?(?:[/?].*)?")
# RFC 8141: a namespace, and something in it.
_URN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}:.+")


def is_url(text: str, *, maximum: int = MAX_URL) -> bool:
    """Whether the text is an absolute URL of at most `maximum` characters.

    A web address has a host, a URN a namespace, and a DID URL is one by DID Core 3.2.
    """
    match = _ABSOLUTE.fullmatch(text) if len(text) <= maximum else None
    if match is None:
        return False
    scheme, rest = match[1].lower(), match[2]
    if scheme in _SPECIAL:
        return _HOST.fullmatch(rest) is not None
    if scheme == "urn":
        return _URN.fullmatch(rest) is not None
    return scheme != "did" or _is_did_url(text)


def _is_did_url(text: str) -> bool:
    try:
        DidUrl.parse(text)
    except Refused:
        return False
    return True


USUAL: Final = {
    "urn": r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "did": r"did:[a-z0-9]+(?::[A-Za-z0-9._-]+)+(?:#[A-Za-z0-9._~-]*)?",
    "https": r"https://[a-z0-9.-]+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~-]*)+(?:#[A-Za-z0-9._~-]*)?",
}
"""Patterns by scheme for what most URLs look like. What matches one is a URL here, and an IRI in a graph."""
