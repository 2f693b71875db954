"""Stored states of hosted pages, and the languages that browsers say they want."""

from __future__ import annotations

import contextlib

from clicid.errors import ClicidError
from tests.support.every_format import QUERIES
from verifier.pages import texts
from verifier.usecases.asking import Wish
from verifier.usecases.paging import Channel, Page

_WISH = Wish({"credentials": [QUERIES["mso_mdoc"]]}, "p", return_to="https://shop.example/back")
SEEDS = [
    Page(_WISH).to_bytes(),
    Page(_WISH, "ab", Channel.CROSS, "s", "openid4vp://?request_uri=x", "c", "cd").to_bytes(),
    b"sv-SE,sv;q=0.9,en;q=0.8,*;q=0.1",
]


def target(data: bytes) -> None:
    with contextlib.suppress(ClicidError):
        found = Page.from_bytes(data)
        assert Page.from_bytes(found.to_bytes()) == found
    assert texts.preferred(data.decode("latin-1")) in ("sv", "en")
