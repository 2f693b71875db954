"""A chain in memory that speaks the contracts' events, forks, and can be made to lie.

It answers like `clicid.adapters.jsonrpc.JsonRpc`. The real node is in `sandbox.chain`; this one is
for what a real node does not do on demand: reorganisations, left-out logs, refused ranges.
"""

from __future__ import annotations

import hashlib
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from clicid.adapters.jsonrpc import Header, NodeLog, NodeProof
from clicid.errors import Undecided
from clicid.ledger import events
from clicid.ledger.blocks import Block
from clicid.ledger.events import _LAYOUTS, Contract, Event, RawLog, decode
from clicid.ledger.heads import NOTHING, Head, Subject, subject
from clicid.ledger.network import Checkpoint, Deployment, NetworkFile, NetworkKind, Roots
from clicid.status import rice
from clicid.status.rows import StatusList, list_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CHAIN_ID = 1337
ADDRESSES = {name: bytes([at]) * 20 for at, name in enumerate(Contract, 0xC1)}
CODES = {address: b"code of " + address for address in ADDRESSES.values()}
START_TIME = 1_700_000_000
_TOPICS = {layout.kind: (key, layout) for key, layout in _LAYOUTS.items()}


def encode(event: Event) -> RawLog:
    """An event as a node's log."""
    (contract, topic), layout = _TOPICS[type(event)]
    values = [getattr(event, name) for name in type(event).__slots__]
    topics = [_word(value, name) for value, name in zip(values, layout.types, strict=True)][: layout.indexed]
    names, rest = layout.types[layout.indexed :], values[layout.indexed :]
    head, tail = b"", b""
    for name, value in zip(names, rest, strict=True):
        if name in ("string", "bytes"):
            content = value.encode() if name == "string" else value
            head += (32 * len(names) + len(tail)).to_bytes(32, "big")
            tail += len(content).to_bytes(32, "big") + content + bytes(-len(content) % 32)
        else:
            head += _word(value, name)
    return RawLog(contract, (topic, *topics), head + tail)


def _word(value: Any, name: str) -> bytes:
    if name in ("string", "bytes"):
        return b""
    if isinstance(value, bytes):
        return value.rjust(32, b"\0") if name == "address" else value.ljust(32, b"\0")
    return int(value).to_bytes(32, "big")


@dataclass
class Tip:
    """What the contracts hold at a block."""

    heads: dict[Subject, Head] = field(default_factory=dict)
    lists: dict[bytes, StatusList] = field(default_factory=dict)


class ModelChain:
    """Blocks with events; every block has its hash from its parent, number and a salt."""

    def __init__(self) -> None:
        genesis = Block(0, hashlib.sha256(b"genesis").digest(), bytes(32), START_TIME)
        self.blocks: list[Block] = [genesis]
        self.tips: list[Tip] = [Tip()]
        self.down = False
        self.hidden: set[tuple[int, int]] = set()
        self.most_blocks = 1 << 30
        self.chain = CHAIN_ID
        self.codes = dict(CODES)
        self.asked: list[str] = []

    # Writing ------------------------------------------------------------------------------------

    def mine(self, *made: dict[str, Any], salt: object = "", seconds: int = 5) -> Block:
        """A block of the events described by `event`."""
        parent, tip = self.blocks[-1], deepcopy(self.tips[-1])
        number = parent.number + 1
        logs = []
        for description in made:
            logged = decode(encode(self._complete(description, tip)))
            head = tip.heads.get(subject(logged), NOTHING)
            running = hashlib.sha256(head.running + bytes(4) + logged.link).digest()[:28]
            version = _version(logged.event, head)
            tip.heads[subject(logged)] = Head(version, running, number)
            logs.append(logged)
        digest = hashlib.sha256(
            parent.hash + number.to_bytes(8, "big") + repr((salt, made)).encode()
        ).digest()
        block = Block(number, digest, parent.hash, parent.time + seconds, tuple(logs))
        self.blocks.append(block)
        self.tips.append(tip)
        return block

    def fork(self, number: int) -> None:
        """Forget the blocks above a number."""
        del self.blocks[number + 1 :]
        del self.tips[number + 1 :]

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.blocks[-1].time + 1, UTC)

    @staticmethod
    def _complete(description: dict[str, Any], tip: Tip) -> Event:
        values = dict(description)
        kind = values.pop("kind")
        if kind is events.ListCreated:
            values["list_id"] = list_id(values["identity"], values["url"])
            tip.lists[values["list_id"]] = StatusList(values["width"], values["size"])
        about: Subject
        if issubclass(kind, events.ListCreated | events.CommitterChanged | events.Committed):
            about = (Contract.STATUS, values["list_id"])
        elif issubclass(kind, events.OwnerChanged | events.DelegateChanged | events.AttributeChanged):
            about = (Contract.DID, values["identity"])
        elif issubclass(kind, events.GovernanceProposed | events.GovernanceChanged):
            about = (Contract.TRUST, bytes(20))
        else:
            about = (Contract.TRUST, values["identity"])
        head = tip.heads.get(about, NOTHING)
        names = kind.__slots__
        if kind is events.Committed:
            added, removed = values.pop("bits"), values.pop("off", [])
            values |= {"set": rice.encode(sorted(added)), "cleared": rice.encode(sorted(removed))}
            held = tip.lists[values["list_id"]]
            held.change(added, removed)
            values.setdefault("digest", held.digest(values["list_id"], head.version + 1))
            values.setdefault("root", bytes(32))
        values |= {"version": head.version + 1} if "version" in names else {}
        values |= {"previous": head.running} if "previous" in names else {}
        if "previous_change" in names:
            values["previous_change"] = head.block
        event: Event = kind(**values)
        return event

    # Reading, as JsonRpc ------------------------------------------------------------------------

    def chain_id(self) -> int:
        self._ask("chain_id")
        return self.chain

    def header(self, number: int | None) -> Header | None:
        self._ask("header")
        if number is not None and number >= len(self.blocks):
            return None
        block = self.blocks[-1 if number is None else number]
        return Header(block.number, block.hash, block.parent, block.time)

    def code(self, address: bytes) -> bytes:
        self._ask("code")
        return self.codes[address]

    def logs(self, addresses: Sequence[bytes], first: int, last: int) -> list[NodeLog]:
        self._ask("logs")
        if last - first + 1 > self.most_blocks:
            raise Undecided("chain.answer", "", "too many blocks")
        return list(self._logs(set(addresses), first, last))

    def proof(self, _address: bytes, _slots: Sequence[bytes], _number: int) -> NodeProof:
        raise Undecided("chain.answer", "", "the method does not exist")

    def _logs(self, addresses: set[bytes], first: int, last: int) -> Iterable[NodeLog]:
        for block in self.blocks[first : last + 1]:
            for at, logged in enumerate(block.logs):
                address = ADDRESSES[logged.raw.contract]
                if address in addresses and (block.number, at) not in self.hidden:
                    yield NodeLog(address, logged.raw.topics, logged.raw.data, block.number, block.hash, at)

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if self.down:
            raise Undecided("chain.unreachable")


def _version(event: Event, head: Head) -> int:
    if isinstance(event, events.ListCreated):
        return 0
    return head.version + (not isinstance(event, events.CommitterChanged))


def event(kind: type[Event], **values: Any) -> dict[str, Any]:
    """An event to be mined; what follows from the chain's state is filled in then."""
    return {"kind": kind, **values}


def network_file(chain: ModelChain) -> NetworkFile:
    """The network file of a model chain, unsigned."""
    return NetworkFile(
        version=1,
        expires=datetime(2100, 1, 1, tzinfo=UTC),
        kind=NetworkKind.TEST,
        chain_id=CHAIN_ID,
        checkpoint=Checkpoint(0, chain.blocks[0].hash),
        contracts={
            name: Deployment(address, hashlib.sha256(CODES[address]).digest(), 1)
            for name, address in ADDRESSES.items()
        },
        governance=bytes(20),
        vocabulary="https://schemas.clicid.example",
        roots=Roots((), 1),
    )
