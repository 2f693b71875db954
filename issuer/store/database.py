"""The database: SQLite in WAL mode, deleted content overwritten, nothing spilled to temporary files."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event

from clicid.errors import LocalError
from issuer.store import migrations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

ANCHORING: Final = "anchoring.lock"
"""Beside the database: held by the process that sends status changes."""

# secure_delete overwrites what is deleted, temp_store keeps sorts out of files on disk.
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA busy_timeout=10000",
)


class Database:
    """One SQLite file.

    Args:
        path: The file; its directory must exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = _engine(path)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that holds the write lock from its start: what it read stays true."""
        with self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:  # an interrupt too leaves nothing half written
                connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view for reading only."""
        with self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("ROLLBACK")

    @contextmanager
    def anchoring(self) -> Iterator[bool]:
        """Be the one process that sends status changes; False if another one is.

        The system gives the lock back when the process ends, however it ends.
        """
        with self._path.with_name(ANCHORING).open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
                return
            yield True

    def migrate(self) -> None:
        """Bring the schema to the newest version."""
        config = _alembic()
        with self._engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def check_schema(self) -> None:
        """See that the schema is this version's.

        Raises:
            LocalError: ``store.schema``.
        """
        head = ScriptDirectory.from_config(_alembic()).get_current_head()
        with self.reading() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
        if found != head:
            raise LocalError("store.schema", str(self._path.name), f"at {found}, wanted {head}")

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the file and empty it, so that what was erased is gone there too."""
        with self._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(next(iter(migrations.__path__))))
    config.set_main_option("path_separator", "os")
    return config


def _engine(path: Path) -> Engine:
    # As many connections as the web framework has threads: a request never waits for another's.
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={"check_same_thread": False},
        hide_parameters=True,  # an error's message would repeat the values
        pool_size=8,
        max_overflow=48,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        # The driver must not begin or commit by itself: the contexts above do.
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(pragma)

    return engine
