"""One node of a chain as a follower reads it: checked once, read in pages, and how it has done."""

from __future__ import annotations

import hashlib
import logging
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Final, Protocol

from clicid.errors import Refused, Undecided
from clicid.ledger.blocks import Block
from clicid.ledger.events import Contract, RawLog, decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from clicid.adapters.jsonrpc import Header, NodeLog, NodeProof
    from clicid.ledger.network import NetworkFile

FIRST_PAGE: Final = 2_000
LARGEST_PAGE: Final = 100_000
"""Blocks asked for at once; halved when a node refuses, doubled when it does not."""
FIRST_PAUSE: Final = 2
LONGEST_PAUSE: Final = 300
"""Seconds between two readings of everything from one node."""

_LOG: Final = logging.getLogger("clicid.chain")


class ChainReader(Protocol):
    """What is asked of a node (`JsonRpc` over HTTP). All raise Undecided `chain.unreachable`, `.answer`."""

    def chain_id(self) -> int:
        """The EIP-155 chain id."""

    def header(self, number: int | None) -> Header | None:
        """A block's header, the latest one's for None; None if there is no such block."""

    def code(self, address: bytes) -> bytes:
        """A contract's runtime code."""

    def logs(self, addresses: Sequence[bytes], first: int, last: int) -> list[NodeLog]:
        """Logs of contracts in a range of blocks, in order; Undecided if the range is refused."""

    def proof(self, address: bytes, slots: Sequence[bytes], number: int, /) -> NodeProof:
        """An account and some of its storage as of a block, with proofs (EIP-1186)."""


class Endpoint:
    """A node, and what is known of it. One sync reads from one: answers of two make no picture.

    Args:
        reader: The node.
        network: The network file whose chain it must serve.
        largest_page: Most blocks asked for at once.
    """

    def __init__(self, reader: ChainReader, network: NetworkFile, largest_page: int) -> None:
        self.reader: Final = reader
        self._network = network
        self._names = {network.contracts[name].address: name for name in Contract}
        self._largest_page = largest_page
        self._page = min(FIRST_PAGE, largest_page)
        self._checked = False
        self.head = -1
        """Number of the latest block it gave."""
        self.trouble = ""
        """Reason code of the last sync that it failed, ``behind`` if it knew less; empty if it did well."""
        self._pause = 0
        self._rests_until = 0.0
        self._failure: Refused | Undecided | None = None

    @property
    def pause(self) -> int:
        """Seconds that it rests before all is read from it anew; 0 while its word holds."""
        return self._pause if self._failure is not None else 0

    @property
    def rests(self) -> bool:
        """Whether all cannot be read anew from it now."""
        return self._pause > 0 and monotonic() < self._rests_until

    def done(self, trouble: str = "") -> None:
        """Note how a sync ended. After a failure its chain is checked anew."""
        self.trouble = trouble
        self._checked = self._checked and not trouble

    @contextmanager
    def reading_anew(self, why: str) -> Iterator[None]:
        """Around reading everything anew: a whole chain's logs, again and again if the node goes on lying.

        After each time it rests before the next, twice as long as before, until no more is asked for in
        `LONGEST_PAUSE`: not for one good answer, or it could lie at every other. A pause begins when the
        reading ends, and by a clock that nobody sets.

        Args:
            why: Reason code for which all is to be read anew.

        Raises:
            Refused, Undecided: While it rests, what the last reading ended with.
        """
        if self.rests:
            # Also of a node whose last reading held: whoever watches sees that it is waited for.
            failure = self._failure = self._failure or Undecided(why)
            raise type(failure)(failure.code, failure.where, failure.detail)
        is_first = not self._pause or monotonic() - self._rests_until >= LONGEST_PAUSE
        self._pause = FIRST_PAUSE if is_first else min(2 * self._pause, LONGEST_PAUSE)
        try:
            yield
        except (Refused, Undecided) as error:
            self._failure = error
            if is_first:
                _LOG.warning("%s; a node was read anew in vain, and will be after growing pauses", error)
            raise
        finally:
            self._rests_until = monotonic() + self._pause

    def holds(self) -> None:
        """Note that nothing contradicts what it says."""
        self._failure = None

    def check(self) -> None:
        """That it serves the network's chain, checkpoint and contracts; asked once while it does well.

        Raises:
            Refused: `network.chain`, `network.checkpoint`, `network.code`.
        """
        if self._checked:
            return
        chain_id = self.reader.chain_id()
        if chain_id != self._network.chain_id:
            raise Refused("network.chain", "", f"{chain_id}, not {self._network.chain_id}")
        checkpoint = self._network.checkpoint
        header = self.reader.header(checkpoint.number)
        if header is None or header.hash != checkpoint.hash:
            raise Refused("network.checkpoint", "", f"block {checkpoint.number}")
        for name, place in self._network.contracts.items():
            if hashlib.sha256(self.reader.code(place.address)).digest() != place.code_sha256:
                raise Refused("network.code", name)
        self._checked = True

    def latest(self) -> Header:
        """Its latest block."""
        latest = self.reader.header(None)
        if latest is None:
            raise Undecided("chain.answer", "", "no latest block")
        self.head = latest.number
        return latest

    def stands(self, block: Block, latest: Header) -> bool:
        """Whether a block is on its chain."""
        if block.number > latest.number:
            return False
        header = latest if block.number == latest.number else self.reader.header(block.number)
        return header is not None and header.hash == block.hash

    def page(self, first: int, most: int) -> tuple[int, dict[int, list[NodeLog]]]:
        """Last block and logs, by block, of a page that the node is willing to give."""
        while True:
            last = min(first + self._page - 1, most)
            try:
                logs = self.reader.logs(list(self._names), first, last)
            except Undecided:
                if last == first:
                    raise
                self._page = max((last - first + 1) // 2, 1)
                continue
            self._page = min(self._page * 2, self._largest_page)
            grouped: dict[int, list[NodeLog]] = {}
            for log in logs:
                grouped.setdefault(log.block, []).append(log)
            return last, grouped

    def blocks(self, logs: dict[int, list[NodeLog]], numbers: Iterable[int]) -> list[Block]:
        """Blocks with their logs decoded, rising.

        Raises:
            Undecided: `chain.reorganising` if a block is gone, or another than its logs name.
            Refused: `ledger.event`.
        """
        return [self._block(number, logs.get(number, [])) for number in sorted(numbers)]

    def _block(self, number: int, logs: list[NodeLog]) -> Block:
        header = self.reader.header(number)
        if header is None or any(log.block_hash != header.hash for log in logs):
            raise Undecided("chain.reorganising", "", f"at block {number}")
        decoded = tuple(decode(RawLog(self._names[log.address], log.topics, log.data)) for log in logs)
        return Block(header.number, header.hash, header.parent, header.time, decoded)
