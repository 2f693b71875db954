"""A credential as JWT from a stranger, and one that an issuer signed over any header and payload."""

from __future__ import annotations

from clicid.formats.jwt_vc import JwtVcChecker
from tests.fuzz import enveloping
from tests.support import jose, jwt_vc, w3c

_CHECKER = JwtVcChecker(w3c.CONTEXTS)
_GOOD = jwt_vc.credential()
_HEADER, _PAYLOAD = jose.parts(_GOOD)

SEEDS = [
    _GOOD,
    enveloping.over(_HEADER, _PAYLOAD),
    enveloping.over(_HEADER, _PAYLOAD.replace(b'"iss":', b'"issuer":"x","iss":')),
    enveloping.over(_HEADER, _PAYLOAD.replace(b'"exp":', b'"cnf":{"jwk":{}},"exp":')),
    enveloping.over(_HEADER, b'{"iss":"x","nbf":1,"vc":{"credentialSubject":[{}],"issuer":{"id":"x"}}}'),
]


def target(data: bytes) -> None:
    parsed = enveloping.credential(_CHECKER, data)
    if parsed is None:
        return
    # What was decoded says what the claims say.
    document, claims = parsed.opened.document, parsed.opened.claims
    assert parsed.model.issuer == claims.issuer
    assert document.get("id") == claims.id
    assert parsed.model.valid_from is not None
    assert parsed.model.valid_from.replace(microsecond=0) == claims.not_before
    assert [subject.get("id") for subject in parsed.model.subjects] == [claims.subject]
