"""Status List Tokens as CWT: bytes to claims and one entry, or a refusal."""

from __future__ import annotations

from clicid.errors import ClicidError
from clicid.keys.algorithms import P256
from clicid.securing import cose
from clicid.status import token_list_cwt
from clicid.status.rows import StatusList
from clicid.status.token_list import StatusListToken, of_rows

_PREPARED = [
    token_list_cwt.prepare(
        StatusListToken("a:b", 1, exp, ttl, of_rows(StatusList(width, 9))),
        P256,
        {cose.KID: b"1"},
    )
    for width, exp, ttl in ((1, None, None), (2, 5, 6))
]
SEEDS = [one.complete([bytes(64)]) for one in _PREPARED] + [one.payload for one in _PREPARED]


def target(data: bytes) -> None:
    _claims(data)
    try:
        message = token_list_cwt.parse(data)
    except ClicidError:
        return
    _claims(message.unverified_payload)


def _claims(payload: bytes) -> None:
    try:
        held = token_list_cwt.claims(payload).status_list
    except ClicidError:
        return
    if len(held):
        held[len(held) - 1]
