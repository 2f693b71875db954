"""Which network file counts here: the one whose digest was given, and what was rotated from it since.

A place in a configuration is one file, or a folder with several versions of it. What is in use is
remembered with the application's data, so that a newer file needs no new digest and an older one is
no way back (The Update Framework 1.0, section 5.3):

1. Start from the version in use; the first time, from the file with the digest given out of band.
2. Take each later version in turn. It follows the one before by a threshold of both their roots, or
   has the digest that is configured now: an operator's own word, as the first one was.
3. Another file of the version in use, or nothing as new as that, is refused.
4. What is arrived at must not have expired. The versions on the way may have.
"""

from __future__ import annotations

import hmac
import itertools
from typing import TYPE_CHECKING, Final

from clicid.adapters.files import write_whole
from clicid.errors import LocalError, Refused
from clicid.ledger import network
from clicid.ledger.network import MAX_BYTES, NetworkFile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime
    from pathlib import Path

    from clicid.ledger.network import NetworkKind

MAX_FILES: Final = 64
"""Most versions in one folder."""


def choose(
    place: Path,
    digest: str,
    *,
    in_use: NetworkFile | None,
    kinds: Collection[NetworkKind],
    now: datetime,
) -> NetworkFile:
    """The network file that counts now.

    Args:
        place: A file, or a folder of ``*.json`` files, each one version.
        digest: SHA-256 of the one to start from, in hex, from somewhere else than the file.
        in_use: What was in use before, as `remembered` gives it.
        kinds: The kinds of network accepted here.
        now: The current time.

    Raises:
        LocalError: `config.file` if nothing can be read; `network.digest` if no file has the digest.
        Refused: `network.kind`, `network.signature`, `network.rollback`, `network.expired`, `codec.*`.
    """
    files = sorted(_files(place), key=lambda file: file.version)
    current = _pinned(place, files, digest) if in_use is None else in_use
    network.check_use(current, kinds=kinds)
    if files[-1].version < current.version:
        detail = f"{current.version} is in use, {files[-1].version} is offered"
        raise Refused("network.rollback", str(place), detail)
    for file in files:
        current = _follow(current, file, digest)
    network.check_expiry(current, now)
    return current


def remembered(path: Path) -> NetworkFile | None:
    """The file that was in use, None before the first time.

    Raises:
        LocalError: `config.file` if it cannot be read.
        Refused: `codec.*`, `keys.*` if it is damaged.
    """
    return _read(path) if path.exists() else None


def remember(path: Path, file: NetworkFile) -> None:
    """Keep what is in use for the next start. Raises `LocalError` (`config.file`)."""
    write_whole(path, file.to_bytes(), replace=True)


def _follow(current: NetworkFile, file: NetworkFile, digest: str) -> NetworkFile:
    if file.version < current.version or file.digest() == current.digest():
        return current
    if file.version > current.version and file.chain_id == current.chain_id and _has(file, digest):
        network.check_use(file, kinds={current.kind})
        return file
    network.check_succession(current, file)
    return file


def _pinned(place: Path, files: Iterable[NetworkFile], digest: str) -> NetworkFile:
    for file in files:
        if _has(file, digest):
            return file
    found = ", ".join(file.digest().hex() for file in files)
    raise LocalError("network.digest", str(place), f"it is {found}")


def _has(file: NetworkFile, digest: str) -> bool:
    return hmac.compare_digest(file.digest().hex().encode(), digest.removeprefix("0x").encode())


def _files(place: Path) -> list[NetworkFile]:
    if not place.is_dir():
        return [_read(place)]
    paths = sorted(itertools.islice(place.glob("*.json"), MAX_FILES + 1))
    if not 0 < len(paths) <= MAX_FILES:
        raise LocalError("config.file", str(place), f"1 to {MAX_FILES} network files are wanted")
    return [_read(path) for path in paths]


def _read(path: Path) -> NetworkFile:
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise LocalError("config.file", str(path), error.strerror or "") from error
    return NetworkFile.parse(raw)
