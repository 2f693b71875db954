"""Bitstring status lists: JSON text to an entry, or to a list and its last entry; or a refusal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from clicid.codec import shape, strict_json
from clicid.errors import ClicidError
from clicid.status import entry
from clicid.status.bitstring import credential, of_rows, parse
from clicid.status.rows import StatusList

_DAY = datetime(2026, 1, 1, tzinfo=UTC)

SEEDS = [
    *(
        strict_json.dumps(
            credential(
                of_rows(StatusList(2, 9), bit),
                url="https://a.example/1",
                issuer="did:example:1",
                valid_from=_DAY,
                valid_until=_DAY + timedelta(days=1),
                ttl=timedelta(minutes=5),
                messages=("no", "yes"),
            )["credentialSubject"]
        )
        for bit in (0, 1)
    ),
    (
        b'{"type":"BitstringStatusListEntry","statusPurpose":"message","statusListIndex":"7","statusSize":1,'
        b'"statusListCredential":"https://a.example/1","statusMessage":[{"status":"0x0","message":"a"},'
        b'{"status":"0x1","message":"b"}],"statusReference":["https://a.example/"]}'
    ),
]


def target(data: bytes) -> None:
    try:
        obj = shape.as_object(strict_json.loads(data))
        if obj.get("type") == entry.TYPE:
            found = entry.parse(obj, "")
            assert found.message(0)
            return
        published = parse(obj)
    except ClicidError:
        return
    published.list_[len(published.list_) - 1]
