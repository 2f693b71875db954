"""A vc+sd-jwt from a stranger, with and without a holder's proof."""

from __future__ import annotations

from clicid.errors import ClicidError
from clicid.formats.base import Checked, FormatId
from clicid.formats.vc_jose import EnvelopedVcChecker
from tests.support import jose, w3c
from tests.support.jose_vectors import vc_sd_jwt_cases

_CHECKER = EnvelopedVcChecker(FormatId.VC_SD_JWT, w3c.CONTEXTS)
_HAVE = jose.have()

SEEDS = [
    jose.credential(FormatId.VC_SD_JWT),
    *(raw for _, _, raw, _ in vc_sd_jwt_cases()),
]
_SIGNED = {seed.partition(b"~")[0] for seed in SEEDS}


def target(data: bytes) -> None:
    try:
        parsed = _CHECKER.parse(data)
    except ClicidError:
        return
    for binding in (None, w3c.BINDING):
        checked = _CHECKER.check(parsed, _HAVE, rules=w3c.RULES, binding=binding, now=w3c.NOW)
        if isinstance(checked, Checked) and checked.claims is not None:
            assert data.partition(b"~")[0] in _SIGNED, "a signature that nobody made"
            assert checked.claims.reveal() in ({"ageOver18": True}, {})
