from __future__ import annotations

import pytest

from clicid.codec import multibase
from tests.support.refusals import refused


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"", "z"),
        (b"\0", "z1"),
        (b"\0\0\x39", "z11z"),
        (b"\x3a", "z21"),
        (b"\xff", "z5Q"),
        (b"", "u"),
        (b"\xff", "u_w"),
    ],
)
def test_both_ways(raw: bytes, text: str) -> None:
    assert multibase.encode(raw, text[0]) == text
    assert multibase.decode(text) == raw


@pytest.mark.parametrize("text", ["", "m", "Zabc", "z0", "zO", "zI", "zl", "z ", "z\n", "zå", "f00"])
def test_what_is_not_our_multibase(text: str) -> None:
    with refused("codec.multibase", "/x"):
        multibase.decode(text, where="/x")


def test_base64url_inside_is_strict() -> None:
    with refused("codec.base64url"):
        multibase.decode("uAB")


def test_size() -> None:
    with refused("codec.size"):
        multibase.decode("z" * (multibase.MAX_CHARS + 1))


def test_unknown_base_when_writing() -> None:
    with refused("codec.multibase"):
        multibase.encode(b"a", "f")
