"""What a follower knows, in a database: it is written a page at a time, whole or not at all.

One process writes. Each transaction leaves a mark, and the next one is only made on top of it, so
that two processes on one store never mix what they know, whatever became of their locks.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from contextlib import contextmanager
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from clicid.adapters.ledger_databases import open_database
from clicid.codec import jcs, shape, strict_json
from clicid.errors import ClicidError, LocalError, Refused
from clicid.ledger import dump
from clicid.ledger.blocks import Block
from clicid.ledger.branch import Branch
from clicid.ledger.events import Contract, RawLog, decode
from clicid.ledger.ground import Ground
from clicid.ledger.hexes import octets
from clicid.ledger.state import LIST, State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from clicid.adapters.ledger_databases import Place
    from clicid.ledger.lists import ListRules
    from clicid.ledger.network import NetworkFile
    from clicid.ledger.state import Key

_VERSION: Final = b"4"
"""Of what is stored; another one is refused."""
_READ_ANEW: Final = frozenset({b"1", b"2", b"3"})
"""Versions none of which is used: the records of 1 say nothing of compromised keys and issuance roots, those
of 2 nothing of the numbers that a key had before it was renewed; 3 has lists in one piece."""

_PUT_META: Final = "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET body = excluded.body"
_PUT_RECORD: Final = "INSERT INTO records VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET body = excluded.body"
_PUT_PIECE: Final = (
    "INSERT INTO pieces VALUES (?, ?, ?) ON CONFLICT (key, number) DO UPDATE SET body = excluded.body"
)
_PUT_BLOCK: Final = (
    "INSERT INTO blocks VALUES (?, ?, ?, ?) ON CONFLICT (number) DO UPDATE"
    " SET hash = excluded.hash, parent = excluded.parent, time = excluded.time"
)
_PUT_LOG: Final = (
    "INSERT INTO logs VALUES (?, ?, ?, ?, ?) ON CONFLICT (block, position) DO UPDATE"
    " SET contract = excluded.contract, topics = excluded.topics, data = excluded.data"
)

_OF_IDENTITY: Final = (
    "FROM logs JOIN blocks ON blocks.number = logs.block"
    " WHERE contract = 'did' AND substr(topics, 33, 32) = ? AND block <= ?"
)
"""ERC-1056 names the identity in the first indexed parameter of each event; there is an index for that."""

_LOG: Final = logging.getLogger("clicid.ledger")

_KEPT: Final = 1_000
_LOOKED_AT: Final = 10_000
"""Final blocks without logs are forgotten once this many others are above them; those so far below
were forgotten before."""


class LedgerStore:
    """One network's known chain in one database.

    Args:
        place: A file, made when it is not there; a ``postgresql://`` address; None keeps all in memory.
        network: Whose chain it is.
        rules: How status lists work.
        before: The network file in use before this one. What is stored under it is let go of where the
            new one names other contracts: the two are never mixed.

    Raises:
        Refused: `ledger.store` if what is there is another network's, or cannot be opened, or (on
            PostgreSQL) another process keeps its chain there.
    """

    def __init__(
        self, place: Place, network: NetworkFile, rules: ListRules, *, before: NetworkFile | None = None
    ) -> None:
        self._network = network
        self._before = before
        self._rules = rules
        self._db = open_database(place)
        try:
            self._open()
        except LocalError as error:
            self._db.close()
            raise Refused("ledger.store", "", error.detail) from error
        except Refused:
            self._db.close()
            raise

    def _open(self) -> None:
        version = self._meta("version")
        if version not in (None, _VERSION, *_READ_ANEW):
            raise Refused("ledger.store", "", "another version of the schema")
        mine = _identity(self._network)
        anew = self._meta("network") not in (None, mine)
        if anew and (self._before is None or self._meta("network") != _identity(self._before)):
            raise Refused("ledger.store", "", "another network's")
        checkpoint = self._checkpoint()
        self._marks: set[bytes | None] = {self._meta("mark")}
        with self._transaction():
            if anew:
                _LOG.warning("the network file names other contracts: what was known is read anew")
                self._forget_all()
            elif version in _READ_ANEW:
                _LOG.warning("what was stored by an earlier release is read anew")
                self._forget_all(but="sticky")
            self._put({"version": _VERSION, "network": mine, "checkpoint": checkpoint})

    def _forget_all(self, *, but: str = "") -> None:
        self._empty()
        # The ground too: of what will be read nobody has vouched for anything.
        keys = [(key,) for key in ("final", "sticky", "ground") if key != but]
        self._db.write("DELETE FROM meta WHERE key = ?", keys)

    def _empty(self) -> None:
        tables = ("DELETE FROM records", "DELETE FROM pieces", "DELETE FROM blocks", "DELETE FROM logs")
        for statement in tables:
            self._db.write(statement)

    def _checkpoint(self) -> bytes:
        # A chain made anew may give its contracts the same addresses; its blocks are others. A
        # rotated network file may name a later block, of which nothing is known yet.
        number, hash_ = self._network.checkpoint.number, self._network.checkpoint.hash
        mine = number.to_bytes(8) + hash_
        stored = self._meta("checkpoint")
        if stored is not None and stored[:8] == mine[:8] and stored != mine:
            raise Refused("ledger.store", "", "another chain's")
        return mine

    def close(self) -> None:
        """Let go of the database."""
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
        for key, body in self._db.read("SELECT key, body FROM records"):
            names = tuple(str(key).split("/"))
            dump.load(branch.state, names, self._whole(key, body) if names[0] == LIST else body)
        if (body := self._meta("final")) is not None:
            branch.final = _load_final(body)
        if (body := self._meta("sticky")) is not None:
            branch.sticky = dump.load_sticky(body)
        if (body := self._meta("ground")) is not None:
            branch.ground = Ground.from_bytes(body)
        after = -1 if branch.final is None else branch.final.number
        for block in self.blocks(after):
            branch.extend(block)
        return branch

    def _whole(self, key: str, head: bytes) -> bytes:
        """A list's body. What stands behind its last piece was another list's, in a history that is gone."""
        wanted = "SELECT body FROM pieces WHERE key = ? AND number < ? ORDER BY number"
        rows = self._db.read(wanted, (key, dump.pieces_after(head)))
        return b"".join((head, *(body for (body,) in rows)))

    def blocks(self, after: int) -> list[Block]:
        """Stored blocks above a number, with their logs, rising.

        They are those with logs, and of the last ones also pages' ends and what was not final.
        """
        rows = self._db.read(
            "SELECT number, hash, parent, time FROM blocks WHERE number > ? ORDER BY number", (after,)
        )
        logs: dict[int, list[RawLog]] = {}
        wanted = "SELECT block, contract, topics, data FROM logs WHERE block > ? ORDER BY block, position"
        for number, contract, topics, data in self._db.read(wanted, (after,)):
            logs.setdefault(number, []).append(RawLog(Contract(contract), _split(topics), data))
        return [
            Block(number, hash_, parent, time, tuple(decode(raw) for raw in logs.get(number, ())))
            for number, hash_, parent, time in rows
        ]

    def last_blocks(self, final: int, *, most: int) -> tuple[int, list[Block]]:
        """The last final blocks with logs, rising, and the number from which on there are no others.

        Args:
            final: Number of the last final block.
            most: How many bytes of logs they have together, at most.
        """
        sizes = self._db.read(
            "SELECT block, SUM(LENGTH(topics) + LENGTH(data)) FROM logs WHERE block <= ?"
            " GROUP BY block ORDER BY block DESC",
            (final,),
        )
        totals = accumulate(int(size) for _, size in sizes)
        beyond = next((number for (number, _), total in zip(sizes, totals, strict=True) if total > most), -1)
        found = [block for block in self.blocks(beyond) if block.number <= final and block.logs]
        return beyond + 1, found

    def did_logs(self, identity: bytes, upto: int, *, most: int) -> list[tuple[RawLog, int, int]]:
        """The registry's logs about an identity, up to a block: each with number and time of its block.

        Args:
            identity: 20 bytes.
            upto: Number of the last block that counts.
            most: How many bytes of them are read at most.

        Raises:
            Refused: `did.too_large` if they are more.
        """
        values = identity.rjust(32, b"\0"), upto
        ((size,),) = self._db.read(f"SELECT SUM(LENGTH(topics) + LENGTH(data)) {_OF_IDENTITY}", values)
        if size is not None and size > most:
            raise Refused("did.too_large", detail=f"{size} bytes of events")
        rows = self._db.read(
            f"SELECT topics, data, block, time {_OF_IDENTITY} ORDER BY block, position", values
        )
        return [
            (RawLog(Contract.DID, _split(topics), data), number, time) for topics, data, number, time in rows
        ]

    def block_times(self, number: int) -> tuple[int, int] | None:
        """The times of the stored blocks nearest to a number, below and above it; None above them all."""
        below = self._db.read(
            "SELECT time FROM blocks WHERE number <= ? ORDER BY number DESC LIMIT 1", (number,)
        )
        above = self._db.read("SELECT time FROM blocks WHERE number >= ? ORDER BY number LIMIT 1", (number,))
        return (below[0][0] if below else 0, above[0][0]) if above else None

    def save(self, branch: Branch, added: Sequence[Block], *, lost_after: int | None = None) -> None:
        """Write what has changed, in one transaction.

        Args:
            branch: The branch now; the marks of its touched records are taken off.
            added: Blocks taken in since the last save.
            lost_after: Blocks above this number, stored before, are gone.

        Raises:
            LocalError: `ledger.write`; nothing was written then.
        """
        with self._transaction():
            if lost_after is not None:
                self._db.write("DELETE FROM blocks WHERE number > ?", [(lost_after,)])
                self._db.write("DELETE FROM logs WHERE block > ?", [(lost_after,)])
            self._write(branch, added, branch.state.touched)
        _written(branch.state)

    def replace(self, branch: Branch, blocks: Iterable[Block]) -> None:
        """Write a branch in the place of all that was stored, in one transaction."""
        for record in branch.state.lists.values():
            record.changed.update(record.pieces)
        with self._transaction():
            self._empty()
            self._write(branch, list(blocks), dump.keys(branch.state))
        _written(branch.state)

    def _write(self, branch: Branch, added: Sequence[Block], records: Collection[Key]) -> None:
        # One at a time: a hundred lists of millions are not wanted twice in memory.
        state = branch.state
        lists = {key: state.lists[bytes.fromhex(key[1])] for key in records if key[0] == LIST}
        bodies = (
            ("/".join(key), dump.dump_list_head(lists[key]) if key in lists else dump.dump(state, key))
            for key in records
        )
        self._db.write(_PUT_RECORD, bodies)
        self._db.write(
            _PUT_PIECE,
            (("/".join(key), *piece) for key, record in lists.items() for piece in dump.dump_pieces(record)),
        )
        self._db.write(_PUT_BLOCK, [(block.number, block.hash, block.parent, block.time) for block in added])
        self._db.write(
            _PUT_LOG,
            (
                (block.number, at, str(log.raw.contract), b"".join(log.raw.topics), log.raw.data)
                for block in added
                for at, log in enumerate(block.logs)
            ),
        )
        meta = {"sticky": dump.dump_sticky(branch.sticky), "ground": branch.ground.to_bytes()}
        if branch.final is not None:
            meta["final"] = _dump_final(branch.final)
            self._forget_empty(branch.final.number - _KEPT)
        self._put(meta)

    def _forget_empty(self, below: int) -> None:
        self._db.write(
            "DELETE FROM blocks WHERE number >= ? AND number < ? "
            "AND NOT EXISTS (SELECT 1 FROM logs WHERE logs.block = blocks.number)",
            [(below - _LOOKED_AT, below)],
        )

    def _meta(self, key: str) -> bytes | None:
        rows = self._db.read("SELECT body FROM meta WHERE key = ?", (key,))
        return bytes(rows[0][0]) if rows else None

    def _put(self, meta: Mapping[str, bytes]) -> None:
        self._db.write(_PUT_META, meta.items())

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        mark = secrets.token_bytes(16)
        with self._db.transaction():
            if self._meta("mark") not in self._marks:
                raise LocalError("ledger.write", "", "another process has written here")
            self._put({"mark": mark})
            # A connection may break when all is written but not yet confirmed.
            self._marks.add(mark)
            yield
        self._marks = {mark}


def _written(state: State) -> None:
    """Take the marks off what stands in the store now."""
    state.touched.clear()
    for record in state.lists.values():
        record.changed.clear()


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
