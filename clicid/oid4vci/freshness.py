"""Nonces that the server recognises as its own without having kept them.

For DPoP (RFC 9449 8) and for wallet attestations (challenges), where what happens once is remembered by
the proof's `jti`, the nonce only has to be ours and young: whoever asks for a million of them fills nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url
from clicid.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

_RANDOM_BYTES: Final = 16
_TIME_BYTES: Final = 6
_MAC_BYTES: Final = 16


def make(key: bytes, purpose: str, *, now: datetime, random: Callable[[int], bytes]) -> str:
    """A fresh nonce.

    Args:
        key: Ours.
        purpose: What it is for: a nonce for one thing is none for another.
        now: The time, which stands in it.
        random: So many random bytes.
    """
    body = int(now.timestamp()).to_bytes(_TIME_BYTES, "big") + random(_RANDOM_BYTES)
    return base64url.encode(body + _mac(key, purpose, body))


def is_fresh(nonce: str, key: bytes, purpose: str, *, now: datetime, life: timedelta) -> bool:
    """Whether we made it for this purpose, no longer ago than `life`."""
    try:
        raw = base64url.decode(nonce)
    except Refused:
        return False
    body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if len(body) != _TIME_BYTES + _RANDOM_BYTES or not hmac.compare_digest(mac, _mac(key, purpose, body)):
        return False
    made_at = int.from_bytes(body[:_TIME_BYTES], "big")
    return 0 <= int(now.timestamp()) - made_at < int(life.total_seconds())


def _mac(key: bytes, purpose: str, body: bytes) -> bytes:
    return hmac.digest(key, purpose.encode() + b"\0" + body, hashlib.sha256)[:_MAC_BYTES]
