"""A vp+jwt from a stranger, and one that a holder signed over any header and payload: the whole check.

The input is a token, or after a NUL two JSON texts with a NUL between them, to be signed.
"""

from __future__ import annotations

from datetime import timedelta

from clicid.errors import ClicidError
from clicid.formats.base import FormatId, NeedKind, Rules
from clicid.verification import Accepted, Policy, Request, SignedLists, check, checkers
from tests.support import jose, w3c

_CHECKERS = checkers(w3c.CONTEXTS)
_HAVE = jose.have()
_RULES = Rules(
    issuers=None,
    max_age={kind: timedelta(hours=1) for kind in NeedKind},
    leeway=w3c.RULES.leeway,
    key_binding_max_age=w3c.RULES.key_binding_max_age,
)
_POLICY = Policy("fuzz", _RULES, {w3c.AGE_TYPE: bytes(32)}, SignedLists.IGNORED, "00" * 32)
_REQUEST = Request(FormatId.VP_JWT, w3c.BINDING, frozenset({w3c.AGE_TYPE}))
_THREE = [
    (form, jose.credential(form, holder=w3c.HOLDER_KEY))
    for form in (FormatId.VC_JWT, FormatId.VC_SD_JWT, FormatId.VC_COSE)
]
_GOOD = jose.presentation(_THREE)
_HEADER, _PAYLOAD = jose.parts(_GOOD)

SEEDS = [
    _GOOD,
    jose.presentation(),
    b"\0".join((b"", _HEADER, _PAYLOAD)),
    b"\0".join((b"", *jose.parts(jose.presentation()))),
    b"\0".join((b"", _HEADER, _PAYLOAD.replace(b'"type":"Env', b'"x":1,"type":"Env'))),
]


def target(data: bytes) -> None:
    header, _, payload = data[1:].partition(b"\0")
    raw = jose.jwt(header, payload, w3c.HOLDER_REF) if data[:1] == b"\0" else data
    try:
        ending = check(raw, _HAVE, request=_REQUEST, policy=_POLICY, checkers=_CHECKERS, now=w3c.NOW)
    except ClicidError:
        return
    # No list is at hand: nothing can be accepted, whoever signed.
    assert not isinstance(ending, Accepted)
