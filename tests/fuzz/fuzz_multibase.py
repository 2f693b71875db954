"""Multibase and multicodec: whatever is read is written the same way."""

from __future__ import annotations

from clicid.codec import multibase, multicodec
from clicid.errors import ClicidError

SEEDS = [
    multibase.encode(multicodec.encode(multicodec.ED25519_PUB, bytes(range(32)))).encode(),
    multibase.encode(bytes(3) + b"\x01").encode(),
    multibase.encode(multicodec.encode(1 << 62, b""), multibase.BASE64URL).encode(),
    b"z",
    b"u",
    b"z0OIl",
    b"mAAAA",
    b"uAB",
]


def target(data: bytes) -> None:
    text = data.decode("utf-8", errors="surrogateescape")
    try:
        raw = multibase.decode(text)
        assert multibase.encode(raw, text[0]) == text
        code, payload = multicodec.decode(raw)
    except ClicidError:
        return
    assert multicodec.encode(code, payload) == raw
