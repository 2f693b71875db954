"""A chain that is written once, as large as wanted, and then served over HTTP as a node serves it.

Unlike `chain_model` it keeps no contracts' state: whoever writes it says what is true. The follower that
catches up with it is a process of its own, so that its time and memory are its own too.

Usage: ``python -m tests.support.written_chain URL NETWORK STORE``, where NETWORK is JSON; prints a `Run`.
"""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from clicid.adapters.fetch import Fetcher
from clicid.adapters.follower import Follower
from clicid.adapters.jsonrpc import JsonRpc
from clicid.adapters.ledger_store import LedgerStore
from clicid.ledger import events
from clicid.ledger.events import Contract, decode
from clicid.ledger.heads import NOTHING, RUNNING_SIZE, Head, subject
from clicid.ledger.network import Checkpoint, NetworkFile
from clicid.status import rice
from clicid.status.delta import RULES
from clicid.status.rows import StatusList, list_id
from tests.support.chain_model import ADDRESSES, CHAIN_ID, CODES, START_TIME, ModelChain, encode, network_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clicid.adapters.ledger_databases import Place
    from clicid.ledger.events import Event, RawLog
    from clicid.ledger.heads import Subject

ISSUER: Final = b"\x11" * 20
FOREVER: Final = 1 << 40
WIDTH: Final = 2
CONFIRMATIONS: Final = 5
COMMITS_A_BLOCK: Final = 10


class WrittenChain:
    """Blocks of events, kept as the JSON that a node sends."""

    def __init__(self) -> None:
        self._heads: dict[Subject, Head] = {}
        self._headers: list[dict[str, str]] = []
        self._logs: list[bytes] = []
        self.lists: dict[bytes, StatusList] = {}
        self.mine()

    @property
    def head(self) -> int:
        """Number of the last block."""
        return len(self._headers) - 1

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(START_TIME + self.head + 1, UTC)

    def network(self) -> NetworkFile:
        """Its network file, unsigned."""
        first = bytes.fromhex(self._headers[0]["hash"][2:])
        return replace(network_file(ModelChain()), checkpoint=Checkpoint(0, first))

    def mine(self, *made: Event) -> None:
        """A block of events."""
        number = len(self._headers)
        parent = self._headers[-1]["hash"] if self._headers else f"0x{bytes(32).hex()}"
        digest = hashlib.sha256(f"block {number}".encode()).hexdigest()
        header = {
            "number": hex(number),
            "hash": f"0x{digest}",
            "parentHash": parent,
            "timestamp": hex(START_TIME + number),
        }
        self._headers.append(header)
        self._logs.append(
            b",".join(_log(self._follow(event, number), header, at) for at, event in enumerate(made))
        )

    def _follow(self, event: Event, number: int) -> RawLog:
        raw = encode(event)
        logged = decode(raw)
        head = self._heads.get(subject(logged), NOTHING)
        running = hashlib.sha256(head.running + bytes(4) + logged.link).digest()[:RUNNING_SIZE]
        self._heads[subject(logged)] = Head(head.version + 1, running, number)
        return raw

    def open_list(self, url: str, size: int) -> bytes:
        """A block that opens a list; its id."""
        identity = list_id(ISSUER, url)
        self.mine(events.ListCreated(ISSUER, identity, url, WIDTH, size, "revocation suspension"))
        self.lists[identity] = StatusList(WIDTH, size)
        return identity

    def committed(self, identity: bytes, version: int, positions: list[int]) -> Event:
        """A commit that sets positions of a list; no other may stand in its block before it is mined."""
        held = self.lists[identity]
        held.change(positions, ())
        previous = self._heads[Contract.STATUS, identity].running
        code, digest = rice.encode(positions), held.digest(identity, version)
        return events.Committed(identity, version, code, b"", digest, bytes(32), previous)

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve it over HTTP on loopback; the address."""
        chain = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["content-length"])))
                body = b'{"jsonrpc":"2.0","id":%d,"result":%s}' % (request["id"], chain._result(**request))
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                with suppress(ConnectionError):  # a reader that wants no more than so much has gone
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            try:
                yield f"http://127.0.0.1:{server.server_port}/"
            finally:
                server.shutdown()

    def _result(self, method: str, params: list[Any], **_: object) -> bytes:
        match method:
            case "eth_chainId":
                return orjson.dumps(hex(CHAIN_ID))
            case "eth_getCode":
                return orjson.dumps(f"0x{CODES[bytes.fromhex(params[0][2:])].hex()}")
            case "eth_getBlockByNumber":
                number = self.head if params[0] == "latest" else int(params[0], 16)
                return orjson.dumps(self._headers[number] if number <= self.head else None)
            case _:
                first, last = (int(params[0][name], 16) for name in ("fromBlock", "toBlock"))
                return b"[%s]" % b",".join(filter(None, self._logs[first : last + 1]))


def _log(raw: RawLog, header: dict[str, str], at: int) -> bytes:
    return orjson.dumps(
        {
            "address": f"0x{ADDRESSES[raw.contract].hex()}",
            "topics": [f"0x{topic.hex()}" for topic in raw.topics],
            "data": f"0x{raw.data.hex()}",
            "blockNumber": header["number"],
            "blockHash": header["hash"],
            "transactionHash": header["hash"],
            "transactionIndex": "0x0",
            "logIndex": hex(at),
            "removed": False,
        }
    )


def status_changes(count: int, *, lists: int, size: int, each: int) -> WrittenChain:
    """Revocations over lists of one accredited issuer, `each` of them a commit, `COMMITS_A_BLOCK` a block."""
    chain, chance = WrittenChain(), random.Random(count)
    right = events.Accredited(ISSUER, bytes(32), bytes(32), 0, FOREVER, False, "", bytes(32), 1, bytes(28))
    chain.mine(right)
    ids = [chain.open_list(f"https://issuer.example/{number}", size) for number in range(lists)]
    block: list[Event] = []
    for number in range(count // each):
        identity = ids[number % lists]
        positions = sorted(chance.sample(range(WIDTH * size), each))
        block.append(chain.committed(identity, number // lists + 1, positions))
        if len(block) == min(COMMITS_A_BLOCK, lists):
            chain.mine(*block)
            block = []
    chain.mine(*block)
    for _ in range(CONFIRMATIONS):
        chain.mine()
    return chain


def one_huge_block(count: int) -> WrittenChain:
    """Events that anybody may write, of a thousand strangers' DIDs, all in one block."""
    chain = WrittenChain()
    chain.mine()
    name, strangers = b"did/svc/Anything".ljust(32, b"\0"), min(count, 1000)
    chain.mine(
        *(
            events.AttributeChanged(
                (number % strangers).to_bytes(20),
                name,
                number.to_bytes(60),
                FOREVER,
                0 if number < strangers else chain.head + 1,
            )
            for number in range(count)
        )
    )
    for _ in range(CONFIRMATIONS):
        chain.mine()
    return chain


@dataclass(frozen=True, slots=True)
class Run:
    """What a follower's catching up took: seconds by the clock and of the processor, and its memory.

    Args:
        seconds: By the clock.
        cpu: Of the processor.
        before: Most MB of memory before it began.
        peak: Most MB in all.
        logs: Logs taken in.
        troubles: Lists that lead to no acceptance.
        bits: Bits set in all lists.
    """

    seconds: float
    cpu: float
    before: float
    peak: float
    logs: int
    troubles: int
    bits: int


def catch_up(chain: WrittenChain, store: Place) -> Run:
    """Have a follower in a process of its own catch up with a chain."""
    with chain.served() as url:
        network = json.dumps({"hash": chain.network().checkpoint.hash.hex(), "now": chain.now.timestamp()})
        command = [sys.executable, "-m", "tests.support.written_chain", url, network, str(store)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1800)
    assert done.returncode == 0, done.stderr[-2000:]
    return Run(**json.loads(done.stdout))


def _memory() -> float:
    # Not getrusage, whose figure a process inherits from the one that started it.
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main() -> None:
    """Catch up, and say what it took."""
    url, given, place = sys.argv[1:]
    asked = json.loads(given)
    checkpoint = Checkpoint(0, bytes.fromhex(asked["hash"]))
    network = replace(network_file(ModelChain()), checkpoint=checkpoint)
    store = LedgerStore(place if place.startswith("postgresql:") else Path(place), network, RULES)
    with closing(Fetcher(allow_loopback_http=True)) as fetcher:
        follower = Follower(store, JsonRpc(url, fetcher), network, confirmations=CONFIRMATIONS)
        before, begun, cpu = _memory(), time.monotonic(), time.process_time()
        progress = follower.sync(datetime.fromtimestamp(asked["now"], UTC))
        seconds, cpu = time.monotonic() - begun, time.process_time() - cpu
    lists = follower._branch.state.lists.values()
    bits = sum(int.from_bytes(record.entries or b"").bit_count() for record in lists)
    troubles = sum(bool(record.trouble) for record in lists)
    print(json.dumps(asdict(Run(seconds, cpu, before, _memory(), progress.logs, troubles, bits))))


if __name__ == "__main__":
    main()
