"""What is taken apart by a layout is what is read head by head, or is not taken apart by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clicid.codec import cbor
from clicid.codec.cbor import Tagged
from clicid.codec.cbor_layout import MAX_BYTES, Contents, Layouts, Unknown
from clicid.errors import Refused

if TYPE_CHECKING:
    from clicid.codec.cbor import Cbor

TAGS = frozenset((0, 24, 1004))
DEPTH = 6
SCALARS = st.one_of(
    st.booleans(),
    st.none(),
    st.integers(-(2**64), 2**64 - 1),
    st.sampled_from((23, 24, 255, 256, 65535, 65536)),
    st.text(max_size=30),
    st.binary(max_size=300),
    st.binary(max_size=30).map(lambda content: Tagged(24, content)),
    st.dates().map(lambda day: Tagged(1004, day.isoformat())),
)
VALUES: st.SearchStrategy[Cbor] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(st.binary(max_size=300).map(lambda content: Tagged(24, content)), max_size=4),
        st.dictionaries(st.one_of(st.text(max_size=8), st.integers(-100, 100)), inner, max_size=4),
        st.dictionaries(st.integers(0, 30), st.binary(min_size=4, max_size=4), max_size=6),
    ),
    max_leaves=10,
).map(lambda value: value if isinstance(value, list | dict) else [value])


def slowly(raw: bytes) -> Cbor:
    return cbor.loads(raw, tags=TAGS, max_depth=DEPTH, any_order=True)


def agree(layouts: Layouts, raw: bytes) -> bool:
    """Whether a layout was known; both ways must say the same."""
    unknown: list[Unknown] = []
    try:
        wanted = slowly(raw)
    except Refused as error:
        with pytest.raises(Refused, match=error.code):
            layouts.read(raw, "", unknown)
        return not unknown
    found = layouts.read(raw, "", unknown)
    assert found == wanted
    assert cbor.dumps(found) == cbor.dumps(wanted)  # 1 is not True, nor is a text a byte string
    assert unknown in ([], [Unknown(layouts, raw)])
    return not unknown


@settings(max_examples=300, deadline=None)
@given(VALUES, st.data())
def test_any_change(value: Cbor, data: st.DataObject) -> None:
    layouts, raw = Layouts(TAGS, DEPTH), cbor.dumps(value)
    try:
        assert not agree(layouts, raw)
        layouts.learn(raw)
    except Refused:
        return
    assert agree(layouts, raw)
    changed = bytearray(raw)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw)))
        changed[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    agree(layouts, bytes(changed))


@settings(max_examples=100, deadline=None)
@given(VALUES, VALUES)
def test_another_one(value: Cbor, other: Cbor) -> None:
    layouts = Layouts(TAGS, DEPTH)
    for each in (value, other):
        try:
            slowly(cbor.dumps(each))
        except Refused:
            return
    layouts.learn(cbor.dumps(value))
    agree(layouts, cbor.dumps(other))
    layouts.learn(cbor.dumps(other))
    assert agree(layouts, cbor.dumps(value))
    assert agree(layouts, cbor.dumps(other))


def known(value: Cbor, other: Cbor | bytes) -> bool:
    layouts = Layouts(TAGS, DEPTH)
    layouts.learn(cbor.dumps(value))
    return agree(layouts, other if isinstance(other, bytes) else cbor.dumps(other))


def test_what_may_differ() -> None:
    items: list[Cbor] = [Tagged(24, b"a"), Tagged(24, bytes(40)), Tagged(24, bytes(400))]
    assert known({"a": b"12", 1: "text", -1: 1000}, {"a": b"34", 1: "else", -1: 2000})
    assert known({"a": items}, {"a": items[::-1]})


@pytest.mark.parametrize(
    ("value", "other"),
    [
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"b": 1}),
        ({"a": "1"}, {"a": b"1"}),
        ({"a": True}, {"a": False}),
        ({"a": "å"}, b"\xa1aab\xc3\x28"),
        ({"a": 24}, b"\xa1aa\x18\x17"),
        ([Tagged(24, bytes(24))], b"\x81\xd8\x18\x58\x17" + bytes(23)),
        ([Tagged(24, bytes(256))], b"\x81\xd8\x18\x59\x00\xff" + bytes(255)),
        ([Tagged(24, b"")], b"\x81\xd8\x18\x3f"),
        ([Tagged(24, b"abc")], b"\x81\xd8\x18\x44abc"),
        ([Tagged(24, b"abc")], b"\x81\xd8\x17\x43abc"),
        ([Tagged(24, b"a")], b"\x81\xd8\x18\x41aa"),
        ([Tagged(24, b"a")], [Tagged(24, b"a"), Tagged(24, b"a")]),
    ],
)
def test_what_may_not(value: Cbor, other: Cbor | bytes) -> None:
    assert not known(value, other)


@pytest.mark.parametrize("sizes", [(0,), (23, 24), (255, 256, 300)])
def test_bare_contents(sizes: tuple[int, ...]) -> None:
    items: list[Cbor] = [Tagged(24, bytes(size)) for size in sizes]
    alone = Tagged(24, b"alone")
    raw = cbor.dumps({"items": items, "mixed": [alone, 1], "alone": alone})
    layouts = Layouts(TAGS, DEPTH, bare=True)
    assert layouts.read(raw, "") == slowly(raw)
    layouts.learn(raw)
    found = layouts.read(raw, "")
    assert isinstance(found, dict)
    assert isinstance(found["items"], Contents)
    assert found == {"items": [bytes(size) for size in sizes], "mixed": [alone, 1], "alone": alone}


def test_how_many_are_known() -> None:
    layouts = Layouts(TAGS, DEPTH)
    layouts.learn(cbor.dumps([0]))
    for number in range(1, 16):
        layouts.learn(cbor.dumps([number]))
        assert agree(layouts, cbor.dumps([0]))  # which was of use, and stays
    layouts.learn(cbor.dumps([16]))
    assert not agree(layouts, cbor.dumps([1]))
    assert agree(layouts, cbor.dumps([0]))


def test_nothing_large_is_learned_from() -> None:
    layouts, unknown = Layouts(TAGS, DEPTH), list[Unknown]()
    layouts.read(cbor.dumps([bytes(MAX_BYTES)]), "", unknown)
    assert not unknown


def test_what_is_no_array_and_no_map_has_none() -> None:
    layouts, unknown = Layouts(TAGS, DEPTH), list[Unknown]()
    for value in ("a text", b"bytes", Tagged(24, b""), 1000, True):
        assert layouts.read(cbor.dumps(value), "", unknown) == value
    assert not unknown
    with pytest.raises(Refused):
        layouts.read(b"", "", unknown)
