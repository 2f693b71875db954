"""Where a ledger store keeps its tables: a SQLite file, or a schema of a PostgreSQL database.

Statements are written once, with ``?`` for values; what differs between the two stands here.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from clicid.errors import LocalError, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    import psycopg

Place: TypeAlias = Path | str | None
"""A file, a ``postgresql://`` address, or None for memory."""

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, body {octets} NOT NULL){tail};
CREATE TABLE IF NOT EXISTS records (key TEXT PRIMARY KEY, body {octets} NOT NULL){tail};
CREATE TABLE IF NOT EXISTS pieces (
  key TEXT NOT NULL, number BIGINT NOT NULL, body {octets} NOT NULL, PRIMARY KEY (key, number)
);
CREATE TABLE IF NOT EXISTS blocks (
  number BIGINT PRIMARY KEY, hash {octets} NOT NULL, parent {octets} NOT NULL, time BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS logs (
  block BIGINT NOT NULL, position BIGINT NOT NULL, contract TEXT NOT NULL,
  topics {octets} NOT NULL, data {octets} NOT NULL, PRIMARY KEY (block, position)
){tail};
CREATE INDEX IF NOT EXISTS did_logs ON logs (substr(topics, 33, 32), block) WHERE contract = 'did';
"""

_PATIENCE: Final = 10
"""Seconds for reaching a server, and for a network that has gone silent."""
_LOCK_SECONDS: Final = 10
"""For the process before us to end: one that was killed a moment ago may still be disconnecting."""
_LIMIT: Final = "SET statement_timeout = '60s'"
"""The longest that a server may work at one statement."""
_LOCK: Final = "SELECT pg_advisory_lock(hashtextextended('clicid ledger ' || current_schema(), 0))"
"""One process a schema; let go by the server when the connection ends."""


class Database(Protocol):
    """Tables, and transactions over them. What goes wrong is a `LocalError`."""

    def read(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows. Raises LocalError `ledger.read`."""

    def write(self, statement: str, rows: Iterable[Sequence[object]] = ((),)) -> None:
        """Run a statement for each row of values, inside `transaction`."""

    def transaction(self) -> AbstractContextManager[None]:
        """All or nothing. Raises LocalError `ledger.write`; nothing was written then, as far as is known."""

    def close(self) -> None:
        """Let go of it."""


def open_database(place: Place) -> Database:
    """Open it, and make the tables that are not there.

    Raises:
        Refused: `ledger.store` if it cannot be opened, or another process keeps a chain there.
    """
    return Postgres(place) if isinstance(place, str) else Sqlite(place)


class Sqlite:
    """A file of its own, or memory."""

    def __init__(self, path: Path | None) -> None:
        # One follower writes, under its own lock; which of its threads does is no matter.
        try:
            self._db = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        except sqlite3.OperationalError as error:
            raise Refused("ledger.store", "", "the file cannot be opened") from error
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.executescript(_TABLES.format(octets="BLOB", tail=" WITHOUT ROWID"))
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise Refused("ledger.store", "", type(error).__name__) from error

    def read(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """As `Database` says."""
        try:
            with closing(self._db.execute(statement, values)) as cursor:
                return cursor.fetchall()
        except sqlite3.Error as error:
            raise LocalError("ledger.read", "", str(error)) from error

    def write(self, statement: str, rows: Iterable[Sequence[object]] = ((),)) -> None:
        """As `Database` says."""
        self._db.executemany(statement, rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """As `Database` says."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:  # an interrupt too leaves nothing half written
                if self._db.in_transaction:  # SQLite itself rolls back where it cannot go on
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise LocalError("ledger.write", "", str(error)) from error

    def close(self) -> None:
        """As `Database` says."""
        self._db.close()


class Postgres:
    """The current schema of a PostgreSQL database (extra ``postgresql``), one process at a time.

    A process holds an advisory lock as long as it is connected. A connection that is lost is made
    anew at the next call; whether somebody else wrote meanwhile is for the store to notice.

    Args:
        address: ``postgresql://...``; ``?options=-csearch_path%3DNAME`` names another schema than the user's.
    """

    def __init__(self, address: str) -> None:
        try:
            import psycopg  # noqa: PLC0415  # only who names such an address needs the driver
        except ImportError as error:
            raise Refused("ledger.store", "", "PostgreSQL needs the package psycopg") from error
        self._driver = psycopg
        self._address = address
        try:
            self._db = self._connect()
            self._db.execute(_TABLES.format(octets="BYTEA", tail="").encode())
        except psycopg.Error as error:
            # The message may repeat the address, and with it a password.
            why = "another process follows here" if _is_locked(error) else type(error).__name__
            raise Refused("ledger.store", "", why) from None

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        db = self._driver.connect(
            self._address, autocommit=True, connect_timeout=_PATIENCE, tcp_user_timeout=_PATIENCE * 1000
        )
        try:
            db.execute(f"SET lock_timeout = {_LOCK_SECONDS * 1000}".encode())
            db.execute(_LOCK)
            db.execute(_LIMIT)
        except self._driver.Error:
            db.close()
            raise
        return db

    def _connection(self) -> psycopg.Connection[tuple[Any, ...]]:
        if self._db.closed:
            self._db = self._connect()
        return self._db

    def read(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """As `Database` says."""
        try:
            return self._connection().execute(_numbered(statement), values).fetchall()
        except self._driver.Error as error:
            raise LocalError("ledger.read", "", type(error).__name__) from error

    def write(self, statement: str, rows: Iterable[Sequence[object]] = ((),)) -> None:
        """As `Database` says."""
        with self._db.cursor() as cursor:
            cursor.executemany(_numbered(statement), rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """As `Database` says."""
        try:
            with self._connection().transaction():
                yield
        except self._driver.Error as error:
            raise LocalError("ledger.write", "", type(error).__name__) from error

    def close(self) -> None:
        """As `Database` says."""
        self._db.close()


def _is_locked(error: psycopg.Error) -> bool:
    return error.sqlstate == "55P03"  # lock_not_available


def _numbered(statement: str) -> bytes:
    return statement.replace("?", "%s").encode()  # bytes: psycopg's types ask for literals otherwise
