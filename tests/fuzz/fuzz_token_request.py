"""Token requests, and the answers that a wallet reads."""

from __future__ import annotations

import contextlib

from clicid.codec import strict_json
from clicid.errors import ClicidError
from clicid.oid4vci.errors import ErrorAnswer
from clicid.oid4vci.token import TokenRequest, TokenResponse

SEEDS = [
    TokenRequest("code", "123456", "wallet").to_form(),
    TokenRequest("code&=%").to_form(),
    strict_json.dumps(TokenResponse("token", 60, {"a": ("b", "c")}).to_wire()),
    b'{"error":"invalid_grant"}',
]


def target(data: bytes) -> None:
    with contextlib.suppress(ClicidError):
        request = TokenRequest.parse(data)
        assert TokenRequest.parse(request.to_form()) == request
    with contextlib.suppress(ClicidError):
        response = TokenResponse.parse(data)
        assert TokenResponse.parse(strict_json.dumps(response.to_wire())) == response
    with contextlib.suppress(ClicidError):
        ErrorAnswer.parse(data)
