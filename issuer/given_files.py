"""Files that a command is given by their paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.errors import LocalError
from clicid.visible import path_text

if TYPE_CHECKING:
    from pathlib import Path


def head_of(path: Path, limit: int) -> bytes:
    """At most so many of its first bytes: one over what is taken is enough for its refusal.

    Raises:
        LocalError: ``config.file``.
    """
    try:
        with path.open("rb") as stream:
            return stream.read(limit)
    except OSError as error:
        raise LocalError("config.file", path_text(path), error.strerror or "") from error
