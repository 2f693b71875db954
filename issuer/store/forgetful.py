"""A SQLite file in which nothing outlives its deletion: for keys, and for what is sealed under them."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def transaction(path: Path, *, writing: bool) -> Iterator[sqlite3.Connection]:
    """One transaction over a file, which is made if it is not there.

    Args:
        path: The file.
        writing: Whether to wait at its start until nobody else writes.
    """
    # A rollback journal, not a write-ahead log: no older copy of a row outlives its transaction.
    connection = sqlite3.connect(path, isolation_level=None, timeout=10)
    try:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
        try:
            yield connection
        except BaseException:  # an interrupt too leaves nothing half written
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
    finally:
        connection.close()
