"""Requests of the Digital Credentials API: only what was signed is taken for signed."""

from __future__ import annotations

import contextlib

from clicid.codec import strict_json
from clicid.errors import ClicidError
from clicid.oid4vp import wallet
from clicid.oid4vp.client_id import ORIGIN, ClientId
from clicid.oid4vp.presentation import ChoiceWanted
from clicid.oid4vp.request import ResponseMode
from tests.support.asking import TERMS, Asking
from tests.support.requests import CHAIN, Case, hash_of, x5c
from tests.support.requests import ORIGIN as PAGE
from tests.support.world import NOW, Dice

_WHO = hash_of(CHAIN)
_CASE = Case("x", _WHO, {"x5c": x5c(CHAIN)}, origin=PAGE)
_OPEN = Asking().session(
    client_id=ClientId(ORIGIN, PAGE), response_uri="", response_mode=ResponseMode.DC_API, origin=PAGE
)
_SIGNED = _CASE.to_json()["input"]
_PARTS = _SIGNED.split(".")
SEEDS = [
    strict_json.dumps({"unsigned": _OPEN.request.to_wire()}),
    strict_json.dumps({"signed": {"request": _SIGNED}}),
    strict_json.dumps(
        {
            "multisigned": {
                "request": {
                    "payload": _PARTS[1],
                    "signatures": [{"protected": _PARTS[0], "signature": _PARTS[2]}],
                }
            }
        }
    ),
]


def target(data: bytes) -> None:
    with contextlib.suppress(ClicidError):
        found = strict_json.loads(data)
        for kind, request in found.items() if isinstance(found, dict) else ():
            with contextlib.suppress(ClicidError):
                _, reply = wallet.start_for_page(
                    f"openid4vp-v1-{kind}", request, PAGE, terms=TERMS, now=NOW, random=Dice("fuzz")
                )
                if isinstance(reply, ChoiceWanted) and reply.verified.signed:
                    assert isinstance(request, dict)
                    assert request["request"] == _SIGNED, "a request that nobody signed"
