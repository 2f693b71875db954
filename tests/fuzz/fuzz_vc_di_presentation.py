"""A presentation from a stranger: a check that ends, and credentials only from the one that was made."""

from __future__ import annotations

import json

from clicid.errors import ClicidError
from clicid.formats.vc_di import LdpVpChecker
from tests.support import w3c

_CHECKER = LdpVpChecker(w3c.CONTEXTS)
_SECOND = w3c.credential(w3c.unsigned(id="urn:x:2", name=None))

SEEDS = [w3c.presentation(), w3c.presentation([w3c.credential(), _SECOND]), w3c.credential()]
_HANDED_ON = [json.loads(w3c.credential()), json.loads(_SECOND)]


def target(data: bytes) -> None:
    try:
        parsed = _CHECKER.parse(data)
    except ClicidError:
        return
    checked = _CHECKER.check(parsed, {}, rules=w3c.RULES, binding=w3c.BINDING, now=w3c.NOW)
    for inner in checked.nested:
        assert json.loads(inner.raw) in _HANDED_ON
