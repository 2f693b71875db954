"""Encrypted answers, posted and by a page: nothing is read but what was encrypted for the key."""

from __future__ import annotations

import contextlib

from clicid.codec import strict_json
from clicid.errors import ClicidError
from clicid.keys.ephemeral import EphemeralKey
from clicid.oid4vp import returning
from clicid.oid4vp.request import ResponseMode
from clicid.oid4vp.response import AuthorizationResponse, ErrorResponse
from clicid.oid4vp.rules import OPENID4VP
from clicid.securing import jwe
from clicid.securing.jwe import Recipient
from tests.support.asking import Asking
from tests.support.world import Dice

_KEY = EphemeralKey(Dice("fuzzed verifier"))
_REQUEST = (
    Asking()
    .session(response_mode=ResponseMode.DIRECT_POST_JWT, recipient=Recipient(_KEY.public, "k", jwe.ECDH_ES))
    .request
)
_ANSWER = AuthorizationResponse({"who": ("x~",)}, "s")
_DATA = returning.data(_REQUEST, _ANSWER, rules=OPENID4VP, random=Dice("fuzzed wallet"))
SEEDS = [
    returning.form(_REQUEST, _ANSWER, rules=OPENID4VP, random=Dice("fuzzed wallet")),
    strict_json.dumps(_DATA),
    b'{"error":"access_denied"}',
    b"error=access_denied&state=s",
]


def target(data: bytes) -> None:
    with contextlib.suppress(ClicidError):
        found = returning.read_form(data, _REQUEST, _KEY.agree)
        assert isinstance(found, ErrorResponse) or found == _ANSWER, "an answer that nobody encrypted"
    with contextlib.suppress(ClicidError):
        brought = returning.read_data(strict_json.loads(data), _REQUEST, _KEY.agree)
        assert isinstance(brought, ErrorResponse) or brought == _ANSWER, "an answer that nobody encrypted"
