"""The places of a credential at which values may differ without anything else being decided anew.

What the data model asks of a value by itself, it asks here in the form in which most values pass: one
that does not take it is read the long way. A value that is compared with another, or that decides how
something else is read, stands in none of these places.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Self

from clicid.codec import instant
from clicid.codec.layout import taker
from clicid.formats.data_model.url import MAX_URL, USUAL
from clicid.status.entry import INDEX

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clicid.codec.layout import Path

ID: Final[Path] = ("id",)
FROM: Final[Path] = ("validFrom",)
UNTIL: Final[Path] = ("validUntil",)
SUBJECT: Final = "credentialSubject"
STATUS: Final = "credentialStatus"
_INDEX: Final = "statusListIndex"


def may_differ(path: Path) -> bool:
    """Whether the data model looks at the value in a place by itself, or not at all."""
    if path[0] == SUBJECT:
        return True
    if path[0] == STATUS:
        return path[-1] in ("id", _INDEX)
    return path in (ID, FROM, UNTIL)


Values = tuple[datetime | None, datetime | None, int | None]
"""Beginning, end and index of the status entries; None where its place is not free or not there."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where among the free strings of a layout each kind of value stands.

    Args:
        urls: What the URLs have to look like, each behind the other.
        take_urls: What takes them out of the values.
        begin: The place of the beginning.
        end: That of the end.
        indexes: Those of the status entries' indexes.
    """

    urls: re.Pattern[str]
    take_urls: Callable[[Sequence[str]], tuple[str, ...]]
    begin: int | None
    end: int | None
    indexes: tuple[int, ...]

    @classmethod
    def of(cls, free: Sequence[Path], schemes: Sequence[str]) -> Self | None:
        """The places among these paths; None if there is a URL of a scheme that has no usual form."""
        urls = [(place, scheme[:-1]) for place, scheme in enumerate(schemes) if scheme]
        if any(scheme not in USUAL for _, scheme in urls):
            return None
        at = {path: place for place, path in enumerate(free)}
        return cls(
            urls=re.compile(" ".join(USUAL[scheme] for _, scheme in urls), re.ASCII),
            take_urls=taker([place for place, _ in urls]),
            begin=at.get(FROM),
            end=at.get(UNTIL),
            indexes=tuple(place for path, place in at.items() if path[0] == STATUS and path[-1] == _INDEX),
        )

    def read(self, values: Sequence[str]) -> Values | None:
        """The values; None where the long way has to be taken.

        Raises:
            Refused: `codec.time`, likewise.
        """
        urls = " ".join(self.take_urls(values))
        if len(urls) > MAX_URL or not self.urls.fullmatch(urls):
            return None
        begin = None if self.begin is None else instant.parse(values[self.begin])
        end = None if self.end is None else instant.parse(values[self.end])
        if begin is not None and end is not None and end < begin:
            return None
        entry = None
        if self.indexes:
            text = values[self.indexes[0]]
            if not INDEX.fullmatch(text):
                return None
            for other in self.indexes:
                if values[other] != text:
                    return None
            entry = int(text)
        return begin, end, entry
