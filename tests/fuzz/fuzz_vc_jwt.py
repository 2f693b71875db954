"""A vc+jwt from a stranger, and one that an issuer signed over any header and payload."""

from __future__ import annotations

from clicid.formats.base import FormatId
from clicid.formats.vc_jose import EnvelopedVcChecker
from tests.fuzz import enveloping
from tests.support import jose, w3c

_CHECKER = EnvelopedVcChecker(FormatId.VC_JWT, w3c.CONTEXTS)
_GOOD = jose.credential(holder=w3c.HOLDER_KEY)
_HEADER, _PAYLOAD = jose.parts(_GOOD)

SEEDS = [
    _GOOD,
    jose.credential(),
    enveloping.over(_HEADER, _PAYLOAD),
    enveloping.over(_HEADER, _PAYLOAD.replace(b'"issuer":', b'"iss":"x","vc":{},"issuer":')),
    enveloping.over(_HEADER, b'{"@context":["https://www.w3.org/ns/credentials/v2"],"type":"x"}'),
]


def target(data: bytes) -> None:
    enveloping.credential(_CHECKER, data)
