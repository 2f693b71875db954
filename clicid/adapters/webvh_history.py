"""What was seen of did:webvh logs, kept so that nobody can show us an older or another one later."""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from clicid.did.webvh.following import check_continues
from clicid.errors import LocalError, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clicid.did.webvh.log import Log

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS webvh_logs (
  scid TEXT PRIMARY KEY, versions TEXT NOT NULL, body BLOB NOT NULL, seen_at REAL NOT NULL,
  doubt TEXT NOT NULL
) WITHOUT ROWID
"""
_PUT: Final = (
    "INSERT INTO webvh_logs VALUES (?, ?, ?, ?, ?) ON CONFLICT (scid) DO UPDATE SET"
    " versions = excluded.versions, body = excluded.body, seen_at = excluded.seen_at, doubt = excluded.doubt"
)
_GET: Final = "SELECT body, seen_at, doubt FROM webvh_logs WHERE scid = ?"
_DOUBT: Final = "UPDATE webvh_logs SET doubt = ? WHERE scid = ?"
_LOG: Final = logging.getLogger("clicid.did")
_PATIENCE: Final = 10.0
"""Seconds that one process waits for another's transaction."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The longest log seen of a SCID.

    Args:
        body: Its two files, as `Files.to_bytes` gives them.
        at: When it was last shown.
        doubt: `did.rolled_back` or `did.forked` if something else was shown since, here or to whoever
            fetched it; else empty.
    """

    body: bytes = field(repr=False)
    at: datetime
    doubt: str


class WebvhHistory:
    """The logs that were seen, by SCID: where a DID moves, its history goes with it. Threads may share one.

    Args:
        path: A file, made when it is not there; several processes may share it. None keeps all in memory.

    Raises:
        LocalError: `did.store`, as every method does, if it cannot be read or written.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.Lock()
        try:
            self._db = sqlite3.connect(
                path or ":memory:", timeout=_PATIENCE, check_same_thread=False, isolation_level=None
            )
        except sqlite3.Error as error:
            raise LocalError("did.store", "", type(error).__name__) from error
        with self._transaction():
            self._db.execute(_TABLE)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def seen(self, scid: str) -> Seen | None:
        """What was seen of a SCID, if anything."""
        with self._transaction():
            row = self._db.execute(_GET, (scid,)).fetchone()
        return None if row is None else Seen(row[0], datetime.fromtimestamp(row[1], UTC), row[2])

    def follow(self, found: Log, body: bytes, now: datetime, doubt: str = "") -> None:
        """Remember a log that was read, if it goes on where the one seen before ended.

        Args:
            found: The log.
            body: Its two files.
            now: When it was shown.
            doubt: Code for which whoever fetched it does not accept by it, if somebody else did.

        Raises:
            Refused: `did.rolled_back`, `did.forked`; what was seen before stays, and the doubt with it, until
                a log is shown that goes on.
        """
        try:
            self._follow(found, body, now, doubt)
        except Refused as error:
            with self._transaction():
                self._db.execute(_DOUBT, (error.code, found.newest.did.scid))
            # Here and not where it is fetched: a wallet keeps its own, and tells nobody whose customer it is.
            _LOG.warning("%s: %s", found.newest.did, error)
            raise

    def _follow(self, found: Log, body: bytes, now: datetime, doubt: str) -> None:
        scid = found.newest.did.scid
        with self._transaction():
            row = self._db.execute("SELECT versions FROM webvh_logs WHERE scid = ?", (scid,)).fetchone()
            if row is not None:
                check_continues(json.loads(row[0]), found.version_ids)
            versions = json.dumps(found.version_ids)
            self._db.execute(_PUT, (scid, versions, body, now.timestamp(), doubt))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing, and nobody else between reading and writing."""
        try:
            with self._lock:
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield
                except BaseException:  # an interrupt too leaves nothing half written
                    self._db.execute("ROLLBACK")
                    raise
                self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise LocalError("did.store", "", type(error).__name__) from error
