"""Status List Token payloads: JSON text to claims and one entry, or a refusal."""

from __future__ import annotations

from clicid.codec import shape, strict_json
from clicid.errors import ClicidError
from clicid.status.rows import StatusList
from clicid.status.token_list import StatusListToken, of_rows

SEEDS = [
    strict_json.dumps(
        StatusListToken("https://a.example/1", 1, exp, ttl, of_rows(StatusList(width, 9))).payload()
    )
    for width, exp, ttl in ((1, None, None), (2, 5, 6))
]


def target(data: bytes) -> None:
    try:
        token = StatusListToken.parse(shape.as_object(strict_json.loads(data)))
    except ClicidError:
        return
    if len(token.status_list):
        token.status_list[len(token.status_list) - 1]
