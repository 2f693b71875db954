"""Starting, watching and stopping the sandbox's own processes; never anyone else's."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from clicid.errors import LocalError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 10.0


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(url: str, seconds: float = 2.0) -> bool:
    """Whether somebody answers at a plain-http address, with whatever status."""
    place = urlsplit(url)
    with closing(http.client.HTTPConnection(place.hostname or "", place.port, timeout=seconds)) as connection:
        try:
            connection.request("GET", place.path or "/")
            connection.getresponse()
        except (OSError, http.client.HTTPException):
            return False
    return True


@dataclass(slots=True)
class Service:
    """One process of the sandbox with its log file and the address that says it is ready.

    Args:
        name: What people call it.
        module: Run as ``python -m module``; it ends when we end (`sandbox.child`).
        arguments: What follows.
        ready_url: Answers with any status once the service listens.
        log: Where its output goes.
    """

    name: str
    module: str
    arguments: Sequence[str]
    ready_url: str
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start it and wait until it listens. Raises as `wait_ready`."""
        self.launch()
        self.wait_ready()

    def launch(self) -> None:
        """Start it without waiting.

        Raises:
            LocalError: `sandbox.service` if its port is taken by something else.
        """
        if answers(self.ready_url):
            raise LocalError("sandbox.service", self.name, f"somebody else answers at {self.ready_url}")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", "sandbox.child", str(os.getpid()), self.module, *self.arguments],
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def wait_ready(self) -> None:
        """Wait until it listens.

        Raises:
            LocalError: `sandbox.service`, with the log's place and last line.
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.running:
                raise LocalError("sandbox.service", self.name, f"it ended at once: {self.last_line()}")
            if answers(self.ready_url):
                return
            time.sleep(0.05)
        raise LocalError(
            "sandbox.service", self.name, f"not ready after {START_SECONDS:.0f} s; see {self.log}"
        )

    def ask_to_end(self) -> None:
        """Ask it to end, without waiting."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def stop(self) -> None:
        """Ask it to end, then make it."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it without asking, its children too: what a power cut does."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self.process is not None and self.process.poll() is None

    def last_line(self) -> str:
        """The last thing it said, and where it said it."""
        lines = self.log.read_text("utf-8", "replace").strip().splitlines()
        return f"{lines[-1] if lines else 'no output'} (see {self.log})"
