"""A credential as JWT from a stranger, and one that an issuer signed over any header and payload.

The input is a token, or after a NUL two JSON texts with a NUL between them, to be signed.
"""

from __future__ import annotations

from clicid.errors import ClicidError
from clicid.formats.base import Checked
from clicid.formats.jwt_vc import JwtVcChecker
from tests.support import jose, jwt_vc, w3c

_CHECKER = JwtVcChecker(w3c.CONTEXTS)
_HAVE = jose.have()
_GOOD = jwt_vc.credential()
_HEADER, _PAYLOAD = jose.parts(_GOOD)

SEEDS = [
    _GOOD,
    b"\0".join((b"", _HEADER, _PAYLOAD)),
    b"\0".join((b"", _HEADER, _PAYLOAD.replace(b'"iss":', b'"issuer":"x","iss":'))),
    b"\0".join((b"", _HEADER, _PAYLOAD.replace(b'"exp":', b'"cnf":{"jwk":{}},"exp":'))),
    b"\0".join((b"", _HEADER, b'{"iss":"x","nbf":1,"vc":{"credentialSubject":[{}],"issuer":{"id":"x"}}}')),
]


def target(data: bytes) -> None:
    ours = data[:1] == b"\0"
    header, _, payload = data[1:].partition(b"\0")
    raw = jose.jwt(header, payload) if ours else data
    try:
        parsed = _CHECKER.parse(raw)
    except ClicidError:
        return
    # What was decoded says what the claims say.
    document, claims = parsed.opened.document, parsed.opened.claims
    assert parsed.model.issuer == claims.issuer
    assert document.get("id") == claims.id
    assert parsed.model.valid_from is not None
    assert parsed.model.valid_from.replace(microsecond=0) == claims.not_before
    assert [subject.get("id") for subject in parsed.model.subjects] == [claims.subject]
    checked = _CHECKER.check(parsed, _HAVE, rules=w3c.RULES, binding=None, now=w3c.NOW)
    if not ours and isinstance(checked, Checked) and checked.claims is not None:
        assert checked.claims.reveal() == {"ageOver18": True}
