"""Token requests, and the answers that a wallet reads."""

from __future__ import annotations

import contextlib

from clicid.codec import strict_json
from clicid.errors import ClicidError
from clicid.oid4vci.errors import ErrorAnswer
from clicid.oid4vci.token import (
    CodeRequest,
    PreAuthorizedRequest,
    RefreshRequest,
    TokenResponse,
    parse_request,
)

SEEDS = [
    PreAuthorizedRequest("code", "123456", "wallet").to_form(),
    PreAuthorizedRequest("code&=%").to_form(),
    CodeRequest("code", "https://wallet.example/cb", "v" * 43, "wallet").to_form(),
    RefreshRequest("refresh").to_form(),
    strict_json.dumps(TokenResponse("token", 60, {}, "DPoP", "refresh").to_wire()),
    strict_json.dumps(TokenResponse("token", 60, {"a": ("b", "c")}).to_wire()),
    b'{"error":"invalid_grant"}',
]


def target(data: bytes) -> None:
    with contextlib.suppress(ClicidError):
        request = parse_request(data)
        assert parse_request(request.to_form()) == request
    with contextlib.suppress(ClicidError):
        response = TokenResponse.parse(data)
        assert TokenResponse.parse(strict_json.dumps(response.to_wire())) == response
    with contextlib.suppress(ClicidError):
        ErrorAnswer.parse(data)
