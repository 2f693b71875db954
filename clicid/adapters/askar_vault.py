"""An encrypted SQLite vault (Aries Askar) behind synchronous calls, and sealed records in it.

Askar speaks asyncio. Each vault has one private thread with an event loop; callers on any thread
(an HTTP server's pool, a command line) hand work to it and wait. Do not call it from a coroutine
that others wait for.
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar
from urllib.parse import quote

from aries_askar import AskarError, AskarErrorCode, Store

from clicid.adapters import passphrase as passphrases
from clicid.adapters.files import sync_folder
from clicid.codec import multibase
from clicid.errors import LocalError

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

T = TypeVar("T")

_KEY_METHOD: Final = "raw"
_TIMEOUT_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Record:
    """A sealed record: name, value and tags are all encrypted. Its value is never printed."""

    category: str
    name: str
    value: bytes = field(repr=False)
    tags: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Removal:
    """That a record shall go, in `AskarVault.apply`."""

    category: str
    name: str


class AskarVault:
    """An open vault. A context manager; `close` it, or its thread lives on."""

    def __init__(self, loop: asyncio.AbstractEventLoop, thread: threading.Thread, store: Store) -> None:
        self._loop = loop
        self._thread = thread
        self._store = store

    @classmethod
    def open(cls, path: Path, key: str | bytes, *, create: bool = False) -> Self:
        """Open the vault in the file `path`, or make it.

        Args:
            path: The SQLite file; with a passphrase, its salt stands in the file ``<path>.kdf``.
            key: A passphrase (text), stretched with Argon2id; or 32 random bytes, used as they are.
            create: Make a new vault; there must be none.

        Raises:
            LocalError: `keystore.exists`, `keystore.missing`; `keystore.locked` for a wrong
                passphrase or key; `keystore.failed` for a file that is no vault; `config.file` if the
                folder cannot be written.
        """
        if create and path.exists():
            raise LocalError("keystore.exists", path.name)
        if not create and not path.exists():
            raise LocalError("keystore.missing", path.name)
        raw_key = _raw_key(path, key, create=create)
        fresh = path.with_name(f"{path.name}.new")
        if create:
            # SQLite takes an empty file as a new database, and keeps its permissions.
            fresh.unlink(missing_ok=True)
            fresh.touch(mode=0o600)
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="askar", daemon=True)
        thread.start()
        try:
            if create:
                # Made beside its place and moved there whole: a kill leaves a vault or none.
                _wait(loop, _provision(_uri(fresh), raw_key))
                fresh.replace(path)
                sync_folder(path.parent)  # What its keys sign is told to others from now on.
            store = _wait(loop, _open_store(path.name, _uri(path), raw_key))
        except LocalError:
            _stop(loop, thread)
            raise
        return cls(loop, thread, store)

    def close(self) -> None:
        """Close the vault and end its thread. Closing twice is no error."""
        if self._thread.is_alive():
            self._run(self._store.close())
            _stop(self._loop, self._thread)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def put_record(
        self, category: str, name: str, value: bytes, tags: Mapping[str, str] | None = None
    ) -> None:
        """Write a record, in place of one of that name if there is one."""
        self.apply([Record(category, name, value, tags or {})])

    def delete_record(self, category: str, name: str) -> None:
        """Remove a record. Removing what is not there is no error."""
        self.apply([Removal(category, name)])

    def apply(self, changes: Sequence[Record | Removal]) -> None:
        """Write and remove records, all of them or none, in one transaction.

        Raises:
            LocalError: `keystore.failed`, as for each method here, when the database fails.
        """
        for change in changes:
            check_name(change.category)
            check_name(change.name)
        self._run(self._apply(changes))

    def get_record(self, category: str, name: str) -> Record | None:
        """A record, or None."""
        return self._run(self._get_record(category, name))

    def records(self, category: str, tags: Mapping[str, str] | None = None) -> list[Record]:
        """The records of a category that have all these tags, sorted by name."""
        return self._run(self._records(category, dict(tags or {})))

    async def _apply(self, changes: Sequence[Record | Removal]) -> None:
        async with self._store.transaction() as session:
            for change in changes:
                there = await session.fetch(change.category, change.name, for_update=True)
                if isinstance(change, Record):
                    write = session.replace if there else session.insert
                    await write(change.category, change.name, change.value, dict(change.tags))
                elif there:
                    await session.remove(change.category, change.name)
            await session.commit()

    async def _get_record(self, category: str, name: str) -> Record | None:
        async with self._store.session() as session:
            entry = await session.fetch(category, name)
            return _to_record(entry) if entry else None

    async def _records(self, category: str, tags: dict[str, str]) -> list[Record]:
        async with self._store.session() as session:
            entries = await session.fetch_all(category, tags or None)
            return sorted((_to_record(entry) for entry in entries), key=lambda record: record.name)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        if not self._thread.is_alive():
            work.close()
            raise LocalError("keystore.failed", detail="the vault is closed")
        return _wait(self._loop, work)


def check_name(name: str) -> None:
    """Names go to Askar as C strings, which would end at a zero byte without a word.

    Raises:
        LocalError: `keystore.failed` for a name that is not printable text.
    """
    if not name.isprintable():
        raise LocalError("keystore.failed", detail="names are printable text")


def _wait(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> T:
    future = asyncio.run_coroutine_threadsafe(work, loop)
    try:
        return future.result(_TIMEOUT_SECONDS)
    except AskarError as error:
        # The message of Askar may hold a name that the vault keeps sealed; its code does not.
        code = "keystore.exists" if error.code == AskarErrorCode.DUPLICATE else "keystore.failed"
        raise LocalError(code, detail=f"Askar: {error.code.name}") from error
    except TimeoutError as error:
        future.cancel()
        raise LocalError("keystore.failed", detail="no answer in time") from error


def _uri(path: Path) -> str:
    # Askar decodes the path once, and the driver below it once more.
    return f"sqlite://{quote(quote(str(path.resolve())))}"


async def _provision(uri: str, raw_key: str) -> None:
    store = await Store.provision(uri, _KEY_METHOD, raw_key)
    await store.close()


async def _open_store(name: str, uri: str, raw_key: str) -> Store:
    try:
        return await Store.open(uri, _KEY_METHOD, raw_key)
    except AskarError as error:
        if error.code == AskarErrorCode.ENCRYPTION:
            raise LocalError("keystore.locked", name) from error
        raise


def _stop(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    loop.call_soon_threadsafe(loop.stop)
    thread.join(_TIMEOUT_SECONDS)
    loop.close()


def _raw_key(path: Path, key: str | bytes, *, create: bool) -> str:
    """The key in base 58, as Askar wants it."""
    if isinstance(key, str):
        beside = path.with_name(f"{path.name}.kdf")
        stretching = passphrases.create(beside) if create else passphrases.read(beside)
        key = stretching.derive(key)
    if len(key) != passphrases.KEY_BYTES:
        raise LocalError("keystore.locked", path.name, f"a raw key has {passphrases.KEY_BYTES} bytes")
    return multibase.encode(key).removeprefix(multibase.BASE58BTC)


def _to_record(entry: Any) -> Record:
    return Record(entry.category, entry.name, bytes(entry.value), dict(entry.tags))
