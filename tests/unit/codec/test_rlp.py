from __future__ import annotations

import pytest
import rlp as other
from hypothesis import given
from hypothesis import strategies as st

from clicid.codec import rlp
from tests.support.refusals import refused

VALUES = st.recursive(
    st.binary(max_size=80),
    lambda inner: st.lists(inner, max_size=6) | st.lists(inner, min_size=20),
    max_leaves=40,
)


@given(VALUES)
def test_it_writes_and_reads_what_the_rlp_package_does(value: rlp.Rlp) -> None:
    raw = rlp.encode(value)
    assert raw == other.encode(value)
    assert rlp.decode(raw) == value


@given(st.binary(max_size=60))
def test_it_refuses_what_the_rlp_package_refuses(raw: bytes) -> None:
    try:
        value = other.decode(raw, strict=True)
    except other.DecodingError:
        with refused("codec.rlp"):
            rlp.decode(raw)
    else:
        assert rlp.decode(raw) == value


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x81\x05",  # a byte that stands for itself
        b"\xb8\x05hello",  # a length that is longer than needed
        b"\xb9\x00\x40" + bytes(64),
        b"\x85four",
        b"\xc2\x82\x01",  # an item that ends after its list
        b"\x01\x02",
        b"\xff" + b"\xff" * 8,
        b"\xc0" * 2,
        bytes(rlp.MAX_BYTES + 1),
    ],
)
def test_what_is_no_rlp_is_refused(raw: bytes) -> None:
    with refused("codec.rlp"):
        rlp.decode(raw)


def test_depth_and_number_of_values_have_an_end() -> None:
    deep: rlp.Rlp = b""
    for _ in range(rlp.MAX_DEPTH + 1):
        deep = [deep]
    many = rlp.encode([b""] * rlp.MAX_VALUES)
    for raw in (rlp.encode(deep), many):
        with refused("codec.rlp"):
            rlp.decode(raw)


def test_numbers_have_no_leading_zeros() -> None:
    assert [rlp.number(value) for value in (0, 1, 255, 256)] == [b"", b"\x01", b"\xff", b"\x01\x00"]
