"""What a wallet provider remembers: codes, challenges, its wallets, and what it attested for whom.

Codes, challenges and keys stand in it as digests. Which attestations are of one wallet is known here and
nowhere else: it is what revoking a wallet takes.
"""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final

from clicid.errors import RemoteError
from clicid.oid4vci.attesting import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS once (kind TEXT NOT NULL, digest BLOB NOT NULL, expires INTEGER NOT NULL,
  PRIMARY KEY (kind, digest)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS once_end ON once (expires);
CREATE TABLE IF NOT EXISTS instances (name TEXT PRIMARY KEY, registered INTEGER NOT NULL, revoked INTEGER)
  WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS keys (digest BLOB PRIMARY KEY, instance TEXT NOT NULL REFERENCES instances (name))
  WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS attestations (list INTEGER NOT NULL, entry INTEGER NOT NULL,
  instance TEXT NOT NULL REFERENCES instances (name), expires INTEGER NOT NULL, PRIMARY KEY (list, entry))
  WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS attestations_end ON attestations (expires);
"""
CODE, CHALLENGE = "code", "challenge"
_KEPT: Final = 86_400
"""Seconds for which the entry of an attestation that is over is given to no other: clocks differ."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A wallet that registered.

    Args:
        name: The thumbprint of its key.
        registered: When, in seconds since 1970.
        revoked: When it was revoked, or None.
        attestations: How many of its attestations are not over.
    """

    name: str
    registered: int
    revoked: int | None
    attestations: int


class Store:
    """One SQLite file; threads may share it.

    Args:
        path: The file, made if it is not there.
    """

    def __init__(self, path: Path) -> None:
        path.touch(0o600)
        self._lock = Lock()
        self._sql = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            self._sql.execute(f"PRAGMA {pragma}")
        self._sql.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._sql.close()

    def give_once(self, kind: str, secret: str, *, now: int, expires: int) -> None:
        """Remember a secret that may be used once."""
        with self._transaction():
            self._sql.execute("DELETE FROM once WHERE expires <= ?", (now,))
            self._sql.execute("INSERT INTO once VALUES (?, ?, ?)", (kind, _digest(secret), expires))

    def spend_challenge(self, secret: str, now: int) -> None:
        """Use a challenge up.

        Raises:
            RemoteError: `invalid_challenge` if it was not given, was used or is over.
        """
        with self._transaction():
            if not self._spent(CHALLENGE, secret, now):
                raise RemoteError(Wire.INVALID_CHALLENGE, "wallet_provider.challenge")

    def register(self, name: str, code: str, now: int) -> None:
        """A wallet that brings a code is known from now on; the code is used up.

        Raises:
            RemoteError: `invalid_code`; `invalid_key` for a key that is known already, revoked or not.
        """
        with self._transaction():
            if not self._spent(CODE, code, now):
                raise RemoteError(Wire.INVALID_CODE, "wallet_provider.code")
            try:
                self._sql.execute("INSERT INTO instances VALUES (?, ?, NULL)", (name, now))
            except sqlite3.IntegrityError as error:
                raise RemoteError(Wire.INVALID_KEY, "wallet_provider.key", "", "known already") from error

    def attest(
        self,
        name: str,
        keys: Sequence[str],
        *,
        now: int,
        expires: int,
        size: int,
        below: Callable[[int], int],
    ) -> tuple[int, int]:
        """Take an entry of a status list for an attestation of a wallet's keys.

        An entry is drawn: the next one would tell who else was attested at the time. A list is half full at
        most, so that drawing ends soon.

        Args:
            name: The wallet.
            keys: The keys' thumbprints.
            now: The time.
            expires: When the attestation ends.
            size: Entries of a list.
            below: A random number below another.

        Returns:
            The list's number and the entry's index.

        Raises:
            RemoteError: `unknown_instance`, also for a revoked one; `invalid_key` for one that was attested
                for another wallet.
        """
        with self._transaction():
            row = self._sql.execute("SELECT revoked FROM instances WHERE name = ?", (name,)).fetchone()
            if row is None or row[0] is not None:
                raise RemoteError(Wire.UNKNOWN_INSTANCE, "wallet_provider.instance")
            for key in keys:
                self._own(name, key)
            self._sql.execute("DELETE FROM attestations WHERE expires <= ?", (now - _KEPT,))
            number, entry = self._place(size, below)
            self._sql.execute("INSERT INTO attestations VALUES (?, ?, ?, ?)", (number, entry, name, expires))
            return number, entry

    def revoke(self, name: str, now: int) -> bool:
        """Revoke a wallet with all its attestations, for good; False if none of that name is known."""
        with self._transaction():
            changed = self._sql.execute(
                "UPDATE instances SET revoked = coalesce(revoked, ?) WHERE name = ?", (now, name)
            )
            return changed.rowcount == 1

    def revoked(self, number: int) -> list[int] | None:
        """The entries of one list whose wallet is revoked; None for a list that there is not."""
        with self._lock:
            (last,) = self._sql.execute("SELECT coalesce(max(list), 1) FROM attestations").fetchone()
            if not 1 <= number <= last:
                return None
            rows = self._sql.execute(
                "SELECT entry FROM attestations JOIN instances ON name = instance"
                " WHERE list = ? AND revoked IS NOT NULL",
                (number,),
            )
            return [entry for (entry,) in rows]

    def instances(self, now: int) -> list[Instance]:
        """All wallets, the oldest first."""
        with self._lock:
            rows = self._sql.execute(
                "SELECT name, registered, revoked,"
                " (SELECT count(*) FROM attestations WHERE instance = name AND expires > ?)"
                " FROM instances ORDER BY registered, name",
                (now,),
            )
            return [Instance(*row) for row in rows]

    def _own(self, name: str, key: str) -> None:
        digest = _digest(key)
        self._sql.execute("INSERT OR IGNORE INTO keys VALUES (?, ?)", (digest, name))
        (owner,) = self._sql.execute("SELECT instance FROM keys WHERE digest = ?", (digest,)).fetchone()
        if owner != name:
            raise RemoteError(Wire.INVALID_KEY, "wallet_provider.key", "/keys", "attested for another wallet")

    def _place(self, size: int, below: Callable[[int], int]) -> tuple[int, int]:
        taken = dict(self._sql.execute("SELECT list, count(*) FROM attestations GROUP BY list"))
        number = next(number for number in range(1, len(taken) + 2) if taken.get(number, 0) < size // 2)
        while True:
            entry = below(size)
            where = "SELECT 1 FROM attestations WHERE list = ? AND entry = ?"
            if self._sql.execute(where, (number, entry)).fetchone() is None:
                return number, entry

    def _spent(self, kind: str, secret: str, now: int) -> bool:
        spent = self._sql.execute(
            "DELETE FROM once WHERE kind = ? AND digest = ? AND expires > ?", (kind, _digest(secret), now)
        )
        return spent.rowcount == 1

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._sql.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:  # an interrupt too leaves nothing half written
                self._sql.execute("ROLLBACK")
                raise
            self._sql.execute("COMMIT")


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
