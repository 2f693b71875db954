"""Pushed authorization requests, links to the authorization endpoint, and the answers of both."""

from __future__ import annotations

import contextlib

from clicid.codec import strict_json
from clicid.errors import ClicidError, RemoteError
from clicid.oid4vci.authorization import (
    AuthorizationDetail,
    AuthorizationLink,
    AuthorizationRequest,
    AuthorizationResponse,
    PushedResponse,
)
from clicid.oid4vci.clients import is_redirect_uri
from issuer.pages import rendering

_REQUEST = AuthorizationRequest(
    client_id="wallet",
    redirect_uri="com.example.wallet:/cb",
    code_challenge="E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    scope=("a", "b"),
    details=(AuthorizationDetail("a", ("https://issuer.example",)),),
    state="s&=%",
    issuer_state="i",
    resource="https://issuer.example",
    dpop_jkt="jkt",
    ui_locales="sv en",
)
SEEDS = [
    _REQUEST.to_form(),
    b"client_id=wallet&request_uri=urn:ietf:params:oauth:request_uri:x",
    b"code=a&state=b&iss=https%3A%2F%2Fissuer.example",
    strict_json.dumps(PushedResponse("urn:ietf:params:oauth:request_uri:x", 60).to_wire()),
]


def target(data: bytes) -> None:
    with contextlib.suppress(RemoteError):  # each of its faults has an answer
        request = AuthorizationRequest.parse(data)
        if is_redirect_uri(request.redirect_uri, loopback=True):
            # It goes into a Location header, and its beginning into a page's policy.
            assert request.redirect_uri.isascii()
            assert not set(request.redirect_uri) & set('\r\n \t"<>')
            assert not set(rendering.headers(request.redirect_uri)["Content-Security-Policy"]) & set("\r\n")
        assert AuthorizationRequest.parse(request.to_form()) == request
    with contextlib.suppress(ClicidError):
        pushed = PushedResponse.parse(data)
        assert PushedResponse.parse(strict_json.dumps(pushed.to_wire())) == pushed
    with contextlib.suppress(ClicidError, UnicodeDecodeError):
        link = AuthorizationLink.parse(data.decode())
        assert AuthorizationLink.parse(link.to_url("https://a.example").partition("?")[2]) == link
    with contextlib.suppress(ClicidError, UnicodeDecodeError):
        answer = AuthorizationResponse.parse(data.decode())
        assert AuthorizationResponse.parse(answer.to_url("https://a.example").partition("?")[2]) == answer
