from __future__ import annotations

import math
import sys

import pytest

from clicid.codec import strict_json
from tests.support.refusals import refused


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"null", None),
        (b" [1, -2, 3.5, true, false] ", [1, -2, 3.5, True, False]),
        (b'{"":{"a":[]}}', {"": {"a": []}}),
        (b"9007199254740991", 2**53 - 1),
        (b"-9007199254740991", -(2**53) + 1),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (b'"\\\\ud800"', "\\ud800"),
        ('"åäö"', "åäö"),
        (b"1e3", 1000.0),
        (b"9007199254740991.0", 9007199254740991.0),
        (b"-1e21", -1e21),
    ],
)
def test_good_text(raw: bytes | str, value: object) -> None:
    assert strict_json.loads(raw) == value


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[1,]",
        b"{'a':1}",
        b"[1] x",
        b'{"a":1,"a":1}',
        b'{"a":1,"\\u0061":2}',
        b'[{"b":{"c":1,"c":2}}]',
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1e999",
        b"-1e999",
        b"0." + b"1" * 80,
        b"9007199254740992",
        b"-9007199254740992",
        b"9007199254740992.0",
        b"-1e20",
        b"1" * 5000,
        b"01",
        b"+1",
        b".5",
        b'"\\ud800"',
        b'{"\\udc00":1}',
        b'["\\ude00\\ud83d"]',
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b"\xef\xbb\xbf[]",
        b'"a\nb"',
        b'"\x00"',
        "\ud800",
        "[1]\ufeff",
        b"\xfe\xff\x00[\x00]",
    ],
)
def test_what_is_not_i_json(raw: bytes | str) -> None:
    with refused("codec.json"):
        strict_json.loads(raw)


def test_size_is_counted_in_bytes() -> None:
    assert strict_json.loads('"å"', max_bytes=4) == "å"
    for raw in ('"å"', '"å"'.encode()):
        with refused("codec.size"):
            strict_json.loads(raw, max_bytes=3)


def test_depth() -> None:
    assert strict_json.loads(b"[" * 32 + b"]" * 32)
    with refused("codec.size"):
        strict_json.loads(b"[" * 33 + b"]" * 33)
    with refused("codec.size"):
        strict_json.loads(b'{"a":' * 3 + b"1" + b"}" * 3, max_depth=2)
    with refused("codec.size"):
        strict_json.loads(b"[" * 500_000)


def test_brackets_and_commas_in_strings_do_not_count() -> None:
    text = '"' + '[{,\\"' * 100 + '"'
    assert strict_json.loads(f"[{text},{text}]", max_depth=1, max_values=2)


def test_siblings_do_not_count_as_depth() -> None:
    assert strict_json.loads(b"[[],[],[],[]]", max_depth=2) == [[], [], [], []]


def test_number_of_values() -> None:
    assert strict_json.loads(b"[1,2,3]", max_values=3) == [1, 2, 3]
    with refused("codec.size"):
        strict_json.loads(b"[1,2,3,4]", max_values=3)


def test_depth_beyond_what_the_interpreter_can_walk() -> None:
    """Whoever raised the recursion limit: the decoder must not be asked to go so deep."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000_000)
    try:
        with refused("codec.size"):
            strict_json.loads(b"[" * 200_000 + b"]" * 200_000, max_depth=1_000_000)
    finally:
        sys.setrecursionlimit(limit)


def test_dumps_is_compact_and_keeps_the_order() -> None:
    assert strict_json.dumps({"b": [1, "å"], "a": None}) == '{"b":[1,"å"],"a":null}'.encode()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_none_is_not_written(value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        strict_json.dumps({"x": [value]})


def test_whatever_was_read_is_written() -> None:
    deep = "[" * 200 + "]" * 200
    for text in (deep, '{"a":null,"b":"null"}', '["\\ud83d\\ude00",1e400]'.replace("1e400", "1e300"), "-0.0"):
        value = strict_json.loads(text, max_depth=200)
        assert strict_json.loads(strict_json.dumps(value), max_depth=200) == value


def test_a_line_does_nothing_to_a_terminal_and_reads_back_the_same() -> None:
    value: strict_json.Json = {"å": "\x1b[2J\x7f\x9b\u2028\u202e\n \U000e0041\U0001f600"}
    line = strict_json.line(value)
    assert line.isprintable()
    assert line == ('{"å":"\\u001b[2J\\u007f\\u009b\\u2028\\u202e\\n \\udb40\\udc41\U0001f600"}')
    assert strict_json.loads(line) == value
