"""Faces that may be searched: a database of its own, each row sealed under a key of its own.

A row's key lies with the persons' keys, in the file that ordinary backups leave out, so a withdrawn
consent makes it unreadable in every backup of this file too. Nothing is written before the first consent.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import numpy as np

from issuer.store import forgetful
from issuer.usecases.ports.faces import Near

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from sqlite3 import Connection

    from issuer.evidence.ports import FaceDescriptor
    from issuer.store.person_keys import PersonKeys

_AT_ONCE: Final = 4096
"""Rows opened at a time: some 4 MiB of numbers are in memory, however many faces there are."""
_NAME: Final = "face_search"
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS face (
  person_id TEXT PRIMARY KEY, key_id TEXT NOT NULL, engine TEXT NOT NULL, engine_version TEXT NOT NULL,
  body BLOB NOT NULL
) WITHOUT ROWID
"""


class SqlFaces:
    """`issuer.usecases.ports.faces.Faces` on SQLite.

    Args:
        path: The file; it is made with the first face.
        keys: Where the rows' keys lie.
    """

    def __init__(self, path: Path, keys: PersonKeys) -> None:
        self._path = path
        self._keys = keys

    def put(self, person_id: str, face: FaceDescriptor) -> None:
        """Keep a person's face in place of an older one."""
        key_id, name = self._keys.create(), f"{_NAME}:{person_id}"
        body = self._keys.seal(key_id, name, np.array(face.values, np.float64).tobytes())
        self.drop(person_id)
        with self._connection() as connection:
            row = (person_id, key_id, face.engine, face.engine_version, body)
            connection.execute("INSERT INTO face VALUES (?, ?, ?, ?, ?)", row)

    def drop(self, person_id: str) -> None:
        """Destroy a person's row: its key first. Dropping what is not there is no error."""
        key_id = self.rows().get(person_id)
        if key_id is None:
            return
        self._keys.erase(key_id)
        with self._connection() as connection:
            connection.execute("DELETE FROM face WHERE person_id = ?", (person_id,))

    def rows(self) -> Mapping[str, str]:
        """The ids of persons, and of the keys of their rows."""
        if not self._path.exists():
            return {}
        with self._connection() as connection:
            return dict(connection.execute("SELECT person_id, key_id FROM face"))

    def nearest(self, face: FaceDescriptor, below: float) -> tuple[Near, ...]:
        """Those nearer than `below` of what the same engine described, the nearest first."""
        found: list[Near] = []
        wanted = np.array(face.values, np.float64)
        for people, bodies in self._opened(face):
            numbers = np.frombuffer(b"".join(bodies), np.float64).reshape(len(bodies), -1)
            distances = np.linalg.norm(numbers - wanted, axis=1)
            found += [
                Near(people[place], float(distances[place])) for place in np.flatnonzero(distances < below)
            ]
        return tuple(sorted(found, key=lambda near: near.distance))

    def _opened(self, face: FaceDescriptor) -> Iterator[tuple[list[str], list[bytes]]]:
        if not self._path.exists():
            return
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT person_id, key_id, body FROM face WHERE engine = ? AND engine_version = ?",
                (face.engine, face.engine_version),
            )
            while some := rows.fetchmany(_AT_ONCE):
                sealed = [(key_id, f"{_NAME}:{person_id}", body) for person_id, key_id, body in some]
                opened = self._keys.open_all(sealed)
                there = [place for place, body in enumerate(opened) if body is not None]
                if there:
                    yield [some[place][0] for place in there], [opened[place] or b"" for place in there]

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        with forgetful.transaction(self._path, writing=False) as connection:
            connection.execute(_SCHEMA)
            yield connection
