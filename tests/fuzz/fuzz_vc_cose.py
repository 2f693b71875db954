"""A vc+cose from a stranger, and one that an issuer signed over any protected header and payload.

The input is a message, or after a NUL the two with a NUL between them, to be signed.
"""

from __future__ import annotations

from clicid.codec import strict_json
from clicid.errors import ClicidError
from clicid.formats.base import Checked, FormatId
from clicid.formats.vc_jose import EnvelopedVcChecker
from tests.support import jose, w3c
from tests.support.jose_vectors import cose_header, vc_cose_cases

_CHECKER = EnvelopedVcChecker(FormatId.VC_COSE, w3c.CONTEXTS)
_HAVE = jose.have()
_GOOD = jose.credential(FormatId.VC_COSE, holder=w3c.HOLDER_KEY)
_PAYLOAD = strict_json.dumps(jose.unsigned())

SEEDS = [
    *(raw for _, _, raw, _ in vc_cose_cases()),
    b"\0".join((b"", cose_header(_GOOD), _PAYLOAD)),
]


def target(data: bytes) -> None:
    ours = data[:1] == b"\0"
    header, _, payload = data[1:].partition(b"\0")
    raw = jose.sign1(header, payload) if ours else data
    try:
        parsed = _CHECKER.parse(raw)
    except ClicidError:
        return
    checked = _CHECKER.check(parsed, _HAVE, rules=w3c.RULES, binding=None, now=w3c.NOW)
    if not ours and isinstance(checked, Checked) and checked.claims is not None:
        assert checked.claims.reveal() == {"ageOver18": True}
