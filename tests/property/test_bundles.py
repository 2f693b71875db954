"""Whatever a follower has seen, a bundle of it answers as the follower does."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from clicid.adapters.follower import Follower
from clicid.adapters.ledger_store import LedgerStore
from clicid.keys.algorithms import ED25519
from clicid.ledger import bundle, carried
from clicid.ledger.bundle import BlockName, Bundle, Scope
from clicid.ledger.view import View
from clicid.status.delta import RULES
from tests.property.test_ledger import CONFIRMATIONS, ISSUERS, LISTS, STEP, TYPE_ID, _described, _start
from tests.support.chain_model import CHAIN_ID, network_file
from tests.support.memory_keystore import MemoryKeyStore

KEYS = MemoryKeyStore(b"bundles")
SIGNER = KEYS.public(KEYS.generate(ED25519, "maker"))


@given(st.lists(STEP, max_size=25))
def test_a_bundle_says_what_its_follower_said(steps: list[Any]) -> None:
    chain = _start()
    store = LedgerStore(None, network_file(chain), RULES)
    follower = Follower(store, chain, network_file(chain), confirmations=CONFIRMATIONS)
    follower.sync(chain.now)
    for at, step in enumerate(steps):
        match step:
            case ("mine", actions):
                chain.mine(*(_described(action) for action in actions), salt=at)
            case ("fork", depth):
                chain.fork(max(len(chain.blocks) - 1 - depth, 4))
            case _:
                follower.sync(chain.now)
    branch = store.load()
    assert branch.head is not None
    assert branch.final is not None
    parts = {name: (chain.now, rows) for name, rows in carried.parts(branch, Scope()).items()}
    names = [BlockName(block.number, block.hash, block.time) for block in (branch.head, branch.final)]
    manifest, packed = bundle.pack(
        parts, network=bytes(32), head=names[0], final=names[1], scope=Scope(), made_at=chain.now
    )
    again = carried.branch_of(
        bundle.unpack(Bundle(manifest, SIGNER, packed)),
        chain_id=CHAIN_ID,
        head=manifest.head,
        final=manifest.final,
        rules=RULES,
    )
    ours, theirs = follower.view(), View(again)
    for issuer in ISSUERS:
        assert theirs.did(issuer) == ours.did(issuer)
        assert theirs.accreditation(issuer, TYPE_ID) == ours.accreditation(issuer, TYPE_ID)
    for list_id in LISTS:
        assert theirs.status(list_id) == ours.status(list_id)
    assert carried.parts(again, Scope()) == carried.parts(branch, Scope())
    store.close()
