"""SD-JWT VCs read by a known layout: as they are read otherwise, or our error from both."""

from __future__ import annotations

from clicid.codec import base64url
from clicid.errors import ClicidError
from clicid.formats.sd_jwt_vc import token
from clicid.formats.sd_jwt_vc.recognised import Recognised
from tests.support.world import World

_WORLD = World()
_PRESENTED = [_WORLD.presentation(disclose=chosen) for chosen in ([["family_name"]], [["birth_date"]], [])]
_LAYOUTS = Recognised()
for _raw in _PRESENTED:
    _parsed = token.parse(_raw)
    _LAYOUTS.learn(
        _parsed.combined.jws.unverified_payload,
        _parsed.registered,
        _parsed.combined.disclosures,
        token.claims(_parsed),
    )

SEEDS = [
    b"\n".join(
        [token.parse(_raw).combined.jws.unverified_payload]
        + [base64url.decode(_text) for _text in _raw.decode().split("~")[1:-1]]
    )
    for _raw in _PRESENTED
]
_HEADER, _, _SIGNATURE = _PRESENTED[0].decode().split("~")[0].split(".")


def _ending(raw: bytes, layouts: Recognised | None) -> object:
    try:
        parsed = token.parse(raw, layouts)
        return parsed._replace(recalled=None), token.claims(parsed)
    except ClicidError as error:
        return error.code


def target(data: bytes) -> None:
    """A payload and disclosures, a line each; header and signature are those of a good one."""
    payload, *shown = (base64url.encode(line) for line in data.split(b"\n"))
    raw = "~".join([f"{_HEADER}.{payload}.{_SIGNATURE}", *shown, ""]).encode()
    assert _ending(raw, _LAYOUTS) == _ending(raw, None)
