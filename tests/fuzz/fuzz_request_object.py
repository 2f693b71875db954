"""Request links and signed request objects; only the genuine object is accepted."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from clicid.errors import ClicidError
from clicid.formats.base import Wanted
from clicid.oid4vp import request_object
from clicid.oid4vp.client_id import ClientId
from clicid.oid4vp.request import RequestByValue, parse_request_url
from tests.support.asking import CLIENT_ID, REFERENCE, TERMS, Asking
from tests.support.world import NOW

_ASKING = Asking()
_HAVE = _ASKING.have
_REQUEST = _ASKING.session().request
_OPEN = replace(_REQUEST, client_id=ClientId("redirect_uri", _REQUEST.response_uri))
GENUINE = _ASKING.object(_REQUEST)
SEEDS = [
    GENUINE,
    REFERENCE.to_url().encode(),
    _OPEN.to_url().encode(),
    RequestByValue(CLIENT_ID, "x.y.z").to_url().encode(),
]


def target(data: bytes) -> None:
    with contextlib.suppress(ClicidError):
        found = request_object.verify(
            data, client_id=CLIENT_ID, wallet_nonce="", have=_HAVE, terms=TERMS, now=NOW
        )
        assert isinstance(found, Wanted) or data == GENUINE, "a request that nobody signed"
    with contextlib.suppress(ClicidError, UnicodeDecodeError):
        link = parse_request_url(data.decode())
        assert parse_request_url(link.to_url()) == link
