"""A presentation as JWT from a stranger, and one that a holder signed over any header and payload.

The input is a token, or after a NUL two JSON texts with a NUL between them, to be signed.
"""

from __future__ import annotations

from clicid.errors import ClicidError
from clicid.formats.base import FormatId
from clicid.verification import Accepted, Request, check
from tests.fuzz.fuzz_vp_jwt import _CHECKERS, _HAVE, _POLICY
from tests.support import jose, jwt_vc, w3c

_REQUEST = Request(FormatId.JWT_VP, w3c.BINDING, frozenset({w3c.AGE_TYPE}))
_GOOD = jwt_vc.presentation()
_HEADER, _PAYLOAD = jose.parts(_GOOD)

SEEDS = [
    _GOOD,
    jwt_vc.presentation([jwt_vc.credential(), jwt_vc.credential()]),
    b"\0".join((b"", _HEADER, _PAYLOAD)),
    b"\0".join((b"", _HEADER, _PAYLOAD.replace(b'"vp":', b'"vc":{},"vp":'))),
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
