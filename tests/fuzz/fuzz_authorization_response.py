"""Posted answers and refusals, and the receipts that a wallet reads."""

from __future__ import annotations

import contextlib

from clicid.codec import strict_json
from clicid.errors import ClicidError
from clicid.oid4vp.errors import Wire
from clicid.oid4vp.response import (
    AuthorizationResponse,
    ErrorResponse,
    ResponseReceipt,
    parse_response,
)

SEEDS = [
    AuthorizationResponse({"a": ("x~y~z",), "b": ({"type": ["x"]}, "y")}, "state").to_form(),
    AuthorizationResponse({"a": ("x~",)}, "", {"sha256:" + "0" * 64: b"\0" * 48}).to_form(),
    ErrorResponse(Wire.ACCESS_DENIED, "state").to_form(),
    b'vp_token={"a":["b"]}&state=1',
    b'{"redirect_uri":"https://verifier.example/x"}',
]


def target(data: bytes) -> None:
    with contextlib.suppress(ClicidError):
        found = parse_response(data)
        assert parse_response(found.to_form()) == found
    with contextlib.suppress(ClicidError):
        receipt = ResponseReceipt.parse(data)
        assert ResponseReceipt.parse(strict_json.dumps(receipt.to_wire())) == receipt
