"""Files that are there whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from typing import Final

from clicid.errors import LocalError

_NO_SYNC: Final = frozenset({errno.EINVAL, errno.ENOTSUP})
"""What file systems answer that cannot sync a folder (some network and passed-through ones)."""


def write_whole(path: Path, raw: bytes, *, replace: bool) -> None:
    """Write a file beside its place and move it there; after a crash it is the old one or the new one.

    Once this returns it is the new one, also after a loss of power.

    Args:
        path: Where it shall be; readable by this account only.
        raw: What shall stand in it.
        replace: Whether a file that is there may give way.

    Raises:
        LocalError: `file.exists` if it may not; `config.file` if it cannot be written.
    """
    try:
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(raw)
                stream.flush()
                os.fsync(stream.fileno())
            if replace:
                Path(draft).replace(path)
            else:
                _place(draft, path)
            sync_folder(path.parent)
        finally:
            Path(draft).unlink(missing_ok=True)
    except FileExistsError:
        raise LocalError("file.exists", str(path)) from None
    except OSError as error:
        raise LocalError("config.file", str(path), error.strerror or "") from error


def sync_folder(folder: Path) -> None:
    """Bring to the disk which files stand in a folder: a file's own sync does not say under what name it is.

    Raises:
        LocalError: `config.file`.
    """
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise LocalError("config.file", str(folder), error.strerror or "") from error


def _place(draft: str, path: Path) -> None:
    """Move a draft to where nothing is."""
    try:
        os.link(draft, path)  # unlike a rename, it fails where something is
    except FileExistsError:
        raise
    except OSError:
        # The sticks on which network files travel know no links; a race is no matter there.
        if path.exists():
            raise FileExistsError from None
        Path(draft).replace(path)
