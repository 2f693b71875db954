"""From a revocation's block to the first refusal, on a node with blocks of a second and a real follower.

CLICID_PROVE_REVOCATIONS is the number of revocations; three without it.
"""

from __future__ import annotations

import os
import queue
import random
import statistics
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from clicid.adapters.chain_contracts import DID_REGISTRY, STATUS_REGISTRY
from clicid.adapters.gather import settle
from clicid.codec import multicodec
from clicid.formats.base import FormatId, StatusRef
from clicid.status import rice
from clicid.status.rows import StatusList, list_id
from clicid.trust.accreditation import type_id
from clicid.trust.x5c import key_digest
from clicid.verification import Accepted, check_credential
from tests.support import anvil
from tests.support.asking import CHECKERS
from tests.support.real_chain import UNTIL, Network
from tests.support.world import IDENTIFIER, NOW, SCHEMA_DIGEST, VCT, World

if TYPE_CHECKING:
    from pathlib import Path

    from clicid.adapters.chain_writer import Sent

REVOCATIONS = int(os.environ.get("CLICID_PROVE_REVOCATIONS", "3"))
BLOCK, POLL = 1.0, 0.43
"""Seconds; no poll divides a block, so that polls fall on every moment between two blocks."""
LISTS = 25
SIZE = 1 << 10
NAME = b"did/pub/Multikey/veriKey/base58".ljust(32, b"\0")


class Node:
    """Anvil, as far as `Network` asks for an embedded node."""

    chain_id = 31337

    def __init__(self, url: str) -> None:
        self._url = url

    def fund(self, accounts: list[bytes]) -> None:
        for account in accounts:
            anvil.call(self._url, "anvil_setBalance", f"0x{account.hex()}", hex(10**20))

    def mine(self) -> None:
        anvil.call(self._url, "evm_mine")


@dataclass
class Revocation:
    """A credential, the transaction that revokes it, and when it was first refused."""

    url: str
    raw: bytes
    sent: Sent | None = None
    refused: float = 0.0


@dataclass
class Clock:
    """When this machine can first have known each block: the moment before the first look that showed it."""

    seen: dict[int, float] = field(default_factory=dict)

    def watch(self, url: str, stop: threading.Event) -> None:
        last, ended = -1, False
        while not ended:
            ended = stop.is_set()  # looks once more: the last block may be younger than the last look
            before = time.monotonic()
            number = int(str(anvil.call(url, "eth_blockNumber")), 16)
            for block in range(last + 1, number + 1):
                self.seen[block] = before
            last = number
            stop.wait(0.01)


class Race:
    """One issuer with some lists; each has one revocation on its way at a time."""

    def __init__(self, network: Network) -> None:
        self.network, self.world = network, World()
        self.began = time.monotonic()
        self.urls = [f"https://issuer.example/status/{number}" for number in range(LISTS)]
        self.held = {url: StatusList(2, SIZE) for url in self.urls}
        self.ready: queue.Queue[Revocation | None] = queue.Queue()
        self.done: list[Revocation] = []
        self._found()

    def _found(self) -> None:
        owner, key = self.network.address("owner"), self.world.keys.public(self.world.issuer_ref)
        ca = key_digest(self.world.x5c[1])
        self.network.govern("accredit", owner, type_id(VCT), SCHEMA_DIGEST, 0, UNTIL, False, IDENTIFIER, ca)
        value = multicodec.encode(key.algorithm.multicodec, key.raw)
        self.network.own(DID_REGISTRY, "setAttribute", owner, NAME, value, 10**9)
        for url in self.urls:
            self.network.own(STATUS_REGISTRY, "createList", owner, url, 2, SIZE, "revocation suspension")
        for _ in range(3):
            self.network.node.mine()

    def now(self) -> datetime:
        return NOW + timedelta(seconds=time.monotonic() - self.began + 5)

    def next(self, number: int) -> Revocation:
        """The credential with a list's next entry."""
        url, index = self.urls[number % LISTS], number // LISTS
        self.world.status = StatusRef(url, index)
        did = self.network.did("owner")
        return Revocation(url, self.world.credential(did=did, key_id=f"{did}#delegate-1"))

    def accepts(self, one: Revocation) -> bool:
        """Whether it is accepted; if not, because it is revoked and for no other reason."""
        now = self.now()
        step = partial(
            check_credential,
            one.raw,
            format=FormatId.SD_JWT_VC,
            policy=self.world.policy,
            checkers=CHECKERS,
            now=now,
        )
        ending = settle(step, self.network.materials, now)
        assert isinstance(ending, Accepted) or ending.report.code == "status.revoked", ending
        return isinstance(ending, Accepted)

    def send(self) -> None:
        """Revoke what is ready, each at a moment of its own."""
        chance, versions = random.Random(), dict.fromkeys(self.urls, 0)
        while (one := self.ready.get()) is not None:
            time.sleep(chance.uniform(0, 2 * BLOCK / LISTS))
            held, version = self.held[one.url], versions[one.url] + 1
            versions[one.url] = version
            position = 2 * (version - 1)
            held.change([position], ())
            identity = list_id(self.network.address("owner"), one.url)
            one.sent = self.network.writer.send_commit(
                identity,
                version,
                (rice.encode([position]), b""),
                held.digest(identity, version),
                by=self.network.key("owner"),
            )

    def run(self) -> None:
        """Follow and check, once in `POLL` seconds, until every credential was refused."""
        started = 0
        open_: list[Revocation] = []
        while len(self.done) < REVOCATIONS:
            begun = time.monotonic()
            self.network.follower.sync(self.now())
            for one in list(open_):
                if not self.accepts(one):
                    one.refused = time.monotonic()
                    self.done.append(one)
                    open_.remove(one)
            while started < REVOCATIONS and len(open_) < LISTS and self._free(started, open_):
                one = self.next(started)
                assert self.accepts(one)
                open_.append(one)
                self.ready.put(one)
                started += 1
            assert time.monotonic() - self.began < 600
            time.sleep(max(0.0, begun + POLL - time.monotonic()))

    def _free(self, number: int, open_: list[Revocation]) -> bool:
        return all(one.url != self.urls[number % LISTS] for one in open_)


def _told(waits: list[float]) -> str:
    parts = statistics.quantiles(waits, n=100, method="inclusive")
    shown = ", ".join(f"{percent} %: {parts[percent - 1]:.2f}" for percent in (1, 25, 50, 75, 99))
    return f"{len(waits)} revocations, seconds from block to refusal: {shown}, longest {max(waits):.2f}"


def test_a_revocation_is_refused_within_a_block_and_a_poll(tmp_path: Path) -> None:
    with anvil.running("--timestamp", str(int(NOW.timestamp()))) as url:
        node: Any = Node(url)
        network = Network(node, url, tmp_path)
        race, clock, stop = Race(network), Clock(), threading.Event()
        anvil.call(url, "evm_setIntervalMining", 1)
        others = [threading.Thread(target=clock.watch, args=(url, stop)), threading.Thread(target=race.send)]
        for one in others:
            one.start()
        try:
            race.run()
        finally:
            stop.set()
            race.ready.put(None)
            for one in others:
                one.join(30)
        waits = []
        for revoked in race.done:
            assert revoked.sent is not None
            receipt = network.writer.receipt(revoked.sent.hash)
            assert receipt is not None
            waits.append(revoked.refused - clock.seen[receipt.block])
        network.close()
    print(f"proved: {_told(waits)}")
    if "CLICID_PROVE_REVOCATIONS" in os.environ:
        assert max(waits) <= BLOCK + POLL
