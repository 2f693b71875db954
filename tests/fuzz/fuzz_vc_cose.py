"""A vc+cose from a stranger, and one that an issuer signed over any protected header and payload."""

from __future__ import annotations

from clicid.codec import strict_json
from clicid.formats.base import FormatId
from clicid.formats.vc_jose import EnvelopedVcChecker
from tests.fuzz import enveloping
from tests.support import jose, w3c
from tests.support.jose_vectors import cose_header, vc_cose_cases

_CHECKER = EnvelopedVcChecker(FormatId.VC_COSE, w3c.CONTEXTS)
_GOOD = jose.credential(FormatId.VC_COSE, holder=w3c.HOLDER_KEY)

SEEDS = [
    *(raw for _, _, raw, _ in vc_cose_cases()),
    enveloping.over(cose_header(_GOOD), strict_json.dumps(jose.unsigned())),
]


def target(data: bytes) -> None:
    enveloping.credential(_CHECKER, data, jose.sign1)
