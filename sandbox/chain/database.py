"""One SQLite file: py-evm's key-value state beside the tables that JSON-RPC reads.

Everything a block brings is written in one SQLite transaction, so that after a kill at any moment
the file ends with a whole block. A `Database` is not safe for concurrent use; the node locks.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from eth.db.backends.base import BaseDB

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blocks (number INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS transactions (
  hash TEXT PRIMARY KEY, number INTEGER NOT NULL, position INTEGER NOT NULL,
  body TEXT NOT NULL, receipt TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS transactions_of_block ON transactions (number, position);
CREATE TABLE IF NOT EXISTS logs (
  number INTEGER NOT NULL, position INTEGER NOT NULL, address TEXT NOT NULL,
  topic0 TEXT, topic1 TEXT, topic2 TEXT, topic3 TEXT, body TEXT NOT NULL,
  PRIMARY KEY (number, position)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS logs_of_address ON logs (address, number);
"""

TOPIC_COLUMNS: Final = ("topic0", "topic1", "topic2", "topic3")


class Database(BaseDB):
    """The file, and py-evm's dictionary interface to its `state` table.

    Args:
        path: The file; made when it is not there. ``None`` keeps everything in memory.
    """

    def __init__(self, path: Path | None) -> None:
        self._sql = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        # A second process on the same file would build a second chain: it is refused at the first write.
        self._sql.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._sql.execute("PRAGMA journal_mode = WAL")
        self._sql.execute("PRAGMA synchronous = FULL")
        self._sql.executescript(_SCHEMA)

    def __getitem__(self, key: bytes) -> bytes:
        row = self._sql.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise KeyError(key)
        return bytes(row[0])

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self._sql.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (key, value))

    def __delitem__(self, key: bytes) -> None:
        if not self._sql.execute("DELETE FROM state WHERE key = ?", (key,)).rowcount:
            raise KeyError(key)

    def _exists(self, key: bytes) -> bool:
        return self._sql.execute("SELECT 1 FROM state WHERE key = ?", (key,)).fetchone() is not None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside is kept, or, when anything is raised, none of it."""
        self._sql.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:  # an interrupt too leaves nothing half written
            self._sql.execute("ROLLBACK")
            raise
        self._sql.execute("COMMIT")

    def meta(self, name: str) -> bytes | None:
        """A value kept about the chain itself."""
        row = self._sql.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else bytes(row[0])

    def set_meta(self, name: str, value: bytes) -> None:
        """Keep a value about the chain itself."""
        self._sql.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def add_block(self, number: int, block_hash: str, body: str) -> None:
        """Keep a block as JSON."""
        self._sql.execute("INSERT INTO blocks VALUES (?, ?, ?)", (number, block_hash, body))

    def add_transactions(self, rows: Sequence[tuple[str, int, int, str, str]]) -> None:
        """Keep transactions: hash, block number, position, body and receipt as JSON."""
        self._sql.executemany("INSERT INTO transactions VALUES (?, ?, ?, ?, ?)", rows)

    def add_logs(
        self, rows: Sequence[tuple[int, int, str, str | None, str | None, str | None, str | None, str]]
    ) -> None:
        """Keep logs: block number, position in it, address, four topics, and the log as JSON."""
        self._sql.executemany("INSERT INTO logs VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def head(self) -> int | None:
        """The number of the last block, or None before the first."""
        row = self._sql.execute("SELECT max(number) FROM blocks").fetchone()
        return None if row[0] is None else int(row[0])

    def block(self, number: int) -> str | None:
        """A block as JSON, by number."""
        return self._text("SELECT body FROM blocks WHERE number = ?", number)

    def block_number(self, block_hash: str) -> int | None:
        """The number of the block with a hash (lower-case hex)."""
        row = self._sql.execute("SELECT number FROM blocks WHERE hash = ?", (block_hash,)).fetchone()
        return None if row is None else int(row[0])

    def transaction_body(self, tx_hash: str) -> str | None:
        """A mined transaction as JSON, by hash (lower-case hex)."""
        return self._text("SELECT body FROM transactions WHERE hash = ?", tx_hash)

    def receipt(self, tx_hash: str) -> str | None:
        """A mined transaction's receipt as JSON, by hash (lower-case hex)."""
        return self._text("SELECT receipt FROM transactions WHERE hash = ?", tx_hash)

    def transactions_of(self, number: int) -> list[str]:
        """A block's transactions as JSON, in order."""
        rows = self._sql.execute(
            "SELECT body FROM transactions WHERE number = ? ORDER BY position", (number,)
        )
        return [str(row[0]) for row in rows]

    def logs(
        self, first: int, last: int, addresses: Sequence[str], topics: Sequence[Sequence[str]], limit: int
    ) -> list[str]:
        """Logs as JSON in the order of the chain, at most `limit` of them.

        Args:
            first: Number of the first block.
            last: Number of the last block, included.
            addresses: Any of these (lower-case hex); empty for all.
            topics: For each position any of these; an empty one matches all.
            limit: The most rows returned.
        """
        where = ["number BETWEEN ? AND ?"]
        values: list[object] = [first, last]
        for column, wanted in zip(("address", *TOPIC_COLUMNS), (addresses, *topics), strict=False):
            if wanted:
                where.append(f"{column} IN ({','.join('?' * len(wanted))})")
                values.extend(wanted)
        query = f"SELECT body FROM logs WHERE {' AND '.join(where)} ORDER BY number, position LIMIT ?"  # noqa: S608 - columns are ours
        return [str(row[0]) for row in self._sql.execute(query, (*values, limit))]

    def close(self) -> None:
        """Close the file."""
        self._sql.close()

    def _text(self, query: str, key: object) -> str | None:
        row = self._sql.execute(query, (key,)).fetchone()
        return None if row is None else str(row[0])
