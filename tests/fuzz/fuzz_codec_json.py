"""Strict JSON; what is read also has a canonical form that reads as the same value."""

from __future__ import annotations

from clicid.codec import jcs, strict_json
from clicid.errors import ClicidError

SEEDS = [
    b'{"a":[1,2.5,-3e2,true,false,null],"b":{"c":"\\u00e5\\ud83d\\ude00"}}',
    b'{"a":1,"a":2}',
    b"[" * 33 + b"]" * 33,
    b'["\\ud800"]',
    b"[NaN,Infinity,-Infinity]",
    b"[9007199254740991,-9007199254740992,1e400,1e20,1e21]",
    '"å\u2028"'.encode(),
]


def target(data: bytes) -> None:
    try:
        value = strict_json.loads(data)
    except ClicidError:
        return
    assert strict_json.loads(jcs.dumps(value)) == value
    assert strict_json.loads(strict_json.dumps(value)) == value
