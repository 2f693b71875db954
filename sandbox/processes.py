"""Starting, watching and stopping the sandbox's own processes; never anyone else's."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import httpx

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


@dataclass(slots=True)
class Service:
    """One process of the sandbox with its log file and the address that says it is ready.

    Args:
        name: What people call it.
        module: Run as ``python -m module``.
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
        """Start it without waiting."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", self.module, *self.arguments],
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
                raise LocalError("sandbox.service", self.name, f"it ended at once: {self._last_line()}")
            try:
                httpx.get(self.ready_url, timeout=2.0, trust_env=False)
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
        raise LocalError(
            "sandbox.service", self.name, f"not ready after {START_SECONDS:.0f} s; see {self.log}"
        )

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

    def _last_line(self) -> str:
        lines = self.log.read_text("utf-8", "replace").strip().splitlines()
        return f"{lines[-1] if lines else 'no output'} (see {self.log})"
