"""The verifier's own commands, in a process that writes down whom it tries to reach.

Usage: ``python -m tests.support.watched_verifier LOG serve --config ...``. Python tells of every connection
before it is made (PEP 578): what the log does not have did not leave this process.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any

_OUT = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"})


def watch(log: Path) -> None:
    """Write a line for each attempt; sockets of this machine's own files are none."""
    lines = log.open("a", buffering=1, encoding="utf-8")

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in _OUT:
            return
        first = arguments[0]
        if isinstance(first, socket.socket) and first.family == socket.AF_UNIX:
            return
        told = arguments if event == "socket.getaddrinfo" else arguments[1:]
        lines.write(f"{event} {' '.join(str(one) for one in told)}\n")

    sys.addaudithook(hook)


def main() -> None:
    """Watch, and be the verifier."""
    from verifier.cli import app

    app(sys.argv[2:])


if __name__ == "__main__":
    watch(Path(sys.argv[1]))
    main()
