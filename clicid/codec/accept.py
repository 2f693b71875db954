"""What somebody takes, and how gladly: the Accept and Accept-Language headers (RFC 9110 12.5)."""

from __future__ import annotations

import re
from operator import itemgetter
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

L = TypeVar("L", bound=str)

MAX_CHARS: Final = 1024
"""What is beyond is not read."""

_WHITESPACE: Final = re.compile(r"\s")
_WEIGHT: Final = re.compile(r"[01](?:\.[0-9]{0,3})?", re.ASCII)


def ranges(header: str) -> list[tuple[str, float]]:
    """The media or language ranges of a header, as they stand, each with its weight of 0 to 1.

    A range is in lower case, without whitespace, with its parameters but for the weight; a weight that is
    none counts as 1.
    """
    found = []
    for part in _WHITESPACE.sub("", header[:MAX_CHARS].lower()).split(","):
        named, *parameters = part.split(";")
        weights = [one.removeprefix("q=") for one in parameters if one.startswith("q=")]
        others = [one for one in parameters if not one.startswith("q=")]
        weight = float(weights[0]) if weights and _WEIGHT.fullmatch(weights[0]) else 1.0
        found.append((";".join([named, *others]), min(weight, 1.0)))
    return found


def bare(media_range: str) -> str:
    """A media range without its parameters."""
    return media_range.partition(";")[0]


def language(header: str, known: Sequence[L]) -> L:
    """The best of the languages that are known (two letters each), and the first of them for nobody's."""
    wanted = sorted(
        ((-weight, tag.partition("-")[0]) for tag, weight in ranges(header) if weight), key=itemgetter(0)
    )
    return next((one for _, tag in wanted for one in known if one == tag), known[0])
