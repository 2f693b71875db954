"""kill -9 of the embedded chain at random moments while transactions flow.

CLICID_PROVE_KILLS is the number of kills; a few without it.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters.chain_contracts import DID_REGISTRY
from clicid.adapters.chain_node import ChainNode as Client
from clicid.adapters.chain_writer import ChainWriter, Sent
from clicid.errors import Undecided
from sandbox.chain.methods import MAX_LOG_BLOCKS
from tests.support.contract_evm import Actor
from tests.support.deployed import deploy

if TYPE_CHECKING:
    from pathlib import Path

KILLS = int(os.environ.get("CLICID_PROVE_KILLS", "3"))
NAME = b"did/pub/Ed25519/veriKey/base58".ljust(32, b"\0")
PAYER = Actor("payer")


class Process:
    """The chain as a process, always on one folder."""

    def __init__(self, folder: Path) -> None:
        self._command = [sys.executable, "-m", "sandbox.chain", "--dir", str(folder), "--interval", "0.1"]
        self._command += ["--fund", f"0x{PAYER.address.hex()}"]
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().rsplit(" ", 1)[1].strip()

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


def flow(writer: ChainWriter, seconds: float, sent: list[Sent]) -> None:
    """Send without waiting, until the time is up or the node is gone."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        value = len(sent).to_bytes(4)
        sent.append(writer.send(DID_REGISTRY, "setAttribute", [PAYER.address, NAME, value, 10**6]))


def whole(url: str) -> dict[str, dict[str, Any]]:
    """Every receipt of the chain by hash, after checking that blocks, receipts, logs and state agree."""
    client = Client(url, 10)
    receipts: dict[str, dict[str, Any]] = {}
    parent = None
    behind = client.quantity("eth_blockNumber") + 1
    for number in range(behind):
        block: dict[str, Any] = client.object("eth_getBlockByNumber", [hex(number), False]) or {}
        assert parent in (None, block["parentHash"])
        parent = block["hash"]
        for tx_hash in block["transactions"]:
            receipt: dict[str, Any] = client.object("eth_getTransactionReceipt", [tx_hash]) or {}
            assert receipt["blockHash"] == parent
            assert receipt["status"] == "0x1"
            receipts[tx_hash] = receipt
    by_payer = [each for each in receipts.values() if each["from"] == f"0x{PAYER.address.hex()}"]
    assert client.quantity("eth_getTransactionCount", [f"0x{PAYER.address.hex()}", "latest"]) == len(by_payer)
    logs: list[Any] = []
    for first in range(0, behind, MAX_LOG_BLOCKS):
        last = min(first + MAX_LOG_BLOCKS, behind) - 1
        found: Any = client.request("eth_getLogs", [{"fromBlock": hex(first), "toBlock": hex(last)}])
        logs += found
    assert logs == [log for receipt in receipts.values() for log in receipt["logs"]]
    if logs:
        call = {"to": logs[-1]["address"], "data": f"0xf96d0f9f{PAYER.address.hex():>064}"}
        assert client.quantity("eth_call", [call, "latest"]) == int(logs[-1]["blockNumber"], 16)
    client.close()
    return receipts


@pytest.mark.slow
@pytest.mark.timeout(120 + 20 * KILLS)
def test_a_killed_chain_ends_with_a_whole_block(tmp_path: Path, record_property: Any) -> None:
    seed = random.randrange(1 << 32)
    record_property("seed", seed)
    draw = random.Random(seed)
    process = Process(tmp_path)
    writer = ChainWriter(process.url, payer=PAYER.signer)
    deploy(writer, DID_REGISTRY)
    addresses = dict(writer.contracts.addresses)
    sent: list[Sent] = []
    seen: set[str] = set()
    for _ in range(KILLS):
        flow(writer, draw.uniform(0.05, 0.8), sent)
        seen |= {f"0x{each.hash.hex()}" for each in sent if writer.receipt(each.hash)}
        process.kill()
        with pytest.raises(Undecided):
            writer.balance()
        writer.close()
        process.start()
        receipts = whole(process.url)
        assert seen <= receipts.keys(), f"a receipt that was shown is gone (seed {seed})"
        writer = ChainWriter(process.url, payer=PAYER.signer, addresses=addresses)
        for each in sent:
            if f"0x{each.hash.hex()}" not in receipts:
                writer.resend(each)
    for each in sent:
        writer.wait(each)
    receipts = whole(process.url)
    assert {f"0x{each.hash.hex()}" for each in sent} <= receipts.keys()
    assert len(sent) >= KILLS
    writer.close()
    process.kill()
