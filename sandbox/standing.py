"""A network that stays up in a folder: one process at a time, and after a crash it comes back."""

from __future__ import annotations

import fcntl
import shutil
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from clicid.errors import LocalError
from sandbox.network import Network, read_founded
from sandbox.processes import answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sandbox.network import Founded

LOCK: Final = "lock"
_FOUNDING: Final = "founding"
"""There while a network is being founded: what it leaves when it is killed is not a network."""
_LEAVE_SECONDS: Final = 20.0


@contextmanager
def standing(folder: Path, tell: Callable[[str], None]) -> Iterator[Network]:
    """Found or open the network of a folder, with every service launched; stop it at the end.

    Raises:
        LocalError: `sandbox.busy` while another process keeps it up; `sandbox.folder`; `sandbox.service`.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(folder):
        network = _opened(folder, tell)
        try:
            network.launch()
            yield network
        finally:
            network.stop()


def running(folder: Path) -> Founded:
    """The network that stands in a folder now.

    Raises:
        LocalError: `sandbox.not_running`.
    """
    try:
        founded = read_founded(folder)
    except LocalError:
        founded = None
    if founded is None or not answers(founded.identifier):
        raise LocalError("sandbox.not_running", str(folder), f"start it: clicid-sandbox up --dir {folder}")
    return founded


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """The system gives the lock back when the process ends, however it ends."""
    with (folder / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise LocalError("sandbox.busy", str(folder)) from None
        yield


def _opened(folder: Path, tell: Callable[[str], None]) -> Network:
    mark = folder / _FOUNDING
    if (folder / "sandbox.json").exists() and not mark.exists():
        founded = read_founded(folder)
        _wait_until_left(founded)
        tell(f"opening the network in {folder}")
        return Network.load(folder)
    _clear(folder)
    mark.touch()
    network = Network.found(folder, tell)
    mark.unlink()
    return network


def _clear(folder: Path) -> None:
    """Remove what a founding left that did not end; nothing else is ever removed."""
    rest = [path for path in folder.iterdir() if path.name not in (LOCK, _FOUNDING)]
    if rest and not (folder / _FOUNDING).exists():
        raise LocalError("sandbox.folder", str(folder), f"it holds {rest[0].name}")
    for path in rest:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _wait_until_left(founded: Founded) -> None:
    """Services of a sandbox that was killed end by themselves; wait until they have."""
    addresses = [founded.rpc, founded.identifier, founded.operators]
    addresses += [provider.origin for provider in founded.providers]
    deadline = time.monotonic() + _LEAVE_SECONDS
    for address in addresses:
        while answers(address):
            if time.monotonic() > deadline:
                raise LocalError("sandbox.service", address, "somebody else answers there")
            time.sleep(0.1)
