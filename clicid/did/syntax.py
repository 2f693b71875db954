"""DID and DID URL syntax (DID Core 1.0, 3.1 and 3.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from clicid.errors import Refused

MAX_CHARS: Final = 2048

_PCT: Final = "%[0-9A-Fa-f]{2}"
_DID: Final = rf"did:([a-z0-9]+):((?:[A-Za-z0-9._:-]|{_PCT})*(?:[A-Za-z0-9._-]|{_PCT}))"
_PCHAR: Final = rf"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|{_PCT})"
_DID_PATTERN: Final = re.compile(_DID, re.ASCII)
# RFC 3986 3.3 path-abempty, 3.4 query, 3.5 fragment.
_URL_PATTERN: Final = re.compile(
    rf"({_DID})((?:/{_PCHAR}*)*)(?:\?((?:{_PCHAR}|[/?])*))?(?:#((?:{_PCHAR}|[/?])*))?", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Did:
    """A DID: its method and the identifier inside the method."""

    method: str
    identifier: str

    @classmethod
    def parse(cls, text: str, where: str = "") -> Did:
        """A DID, and nothing behind it.

        Raises:
            Refused: `did.syntax`, also above 2048 characters.
        """
        match = _DID_PATTERN.fullmatch(text) if len(text) <= MAX_CHARS else None
        if match is None:
            raise Refused("did.syntax", where)
        return cls(match[1], match[2])

    def __str__(self) -> str:
        return f"did:{self.method}:{self.identifier}"


@dataclass(frozen=True, slots=True)
class DidUrl:
    """A DID URL. `path` is empty or starts with a slash; `query` and `fragment` may be absent."""

    did: Did
    path: str
    query: str | None
    fragment: str | None

    @classmethod
    def parse(cls, text: str, where: str = "") -> DidUrl:
        """An absolute DID URL.

        Raises:
            Refused: `did.syntax`, also above 2048 characters.
        """
        match = _URL_PATTERN.fullmatch(text) if len(text) <= MAX_CHARS else None
        if match is None:
            raise Refused("did.syntax", where)
        return cls(Did(match[2], match[3]), match[4], match[5], match[6])

    def __str__(self) -> str:
        query = "" if self.query is None else f"?{self.query}"
        fragment = "" if self.fragment is None else f"#{self.fragment}"
        return f"{self.did}{self.path}{query}{fragment}"
