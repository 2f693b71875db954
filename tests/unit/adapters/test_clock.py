from __future__ import annotations

from datetime import UTC, datetime, timedelta

from clicid.adapters import clock


def test_the_clock_tells_the_present_in_utc() -> None:
    told = clock.now()
    assert told.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - told) < timedelta(seconds=60)
