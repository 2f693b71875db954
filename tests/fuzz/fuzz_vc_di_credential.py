"""A credential from a stranger: a check that ends, and claims only from the signed one."""

from __future__ import annotations

import json

from clicid.errors import ClicidError
from clicid.formats.base import Checked
from clicid.formats.vc_di import LdpVcChecker
from tests.support import w3c

_CHECKER = LdpVcChecker(w3c.CONTEXTS)

SEEDS = [
    w3c.credential(),
    w3c.credential(w3c.unsigned(credentialStatus=None, name=None)),
    w3c.credential(w3c.unsigned(issuer={"id": w3c.ISSUER.did}, credentialSubject=[{"id": w3c.HOLDER}])),
    json.dumps(w3c.unsigned()).encode(),
]


def target(data: bytes) -> None:
    try:
        parsed = _CHECKER.parse(data)
    except ClicidError:
        return
    checked = _CHECKER.check(parsed, w3c.have(), rules=w3c.RULES, binding=None, now=w3c.NOW)
    if isinstance(checked, Checked) and checked.claims is not None:
        assert checked.claims.reveal() in ({"ageOver18": True}, {})
