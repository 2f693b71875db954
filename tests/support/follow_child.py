"""A process that follows a known chain, one block a transaction, to be killed at any moment.

Usage: ``python -m tests.support.follow_child STORE``, a file or an address. Prints a line for each page of
logs it asks for, before it reads and stores the page, and one when done.

CLICID_PROVE_KILLS is the number of kills; a few without it.
"""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from clicid.adapters.follower import Follower
from clicid.adapters.ledger_store import LedgerStore
from clicid.ledger import dump, events
from clicid.status.delta import RULES
from clicid.status.rows import list_id
from tests.support.chain_model import ModelChain, event, network_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clicid.adapters.jsonrpc import NodeLog
    from clicid.adapters.ledger_databases import Place

ISSUER = b"\x11" * 20
URL = "https://issuer.example/1"
BLOCKS = 150
KILLS = int(os.environ.get("CLICID_PROVE_KILLS", "4"))
SEED = int(os.environ.get("CLICID_SEED", random.SystemRandom().randrange(1 << 32)))
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


def known(of: Follower) -> dict[object, object]:
    """Everything that a follower knows."""
    branch = of._branch
    records: dict[object, object] = {key: dump.dump(branch.state, key) for key in dump.keys(branch.state)}
    return records | {"head": branch.head, "final": branch.final and branch.final.hash}


def follower(place: Place, chain: ModelChain) -> Follower:
    """A follower that stores every block by itself."""
    network = network_file(chain)
    store = LedgerStore(place, network, RULES)
    return Follower(store, chain, network, confirmations=5, largest_page=1)


def kill_often(places: Iterator[Place]) -> None:
    """Kill followers, two one after the other at each place; what the third one knows lacks nothing.

    One that was done before it was killed does not count.
    """
    chance, interrupted, tries = random.Random(SEED), 0, 0
    chain = ModelChain()
    mine_known(chain)
    whole = follower(None, chain)
    whole.sync(chain.now)
    while interrupted < KILLS:
        place = next(places)
        for _ in range(2):
            pages, seconds = chance.randint(1, BLOCKS * 2 // 3), chance.uniform(0, 0.003)
            interrupted += _follow_and_kill(place, pages, seconds)
            tries += 1
        resumed = follower(place, chain)
        resumed.sync(chain.now)
        assert known(resumed) == known(whole), f"CLICID_SEED={SEED}"
        resumed._store.close()
        again = follower(place, chain)
        assert known(again) == known(whole), f"CLICID_SEED={SEED}"
        again._store.close()
        assert tries <= 4 * KILLS + 8, f"most processes end before they are killed; CLICID_SEED={SEED}"
    print(f"proved: {interrupted} of {tries} followers killed at work")


def _follow_and_kill(place: Place, pages: int, seconds: float) -> bool:
    """Kill a follower some time into a page. Whether it was killed before it was done."""
    command = [sys.executable, "-m", "tests.support.follow_child", str(place)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        begun = [child.stdout.readline() for _ in range(pages)]
        time.sleep(seconds)
        child.kill()
        return "done\n" not in [*begun, *child.stdout]


def main() -> None:
    """Follow until done."""
    chain = _TellingChain()
    mine_known(chain)
    place = sys.argv[1]
    made = follower(place if place.startswith("postgresql:") else Path(place), chain)
    made.sync(chain.now)
    print("done", flush=True)


if __name__ == "__main__":
    main()
