"""Whom an operator trusts for chips, from files and folders; for the command and for the issuer alike."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from clicid.errors import ClicidError, LocalError
from clicid.visible import path_text
from issuer.chip import certificates, trust_files
from issuer.given_files import head_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from issuer.chip.csca import CscaStore
    from issuer.chip.trust_files import Skipped


def load(
    csca: Sequence[Path], ml_signers: Sequence[Path], *, now: datetime
) -> tuple[CscaStore, tuple[Skipped, ...]]:
    """The store that files and folders make, and what was left out of them.

    Args:
        csca: Country signers, master lists, revocation lists.
        ml_signers: Certificates of list signers that are trusted as they are.
        now: The time of the check.

    Raises:
        LocalError: `config.file`.
        Refused: as `trust_files.trust`.
        Undecided: `chip.csca_unknown`, `chip.crl_stale` for a list of country signers.
    """
    given = dict(read(csca, trust_files.MAX_BYTES, trust_files.MAX_MEMBERS))
    signers = read(ml_signers, certificates.MAX_BYTES, trust_files.MAX_MEMBERS)
    pins = [one.fingerprint for name, data in signers for one in trust_files.certificates_in(data, name)]
    return trust_files.trust(given, pins, now=now)


class Trusted:
    """The store of the files as they lie there now: read anew where one of them has changed.

    Files that cannot be used, or of which nothing is left, change nothing: what was read last stays.

    Args:
        csca: As `load`.
        ml_signers: As `load`.
        clock: The time.
        tell: Told what came of each reading: the store and what was left out, or why nothing did.
    """

    def __init__(
        self,
        csca: Sequence[Path],
        ml_signers: Sequence[Path],
        clock: Callable[[], datetime],
        tell: Callable[[CscaStore, tuple[Skipped, ...], ClicidError | None], None],
    ) -> None:
        self._paths = (csca, ml_signers)
        self._clock = clock
        self._tell = tell
        self._lock = Lock()
        self._seen = self._stamp()
        self._store, skipped = load(*self._paths, now=clock())
        tell(self._store, skipped, None)

    def store(self) -> CscaStore:
        """What is trusted now."""
        with self._lock:
            try:
                seen = self._stamp()
                if seen == self._seen:
                    return self._store
                self._seen = seen
                self._store, skipped = load(*self._paths, now=self._clock())
                self._tell(self._store, skipped, None)
            except ClicidError as error:
                self._tell(self._store, (), error)
            return self._store

    def _stamp(self) -> tuple[tuple[str, int, int, int], ...]:
        found = [one for paths in self._paths for path in paths for one in _within(path)]
        return tuple(_stamp(one) for one in found)


def read(paths: Sequence[Path], limit: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Each file, and each in a folder, by its path; one byte over the limit is enough for its refusal."""
    found = [one for path in paths for one in _within(path)]
    if len(found) > count:
        raise LocalError("config.file", detail=f"{len(found)} files where {count} are the most")
    for path in found:
        yield path_text(path), head_of(path, limit + 1)


def _stamp(path: Path) -> tuple[str, int, int, int]:
    try:
        found = path.stat()
    except OSError as error:
        raise LocalError("config.file", path_text(path), error.strerror or "") from error
    return str(path), found.st_mtime_ns, found.st_size, found.st_ino


def _within(path: Path) -> list[Path]:
    try:
        return sorted(one for one in path.iterdir() if one.is_file()) if path.is_dir() else [path]
    except OSError as error:
        raise LocalError("config.file", path_text(path), error.strerror or "") from error
