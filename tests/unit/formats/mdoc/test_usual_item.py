"""What is read by its layout is what is read member by member, or is not read by its layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clicid.codec import cbor
from clicid.codec.cbor import Tagged
from clicid.errors import Refused
from clicid.formats.mdoc import issuer_signed, usual_item
from tests.support.mdoc import ELEMENTS

if TYPE_CHECKING:
    from clicid.codec.cbor import Cbor
    from clicid.formats.mdoc.usual_item import Item

ISO = ("digestID", "random", "elementIdentifier", "elementValue")
DETERMINISTIC = ("random", "digestID", "elementValue", "elementIdentifier")
ORDERS = st.sampled_from((ISO, DETERMINISTIC, ISO[::-1]))
NAMES = st.one_of(
    st.from_regex(r"[a-z_0-9]{1,30}", fullmatch=True),
    st.text(min_size=1, max_size=10),
    st.just("aqelementIdentifierbc"),
)
VALUES = st.one_of(
    st.booleans(),
    st.none(),
    st.integers(-300, 70_000),
    st.text(max_size=40),
    st.binary(max_size=700),
    st.sampled_from([*ELEMENTS["org.iso.18013.5.1"].values()]),
    st.just(b"qelementIdentifieraa"),
    st.text(max_size=12).map(lambda text: Tagged(1004, text)),
)


def written(order: tuple[str, ...], digest_id: int, salt: int, name: str, value: Cbor) -> bytes:
    members: dict[str, Cbor] = dict(zip(ISO, (digest_id, bytes(salt), name, value), strict=True))
    return b"\xa4" + b"".join(cbor.dumps(each) + cbor.dumps(members[each]) for each in order)


def by_members(raw: bytes) -> Item:
    return issuer_signed._by_members(raw)


def by_layout(raw: bytes) -> bool:
    """Whether it was read by its layout; both ways must agree."""
    try:
        quick = usual_item.read(raw, issuer_signed._value)
    except Refused:
        with pytest.raises(Refused):
            by_members(raw)
        return True
    if quick is None:
        return False
    slow = by_members(raw)
    assert quick == slow
    assert [type(part) for part in quick] == [type(part) for part in slow]
    return True


@settings(max_examples=300, deadline=None)
@given(ORDERS, st.integers(0, 2**17), st.sampled_from((16, 17, 31, 32, 33)), NAMES, VALUES)
def test_both_ways(order: tuple[str, ...], digest_id: int, salt: int, name: str, value: Cbor) -> None:
    usual = digest_id < 1 << 16 and salt in (16, 32) and name.isascii() and len(name) < 24
    plain = all(letter.isalnum() or letter == "_" for letter in name)
    value_last = order == ISO
    twice = "qelementIdentifier" in name or (value == b"qelementIdentifieraa" and not value_last)
    quick = by_layout(written(order, digest_id, salt, name, value))
    assert quick == (usual and plain and not twice and order != ISO[::-1])


def test_a_short_salt_is_refused_either_way() -> None:
    raw = written(ISO, 7, 15, "sex", 2)
    assert usual_item.read(raw, issuer_signed._value) is None
    with pytest.raises(Refused):
        by_members(raw)


@settings(max_examples=500, deadline=None)
@given(ORDERS, VALUES, st.data())
def test_any_change(order: tuple[str, ...], value: Cbor, data: st.DataObject) -> None:
    raw = bytearray(written(order, 7, 16, "age_over_18", value))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    by_layout(bytes(raw))


@pytest.mark.parametrize(
    "value",
    [
        *("f6", "f7", "1817", "1818", "1800", "580100", "59000100", "60", "61ff", "7801", "78", "20"),
        *("7817" + "61" * 23, "7818" + "61" * 24, "7818" + "61" * 23, "7818" + "61" * 25, "7818" + "ff" * 24),
        *("d903ec6a", "d903ec60", "d903ec6a31393930", "d903ec6ac3a5c3a5c3a5c3a5c3a5"),
    ],
)
@pytest.mark.parametrize("order", [ISO, DETERMINISTIC])
def test_values_that_are_not_what_they_look_like(value: str, order: tuple[str, ...]) -> None:
    raw = written(order, 7, 16, "sex", "the value").replace(cbor.dumps("the value"), bytes.fromhex(value))
    assert by_layout(raw)
