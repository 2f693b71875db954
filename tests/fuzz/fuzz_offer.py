"""Credential offers, by their link; what is read is written and read again."""

from __future__ import annotations

import contextlib

from clicid.errors import ClicidError
from clicid.oid4vci.offer import AuthorizationCode, CredentialOffer, PreAuthorized, TxCode, parse_offer_url

_OFFER = CredentialOffer("https://issuer.example", ("a", "b"), PreAuthorized("code", TxCode("text", 4, "ö")))
_CODE = CredentialOffer("https://issuer.example", ("a",), authorization_code=AuthorizationCode("state"))
_PLAIN = b"openid-credential-offer://?credential_offer="
SEEDS = [
    _OFFER.to_url().encode(),
    _CODE.to_url().encode(),
    _PLAIN + b'{"credential_issuer":"https://a.example","credential_configuration_ids":["x"]}',
    b"openid-credential-offer://?credential_offer_uri=https://a.example/1",
]


def target(data: bytes) -> None:
    with contextlib.suppress(ClicidError, UnicodeDecodeError):
        found = parse_offer_url(data.decode())
        assert type(parse_offer_url(found.to_url())) is type(found)
