"""A vp+jwt from a stranger, and one that a holder signed over any header and payload: the whole check."""

from __future__ import annotations

from clicid.formats.base import FormatId
from tests.fuzz import enveloping
from tests.support import jose, w3c

_THREE = [
    (form, jose.credential(form, holder=w3c.HOLDER_KEY))
    for form in (FormatId.VC_JWT, FormatId.VC_SD_JWT, FormatId.VC_COSE)
]
_GOOD = jose.presentation(_THREE)
_HEADER, _PAYLOAD = jose.parts(_GOOD)

SEEDS = [
    _GOOD,
    jose.presentation(),
    enveloping.over(_HEADER, _PAYLOAD),
    enveloping.over(*jose.parts(jose.presentation())),
    enveloping.over(_HEADER, _PAYLOAD.replace(b'"type":"Env', b'"x":1,"type":"Env')),
]


def target(data: bytes) -> None:
    enveloping.presentation(FormatId.VP_JWT, data)
