"""Folding, looking ahead and storing, on the events themselves."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from clicid.did import compromise, ethr
from clicid.did.ethr import MAX_KEYS, EthrDid, EthrRecord
from clicid.errors import Undecided
from clicid.ledger import dump, events
from clicid.ledger.blocks import Block
from clicid.ledger.branch import Branch
from clicid.ledger.facts import (
    ABSENT,
    MAX_ENTRIES_BYTES,
    Accreditation,
    IssuanceRoot,
    Registration,
    StatusSnapshot,
)
from clicid.ledger.records import Right
from clicid.ledger.state import State
from clicid.ledger.view import View
from clicid.status.delta import RULES
from clicid.status.rows import StatusList, list_id
from tests.support.chain_model import CHAIN_ID, ModelChain, encode, event
from tests.support.events import ONE_OF_EACH
from tests.support.refusals import refused

ISSUER, OTHER = b"\x11" * 20, b"\x22" * 20
TYPE_ID = hashlib.sha256(b"type").digest()
URL = "https://issuer.example/1"
LIST = list_id(ISSUER, URL)
NAME = b"did/pub/Ed25519/veriKey/base58".ljust(32, b"\0")


def _accredited(**other: Any) -> dict[str, Any]:
    values = {
        "identity": ISSUER,
        "type_id": TYPE_ID,
        "schema_digest": bytes(32),
        "valid_from": 10,
        "valid_until": 100,
        "may_delegate": True,
        "identifier": "",
        "ca_digest": bytes(32),
    }
    return event(events.Accredited, **(values | other))


CREATED = event(events.ListCreated, identity=ISSUER, url=URL, width=2, size=100, purposes="a b")
DELEGATED = event(
    events.Delegated, identity=OTHER, type_id=TYPE_ID, delegate=ISSUER, valid_from=0, valid_until=50
)


def _commit(bits: list[int], **other: Any) -> dict[str, Any]:
    return event(events.Committed, list_id=LIST, bits=bits, **other)


def _did(identity: bytes) -> str:
    return str(EthrDid(CHAIN_ID, identity))


def _fold(chain: ModelChain, final: int | None = None) -> Branch:
    branch = Branch(State(CHAIN_ID, RULES))
    branch.extend(*chain.blocks)
    branch.finalise(chain.blocks[-1].number if final is None else final)
    return branch


def _snapshot(branch: Branch) -> StatusSnapshot | None:
    return StatusSnapshot.from_bytes(View(branch).status(LIST))


def _again(branch: Branch) -> Branch:
    """The branch as a store would give it back."""
    state = State(CHAIN_ID, RULES)
    for key in dump.keys(branch.state):
        dump.load(state, key, dump.dump(branch.state, key))
    pending = [pending.block for pending in branch.pending]
    made = Branch(state, branch.final, sticky=dump.load_sticky(dump.dump_sticky(branch.sticky)))
    made.extend(*pending)
    return made


def test_a_list_is_held_only_once_its_owner_may_issue() -> None:
    chain = ModelChain()
    chain.mine(CREATED, _commit([0]))
    chain.mine(_commit([3]))
    branch = _again(_fold(chain))
    record = branch.state.lists[LIST]
    assert record.entries is None
    assert [commit.version for commit in record.waiting] == [1, 2]
    found = _snapshot(branch)
    assert found is not None
    assert (found[0], found[1], found.version) == (1, 2, 2)
    assert branch.state.lists[LIST].entries is None
    branch.extend(chain.mine(_accredited(identity=OTHER)))
    branch.finalise(3)
    assert branch.state.lists[LIST].entries is None
    branch.extend(chain.mine(_accredited()))
    branch.finalise(4)
    assert branch.state.lists[LIST].entries is not None
    assert branch.state.lists[LIST].waiting == []
    assert _snapshot(_again(branch)) == found


def test_a_right_that_was_passed_on_wakes_lists_too() -> None:
    chain = ModelChain()
    chain.mine(CREATED, _commit([0]), DELEGATED)
    assert _fold(chain).state.lists[LIST].entries is not None
    chain = ModelChain()
    chain.mine(DELEGATED, CREATED)
    assert _fold(chain).state.lists[LIST].entries is not None


def test_a_sleeping_list_with_a_wrong_digest_wakes_in_trouble() -> None:
    chain = ModelChain()
    chain.mine(CREATED, _commit([0], digest=bytes(32)))
    chain.mine(_accredited())
    found = _snapshot(_again(_fold(chain)))
    assert found is not None
    assert (found.trouble, found[0]) == ("status.digest_mismatch", 1)


def test_a_list_larger_than_anyone_should_hold_is_none() -> None:
    chain = ModelChain()
    chain.mine(event(events.ListCreated, identity=ISSUER, url=URL, width=8, size=100, purposes=""))
    block = chain.mine(_commit([0]))
    huge = Block(0, b"\0" * 32, b"", 0, (_logged(events.ListCreated, size=MAX_ENTRIES_BYTES + 1),))
    branch = Branch(State(CHAIN_ID, RULES))
    branch.extend(huge)
    branch.finalise(0)
    commit = _logged(events.Committed, version=1, set=b"", cleared=b"", digest=NAME, root=NAME)
    running = branch.heads()[events.Contract.STATUS, LIST].running
    assert isinstance(commit.event, events.Committed)
    raw = encode(replace(commit.event, previous=running))
    branch.extend(Block(1, b"\0" * 32, huge.hash, 0, (events.decode(raw),)))
    branch.finalise(1)
    assert branch.state.lists == {}
    assert View(branch).status(LIST) == ABSENT
    branch.sticky.keep(block, (1,), branch.state)
    assert branch.sticky.bits == {}


def _logged(kind: type[events.Event], **values: Any) -> events.Logged:
    defaults: dict[str, Any] = {
        "identity": ISSUER,
        "list_id": LIST,
        "url": URL,
        "width": 8,
        "purposes": "",
        "previous": bytes(28),
    }
    names = kind.__slots__
    return events.decode(
        encode(kind(**{name: value for name, value in (defaults | values).items() if name in names}))
    )


def _with_code(chain: ModelChain, code: bytes) -> Block:
    """A block with a commit whose set is malformed, which the model would not write."""
    head = chain.tips[-1].heads[events.Contract.STATUS, LIST]
    values: dict[str, Any] = {"set": code, "cleared": b"", "digest": bytes(32), "root": bytes(32)}
    committed = events.Committed(LIST, head.version + 1, **values, previous=head.running)
    parent = chain.blocks[-1]
    logs = (events.decode(encode(committed)),)
    return Block(parent.number + 1, b"\1" * 32, parent.hash, parent.time + 5, logs)


def test_a_malformed_commit_stops_the_list_and_sets_nothing() -> None:
    chain = ModelChain()
    chain.mine(_accredited(), CREATED, _commit([0]))
    branch = _fold(chain)
    branch.extend(_with_code(chain, b"\xff"))
    found = _snapshot(branch)
    assert found is not None
    assert (found.trouble, found[0]) == ("status.delta", 1)
    lost = _again(branch)
    lost.drop_after(1)
    assert lost.sticky.bits == {}
    branch.finalise(2)
    found = _snapshot(_again(branch))
    assert found is not None
    assert (found.trouble, found.version) == ("status.delta", 2)


def test_a_commit_to_a_list_that_is_not_final_is_looked_at_later() -> None:
    chain = ModelChain()
    chain.mine()
    chain.mine(_accredited(), CREATED, _commit([0]))
    branch = _fold(chain, final=1)
    assert View(branch).status(LIST) == ABSENT
    branch.drop_after(1)
    assert branch.sticky.bits == {}


def test_pending_grants_only_narrow_what_is_final() -> None:
    chain = ModelChain()
    chain.mine(_accredited())
    chain.mine(_accredited(valid_from=20, valid_until=200))
    found = Accreditation.from_bytes(View(_fold(chain, final=1)).accreditation(ISSUER, TYPE_ID))
    assert found is not None
    assert (found.valid_from, found.valid_until) == (20, 100)
    found = Accreditation.from_bytes(View(_fold(chain)).accreditation(ISSUER, TYPE_ID))
    assert found is not None
    assert (found.valid_from, found.valid_until) == (20, 200)


def test_of_several_givers_the_best_counts() -> None:
    chain = ModelChain()
    givers = [bytes([at]) * 20 for at in (1, 2, 3)]
    chain.mine(*(_accredited(identity=giver) for giver in givers))
    for giver, until in zip(givers, (40, 60, 90), strict=True):
        chain.mine(
            event(
                events.Delegated,
                identity=giver,
                type_id=TYPE_ID,
                delegate=OTHER,
                valid_from=0,
                valid_until=until,
            )
        )
    chain.mine(event(events.Withdrawn, identity=givers[2], type_id=TYPE_ID, keeps_anchored=True))
    found = Accreditation.from_bytes(View(_again(_fold(chain))).accreditation(OTHER, TYPE_ID))
    assert found is not None
    assert (found.delegated_by[-40:], found.valid_until) == (givers[1].hex(), 60)


def test_withdrawing_what_was_never_granted_is_nothing() -> None:
    chain = ModelChain()
    chain.mine(
        event(events.Withdrawn, identity=ISSUER, type_id=TYPE_ID, keeps_anchored=True),
        event(
            events.DelegationWithdrawn,
            identity=ISSUER,
            type_id=TYPE_ID,
            delegate=OTHER,
            keeps_anchored=True,
        ),
        event(events.ServiceProviderWithdrawn, identity=ISSUER),
    )
    view = View(_again(_fold(chain)))
    assert view.accreditation(ISSUER, TYPE_ID) == ABSENT
    assert view.accreditation(OTHER, TYPE_ID) == ABSENT
    assert view.registration(ISSUER) == ABSENT


def test_a_service_provider_withdrawn_is_so_before_and_after_it_is_final() -> None:
    chain = ModelChain()
    chain.mine(
        event(
            events.ServiceProviderRegistered, identity=ISSUER, digest=bytes(32), valid_from=0, valid_until=9
        )
    )
    block = chain.mine(event(events.ServiceProviderWithdrawn, identity=ISSUER))
    for final in (1, 2):
        found = Registration.from_bytes(View(_again(_fold(chain, final))).registration(ISSUER))
        assert found is not None
        assert found.withdrawn_at == block.time
    branch = _fold(chain, final=1)
    branch.drop_after(1)
    found = Registration.from_bytes(View(_again(branch)).registration(ISSUER))
    assert found is not None
    assert found.withdrawn_at == block.time


def test_a_second_withdrawal_can_only_be_harsher() -> None:
    once = Right(0, 9).withdrawn(5, keeps_anchored=True)
    assert once == Right(0, 9, 5, keeps_anchored=True)
    assert once.withdrawn(7, keeps_anchored=False) == Right(0, 9, 5, keeps_anchored=False)
    assert once.withdrawn(7, keeps_anchored=True) == once


def test_an_identity_holds_so_many_keys_and_counts_the_rest() -> None:
    chain = ModelChain()
    values = [number.to_bytes(32, "big") for number in range(MAX_KEYS + 2)]
    chain.mine(
        *(
            event(events.AttributeChanged, identity=ISSUER, name=NAME, value=value, valid_to=1 << 60)
            for value in values
        )
    )
    record = _again(_fold(chain)).state.did(ISSUER)
    assert len(record.keys) == MAX_KEYS
    assert record.counted == MAX_KEYS + 2
    assert record.dropped
    there, dropped = (f"{record.did}#delegate-{number}" for number in (MAX_KEYS, MAX_KEYS + 1))
    assert EthrRecord.from_bytes(record.to_bytes()) == record
    ethr.resolve(record.to_bytes(), chain.now, only=there)
    with refused("did.too_many_keys"):
        ethr.resolve(record.to_bytes(), chain.now, only=dropped)


def test_an_issuance_root_counts_from_its_first_final_block_and_is_stored() -> None:
    root, other = b"\x07" * 32, b"\x08" * 32
    chain = ModelChain()
    chain.mine(CREATED, _commit([], root=root))
    chain.mine(_commit([], root=root), _commit([]))
    chain.mine(_commit([], root=other), _commit([]))
    branch = _again(_fold(chain, final=2))
    first = IssuanceRoot(_did(ISSUER), root, final=True, block=1, time=chain.blocks[1].time)
    assert IssuanceRoot.from_bytes(View(branch).issuance_root(ISSUER, root)) == first
    coming = IssuanceRoot(_did(ISSUER), other, final=False)
    assert IssuanceRoot.from_bytes(View(branch).issuance_root(ISSUER, other)) == coming
    assert View(branch).issuance_root(OTHER, root) == ABSENT
    assert View(branch).issuance_root(ISSUER, bytes(32)) == ABSENT
    branch.drop_after(2)
    assert View(branch).issuance_root(ISSUER, other) == ABSENT


def _key(valid_to: int) -> dict[str, Any]:
    return event(events.AttributeChanged, identity=ISSUER, name=NAME, value=b"k" * 32, valid_to=valid_to)


def _stated(number: int, block: int) -> dict[str, Any]:
    value = compromise.encode_compromise(number, block)
    return event(
        events.AttributeChanged, identity=ISSUER, name=compromise.COMPROMISED, value=value, valid_to=0
    )


def _compromised(branch: Branch) -> list[int | None]:
    return [key.compromised_from for key in View(branch).did(ISSUER).keys]


def test_a_compromise_is_known_at_once_also_by_a_number_that_is_not_final() -> None:
    chain = ModelChain()
    chain.mine(_key(1 << 40))
    chain.mine(_key(1 << 41))
    branch = _fold(chain, final=1)
    assert _compromised(branch) == [None]
    branch.extend(chain.mine(_stated(2, 7)))
    assert _compromised(branch) == [7]
    branch.finalise(2)
    assert _compromised(branch) == [7]


def test_a_compromise_is_known_at_once_by_a_number_that_the_key_had() -> None:
    chain = ModelChain()
    chain.mine(_key(1 << 40))
    chain.mine(_key(1 << 41))
    branch = _again(_fold(chain, final=2))
    branch.extend(chain.mine(_stated(1, 7)))
    assert _compromised(branch) == [7]
    branch.finalise(3)
    assert _compromised(_again(branch)) == [7]


def test_what_a_final_revocation_refuses_a_statement_spares_when_it_is_final() -> None:
    chain = ModelChain()
    chain.mine(_key(1 << 40), _key(0))
    branch = _fold(chain)
    branch.extend(chain.mine(_stated(1, 7)))
    assert _compromised(branch) == [None]
    chain.fork(1)
    branch.drop_after(1)
    branch.extend(chain.mine(salt="another branch"))
    branch.finalise(2)
    assert _compromised(branch) == [None]
    branch.extend(chain.mine(_stated(1, 7)))
    branch.finalise(3)
    assert _compromised(branch) == [7]


def test_an_identity_nobody_named_owns_itself() -> None:
    record = View(_fold(ModelChain())).did(ISSUER)
    assert (record.owner, record.keys, record.deactivated) == (ISSUER, (), False)


def test_events_that_decide_nothing_here_are_followed() -> None:
    chain = ModelChain()
    chain.mine(CREATED)
    names = {"governance": ISSUER, "proposed": OTHER, "former": OTHER}
    chain.mine(
        event(events.GovernanceProposed, governance=names["governance"], proposed=names["proposed"]),
        event(events.GovernanceChanged, former=names["former"], governance=names["governance"]),
        event(events.ListSignerRegistered, identity=ISSUER, signer=OTHER, valid_from=0, valid_until=9),
        event(events.ListSignerWithdrawn, identity=ISSUER, signer=OTHER),
        event(events.CommitterChanged, list_id=LIST, committer=OTHER),
        event(events.DelegateChanged, identity=ISSUER, delegate_type=NAME, delegate=OTHER, valid_to=9),
        _commit([1]),
    )
    branch = _fold(chain, final=1)
    assert branch.heads() == chain.tips[-1].heads
    branch.drop_after(1)
    assert branch.sticky.orphans == {}
    assert set(branch.sticky.bits) == {LIST}
    folded = _again(_fold(chain))
    assert folded.heads() == chain.tips[-1].heads
    assert folded.state.did(ISSUER).counted == 1


@pytest.mark.parametrize(
    "one",
    [one for one in ONE_OF_EACH if not isinstance(one, events.ListCreated)],
    ids=lambda one: type(one).__name__,
)
def test_an_event_out_of_nowhere_is_a_gap(one: events.Event) -> None:
    chain = ModelChain()
    branch = _fold(chain)
    genesis = chain.blocks[0]
    block = Block(1, b"\1" * 32, genesis.hash, genesis.time, (events.decode(encode(one)),))
    with refused("ledger.gap", kind=Undecided):
        branch.extend(block)
    assert branch.head is not None
    assert branch.head.number == 0


def test_a_list_cannot_be_made_twice_nor_committed_to_before() -> None:
    chain = ModelChain()
    chain.mine(CREATED)
    branch = _fold(chain)
    again = Block(2, b"\1" * 32, chain.blocks[-1].hash, 0, chain.blocks[-1].logs)
    with refused("ledger.gap", kind=Undecided):
        branch.extend(again)


def test_of_several_blocks_all_are_taken_in_or_none() -> None:
    chain = ModelChain()
    blocks = [chain.mine(_accredited(), salt=number) for number in range(3)]
    branch = Branch(State(CHAIN_ID, RULES))
    with refused("ledger.gap", kind=Undecided):
        branch.extend(blocks[0], blocks[2])
    assert (branch.head, dict(branch.heads())) == (None, {})
    branch.extend(*blocks)
    assert len(branch.pending) == 3


@pytest.mark.parametrize("change", ["parent", "number", "same"])
def test_a_block_must_stand_on_the_head(change: str) -> None:
    chain = ModelChain()
    branch = _fold(chain)
    head = chain.blocks[-1]
    block = {
        "parent": Block(1, b"\1" * 32, b"\2" * 32, 0),
        "number": Block(0, b"\1" * 32, head.hash, 0),
        "same": head,
    }[change]
    with refused("chain.reorganising", kind=Undecided):
        branch.extend(block)


def test_the_lists_of_others_are_not_touched_by_a_lost_branch() -> None:
    chain = ModelChain()
    chain.mine(_accredited(), CREATED, _commit([5]))
    branch = _fold(chain)
    branch.extend(chain.mine(_commit([7])))
    branch.drop_after(1)
    chain.fork(1)
    branch.extend(chain.mine(_commit([9])))
    branch.finalise(2)
    assert branch.sticky.bits == {LIST: {7: 1 + 1}}
    held = StatusList(2, 100)
    held.change([5, 9], [])
    assert branch.state.lists[LIST].entries == held.entries


@pytest.mark.parametrize(
    ("key", "body"),
    [
        (("none",), b""),
        (("did",), b"{}"),
        (("did", "zz"), b"{}"),
        (("head", "none", "11"), b"{}"),
        (("head", "did", "11"), b"{}"),
        (("accreditation", "11", "22"), b"{}"),
        (("delegation", "11", "22", "33"), b"[]"),
        (("registration", "11"), b"not JSON"),
        (("list", "11"), b"{}\n"),
    ],
)
def test_a_record_of_another_form_is_refused(key: tuple[str, ...], body: bytes) -> None:
    with refused("ledger.store"):
        dump.load(State(CHAIN_ID, RULES), key, body)


def test_a_stored_list_of_another_length_is_refused() -> None:
    chain = ModelChain()
    chain.mine(_accredited(), CREATED)
    branch = _fold(chain)
    key = ("list", LIST.hex())
    body = dump.dump(branch.state, key)
    for other in (body[:-1], body + b"\0", body.replace(b'"asleep":false', b'"asleep":true')):
        with refused("ledger.store"):
            dump.load(State(CHAIN_ID, RULES), key, other)
    waiting = body.replace(b'"waiting":[]', b'"waiting":[[1,"","",5]]')
    with refused("ledger.store"):
        dump.load(State(CHAIN_ID, RULES), key, waiting)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"bits":{"zz":"00"},"orphans":[]}',
        b'{"bits":{"11":"00"},"orphans":[]}',
        b'{"bits":{},"orphans":[{}]}',
    ],
)
def test_stored_bad_news_of_another_form_is_refused(body: bytes) -> None:
    with refused("ledger.store"):
        dump.load_sticky(body)
