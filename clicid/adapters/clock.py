"""The one place that reads the system clock."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)
