"""Codecs: what is written reads as the same value, and no value has two spellings."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import cbor2
from hypothesis import given
from hypothesis import strategies as st

from clicid.codec import base64url, cbor, instant, jcs, multibase, multicodec, strict_json
from clicid.errors import Refused

SAFE = 2**53 - 1
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
FLOATS = st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: not SAFE < abs(number) < 1e21)
LEAVES = st.none() | st.booleans() | st.integers(-SAFE, SAFE) | FLOATS | TEXT
JSON: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=20,
)


@given(JSON)
def test_json_both_ways(value: Any) -> None:
    assert strict_json.loads(json.dumps(value)) == value
    assert strict_json.loads(strict_json.dumps(value)) == value


@given(JSON)
def test_canonical_form_is_a_fixed_point(value: Any) -> None:
    canonical = jcs.dumps(value)
    assert jcs.dumps(strict_json.loads(canonical)) == canonical
    assert jcs.dumps(json.loads(json.dumps(value))) == canonical


@given(st.dictionaries(TEXT, LEAVES, min_size=1, max_size=4), st.data())
def test_a_doubled_name_is_refused_wherever_it_stands(value: dict[str, Any], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(value)))
    pairs = [f"{json.dumps(key)}:{json.dumps(item)}" for key, item in value.items()]
    pairs.insert(data.draw(st.integers(0, len(pairs))), f"{json.dumps(name)}:null")
    assert refuses(f"[{{{','.join(pairs)}}}]")


@given(st.text() | st.text('[]{},:"\\ud8001e-.truefalsnN \n', max_size=60))
def test_strict_json_takes_no_more_than_json(text: str) -> None:
    try:
        value = strict_json.loads(text)
    except Refused:
        return
    assert same(value, json.loads(text))


def same(a: Any, b: Any) -> bool:
    return a == b or (isinstance(a, float) and isinstance(b, float) and math.isclose(a, b))


def refuses(text: str) -> bool:
    try:
        strict_json.loads(text)
    except Refused:
        return True
    return False


@given(st.binary(max_size=100))
def test_base64url(raw: bytes) -> None:
    text = base64url.encode(raw)
    assert base64url.decode(text) == raw
    assert not set(text) & set("+/=")


@given(st.text("AQgwBx_-=+/ ", max_size=8))
def test_each_base64url_value_has_one_text(text: str) -> None:
    try:
        raw = base64url.decode(text)
    except Refused:
        return
    assert base64url.encode(raw) == text


@given(st.binary(max_size=80), st.sampled_from("zu"))
def test_multibase(raw: bytes, base: str) -> None:
    assert multibase.decode(multibase.encode(raw, base)) == raw


@given(st.text("12zZaby0OIl", max_size=40))
def test_each_base58_value_has_one_text(text: str) -> None:
    try:
        raw = multibase.decode(f"z{text}")
    except Refused:
        return
    assert multibase.encode(raw) == f"z{text}"


@given(st.integers(0, 2**63 - 1), st.binary(max_size=8))
def test_multicodec(code: int, payload: bytes) -> None:
    assert multicodec.decode(multicodec.encode(code, payload)) == (code, payload)


@given(st.binary(max_size=12))
def test_each_varint_has_one_form(raw: bytes) -> None:
    try:
        code, payload = multicodec.decode(raw)
    except Refused:
        return
    assert multicodec.encode(code, payload) == raw


ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=ZONES)  # noqa: DTZ001 - see timezones


@given(INSTANTS)
def test_stamps_in_every_zone(moment: datetime) -> None:
    assert instant.parse(moment.isoformat()) == moment
    whole = moment.astimezone(UTC).replace(microsecond=0)
    assert instant.parse(instant.format_stamp(moment)) == whole


@given(st.integers(0, instant.MAX_NUMERIC_DATE))
def test_numeric_dates(seconds: int) -> None:
    assert instant.to_numeric_date(instant.from_numeric_date(seconds)) == seconds


CBOR: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64 - 1) | TEXT | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.integers(-(2**64), 2**64 - 1) | TEXT, inner, max_size=5)
        | inner.map(lambda value: cbor.Tagged(18, value))
    ),
    max_leaves=20,
)
COSE_SIGN1 = frozenset({18})


@given(CBOR)
def test_cbor_both_ways(value: Any) -> None:
    raw = cbor.dumps(value)
    assert cbor.loads(raw, tags=COSE_SIGN1, max_depth=64) == value
    assert plain(cbor2.loads(raw)) == plain(value)


@given(st.binary(max_size=40) | st.lists(st.integers(0, 0xFF), max_size=12).map(bytes))
def test_each_cbor_value_has_one_encoding(raw: bytes) -> None:
    try:
        value = cbor.loads(raw, tags=COSE_SIGN1)
    except Refused:
        return
    assert cbor.dumps(value) == raw
    assert plain(cbor2.loads(raw)) == plain(value)


def plain(value: Any) -> Any:
    """Both libraries' tags as one kind of value."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return (value.tag, plain(value.value)) if isinstance(value, cbor.Tagged | cbor2.CBORTag) else value
