"""A PostgreSQL cluster of a test's own: in a temporary folder, on a Unix socket, as no privileged user."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator


def missing() -> str:
    """Why there can be no cluster here, or nothing."""
    return "" if _binary("initdb") else "PostgreSQL is not installed"


def _binary(name: str) -> str | None:
    # Debian keeps the servers' programs off the path.
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or next((str(path) for path in reversed(versions)), None)


def _run(name: str, *arguments: str, folder: Path, user: dict[str, Any]) -> None:
    binary = _binary(name)
    assert binary is not None
    # A server that is started must not hold on to our pipes.
    with (folder / "output").open("ab") as out:
        command = [binary, *arguments]
        subprocess.run(command, check=True, stdout=out, stderr=out, cwd=folder, timeout=120, **user)


class Cluster:
    """A running server; `schema` makes a place that nothing else uses."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()

    def url(self, schema: str) -> str:
        """The address of a schema."""
        options = quote(f"-csearch_path={schema}", safe="")
        return f"postgresql://tests@/postgres?host={quote(str(self._folder), safe='')}&options={options}"

    def schema(self) -> str:
        """The address of a new schema."""
        name = f"s{next(self._numbers)}"
        with self.connect() as db:
            db.execute(f"CREATE SCHEMA {name}".encode())
        return self.url(name)

    def connect(self) -> psycopg.Connection[Any]:
        """A connection of the administrator's."""
        return psycopg.connect(self.url("public"), autocommit=True)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Start a server, and stop it in the end."""
    folder = Path(tempfile.mkdtemp(prefix="clicid-pg-"))
    user: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    data = str(folder / "data")
    try:
        _run("initdb", "-D", data, "-U", "tests", "-A", "trust", "--no-sync", folder=folder, user=user)
        settings = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
        _run("pg_ctl", "-D", data, "-w", "-t", "60", "-o", settings, "start", folder=folder, user=user)
        try:
            yield Cluster(folder)
        finally:
            _run("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop", folder=folder, user=user)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
