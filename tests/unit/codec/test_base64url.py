from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clicid.codec import base64url
from clicid.errors import Refused
from tests.support.refusals import refused


@pytest.mark.parametrize(
    ("raw", "text"),
    [(b"", ""), (b"\0", "AA"), (b"\xff\xff", "__8"), (b"\xfb\xef\xbe", "----"), (b"four", "Zm91cg")],
)
def test_both_ways(raw: bytes, text: str) -> None:
    assert base64url.encode(raw) == text
    assert base64url.decode(text) == raw


@pytest.mark.parametrize(
    "text",
    [
        "A",
        "AAAAA",
        "AA==",
        "AAA=",
        "++++",
        "////",
        "AA A",
        "AAAA\n",
        "ÅÅÅÅ",
        "AB",
        "Af",
        "AAB",
        "AA-",
        "A\0AA",
    ],
)
def test_other_spellings(text: str) -> None:
    with refused("codec.base64url", "/x"):
        base64url.decode(text, where="/x")


def test_each_value_of_the_loose_bits() -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for rest, prefix, step in ((2, "A", 16), (3, "AA", 4)):
        good = [char for char in alphabet if _reads(prefix + char)]
        assert good == list(alphabet[::step]), rest


def _reads(text: str) -> bool:
    try:
        base64url.decode(text)
    except Refused:
        return False
    return True


@given(st.text("ABQgwxyz0189-_+/= \n\0é\ud800", max_size=24))
def test_what_is_read_has_one_text_and_the_standard_library_reads_the_same(text: str) -> None:
    padded = text + "=" * (-len(text) % 4)
    plain = re.fullmatch("[A-Za-z0-9_-]*", text, re.ASCII) is not None and len(text) % 4 != 1
    expected = base64.urlsafe_b64decode(padded) if plain else None
    if expected is None or base64.urlsafe_b64encode(expected).decode() != padded:
        with refused("codec.base64url"):
            base64url.decode(text)
    else:
        assert base64url.decode(text) == expected
        assert base64url.encode(expected) == text


def test_size() -> None:
    assert base64url.decode("AAAA", max_chars=4) == bytes(3)
    with refused("codec.size"):
        base64url.decode("AAAAAA", max_chars=4)
