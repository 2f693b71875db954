"""A presentation as JWT from a stranger, and one that a holder signed over any header and payload."""

from __future__ import annotations

from clicid.formats.base import FormatId
from tests.fuzz import enveloping
from tests.support import jose, jwt_vc

_GOOD = jwt_vc.presentation()
_HEADER, _PAYLOAD = jose.parts(_GOOD)

SEEDS = [
    _GOOD,
    jwt_vc.presentation([jwt_vc.credential(), jwt_vc.credential()]),
    enveloping.over(_HEADER, _PAYLOAD),
    enveloping.over(_HEADER, _PAYLOAD.replace(b'"vp":', b'"vc":{},"vp":')),
]


def target(data: bytes) -> None:
    enveloping.presentation(FormatId.JWT_VP, data)
