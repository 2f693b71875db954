"""Files that a command is given by their paths."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from clicid.errors import LocalError
from clicid.visible import path_text

if TYPE_CHECKING:
    from pathlib import Path


def head_of(path: Path, limit: int) -> bytes:
    """At most so many of its first bytes: one over what is taken is enough for its refusal.

    A pipe is read to its end; one that nobody writes to is empty, and not waited for.

    Raises:
        LocalError: ``config.file``.
    """
    try:
        with open(path, "rb", opener=_at_once) as stream:
            return stream.read(limit)
    except OSError as error:
        raise LocalError("config.file", path_text(path), error.strerror or "") from error


def _at_once(path: str, flags: int) -> int:
    opened = os.open(path, flags | os.O_NONBLOCK)
    os.set_blocking(opened, True)
    return opened
