"""The Accept header (RFC 9110 12.5.1): which media types somebody takes, and how gladly."""

from __future__ import annotations

import re
from typing import Final

MAX_CHARS: Final = 1024
"""What is beyond is not read."""

_WHITESPACE: Final = re.compile(r"\s")
_WEIGHT: Final = re.compile(r"[01](?:\.[0-9]{0,3})?", re.ASCII)


def media_ranges(accept: str) -> list[tuple[str, float]]:
    """The media ranges of a header, as they stand, each with its weight of 0 to 1.

    A range is in lower case, without whitespace, with its parameters but for the weight; a weight that is
    none counts as 1.
    """
    found = []
    for part in _WHITESPACE.sub("", accept[:MAX_CHARS].lower()).split(","):
        named, *parameters = part.split(";")
        weights = [one.removeprefix("q=") for one in parameters if one.startswith("q=")]
        others = [one for one in parameters if not one.startswith("q=")]
        weight = float(weights[0]) if weights and _WEIGHT.fullmatch(weights[0]) else 1.0
        found.append((";".join([named, *others]), min(weight, 1.0)))
    return found


def bare(media_range: str) -> str:
    """A media range without its parameters."""
    return media_range.partition(";")[0]
