"""Whatever a follower has seen, a bundle of it answers as the follower does."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from clicid.adapters.bundles import Stored, loaded
from clicid.adapters.follower import Follower
from clicid.adapters.ledger_store import LedgerStore
from clicid.keys.algorithms import ED25519
from clicid.ledger import bundle, carried
from clicid.ledger.bundle import BlockName, Bundle, Scope
from clicid.ledger.replaced import Told, kept
from clicid.ledger.view import View
from clicid.status.delta import RULES
from tests.property.test_ledger import CONFIRMATIONS, ISSUERS, LISTS, STEP, TYPE_ID, _described, _start
from tests.support.chain_model import CHAIN_ID, network_file
from tests.support.memory_keystore import MemoryKeyStore

if TYPE_CHECKING:
    from tests.support.chain_model import ModelChain

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
    again, recent = _carried(store, chain)
    _check_same(View(again), follower.view())
    assert carried.parts(again, Scope()) == carried.parts(branch, Scope())
    assert recent == loaded(store).recent
    store.close()


@given(st.lists(STEP, max_size=40))
def test_bundles_one_after_the_other_say_what_a_follower_says_that_looked_when_each_was_made(
    steps: list[Any],
) -> None:
    """Each by a maker who saw of the chain what stood then, and nothing of what was lost before."""
    chain = _start()
    store = LedgerStore(None, network_file(chain), RULES)
    follower = Follower(store, chain, network_file(chain), confirmations=CONFIRMATIONS)
    told, reached = None, 0
    for at, step in enumerate(steps):
        match step:
            case ("mine", actions):
                chain.mine(*(_described(action) for action in actions), salt=at)
            case ("fork", depth):
                chain.fork(max(len(chain.blocks) - 1 - depth, 4))
            case _ if len(chain.blocks) > reached:
                reached = len(chain.blocks)
                follower.sync(chain.now)
                with closing(LedgerStore(None, network_file(chain), RULES)) as fresh:
                    Follower(fresh, chain, network_file(chain), confirmations=CONFIRMATIONS).sync(chain.now)
                    branch, recent = _carried(fresh, chain)
                if told is not None:
                    branch.sticky = kept(told, branch, recent)
                told = Told.of(branch, recent)
                _check_same(View(branch), follower.view())
    store.close()


def _carried(store: LedgerStore, chain: ModelChain) -> Stored:
    """What a bundle of what is stored says."""
    branch, recent = loaded(store)
    assert branch.head is not None
    assert branch.final is not None
    rows = carried.parts(branch, Scope()) | {carried.RECENT: carried.recent_rows(recent)}
    parts = {name: (chain.now, found) for name, found in rows.items()}
    names = [BlockName(block.number, block.hash, block.time) for block in (branch.head, branch.final)]
    manifest, packed = bundle.pack(
        parts, network=bytes(32), head=names[0], final=names[1], scope=Scope(), made_at=chain.now
    )
    unpacked = bundle.unpack(Bundle(manifest, SIGNER, packed))
    again = carried.branch_of(
        unpacked, chain_id=CHAIN_ID, head=manifest.head, final=manifest.final, rules=RULES
    )
    return Stored(again, carried.recent_of(unpacked, final=manifest.final.number))


def _check_same(ours: View, theirs: View) -> None:
    for issuer in ISSUERS:
        assert ours.did(issuer) == theirs.did(issuer)
        assert ours.accreditation(issuer, TYPE_ID) == theirs.accreditation(issuer, TYPE_ID)
    for list_id in LISTS:
        assert ours.status(list_id) == theirs.status(list_id)
