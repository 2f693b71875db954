"""Random reorganisations under a real follower, and a real check of real credentials at every moment.

What may be accepted, and must be, is judged by an oracle that reads the blocks that were shown and knows
nothing of views and states. CLICID_PROVE_REORGS is the number of reorganisations; a few without it.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from clicid.adapters.follower import Follower
from clicid.adapters.gather import settle
from clicid.adapters.ledger_store import LedgerStore
from clicid.adapters.materials import LedgerMaterials
from clicid.codec import multicodec
from clicid.formats.base import FormatId, StatusRef
from clicid.ledger import events
from clicid.status.delta import RULES, read
from clicid.status.rows import list_id
from clicid.trust.accreditation import type_id
from clicid.trust.x5c import key_digest
from clicid.verification import Accepted, check_credential
from tests.support.asking import CHECKERS
from tests.support.chain_model import CHAIN_ID, ModelChain, event, network_file
from tests.support.world import IDENTIFIER, LIST_URL, NOW, SCHEMA_DIGEST, VCT, World

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clicid.ledger.blocks import Block

REORGANISATIONS = int(os.environ.get("CLICID_PROVE_REORGS", "40"))
SEED = int(
    os.environ.get(
        "CLICID_SEED", random.SystemRandom().randrange(1 << 32) if "CLICID_PROVE_REORGS" in os.environ else 1
    )
)
"""The same at every run of the suite, so that a red one is the change's; another one at every proof."""
A_CHAIN = 20
"""Reorganisations of one chain; then another one begins."""
DEEPEST = 12
SIZE = 8
WIDTH = 2
ISSUERS = (b"\x11" * 20, b"\x22" * 20)
"""The first one is accredited from the beginning; what becomes of the other one is left to chance."""
LISTS = {issuer: list_id(issuer, LIST_URL) for issuer in ISSUERS}
NAME = b"did/pub/Multikey/veriKey/base58".ljust(32, b"\0")
WORLD = World()
KEY = WORLD.keys.public(WORLD.issuer_ref)
VALUE = multicodec.encode(KEY.algorithm.multicodec, KEY.raw)
FOREVER = 1 << 40


@dataclass(frozen=True)
class Credential:
    """One credential, and the matters that decide about it."""

    issuer: bytes
    index: int
    raw: bytes

    @property
    def matters(self) -> set[tuple[Any, ...]]:
        entry = {("bit", self.issuer, self.index * WIDTH + bit) for bit in range(WIDTH)}
        return {("right", self.issuer), ("key", self.issuer), *entry}


def _issued(issuer: bytes, index: int) -> Credential:
    did = f"did:ethr:{CHAIN_ID:#x}:0x{issuer.hex()}"
    WORLD.status = StatusRef(LIST_URL, index)
    raw = WORLD.credential(did=did, key_id=f"{did}#delegate-1")
    return Credential(issuer, index, raw)


CREDENTIALS = [_issued(issuer, index) for issuer in ISSUERS for index in range(4)]


def _accredited(issuer: bytes) -> dict[str, Any]:
    return event(
        events.Accredited,
        identity=issuer,
        type_id=type_id(VCT),
        schema_digest=SCHEMA_DIGEST,
        valid_from=0,
        valid_until=FOREVER,
        may_delegate=False,
        identifier=IDENTIFIER,
        ca_digest=key_digest(WORLD.x5c[1]),
    )


def _key(issuer: bytes, valid_to: int) -> dict[str, Any]:
    return event(events.AttributeChanged, identity=issuer, name=NAME, value=VALUE, valid_to=valid_to)


def _said(block: Block) -> Iterable[tuple[tuple[Any, ...], bool, int]]:
    """Of a block's events: the matter, whether it takes trust away, and its subject's version."""
    for logged in block.logs:
        match logged.event:
            case events.Committed() as commit:
                issuer = next(who for who, identity in LISTS.items() if identity == commit.list_id)
                added, removed = read(commit.set, commit.cleared, SIZE * WIDTH)
                yield from ((("bit", issuer, position), True, commit.version) for position in added)
                yield from ((("bit", issuer, position), False, commit.version) for position in removed)
            case events.Accredited() | events.Withdrawn() as right:
                yield ("right", right.identity), isinstance(right, events.Withdrawn), right.version
            case events.AttributeChanged() as key:
                yield ("key", key.identity), key.valid_to <= block.time, key.previous_change


@dataclass
class Oracle:
    """The worst that was said and not yet taken back by a final block.

    What a block says counts from the moment it is shown, and anew when it is lost, even if it was final or
    was taken back by a block that is lost with it.
    """

    bad: dict[tuple[Any, ...], int] = field(default_factory=dict)
    blocks: dict[bytes, Block] = field(default_factory=dict)
    final: set[bytes] = field(default_factory=set)

    def after(self, blocks: list[Block], final: int) -> Oracle:
        """What it will say once these blocks have been shown."""
        later = Oracle(dict(self.bad), {block.hash: block for block in blocks}, set(self.final))
        lost = [block for hash_, block in self.blocks.items() if hash_ not in later.blocks]
        for block in (*lost, *(block for block in blocks if block.hash not in self.blocks)):
            for matter, worse, version in _said(block):
                if worse:
                    later.bad[matter] = max(version, later.bad.get(matter, 0))
        later._settle(blocks[: final + 1])
        return later

    def meanwhile(self, blocks: list[Block], final: int) -> set[tuple[Any, ...]]:
        """What stays bad from before until these blocks have been shown, however many pages they come in."""
        until = replace(self, bad=dict(self.bad), final=set(self.final))
        until._settle(blocks[: final + 1])
        return set(until.bad)

    def _settle(self, blocks: list[Block]) -> None:
        for block in blocks:
            if block.hash not in self.final:
                self.final.add(block.hash)
                for matter, _, version in _said(block):
                    if version >= self.bad.get(matter, version + 1):
                        del self.bad[matter]


def _doubtful(blocks: list[Block], final: int) -> set[tuple[Any, ...]]:
    """Matters that stand badly by this chain alone: as of its final block, or said since."""
    worst: dict[tuple[Any, ...], bool] = {("right", issuer): True for issuer in ISSUERS}
    for block in blocks:
        for matter, worse, _ in _said(block):
            if block.number <= final or worse:
                # A key that was revoked stays so: another event makes another key.
                worst[matter] = worse or (matter[0] == "key" and worst.get(matter, False))
    return {matter for matter, worse in worst.items() if worse}


class Walk:
    """One chain that forks at random, the follower under test, and the oracle."""

    def __init__(self, chance: random.Random, told: Counter[str]) -> None:
        self.chance, self.told = chance, told
        self.confirmations = chance.choice([0, 1, 3, 8])
        self.chain = ModelChain()
        self.chain.blocks[0] = replace(self.chain.blocks[0], time=int(NOW.timestamp()))
        network = network_file(self.chain)
        self.store = LedgerStore(None, network, RULES)
        self.follower = Follower(self.store, self, network, confirmations=self.confirmations)
        self.materials = LedgerMaterials(self.follower)
        self.oracle = Oracle()
        self.meanwhile: set[tuple[Any, ...]] = set()
        opened = [
            event(events.ListCreated, identity=issuer, url=LIST_URL, width=WIDTH, size=SIZE, purposes="")
            for issuer in ISSUERS
        ]
        self.chain.mine(*opened, *(_key(issuer, FOREVER) for issuer in ISSUERS), _accredited(ISSUERS[0]))
        for _ in range(self.confirmations):
            self.chain.mine()
        self.sync()

    def __getattr__(self, name: str) -> Any:
        """The chain as the follower reads it: before each answer, what was bad must still be so."""
        self._meanwhile()
        return getattr(self.chain, name)

    def _action(self) -> dict[str, Any]:
        issuer = self.chance.choice(ISSUERS)
        match self.chance.choices(["commit", "accredit", "withdraw", "revoke key"], [50, 15, 5, 1])[0]:
            case "commit":
                added = set(self.chance.sample(range(SIZE * WIDTH), self.chance.randint(0, 1)))
                removed = set(self.chance.sample(range(SIZE * WIDTH), self.chance.randint(0, 6))) - added
                return event(events.Committed, list_id=LISTS[issuer], bits=added, off=removed)
            case "accredit":
                return _accredited(issuer)
            case "withdraw":
                return event(events.Withdrawn, identity=issuer, type_id=type_id(VCT), keeps_anchored=False)
            case _:
                return _key(issuer, 0)

    def mine(self, blocks: int) -> None:
        for _ in range(blocks):
            made = [self._action() for _ in range(self.chance.choice([0, 0, 1, 2]))]
            self.chain.mine(*made, salt=self.chance.random(), seconds=1)

    def reorganise(self) -> None:
        last = self.chain.blocks[-1].number
        first = 2 + self.confirmations  # what founds the chain stays, so that there is something to accept
        fork = max(last - self.chance.randint(1, DEEPEST), first)
        self.chain.fork(fork)
        self.mine(max(last - fork + self.chance.choice([-1, 0, 1, 2]), 1))

    def sync(self) -> None:
        blocks = list(self.chain.blocks)
        # A shorter chain that still holds what was final takes nothing back.
        stood = max((block.number for block in blocks if block.hash in self.oracle.final), default=0)
        final = max(blocks[-1].number - self.confirmations, stood)
        later = self.oracle.after(blocks, final)
        self.meanwhile = self.oracle.meanwhile(blocks, final)
        progress = self.follower.sync(self.chain.now)
        if progress.behind:
            self.told["behind"] += 1
            self._look(set(self.oracle.bad), whole=False)
            return
        self.oracle = later
        self._look(_doubtful(blocks, final) | set(later.bad), whole=True)

    def _meanwhile(self) -> None:
        for credential in self.chance.sample(CREDENTIALS, 2):
            if self.meanwhile & credential.matters:
                assert not self._accepts(credential), f"CLICID_SEED={SEED}"
                self.told["refused meanwhile"] += 1

    def _look(self, doubtful: set[tuple[Any, ...]], *, whole: bool) -> None:
        for credential in CREDENTIALS:
            accepted, against = self._accepts(credential), doubtful & credential.matters
            assert not (accepted and against), f"CLICID_SEED={SEED}: {against}"
            assert accepted or against or not whole, f"CLICID_SEED={SEED}: refused without a reason"
            self.told["accepted" if accepted else "refused"] += 1

    def _accepts(self, credential: Credential) -> bool:
        now = self.chain.now
        step = partial(
            check_credential,
            credential.raw,
            format=FormatId.SD_JWT_VC,
            policy=WORLD.policy,
            checkers=CHECKERS,
            now=now,
        )
        return isinstance(settle(step, self.materials, now), Accepted)


def test_no_reorganisation_shows_a_moment_of_trust_that_is_not_due() -> None:
    chance, told = random.Random(SEED), Counter[str]()
    for number in range(REORGANISATIONS):
        if number % A_CHAIN == 0:
            walk = Walk(chance, told)
        walk.mine(chance.randint(0, 3))
        walk.sync()
        walk.reorganise()
        walk.sync()
    print(f"proved: {REORGANISATIONS} reorganisations up to {DEEPEST} deep, checks: {dict(told)}")
    assert min(told[ending] for ending in ("accepted", "refused", "refused meanwhile")) > REORGANISATIONS
