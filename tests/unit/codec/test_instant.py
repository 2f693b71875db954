from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from clicid.codec import instant
from tests.support.refusals import refused

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json

NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-02-29T12:00:00Z", NOON),
        ("2024-02-29T14:00:00+02:00", NOON),
        ("2024-02-28T22:00:00-14:00", NOON),
        ("2024-02-29T12:00:00-00:00", NOON),
        ("2024-02-29T12:00:00.5Z", NOON + timedelta(milliseconds=500)),
        ("2024-02-29T12:00:00.123456789Z", NOON + timedelta(microseconds=123456)),
        ("2024-02-29T12:00:00.12345678901234567890Z", NOON + timedelta(microseconds=123456)),
        ("2024-02-29T24:00:00Z", NOON + timedelta(hours=12)),
        ("2024-02-29T24:00:00.000+02:00", NOON + timedelta(hours=10)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_stamps(text: str, value: datetime) -> None:
    assert instant.parse(text) == value
    assert instant.parse(text, assume_utc=True) == value


def test_a_time_without_an_offset() -> None:
    assert instant.parse("2024-02-29T12:00:00", assume_utc=True) == NOON
    with refused("codec.time", "/validFrom"):
        instant.parse("2024-02-29T12:00:00", where="/validFrom")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024-02-29",
        "2024-02-29T12:00:00",
        "2024-02-29 12:00:00Z",
        "2024-02-29t12:00:00z",
        "2024-02-29T12:00Z",
        "2024-2-29T12:00:00Z",
        "24-02-29T12:00:00Z",
        "-2024-02-29T12:00:00Z",
        "12024-02-29T12:00:00Z",
        "0000-01-01T00:00:00Z",
        "2023-02-29T12:00:00Z",
        "2024-13-01T12:00:00Z",
        "2024-02-29T24:00:01Z",
        "2024-02-29T24:00:00.001Z",
        "2024-02-29T25:00:00Z",
        "9999-12-31T24:00:00Z",
        "2024-02-29T12:60:00Z",
        "2024-02-29T12:00:60Z",
        "2024-02-29T12:00:00.Z",
        f"2024-02-29T12:00:00.{'1' * 33}Z",
        "2024-02-29T12:00:00,5Z",
        "2024-02-29T12:00:00+0200",
        "2024-02-29T12:00:00+02",
        "2024-02-29T12:00:00+02:60",
        "2024-02-29T12:00:00+14:01",
        "2024-02-29T12:00:00+99:00",
        "2024-02-29T12:00:00Z\n",
        " 2024-02-29T12:00:00Z",
        "２０２４-02-29T12:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
    ],
)
def test_what_is_no_stamp(text: str) -> None:
    with refused("codec.time", "/validFrom"):
        instant.parse(text, where="/validFrom")


def test_format() -> None:
    assert instant.format_stamp(NOON.astimezone(timezone(timedelta(hours=5)))) == "2024-02-29T12:00:00Z"
    assert instant.format_stamp(NOON + timedelta(microseconds=999_999)) == "2024-02-29T12:00:00Z"
    assert instant.format_stamp(datetime(1, 1, 1, tzinfo=UTC)) == "0001-01-01T00:00:00Z"
    with refused("codec.time"):
        instant.format_stamp(NOON.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("value", "second"), [(0, 0), (1, 1), (1.9, 1), (instant.MAX_NUMERIC_DATE, instant.MAX_NUMERIC_DATE)]
)
def test_numeric_dates(value: Json, second: int) -> None:
    assert instant.to_numeric_date(instant.from_numeric_date(value)) == second


@pytest.mark.parametrize("value", [True, "1", None, -1, -0.5, instant.MAX_NUMERIC_DATE + 1, 1e300, []])
def test_what_is_no_numeric_date(value: Json) -> None:
    with refused("codec.time", "/exp"):
        instant.from_numeric_date(value, where="/exp")


def test_before_1970() -> None:
    with refused("codec.time"):
        instant.to_numeric_date(datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC))
    with refused("codec.time"):
        instant.to_numeric_date(NOON.replace(tzinfo=None))
