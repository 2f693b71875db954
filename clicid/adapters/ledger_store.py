"""What a follower knows, in SQLite: it is written a page at a time, whole or not at all."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final

from clicid.codec import jcs, shape, strict_json
from clicid.errors import ClicidError, LocalError, Refused
from clicid.ledger import dump
from clicid.ledger.blocks import Block
from clicid.ledger.branch import Branch
from clicid.ledger.events import Contract, RawLog, decode
from clicid.ledger.hexes import octets
from clicid.ledger.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from clicid.ledger.lists import ListRules
    from clicid.ledger.network import NetworkFile

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS records (key TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blocks (
  number INTEGER PRIMARY KEY, hash BLOB NOT NULL, parent BLOB NOT NULL, time INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS logs (
  block INTEGER NOT NULL, position INTEGER NOT NULL, contract TEXT NOT NULL,
  topics BLOB NOT NULL, data BLOB NOT NULL, PRIMARY KEY (block, position)
) WITHOUT ROWID;
"""
_VERSION: Final = 1

_KEPT: Final = 1_000
_LOOKED_AT: Final = 10_000
"""Final blocks without logs are forgotten once this many others are above them; those so far below
were forgotten before."""


class LedgerStore:
    """One network's known chain in one file.

    Args:
        path: The file, made when it is not there; None keeps everything in memory.
        network: Whose chain it is.
        rules: How status lists work.

    Raises:
        Refused: `ledger.store` if the file is another network's, or no such file at all.
    """

    def __init__(self, path: Path | None, network: NetworkFile, rules: ListRules) -> None:
        self._network = network
        self._rules = rules
        # One follower writes, under its own lock; which of its threads does is no matter.
        try:
            self._db = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        except sqlite3.OperationalError as error:
            raise Refused("ledger.store", "", "the file cannot be opened") from error
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise Refused("ledger.store", "", type(error).__name__) from error
        except Refused:
            self._db.close()
            raise

    def _open(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version not in (0, _VERSION):
            raise Refused("ledger.store", "", f"version {version} of the schema")
        self._db.executescript(_SCHEMA)
        self._db.execute(f"PRAGMA user_version = {_VERSION}")
        mine = _identity(self._network)
        if self._meta("network") not in (None, mine):
            raise Refused("ledger.store", "", "another network's")
        self._db.execute("INSERT OR REPLACE INTO meta VALUES ('network', ?)", (mine,))
        self._check_checkpoint()

    def _check_checkpoint(self) -> None:
        # A chain made anew may give its contracts the same addresses; its blocks are others. A
        # rotated network file may name a later block, of which nothing is known yet.
        number, hash_ = self._network.checkpoint.number, self._network.checkpoint.hash
        mine = number.to_bytes(8) + hash_
        stored = self._meta("checkpoint")
        if stored is not None and stored[:8] == mine[:8] and stored != mine:
            raise Refused("ledger.store", "", "another chain's")
        self._db.execute("INSERT OR REPLACE INTO meta VALUES ('checkpoint', ?)", (mine,))

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def fresh(self) -> Branch:
        """A branch that knows nothing yet."""
        return Branch(State(self._network.chain_id, self._rules))

    def load(self) -> Branch:
        """The branch as it was last saved.

        Raises:
            Refused: `ledger.store` if what is stored is damaged.
        """
        try:
            return self._load()
        except (ClicidError, ValueError) as error:
            raise Refused("ledger.store", "", str(error)[:200]) from error

    def _load(self) -> Branch:
        branch = self.fresh()
        for key, body in self._db.execute("SELECT key, body FROM records"):
            dump.load(branch.state, tuple(str(key).split("/")), body)
        if (body := self._meta("final")) is not None:
            branch.final = _load_final(body)
        if (body := self._meta("sticky")) is not None:
            branch.sticky = dump.load_sticky(body)
        after = -1 if branch.final is None else branch.final.number
        for block in self.blocks(after):
            branch.extend(block)
        return branch

    def blocks(self, after: int) -> list[Block]:
        """Stored blocks above a number, with their logs, rising.

        They are those with logs, and of the last ones also pages' ends and what was not final.
        """
        rows = self._db.execute(
            "SELECT number, hash, parent, time FROM blocks WHERE number > ? ORDER BY number", (after,)
        ).fetchall()
        logs: dict[int, list[RawLog]] = {}
        with closing(
            self._db.execute(
                "SELECT block, contract, topics, data FROM logs WHERE block > ? ORDER BY block, position",
                (after,),
            )
        ) as cursor:
            for number, contract, topics, data in cursor:
                logs.setdefault(number, []).append(RawLog(Contract(contract), _split(topics), data))
        return [
            Block(number, hash_, parent, time, tuple(decode(raw) for raw in logs.get(number, ())))
            for number, hash_, parent, time in rows
        ]

    def save(self, branch: Branch, added: Sequence[Block], *, lost_after: int | None = None) -> None:
        """Write what has changed, in one transaction.

        Args:
            branch: The branch now; the marks of its touched records are taken off.
            added: Blocks taken in since the last save.
            lost_after: Blocks above this number, stored before, are gone.

        Raises:
            LocalError: `ledger.write`; nothing was written then.
        """
        touched = [("/".join(key), dump.dump(branch.state, key)) for key in branch.state.touched]
        with self._transaction():
            if lost_after is not None:
                self._db.execute("DELETE FROM blocks WHERE number > ?", (lost_after,))
                self._db.execute("DELETE FROM logs WHERE block > ?", (lost_after,))
            self._write(branch, added, touched)
        branch.state.touched.clear()

    def replace(self, branch: Branch, blocks: Iterable[Block]) -> None:
        """Write a branch in the place of all that was stored, in one transaction."""
        keys = dump.keys(branch.state)
        everything = [("/".join(key), dump.dump(branch.state, key)) for key in keys]
        with self._transaction():
            for statement in ("DELETE FROM records", "DELETE FROM blocks", "DELETE FROM logs"):
                self._db.execute(statement)
            self._write(branch, list(blocks), everything)
        branch.state.touched.clear()

    def _write(self, branch: Branch, added: Sequence[Block], records: Sequence[tuple[str, bytes]]) -> None:
        self._db.executemany("INSERT OR REPLACE INTO records VALUES (?, ?)", records)
        self._db.executemany(
            "INSERT OR REPLACE INTO blocks VALUES (?, ?, ?, ?)",
            [(block.number, block.hash, block.parent, block.time) for block in added],
        )
        self._db.executemany(
            "INSERT OR REPLACE INTO logs VALUES (?, ?, ?, ?, ?)",
            [
                (block.number, at, str(log.raw.contract), b"".join(log.raw.topics), log.raw.data)
                for block in added
                for at, log in enumerate(block.logs)
            ],
        )
        meta = {"sticky": dump.dump_sticky(branch.sticky)}
        if branch.final is not None:
            meta["final"] = _dump_final(branch.final)
            self._forget_empty(branch.final.number - _KEPT)
        self._db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", meta.items())

    def _forget_empty(self, below: int) -> None:
        self._db.execute(
            "DELETE FROM blocks WHERE number >= ? AND number < ? "
            "AND NOT EXISTS (SELECT 1 FROM logs WHERE logs.block = blocks.number)",
            (below - _LOOKED_AT, below),
        )

    def _meta(self, key: str) -> bytes | None:
        row = self._db.execute("SELECT body FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else bytes(row[0])

    def _transaction(self) -> _Transaction:
        return _Transaction(self._db)


class _Transaction:
    """BEGIN IMMEDIATE, then COMMIT or, on any exception, ROLLBACK; SQLite's errors become ours."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def __enter__(self) -> None:
        self._execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if kind is None:
            self._execute("COMMIT")
            return
        if self._db.in_transaction:  # SQLite itself rolls back where it cannot go on
            self._db.execute("ROLLBACK")
        if isinstance(error, sqlite3.Error):
            raise LocalError("ledger.write", "", str(error)) from error

    def _execute(self, statement: str) -> None:
        try:
            self._db.execute(statement)
        except sqlite3.Error as error:
            raise LocalError("ledger.write", "", str(error)) from error


def _identity(network: NetworkFile) -> bytes:
    """What a stored chain must have in common with the network file; not what rotates in it."""
    places = (network.contracts[name] for name in Contract)
    addresses = b"".join(place.address for place in places)
    return hashlib.sha256(network.chain_id.to_bytes(8) + addresses).digest()


def _split(topics: bytes) -> tuple[bytes, ...]:
    return tuple(topics[at : at + 32] for at in range(0, len(topics), 32))


def _dump_final(block: Block) -> bytes:
    numbers = {"number": block.number, "time": block.time}
    return jcs.dumps(numbers | {"hash": block.hash.hex(), "parent": block.parent.hex()})


def _load_final(body: bytes) -> Block:
    obj = shape.as_object(strict_json.loads(body))
    return Block(
        shape.integer(obj, "number"),
        octets(obj, "hash", 32),
        octets(obj, "parent", 32),
        shape.integer(obj, "time"),
    )
