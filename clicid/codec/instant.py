"""Points in time: xsd:dateTimeStamp (VC Data Model 2.0) and NumericDate (RFC 7519 2)."""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json

MAX_NUMERIC_DATE: Final = 253_402_300_799
"""9999-12-31T23:59:59Z, the last second this representation knows."""

_STAMP: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,32}))?(Z|([+-])(\d\d):([0-5]\d))?",
    re.ASCII,
)
# What nearly all stamps look like; the interpreter reads it the same way, and sooner.
_USUAL: Final = re.compile(r"\d{4}-\d\d-\d\dT(?!24)\d\d:\d\d:\d\dZ", re.ASCII)
_USUAL_CHARS: Final = 20
_END_OF_DAY: Final = re.compile(r"24:00:00(?:\.0+)?(?![.\d])")
_DAY: Final = 86_400
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_OFFSET: Final = timedelta(hours=14)


def parse(text: str, *, where: str = "", assume_utc: bool = False) -> datetime:
    """An xsd:dateTimeStamp (XML Schema 1.1 part 2, 3.4.28) in UTC.

    Years 0001 to 9999; fractions below a microsecond are cut off; 24:00:00 is the next day.

    Args:
        text: The stamp.
        where: What to call it in errors.
        assume_utc: Whether a text without an offset is UTC (an xsd:dateTime, as old documents have)
            or refused.

    Raises:
        Refused: `codec.time`.
    """
    usual = _usual(text) if len(text) == _USUAL_CHARS else None
    if usual is not None:
        return usual
    match = _STAMP.fullmatch(text)
    if match is None or not (match[8] or assume_utc):
        raise Refused("codec.time", where, "an xsd:dateTimeStamp is wanted")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    fraction, _, sign, offset_hours, offset_minutes = match.groups()[6:]
    micros = int((fraction or "").ljust(6, "0")[:6])
    offset = timedelta(hours=int(offset_hours or 0), minutes=int(offset_minutes or 0))
    next_day = _END_OF_DAY.match(text, 11) is not None
    try:
        local = datetime(year, month, day, 0 if next_day else hour, minute, second, micros, tzinfo=UTC)
        local += timedelta(days=next_day)
        instant = local + offset if sign == "-" else local - offset
    except (ValueError, OverflowError) as error:
        raise Refused("codec.time", where, "there is no such time") from error
    if offset > _MAX_OFFSET:
        raise Refused("codec.time", where, "an offset beyond 14 hours")
    return instant


# Credentials of one day begin and end with the day.
@functools.lru_cache(maxsize=256)
def _usual(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if _USUAL.fullmatch(text) else None
    except ValueError:
        return None


def format_stamp(instant: datetime) -> str:
    """The xsd:dateTimeStamp of an instant, in UTC, with ``Z``, in whole seconds.

    Raises:
        Refused: `codec.time` for a datetime without a zone.
    """
    return f"{_in_utc(instant).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def from_numeric_date(value: Json, *, where: str = "") -> datetime:
    """Seconds since 1970-01-01T00:00:00Z to an instant.

    RFC 7519 allows fractions; they are cut off, as they decide nothing here.

    Raises:
        Refused: `codec.time` for another type, a negative number or one beyond the year 9999.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_NUMERIC_DATE:
        raise Refused("codec.time", where, "a NumericDate is wanted")
    return _EPOCH + timedelta(seconds=int(value))


def to_numeric_date(instant: datetime) -> int:
    """Whole seconds since 1970-01-01T00:00:00Z.

    Raises:
        Refused: `codec.time` for a datetime without a zone, or before 1970.
    """
    if instant.tzinfo is None:
        raise Refused("codec.time", detail="a time zone is missing")
    since = instant - _EPOCH
    seconds = since.days * _DAY + since.seconds
    if seconds < 0:
        raise Refused("codec.time", detail="before 1970")
    return seconds


def _in_utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise Refused("codec.time", detail="a time zone is missing")
    return instant.astimezone(UTC)
