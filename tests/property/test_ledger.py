"""Random chains that fork: what is known is the surviving chain's word, and lost bad news on top."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from clicid.adapters.follower import Follower
from clicid.adapters.ledger_store import LedgerStore
from clicid.ledger import dump, events
from clicid.ledger.facts import ABSENT, Accreditation, StatusSnapshot
from clicid.ledger.view import View
from clicid.status.delta import RULES
from clicid.status.rows import StatusList, list_id
from tests.support.chain_model import ModelChain, event, network_file

if TYPE_CHECKING:
    from clicid.did.ethr import EthrRecord
    from clicid.ledger.blocks import Block

ISSUERS = [b"\x11" * 20, b"\x22" * 20]
TYPE_ID = hashlib.sha256(b"type").digest()
URL = "https://issuer.example/1"
LISTS = [list_id(issuer, URL) for issuer in ISSUERS]
SIZE = 16
NAME = b"did/pub/Ed25519/veriKey/base58".ljust(32, b"\0")
CONFIRMATIONS = 3

BITS = st.sets(st.integers(0, 2 * SIZE - 1), max_size=6)
WHO = st.integers(0, 1)
ACTION = st.one_of(
    st.tuples(st.just("accredit"), WHO, st.booleans()),
    st.tuples(st.just("withdraw"), WHO, st.booleans()),
    st.tuples(st.just("commit"), WHO, BITS, BITS),
    st.tuples(st.just("set key"), WHO, st.integers(0, 1)),
    st.tuples(st.just("revoke key"), WHO, st.integers(0, 1)),
)
STEP = st.one_of(
    st.tuples(st.just("mine"), st.lists(ACTION, max_size=3)),
    st.tuples(st.just("mine"), st.lists(ACTION, max_size=3)),
    st.tuples(st.just("sync")),
    st.tuples(st.just("sync")),
    st.tuples(st.just("fork"), st.integers(1, 8)),
)


def _described(action: Any) -> dict[str, Any]:
    match action:
        case ("accredit", who, may):
            return event(
                events.Accredited,
                identity=ISSUERS[who],
                type_id=TYPE_ID,
                schema_digest=bytes(32),
                valid_from=0,
                valid_until=1 << 40,
                may_delegate=may,
                identifier="",
                ca_digest=bytes(32),
            )
        case ("withdraw", who, keeps):
            return event(events.Withdrawn, identity=ISSUERS[who], type_id=TYPE_ID, keeps_anchored=keeps)
        case ("commit", who, added, removed):
            return event(events.Committed, list_id=LISTS[who], bits=added, off=removed - added)
        case (kind, who, key):
            valid_to = 1 << 40 if kind == "set key" else 0
            value = bytes([key]) * 32
            return event(
                events.AttributeChanged, identity=ISSUERS[who], name=NAME, value=value, valid_to=valid_to
            )
        case _:
            raise AssertionError(action)


def _start() -> ModelChain:
    chain = ModelChain()
    chain.mine(
        *(
            event(events.ListCreated, identity=who, url=URL, width=2, size=SIZE, purposes="")
            for who in ISSUERS
        ),
        *(_described(("accredit", who, False)) for who in (0, 1)),
    )
    for _ in range(CONFIRMATIONS):
        chain.mine()
    return chain


class Memory:
    """All bad news that was ever shown to the follower and that no final block has settled."""

    def __init__(self) -> None:
        self.shown: set[bytes] = set()
        self.final: set[bytes] = set()
        self.bad: dict[tuple[bytes, int], int] = {}
        """List and position, or issuer and -1 for a withdrawal, to the version that said so."""

    def look(self, blocks: list[Block], final: int) -> None:
        for block in blocks:
            if block.hash not in self.shown:
                self.shown.add(block.hash)
                self._remember(block)
        for block in blocks[: final + 1]:
            if block.hash not in self.final:
                self.final.add(block.hash)
                self._settle(block)

    def _remember(self, block: Block) -> None:
        for event_ in (logged.event for logged in block.logs):
            match event_:
                case events.Committed():
                    added, _ = RULES.read(event_.set, event_.cleared, 2 * SIZE)
                    matters = [(event_.list_id, position) for position in added]
                case events.Withdrawn():
                    matters = [(event_.identity, -1)]
                case _:
                    continue
            for matter in matters:
                self.bad[matter] = max(event_.version, self.bad.get(matter, 0))

    def _settle(self, block: Block) -> None:
        for event_ in (logged.event for logged in block.logs):
            match event_:
                case events.Committed():
                    both = RULES.read(event_.set, event_.cleared, 2 * SIZE)
                    matters = [(event_.list_id, position) for position in (*both[0], *both[1])]
                case events.Withdrawn() | events.Accredited():
                    matters = [(event_.identity, -1)]
                case _:
                    continue
            for matter in matters:
                if event_.version >= self.bad.get(matter, event_.version + 1):
                    del self.bad[matter]


def _walk(chain: ModelChain, follower: Follower, steps: list[Any]) -> None:
    memory = Memory()
    for at, step in enumerate(steps):
        match step:
            case ("mine", actions):
                chain.mine(*map(_described, actions), salt=at)
            case ("fork", depth):
                # The lists and their issuers stay: what is forked is what happens to them.
                chain.fork(max(1 + CONFIRMATIONS, chain.blocks[-1].number - depth))
                chain.mine(salt=("fork", at))
            case _:
                if follower.sync(chain.now).behind:
                    continue
                _no_bad_news_is_missed(chain, follower, memory)


def _no_bad_news_is_missed(chain: ModelChain, follower: Follower, memory: Memory) -> None:
    head, last = follower.head, follower._branch.final
    assert head is not None
    assert last is not None
    memory.look(chain.blocks, last.number)
    tip, final = chain.tips[head.number], max(head.number - CONFIRMATIONS, 0)
    granted = {
        logged.event.identity
        for block in chain.blocks[: final + 1]
        for logged in block.logs
        if isinstance(logged.event, events.Accredited)
    }
    with follower.lock:
        for who, issuer in enumerate(ISSUERS):
            # What earlier views have worked out is what one that starts from nothing finds.
            assert follower.view().status(LISTS[who]) == View(follower._branch).status(LISTS[who])
            snapshot = _snapshot(follower.view(), who)
            held = tip.lists[LISTS[who]]
            shown = int.from_bytes(snapshot.entries, "little")
            assert int.from_bytes(held.entries, "little") & ~shown == 0
            body = follower.view().accreditation(issuer, TYPE_ID)
            assert body == ABSENT or issuer in granted
            missed = {position for (of, position) in memory.bad if of == LISTS[who]}
            assert all(shown >> position & 1 for position in missed)
            fact = Accreditation.from_bytes(body)
            assert (issuer, -1) not in memory.bad or fact is None or fact.withdrawn_at is not None


def _snapshot(view: View, who: int) -> StatusSnapshot:
    found = StatusSnapshot.from_bytes(view.status(LISTS[who]))
    assert found is not None
    return found


@given(st.lists(STEP, max_size=40))
def test_after_any_reorganisations_the_surviving_chain_counts_and_lost_bad_news(steps: list[Any]) -> None:
    chain = _start()
    network = network_file(chain)
    store, anew = LedgerStore(None, network, RULES), LedgerStore(None, network, RULES)
    follower = Follower(store, chain, network, confirmations=CONFIRMATIONS)
    fresh = Follower(anew, chain, network, confirmations=CONFIRMATIONS)
    follower.sync(chain.now)
    _walk(chain, follower, steps)
    follower.sync(chain.now)
    for _ in range(12):
        chain.mine(salt="longer")
    follower.sync(chain.now)
    fresh.sync(chain.now)

    ours, theirs = follower._branch, fresh._branch
    assert ours.head == theirs.head
    assert _records(ours.state) == _records(theirs.state)
    assert ours.heads() == theirs.heads()
    for who, issuer in enumerate(ISSUERS):
        sticky = StatusList(2, SIZE)
        sticky.change(ours.sticky.bits.get(LISTS[who], ()), ())
        shown, plain = _snapshot(follower.view(), who), _snapshot(fresh.view(), who)
        union = bytes(a | b for a, b in zip(plain.entries, sticky.entries, strict=True))
        assert (shown.entries, shown.version, shown.trouble) == (union, plain.version, "")
        _only_worse(follower.view().did(issuer), fresh.view().did(issuer))
        _only_withdrawn(
            follower.view().accreditation(issuer, TYPE_ID), fresh.view().accreditation(issuer, TYPE_ID)
        )
    # What is stored is what is known.
    stored = store.load()
    assert _records(stored.state) == _records(ours.state)
    assert dump.dump_sticky(stored.sticky) == dump.dump_sticky(ours.sticky)
    assert (stored.head, stored.final and stored.final.hash) == (ours.head, ours.final and ours.final.hash)
    store.close()
    anew.close()


def _records(state: Any) -> dict[Any, bytes]:
    return {key: dump.dump(state, key) for key in dump.keys(state)}


def _only_worse(ours: EthrRecord, plain: EthrRecord) -> None:
    assert [key.number for key in ours.keys] == [key.number for key in plain.keys]
    for mine, other in zip(ours.keys, plain.keys, strict=True):
        assert mine.ended_at == other.ended_at or mine.ended_at is not None


def _only_withdrawn(ours: bytes, plain: bytes) -> None:
    mine, other = Accreditation.from_bytes(ours), Accreditation.from_bytes(plain)
    assert (mine is None) == (other is None)
    if mine is not None and other is not None:
        assert mine.withdrawn_at is not None or other.withdrawn_at is None
