"""A process that follows a known chain, one block a transaction, to be killed at any moment.

Usage: ``python -m tests.support.follow_child STORE``. Prints a line for each page of logs it asks for,
before it reads and stores the page, and one when done.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from clicid.adapters.follower import Follower
from clicid.adapters.ledger_store import LedgerStore
from clicid.ledger import events
from clicid.status.delta import RULES
from clicid.status.rows import list_id
from tests.support.chain_model import ModelChain, event, network_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clicid.adapters.jsonrpc import NodeLog

ISSUER = b"\x11" * 20
URL = "https://issuer.example/1"
BLOCKS = 150
NAME = b"did/pub/Ed25519/veriKey/base58".ljust(32, b"\0")


class _TellingChain(ModelChain):
    """Prints what is asked of it."""

    def logs(self, addresses: Sequence[bytes], first: int, last: int) -> list[NodeLog]:
        print(first, flush=True)
        return super().logs(addresses, first, last)


def mine_known(chain: ModelChain) -> None:
    """The same blocks at every call: grants, then commits and keys, a log or two a block."""
    chain.mine(
        event(
            events.Accredited,
            identity=ISSUER,
            type_id=hashlib.sha256(b"type").digest(),
            schema_digest=bytes(32),
            valid_from=0,
            valid_until=1 << 40,
            may_delegate=False,
            identifier="",
            ca_digest=bytes(32),
        ),
        event(events.ListCreated, identity=ISSUER, url=URL, width=2, size=4096, purposes=""),
    )
    for number in range(BLOCKS):
        value = number.to_bytes(32, "big")
        chain.mine(
            event(events.Committed, list_id=list_id(ISSUER, URL), bits={number * 7, number * 11 + 1}),
            event(events.AttributeChanged, identity=ISSUER, name=NAME, value=value, valid_to=1 << 40),
        )


def follower(path: Path | None, chain: ModelChain) -> Follower:
    """A follower that stores every block by itself."""
    network = network_file(chain)
    store = LedgerStore(path, network, RULES)
    return Follower(store, chain, network, confirmations=5, largest_page=1)


def main() -> None:
    """Follow until done."""
    chain = _TellingChain()
    mine_known(chain)
    made = follower(Path(sys.argv[1]), chain)
    made.sync(chain.now)
    print("done", flush=True)


if __name__ == "__main__":
    main()
