"""Bitstring Status List credentials: JSON text to a list and one entry, or a refusal."""

from __future__ import annotations

from datetime import UTC, datetime

from clicid.codec import shape, strict_json
from clicid.errors import ClicidError
from clicid.status.bitstring import credential, of_rows, parse
from clicid.status.rows import StatusList

_DAY = datetime(2026, 1, 1, tzinfo=UTC)

SEEDS = [
    strict_json.dumps(
        credential(
            of_rows(StatusList(2, 9), bit),
            url="https://a.example/1",
            issuer="did:example:1",
            valid_from=_DAY,
            valid_until=_DAY,
        )
    )
    for bit in (0, 1)
]


def target(data: bytes) -> None:
    try:
        found = parse(shape.as_object(strict_json.loads(data)))
    except ClicidError:
        return
    found[len(found) - 1]
