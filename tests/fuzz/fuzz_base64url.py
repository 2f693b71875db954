"""base64url: whatever is read is written the same way."""

from __future__ import annotations

from clicid.codec import base64url
from clicid.errors import ClicidError

SEEDS = [b"", b"AA", b"AB", b"AAA", b"AAB", b"A", b"_-8", b"AA==", "å".encode(), b"AAAA\n"]


def target(data: bytes) -> None:
    text = data.decode("utf-8", errors="surrogateescape")
    try:
        raw = base64url.decode(text)
    except ClicidError:
        return
    assert base64url.encode(raw) == text
