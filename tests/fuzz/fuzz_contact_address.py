"""Phone numbers and e-mail addresses as people type them: one normal form, or our error."""

from __future__ import annotations

import contextlib

from clicid.errors import ClicidError
from issuer.http.traffic import product_of
from issuer.usecases.addresses import normalise
from issuer.usecases.records import Channel

SEEDS = [
    b"+46 70 174 06 35",
    b"070-174 06 35;ext=12",
    "åsa.öhrn@exämple.se".encode(),
    b'"quoted one"@[127.0.0.1]',
    b"a@xn--exmple-cua.com",
]


def target(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    for channel in Channel:
        with contextlib.suppress(ClicidError):
            normal = normalise(channel, text)
            assert normalise(channel, normal) == normal
    assert len(product_of(text)) <= 40
