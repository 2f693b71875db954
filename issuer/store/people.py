"""People, their sealed values, and counted tries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, insert, select, union, update
from sqlalchemy.dialects.sqlite import insert as upsert

from clicid.errors import Refused
from issuer.store.person_keys import part_of
from issuer.store.tables import attempt, person, person_lookup, sealed, session
from issuer.usecases.onboarding import OF_FACES
from issuer.usecases.states import State

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

    from issuer.store.person_keys import PersonKeys


_FACES: Final = "faces"


class SqlVault:
    """Sealed values by key and name; the sealing binds each to both.

    What a withdrawn consent takes away lies under a key of its own, which goes with the consent, so that it
    is unreadable in old copies too.
    """

    def __init__(self, connection: Connection, keys: PersonKeys) -> None:
        self._connection = connection
        self._keys = keys

    def put(self, key_id: str, name: str, value: bytes, keep_until: datetime | None = None) -> None:
        """Seal and keep a value, in place of an older one of that name."""
        sealing = self._keys.part(key_id, _FACES) if name in OF_FACES else key_id
        row = {"body": self._keys.seal(sealing, name, value), "keep_until": keep_until}
        statement = upsert(sealed).values(key_id=key_id, name=name, **row)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["key_id", "name"], set_=row))

    def get(self, key_id: str, name: str) -> bytes | None:
        """Open a value; None if there is none."""
        body = self._connection.scalar(
            select(sealed.c.body).where(sealed.c.key_id == key_id, sealed.c.name == name)
        )
        return None if body is None else self._opened(key_id, name, body)

    def has(self, key_id: str, name: str) -> bool:
        """Whether there is a value."""
        if name in OF_FACES:
            return self.get(key_id, name) is not None
        query = select(sealed.c.name).where(sealed.c.key_id == key_id, sealed.c.name == name)
        return self._connection.scalar(query) is not None

    def all(self, key_id: str) -> tuple[tuple[str, bytes, datetime | None], ...]:
        """Name, opened value and last day of everything under a key."""
        query = select(sealed).where(sealed.c.key_id == key_id).order_by(sealed.c.name)
        rows = [
            (row.name, self._opened(key_id, row.name, row.body), row.keep_until)
            for row in self._connection.execute(query)
        ]
        return tuple((name, value, until) for name, value, until in rows if value is not None)

    def drop(self, key_id: str, name: str) -> None:
        """Remove one value."""
        self._connection.execute(delete(sealed).where(sealed.c.key_id == key_id, sealed.c.name == name))

    def withdraw_faces(self, key_id: str) -> None:
        """Destroy what consent to face comparison had let in: its key first, then the rows."""
        self._keys.erase(part_of(key_id, _FACES))
        here = (sealed.c.key_id == key_id, sealed.c.name.in_(OF_FACES))
        self._connection.execute(delete(sealed).where(*here))

    def withdrawn_faces(self) -> frozenset[str]:
        """The keys under which a restored copy has faces that were withdrawn since."""
        query = select(sealed.c.key_id).where(sealed.c.name.in_(OF_FACES)).distinct()
        there = self._keys.ids()
        return frozenset(
            key_id
            for key_id in self._connection.scalars(query)
            if key_id in there and part_of(key_id, _FACES) not in there
        )

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

    def _opened(self, key_id: str, name: str, body: bytes) -> bytes | None:
        if name not in OF_FACES:
            return self._keys.open(key_id, name, body)
        try:
            return self._keys.open(part_of(key_id, _FACES), name, body)
        except Refused:
            return None  # a copy from before the consent was withdrawn


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
