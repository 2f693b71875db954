from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clicid.codec import layout
from clicid.codec.layout import Layouts

plain = st.text("abc {}[]:,åé漢🙂", max_size=6)
scalars = plain | st.integers() | st.booleans() | st.none()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(plain, inner, max_size=3),
    max_leaves=12,
)


def text_of(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@given(values)
def test_a_text_s_strings_are_the_value_s_in_order(value: Any) -> None:
    parts = layout.cut(text_of(value))
    assert parts is not None
    assert parts.strings == [text for _, _, text in layout.strings(value)]


@given(values, values)
def test_two_texts_with_one_cut_are_one_text(one: Any, other: Any) -> None:
    first, second = layout.cut(text_of(one)), layout.cut(text_of(other))
    assert (first == second) == (text_of(one) == text_of(other))


@pytest.mark.parametrize("after", ['"', '"x', '" ', '"{}'])
def test_a_quotation_mark_without_its_pair_is_no_known_layout(after: str) -> None:
    """What followed it was in no string that is looked at: it was taken for the text that it followed."""
    known: Layouts[str] = Layouts(4)
    known.add('{"a":"b"}', [1], "known")
    assert known.find('{"a":"c"}') == ("known", ("c",))
    assert known.find('{"a":"c"}' + after) is None
    assert layout.cut('{"a":"c"}' + after) is None


def test_strings_have_their_paths() -> None:
    found = list(layout.strings({"a": ["x", {"b": "y"}], "c": 1}))
    assert found == [
        (("a",), True, "a"),
        (("a", 0), False, "x"),
        (("a", 1, "b"), True, "b"),
        (("a", 1, "b"), False, "y"),
        (("c",), True, "c"),
    ]


@pytest.mark.parametrize(
    "text", ['{"a":"\\n"}', '{"a":"\\u0041"}', '{"a":"\t"}', '{"a":"\u2028"}', '{"a":"\ud800"}', "{\n}"]
)
def test_what_has_escapes_or_is_not_plain_is_not_cut(text: str) -> None:
    assert layout.cut(text) is None
    known: Layouts[int] = Layouts(4)
    assert not known.add(text, [], 1)
    assert known.find(text) is None
    assert len(known) == 0


def test_a_layout_is_known_by_everything_but_its_free_strings() -> None:
    known: Layouts[str] = Layouts(4)
    assert known.add('{"a":"x","b":"y","n":1}', [1], "first")
    assert known.find('{"a":"other","b":"y","n":1}') == ("first", ("other",))
    for other in (
        '{"a":"x","b":"z","n":1}',
        '{"a":"x","c":"y","n":1}',
        '{"a":"x","b":"y","n":2}',
        '{"b":"y","a":"x","n":1}',
    ):
        assert known.find(other) is None


def test_one_frame_may_have_several_choices_of_free_strings() -> None:
    known: Layouts[str] = Layouts(100)
    text = '{"a":"x","b":"y"}'
    assert known.add(text, [1], "a")
    assert known.add(text, [3], "b")
    assert known.find('{"a":"?","b":"y"}') == ("a", ("?",))
    assert known.find('{"a":"x","b":"?"}') == ("b", ("?",))
    assert known.add(text, [1, 3], "both")
    assert known.find('{"a":"?","b":"?"}') == ("both", ("?", "?"))
    for number in range(20):
        assert known.add('{"a":["' + '","'.join("x" * 21) + '"]}', [number + 1], str(number))
    assert len(known) == 3 + 8


def test_the_oldest_that_is_of_no_use_goes_first() -> None:
    known: Layouts[int] = Layouts(3)
    for number in range(3):
        known.add(f'{{"a":{number}}}', [], number)
    assert known.find('{"a":0}') == (0, ())
    known.add('{"a":3}', [], 3)
    assert known.find('{"a":1}') is None
    assert known.find('{"a":0}') == (0, ())
    for number in range(4, 40):
        known.add(f'{{"a":{number}}}', [], number)
        assert known.find('{"a":0}') == (0, ())
        assert len(known) == 3


def test_what_is_known_anew_replaces_what_was_known() -> None:
    known: Layouts[int] = Layouts(3)
    known.add('{"a":"x","b":"y"}', [1], 1)
    known.add('{"a":"z","b":"y"}', [1], 2)
    assert known.find('{"a":"x","b":"y"}') == (2, ("x",))
    assert len(known) == 1
    known.add('{"a":"x","b":"z"}', [1], 3)
    known.add('{"a":1}', [], 4)
    known.add('{"a":2}', [], 5)
    assert known.find('{"a":"x","b":"y"}') == (2, ("x",))
    assert known.find('{"a":"x","b":"z"}') is None
