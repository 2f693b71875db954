"""Status lists in memory: one an issuer, served as credentials."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from clicid.formats import bitstring_entries
from clicid.formats.base import StatusRef
from clicid.status import bitstring
from clicid.status.rows import StatusList

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from clicid.codec.strict_json import Json

PATH: Final = "/status-lists"
LIFE: Final = timedelta(days=1)
_WIDTH: Final = 2


@dataclass(slots=True)
class _Held:
    """One list: its entries, and which indexes were given out."""

    url: str
    entries: StatusList
    given: set[int] = field(default_factory=set)


class Lists:
    """The lists of all issuers.

    Args:
        origin: Where they are served.
        issuers: The DIDs, in an order that stays.
        random: A source of random numbers below a bound: an index says nothing about when it was given.
    """

    def __init__(self, origin: str, issuers: Sequence[str], random: Callable[[int], int]) -> None:
        self._held = {
            did: _Held(f"{origin}{PATH}/{number}", StatusList(_WIDTH, bitstring.MIN_ENTRIES))
            for number, did in enumerate(issuers, start=1)
        }
        self._random = random
        self._lock = threading.Lock()

    def give(self, issuer: str) -> tuple[Mapping[str, Json], ...]:
        """The entries of a new credential: a revocation and a suspension at a free index.

        Raises:
            Refused: `vc_api.issuer` for an issuer that has no list here; `store.full`.
        """
        held = self._held.get(issuer)
        if held is None:
            raise Refused("vc_api.issuer", "/issuer")
        with self._lock:
            if len(held.given) > held.entries.size // 2:
                raise Refused("store.full", detail="half of the list is given out")
            index = self._random(held.entries.size)
            while index in held.given:
                index = self._random(held.entries.size)
            held.given.add(index)
        rows = bitstring_entries.entries(StatusRef(held.url, index))
        return tuple(row for row in rows if isinstance(row, dict))

    def revoke(self, issuer: str, index: int) -> None:
        """Revoke one credential of an issuer.

        Raises:
            IndexError: For an index outside the list.
        """
        entries = self._held[issuer].entries
        entries.change([entries.position(index, 0)], [])

    def document(self, number: int, purpose: str, now: datetime) -> dict[str, Json]:
        """The unsigned credential of one list and purpose.

        Raises:
            Refused: `http.not_found`.
        """
        if not 1 <= number <= len(self._held) or purpose not in bitstring.PURPOSES:
            raise Refused("http.not_found")
        did, held = list(self._held.items())[number - 1]
        plane = bitstring.of_rows(held.entries, bitstring.PURPOSES.index(purpose))
        return bitstring.credential(
            plane,
            url=bitstring.list_url(held.url, purpose),
            issuer=did,
            valid_from=now - timedelta(minutes=1),
            valid_until=now + LIFE,
            ttl=LIFE,
        )

    def place(self, url: str) -> tuple[int, str] | None:
        """Number and purpose of the list that is served at a URL; None if that is none of ours."""
        for number, held in enumerate(self._held.values(), start=1):
            for purpose in bitstring.PURPOSES:
                if url == bitstring.list_url(held.url, purpose):
                    return number, purpose
        return None
