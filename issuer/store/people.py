"""People, their sealed values, and counted tries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, union, update
from sqlalchemy.dialects.sqlite import insert as upsert

from issuer.store.tables import attempt, person, person_lookup, sealed, session
from issuer.usecases.states import State

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

    from issuer.store.person_keys import PersonKeys


class SqlVault:
    """Sealed values by key and name; the sealing binds each to both."""

    def __init__(self, connection: Connection, keys: PersonKeys) -> None:
        self._connection = connection
        self._keys = keys

    def put(self, key_id: str, name: str, value: bytes, keep_until: datetime | None = None) -> None:
        """Seal and keep a value, in place of an older one of that name."""
        row = {"body": self._keys.seal(key_id, name, value), "keep_until": keep_until}
        statement = upsert(sealed).values(key_id=key_id, name=name, **row)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["key_id", "name"], set_=row))

    def get(self, key_id: str, name: str) -> bytes | None:
        """Open a value; None if there is none."""
        body = self._connection.scalar(
            select(sealed.c.body).where(sealed.c.key_id == key_id, sealed.c.name == name)
        )
        return None if body is None else self._keys.open(key_id, name, body)

    def has(self, key_id: str, name: str) -> bool:
        """Whether there is a value, without opening it."""
        query = select(sealed.c.name).where(sealed.c.key_id == key_id, sealed.c.name == name)
        return self._connection.scalar(query) is not None

    def all(self, key_id: str) -> tuple[tuple[str, bytes, datetime | None], ...]:
        """Name, opened value and last day of everything under a key."""
        query = select(sealed).where(sealed.c.key_id == key_id).order_by(sealed.c.name)
        return tuple(
            (row.name, self._keys.open(key_id, row.name, row.body), row.keep_until)
            for row in self._connection.execute(query)
        )

    def drop(self, key_id: str, name: str) -> None:
        """Remove one value."""
        self._connection.execute(delete(sealed).where(sealed.c.key_id == key_id, sealed.c.name == name))

    def drop_all(self, key_id: str) -> None:
        """Remove every value under a key."""
        self._connection.execute(delete(sealed).where(sealed.c.key_id == key_id))

    def keep(self, key_id: str, names: Collection[str], until: datetime) -> None:
        """Set another last day for what is there of these names."""
        here = (sealed.c.key_id == key_id, sealed.c.name.in_(names))
        self._connection.execute(update(sealed).where(*here).values(keep_until=until))

    def drop_expired(self, now: datetime) -> int:
        """Remove what is kept no longer than now, save of what waits for a reviewer; gives how many."""
        waiting = select(session.c.key_id).where(session.c.state == State.REVIEW)
        over = (sealed.c.keep_until <= now, sealed.c.key_id.not_in(waiting))
        return self._connection.execute(delete(sealed).where(*over)).rowcount


class SqlPersons:
    """People, by random ids and keyed hashes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, person_id: str, at: datetime) -> None:
        """A new one."""
        self._connection.execute(insert(person).values(id=person_id, created_at=at))

    def key_ids(self) -> frozenset[str]:
        """The keys that persons and onboardings here are sealed under."""
        return frozenset(self._connection.scalars(union(select(person.c.id), select(session.c.key_id))))

    def exists(self, person_id: str) -> bool:
        """Whether there is one of that id."""
        return self._connection.scalar(select(person.c.id).where(person.c.id == person_id)) is not None

    def find(self, hashes: Collection[bytes]) -> frozenset[str]:
        """The persons that any of the hashes belong to."""
        query = select(person_lookup.c.person_id).where(person_lookup.c.hash.in_(hashes))
        return frozenset(self._connection.scalars(query))

    def add_lookup(self, hash_: bytes, kind: str, person_id: str) -> None:
        """Find the person by this hash from now on."""
        statement = upsert(person_lookup).values(hash=hash_, kind=kind, person_id=person_id)
        self._connection.execute(statement.on_conflict_do_nothing())

    def set_block(self, person_id: str, id_hash: bytes, salt: bytes, code: bytes) -> None:
        """Set block id and stretched blocking code in place of older ones."""
        self._connection.execute(
            update(person)
            .where(person.c.id == person_id)
            .values(block_hash=id_hash, block_salt=salt, block_code=code)
        )

    def block(self, id_hash: bytes) -> tuple[str, bytes, bytes] | None:
        """Person, salt and stretched code behind a block id."""
        query = select(person.c.id, person.c.block_salt, person.c.block_code)
        row = self._connection.execute(query.where(person.c.block_hash == id_hash)).one_or_none()
        return None if row is None else (row.id, row.block_salt, row.block_code)

    def remove(self, person_id: str) -> None:
        """Remove the person and its look-ups."""
        self._connection.execute(delete(person_lookup).where(person_lookup.c.person_id == person_id))
        self._connection.execute(delete(person).where(person.c.id == person_id))


class SqlAttempts:
    """Tries per keyed hash."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def count(self, hash_: bytes, since: datetime) -> int:
        """How many since then."""
        query = select(func.count()).where(attempt.c.hash == hash_, attempt.c.at > since)
        return self._connection.scalar(query) or 0

    def add(self, hash_: bytes, at: datetime) -> None:
        """One more."""
        self._connection.execute(insert(attempt).values(hash=hash_, at=at))

    def drop_before(self, when: datetime) -> None:
        """Forget older ones."""
        self._connection.execute(delete(attempt).where(attempt.c.at < when))
