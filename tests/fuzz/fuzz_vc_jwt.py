"""A vc+jwt from a stranger, and one that an issuer signed over any header and payload.

The input is a token, or after a NUL two JSON texts with a NUL between them, to be signed.
"""

from __future__ import annotations

from clicid.errors import ClicidError
from clicid.formats.base import Checked, FormatId
from clicid.formats.vc_jose import EnvelopedVcChecker
from tests.support import jose, w3c

_CHECKER = EnvelopedVcChecker(FormatId.VC_JWT, w3c.CONTEXTS)
_HAVE = jose.have()
_GOOD = jose.credential(holder=w3c.HOLDER_KEY)
_HEADER, _PAYLOAD = jose.parts(_GOOD)

SEEDS = [
    _GOOD,
    jose.credential(),
    b"\0".join((b"", _HEADER, _PAYLOAD)),
    b"\0".join((b"", _HEADER, _PAYLOAD.replace(b'"issuer":', b'"iss":"x","vc":{},"issuer":'))),
    b"\0".join((b"", _HEADER, b'{"@context":["https://www.w3.org/ns/credentials/v2"],"type":"x"}')),
]


def target(data: bytes) -> None:
    ours = data[:1] == b"\0"
    header, _, payload = data[1:].partition(b"\0")
    raw = jose.jwt(header, payload) if ours else data
    try:
        parsed = _CHECKER.parse(raw)
    except ClicidError:
        return
    checked = _CHECKER.check(parsed, _HAVE, rules=w3c.RULES, binding=None, now=w3c.NOW)
    if not ours and isinstance(checked, Checked) and checked.claims is not None:
        assert checked.claims.reveal() == {"ageOver18": True}
