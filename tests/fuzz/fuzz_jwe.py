"""Encrypted messages: only what was encrypted to the key is read, and nothing but our error comes out."""

from __future__ import annotations

from clicid.errors import ClicidError
from clicid.keys.ephemeral import EphemeralKey
from clicid.securing import jwe
from clicid.securing.jwe import ENCS, Recipient
from tests.support.world import Dice

_KEY = EphemeralKey(Dice("fuzz jwe"))
_TO = Recipient(_KEY.public, "k", "ECDH-ES")

SEEDS = [
    jwe.encrypt(b'{"a":1}', _TO, enc=enc, random=Dice(f"fuzz {enc}"), apu=b"Alice", apv=b"Bob")
    for enc in ENCS
]
_GENUINE = frozenset(SEEDS)


def target(data: bytes) -> None:
    try:
        parsed = jwe.parse(data, max_bytes=4096)
        jwe.decrypt(parsed, agree=_KEY.agree, kid="k", encs=ENCS)
    except ClicidError:
        return
    assert data in _GENUINE, "a message that nobody encrypted"
