from __future__ import annotations

import pytest

from clicid.codec import multicodec
from tests.support.refusals import refused


@pytest.mark.parametrize(
    ("code", "prefix"),
    [
        (0, b"\0"),
        (0x7F, b"\x7f"),
        (0x80, b"\x80\x01"),
        (multicodec.ED25519_PUB, b"\xed\x01"),
        (multicodec.SECP256K1_PUB, b"\xe7\x01"),
        (multicodec.P256_PUB, b"\x80\x24"),
        (2**63 - 1, b"\xff" * 8 + b"\x7f"),
    ],
)
def test_both_ways(code: int, prefix: bytes) -> None:
    assert multicodec.encode(code, b"rest") == prefix + b"rest"
    assert multicodec.decode(prefix + b"rest") == (code, b"rest")


@pytest.mark.parametrize(
    "raw", [b"", b"\x80", b"\xff" * 9, b"\xff" * 9 + b"\x01", b"\x81\x00", b"\xed\x81\x00"]
)
def test_malformed(raw: bytes) -> None:
    with refused("codec.multicodec", "/x"):
        multicodec.decode(raw, where="/x")


@pytest.mark.parametrize("code", [-1, 2**63])
def test_code_out_of_range(code: int) -> None:
    with refused("codec.multicodec"):
        multicodec.encode(code, b"")
