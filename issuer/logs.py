"""Logging without personal data: our own messages, and of foreign errors only kind and place."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any, Final

LOG: Final = logging.getLogger("clicid.issuer")
_FRAMES: Final = 6


def where_from(fault: BaseException) -> str:
    """The kind of an error and the lines it came through. Its message may repeat a value: left out."""
    frames = traceback.extract_tb(fault.__traceback__)[-_FRAMES:]
    path = " < ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames))
    return f"{type(fault).__name__} at {path}"


class Formatter(logging.Formatter):
    """Lines whose tracebacks, a server's too, are only `where_from`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the library's name
        """The kind of the error and where it came from."""
        return where_from(ei[1])


def configure() -> None:
    """Write our loggers' lines to standard error; other libraries only warn."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Formatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("clicid").setLevel(logging.INFO)
