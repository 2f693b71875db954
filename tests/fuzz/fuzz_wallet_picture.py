"""Pictures that somebody gave a person to open: a link, or our error."""

from __future__ import annotations

import contextlib
from io import BytesIO

import segno

from clicid.errors import ClicidError
from wallet.qr import MAX_TEXT, link_of


def _seed(kind: str) -> bytes:
    out = BytesIO()
    segno.make("openid-credential-offer://?x", error="l").save(out, kind="png", scale=2)
    if kind == "PNG":
        return out.getvalue()
    from PIL import Image

    saved = BytesIO()
    Image.open(out).convert("L").save(saved, kind, quality=40)
    return saved.getvalue()


SEEDS = [_seed(kind) for kind in ("PNG", "JPEG", "WEBP")]


def target(data: bytes) -> None:
    with contextlib.suppress(ClicidError):
        assert 0 < len(link_of(data)) <= MAX_TEXT
