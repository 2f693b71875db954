"""Anvil from npm: an Ethereum node that is not ours, on a port of this machine."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from sandbox.processes import answers, free_port
from tests.support.live_network import until
from tests.support.node import install, installed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SOURCE = Path(__file__).parent / "npm" / "anvil"


@contextmanager
def running(*options: str, funded: Sequence[str] = ()) -> Iterator[str]:
    """The address of a fresh node; skips where it cannot be installed.

    Args:
        options: Of its command line, such as ``--block-time 1``. Left out, each transaction makes a block.
        funded: Accounts (0x and 40 digits) that hold 10 ether from the start.
    """
    if why := install(SOURCE):
        pytest.skip(why)
    programs = list(installed(SOURCE).glob("node_modules/@foundry-rs/anvil-*/bin/anvil"))
    if not programs:
        pytest.skip("anvil is not made for this machine")
    port = free_port()
    command = [str(programs[0]), "--silent", "--accounts", "0", "--port", str(port), *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            until(lambda: answers(url), seconds=60, what="anvil listens")
            for account in funded:
                call(url, "anvil_setBalance", account, hex(10**19))
            yield url
        finally:
            process.kill()


def call(url: str, method: str, *params: object) -> object:
    """One JSON-RPC call."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
    answer = httpx.post(url, json=body, trust_env=False, timeout=30).json()
    assert "error" not in answer, answer
    found: object = answer["result"]
    return found
