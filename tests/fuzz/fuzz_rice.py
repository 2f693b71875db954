"""Rice codes: a strictly rising sequence below the limit that is written the same, or a refusal."""

from __future__ import annotations

from clicid.errors import ClicidError
from clicid.status import rice

SEEDS = [rice.encode(indexes) for indexes in ([0], [5, 9, 100], list(range(0, 5000, 7)), [1 << 23])]


def target(data: bytes) -> None:
    try:
        indexes = rice.decode(data, 1 << 24)
    except ClicidError:
        return
    if rice.encode(indexes) != data:
        raise AssertionError
