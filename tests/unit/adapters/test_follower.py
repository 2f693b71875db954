"""The follower against a chain that forks, hides logs, lags and goes away."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from contextlib import closing
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters.follower import Follower
from clicid.adapters.ledger_databases import Sqlite
from clicid.adapters.ledger_store import LedgerStore
from clicid.adapters.materials import LedgerMaterials
from clicid.adapters.vouching import Vouching
from clicid.did import compromise
from clicid.did.ethr import EthrRecord
from clicid.errors import ClicidError, LocalError, Refused, Undecided
from clicid.formats.base import Material, Need, NeedKind, Unavailable
from clicid.ledger import events, proofs
from clicid.ledger.facts import ABSENT, Accreditation, IssuanceRoot, Registration, StatusSnapshot
from clicid.ledger.ground import Demands
from clicid.ledger.network import Checkpoint
from clicid.ledger.records import PIECE
from clicid.status.delta import RULES
from clicid.status.rows import list_id
from clicid.trust import issuance
from tests.support.chain_model import ADDRESSES, CHAIN_ID, ModelChain, event, network_file
from tests.support.refusals import refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ISSUER, OTHER, PROVIDER = b"\x11" * 20, b"\x22" * 20, b"\x33" * 20
DID = f"did:ethr:0x539:0x{ISSUER.hex()}"
TYPE = "urn:clicid:identity:1"
TYPE_ID = hashlib.sha256(TYPE.encode()).digest()
URL = "https://issuer.example/lists/1"
LIST = list_id(ISSUER, URL)
NAME = b"did/pub/Ed25519/veriKey/base58".ljust(32, b"\0")
FOREVER = 1 << 60


def accredited(**other: Any) -> dict[str, Any]:
    values = {
        "identity": ISSUER,
        "type_id": TYPE_ID,
        "schema_digest": b"\x05" * 32,
        "valid_from": 0,
        "valid_until": FOREVER,
        "may_delegate": True,
        "identifier": "https://issuer.example",
        "ca_digest": b"\x06" * 32,
    }
    return event(events.Accredited, **(values | other))


WITHDRAWN = event(events.Withdrawn, identity=ISSUER, type_id=TYPE_ID, keeps_anchored=False)
CREATED = event(events.ListCreated, identity=ISSUER, url=URL, width=2, size=1000, purposes="a b")
REGISTERED = event(
    events.ServiceProviderRegistered,
    identity=PROVIDER,
    digest=b"\x07" * 32,
    valid_from=0,
    valid_until=FOREVER,
)


def key_set(value: bytes = b"\x01" * 32, valid_to: int = FOREVER) -> dict[str, Any]:
    return event(events.AttributeChanged, identity=ISSUER, name=NAME, value=value, valid_to=valid_to)


def commit(bits: list[int], off: list[int] | None = None, **other: Any) -> dict[str, Any]:
    return event(events.Committed, list_id=LIST, bits=bits, off=off or [], **other)


class World:
    """A chain, and a follower of it that can be started anew."""

    def __init__(self, path: Path | None, confirmations: int = 3) -> None:
        self.path = path
        self.confirmations = confirmations
        self.rules = RULES
        self.chain = ModelChain()
        self.network = network_file(self.chain)
        self.start()

    def start(self) -> None:
        self.store = LedgerStore(self.path, self.network, self.rules)
        self.follower = Follower(self.store, self.chain, self.network, confirmations=self.confirmations)
        self.materials = LedgerMaterials(self.follower)

    def restart(self) -> None:
        self.store.close()
        self.start()

    def sync(self) -> Any:
        return self.follower.sync(self.chain.now)

    def get(self, kind: NeedKind, uri: str, subject: str = "") -> Material:
        found = self.materials.get(Need(kind, uri, subject), self.chain.now)
        assert isinstance(found, Material)
        return found

    def accreditation(self, did: str = DID) -> Accreditation | None:
        return Accreditation.from_bytes(self.get(NeedKind.ACCREDITATION, TYPE, did).body)

    def snapshot(self) -> StatusSnapshot:
        found = StatusSnapshot.from_bytes(self.get(NeedKind.STATUS, URL, DID).body)
        assert found is not None
        return found

    def record(self) -> EthrRecord:
        return EthrRecord.from_bytes(self.get(NeedKind.DID, DID).body)

    def mine(self, *made: dict[str, Any], empty: int = 0, salt: object = "") -> None:
        self.chain.mine(*made, salt=salt)
        for _ in range(empty):
            self.chain.mine(salt=salt)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "ledger.sqlite")
    yield made
    made.store.close()


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """All may be read anew at each sync."""
    monkeypatch.setattr("clicid.adapters.chain_endpoint.FIRST_PAUSE", 0)


def test_before_the_first_sync_nothing_is_known(world: World) -> None:
    found = world.materials.get(Need(NeedKind.DID, DID), world.chain.now)
    assert isinstance(found, Unavailable)


def test_what_was_given_is_given_again_until_something_changes(world: World) -> None:
    world.mine(accredited(), key_set(), CREATED, empty=3)
    world.sync()
    first = world.get(NeedKind.DID, DID)
    assert world.get(NeedKind.DID, DID) is first
    with world.follower.lock:  # Nobody waits for whoever has the lock.
        found = threading.Thread(target=lambda: given.append(world.get(NeedKind.DID, DID)))
        given: list[Material] = []
        found.start()
        found.join(10)
        assert given == [first]
    now = world.chain.now + timedelta(seconds=5)
    world.follower.sync(now)
    later = world.get(NeedKind.DID, DID)
    assert later.body == first.body
    assert later.obtained_at == now
    world.mine(key_set(valid_to=0))
    world.sync()
    changed = world.get(NeedKind.DID, DID)
    assert changed.body != first.body
    assert changed.as_of > later.as_of


def test_an_issuance_root_is_given_when_final_and_nobody_else_is_asked_for_its_proof(world: World) -> None:
    root = b"\x09" * 32
    world.mine(CREATED, commit([], root=root), empty=1)
    world.sync()
    need = NeedKind.ISSUANCE_ROOT, issuance.uri(root), DID
    assert IssuanceRoot.from_bytes(world.get(*need).body) == IssuanceRoot(DID, root, final=False)
    world.mine(empty=2)
    world.sync()
    when = world.chain.blocks[1].time
    expected = IssuanceRoot(DID, root, final=True, block=1, time=when)
    assert IssuanceRoot.from_bytes(world.get(*need).body) == expected
    world.restart()
    world.sync()
    assert IssuanceRoot.from_bytes(world.get(*need).body) == expected
    assert world.get(NeedKind.ISSUANCE_ROOT, issuance.uri(b"\x0a" * 32), DID).body == ABSENT
    for kind, uri in ((NeedKind.INCLUSION_PROOF, issuance.uri(root)), (NeedKind.ISSUANCE_ROOT, "sha256:")):
        found = world.materials.get(Need(kind, uri, DID), world.chain.now)
        assert isinstance(found, Unavailable)


def test_good_news_counts_only_when_final_and_bad_news_at_once(world: World) -> None:
    world.mine(accredited(), key_set(), CREATED, REGISTERED)
    world.sync()
    assert world.accreditation() is None
    assert world.record().keys == ()
    assert world.get(NeedKind.STATUS, URL, DID).body == ABSENT
    assert world.get(NeedKind.REGISTRATION, f"did:ethr:0x539:0x{PROVIDER.hex()}").body == ABSENT
    world.mine(empty=2)
    progress = world.sync()
    assert (progress.head, progress.final) == (4, 1)
    assert world.accreditation() == Accreditation(
        DID, TYPE_ID, b"\x05" * 32, 0, 2**53 - 1, None, False, "https://issuer.example", b"\x06" * 32
    )
    assert [key.number for key in world.record().keys] == [1]
    registration = Registration.from_bytes(
        world.get(NeedKind.REGISTRATION, f"did:ethr:0x539:0x{PROVIDER.hex()}").body
    )
    assert registration is not None
    assert registration.digest == b"\x07" * 32
    world.mine(commit([0, 3]), WITHDRAWN, key_set(valid_to=0))
    world.sync()
    withdrawn = world.accreditation()
    assert withdrawn is not None
    assert withdrawn.withdrawn_at == world.chain.blocks[-1].time
    assert world.record().keys[0].ended_at == world.chain.blocks[-1].time
    snapshot = world.snapshot()
    assert (snapshot[0], snapshot[1], snapshot[2], snapshot.version) == (1, 2, 0, 1)


def test_a_cleared_bit_is_set_until_its_block_is_final(world: World) -> None:
    world.mine(accredited(), CREATED, commit([1]), empty=3)
    world.sync()
    world.mine(commit([], [1]), empty=2)
    world.sync()
    assert world.snapshot()[0] == 2
    world.mine()
    world.sync()
    assert world.snapshot()[0] == 0


def test_material_is_as_of_the_head_and_grows_old_while_nobody_answers(world: World) -> None:
    world.mine(accredited(), empty=5)
    world.sync()
    before = world.get(NeedKind.ACCREDITATION, TYPE, DID)
    assert before.as_of.timestamp() == world.chain.blocks[-1].time
    assert before.source == "chain 1337 block 6"
    world.chain.down = True
    world.mine(WITHDRAWN)
    with refused("chain.unreachable", kind=Undecided):
        world.sync()
    assert world.get(NeedKind.ACCREDITATION, TYPE, DID) == before
    world.chain.down = False
    world.sync()
    assert world.get(NeedKind.ACCREDITATION, TYPE, DID).as_of > before.as_of


def test_a_node_that_is_behind_changes_nothing(world: World) -> None:
    world.mine(accredited(), CREATED, commit([4]), empty=6)
    world.sync()
    ahead = world.chain.blocks
    for length in (7, 2):
        world.chain.blocks = ahead[:length]
        progress = world.sync()
        assert (progress.behind, progress.head) == (True, 7)
        assert world.snapshot()[2] == 1


def test_a_lost_revocation_stays_until_it_is_anchored_again(world: World) -> None:
    world.mine(accredited(), CREATED, empty=5)
    world.mine(commit([6]))
    world.sync()
    world.chain.fork(6)
    world.mine(salt="other", empty=6)
    assert world.sync().lost == 1
    assert world.snapshot()[3] == 1
    world.restart()
    assert world.snapshot()[3] == 1
    world.mine(commit([6]), empty=4)
    world.sync()
    assert not world.follower._branch.sticky.bits
    world.mine(commit([], [6]), empty=4)
    world.sync()
    assert world.snapshot()[3] == 0


def test_a_lost_withdrawal_stays_until_governance_speaks_again(world: World) -> None:
    world.mine(accredited(), empty=5)
    world.mine(WITHDRAWN)
    world.sync()
    world.chain.fork(6)
    world.mine(salt="other", empty=9)
    world.sync()
    world.restart()
    found = world.accreditation()
    assert found is not None
    assert found.withdrawn_at is not None
    world.mine(accredited(), empty=2)
    world.sync()
    found = world.accreditation()
    assert found is not None
    assert found.withdrawn_at is not None
    world.mine()
    world.sync()
    found = world.accreditation()
    assert found is not None
    assert found.withdrawn_at is None


def test_what_was_accredited_on_a_lost_branch_only_never_counts(world: World) -> None:
    world.mine(empty=5)
    world.mine(accredited())
    world.sync()
    world.chain.fork(6)
    world.mine(salt="other", empty=9)
    world.sync()
    assert world.accreditation() is None


def test_what_was_proven_of_a_lost_block_is_no_proof_for_the_one_in_its_place(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node that goes on showing what a reorganisation took, under the new blocks' hashes."""
    chain, truth = world.chain, deepcopy(world.chain)

    def words(_self: Any, _node: Any, _latest: Any, _contract: Any, slots: list[bytes]) -> list[bytes]:
        held = {proofs.head_slot(one): proofs.head_word(head) for one, head in truth.tips[-1].heads.items()}
        return [held.get(slot, bytes(32)) for slot in slots]

    plain = chain.header
    monkeypatch.setattr(
        chain, "header", lambda number: (found := plain(number)) and replace(found, state_root=bytes(32))
    )
    monkeypatch.setattr(Vouching, "_words", words)
    monkeypatch.setattr("clicid.adapters.vouching.AT_ONCE", 1)
    for one in (chain, truth):
        one.mine(accredited())
        one.mine(accredited(identity=OTHER))
    strict = Demands(proofs=True, witness=False)
    follower = Follower(world.store, chain, world.network, confirmations=2, demands=strict)
    assert follower.sync(chain.now).head == 2
    for one in (chain, truth):
        one.fork(1)
    truth.mine(salt="other")
    chain.mine(accredited(identity=OTHER), salt="other")
    with pytest.raises(Undecided, match=r"chain\.proof"):
        follower.sync(chain.now)


def test_a_node_that_stands_still_and_says_it_is_later_is_found_out_by_the_witness(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain, witness = world.chain, deepcopy(world.chain)
    for one in (chain, witness):
        one.mine(accredited())
    asked = Demands(proofs=False, witness=True)
    follower = Follower(world.store, chain, world.network, confirmations=2, witness=witness, demands=asked)
    follower.sync(chain.now)
    told = follower.ground
    witness.mine()
    plain = chain.header
    monkeypatch.setattr(
        chain,
        "header",
        lambda number: (found := plain(number)) and replace(found, time=found.time + 3600),
    )
    with pytest.raises(Undecided, match=r"chain\.witness"):
        follower.sync(chain.now + timedelta(hours=1))
    assert (follower.ground.time, follower.ground.doubt) == (told.time, "chain.witness")


def test_the_same_grant_mined_again_does_not_undo_a_lost_withdrawal(world: World) -> None:
    world.mine(empty=5)
    world.mine(accredited())
    world.mine(WITHDRAWN)
    world.sync()
    world.chain.fork(6)
    world.mine(accredited(), salt="other", empty=9)
    world.sync()
    found = world.accreditation()
    assert found is not None
    assert found.withdrawn_at is not None


def test_a_reorganisation_below_the_last_final_block_keeps_what_it_took(world: World) -> None:
    world.mine(accredited(), CREATED, key_set())
    world.mine(commit([2]), empty=9)
    world.mine(commit([8]), key_set(valid_to=0), empty=9)
    world.sync()
    world.chain.fork(4)
    world.mine(salt="other", empty=30)
    progress = world.sync()
    assert progress.lost >= 1
    assert progress.head == world.chain.blocks[-1].number
    for _ in range(2):
        snapshot = world.snapshot()
        assert (snapshot[1], snapshot[4], snapshot.version, snapshot.trouble) == (1, 1, 1, "")
        assert world.record().keys[0].ended_at is not None
        world.restart()


def test_a_reorganisation_of_everything_starts_again(world: World) -> None:
    world.mine(accredited(), CREATED, commit([2]), empty=9)
    world.sync()
    world.chain.fork(0)
    world.mine(salt="other", empty=20)
    world.sync()
    assert world.accreditation() is None
    assert world.get(NeedKind.STATUS, URL, DID).body == ABSENT


def test_a_short_branch_that_replaces_a_longer_one_is_followed(world: World) -> None:
    world.mine(accredited(), CREATED, empty=6)
    world.mine(commit([2]))
    world.sync()
    world.chain.fork(6)
    world.mine(salt="other")
    progress = world.sync()
    assert (progress.head, progress.behind, progress.lost) == (7, False, 2)
    assert world.snapshot()[1] == 1


def test_a_fork_right_above_the_last_final_block_is_followed(world: World) -> None:
    world.mine(accredited(), CREATED, empty=3)
    world.mine(commit([2]))
    progress = world.sync()
    assert progress.final == 2
    world.chain.fork(2)
    world.mine(salt="other", empty=4)
    assert world.sync().lost == 3
    assert world.snapshot()[1] == 1


def test_fewer_confirmations_make_blocks_final_at_once(world: World) -> None:
    world.mine(accredited())
    world.sync()
    assert world.accreditation() is None
    world.confirmations = 0
    world.restart()
    assert world.sync().final == 1
    assert world.accreditation() is not None
    world.chain.fork(0)
    world.mine(salt="other")
    assert world.sync().lost == 1
    assert world.accreditation() is None


@pytest.mark.usefixtures("no_pause")
def test_left_out_logs_are_noticed_at_the_next_one(world: World) -> None:
    world.mine(accredited(), CREATED, empty=4)
    world.sync()
    world.mine(commit([2]))
    world.chain.hidden = {(6, 0)}
    world.sync()
    assert world.snapshot()[1] == 0
    world.mine(commit([4]))
    known = world.get(NeedKind.STATUS, URL, DID)
    with refused("ledger.gap", kind=Undecided):
        world.sync()
    assert world.get(NeedKind.STATUS, URL, DID) == known
    world.chain.hidden = set()
    world.sync()
    assert (world.snapshot()[1], world.snapshot()[2], world.snapshot().version) == (1, 1, 2)
    world.restart()
    assert (world.snapshot()[1], world.snapshot()[2], world.snapshot().version) == (1, 1, 2)


@pytest.mark.usefixtures("no_pause")
def test_reading_anew_is_not_used_if_it_knows_less(world: World) -> None:
    world.mine(accredited(), CREATED, empty=4)
    world.mine(key_set())
    world.sync()
    world.mine(commit([2]))
    world.chain.hidden = {(7, 0)}
    world.sync()
    world.mine(commit([4]))
    world.chain.hidden = {(6, 0)}
    with refused("ledger.gap", kind=Undecided):
        world.sync()
    world.chain.hidden = set()
    world.sync()
    assert world.snapshot().version == 2


@pytest.mark.parametrize("most", [1, 2, 3, 7])
def test_pages_shrink_to_what_a_node_allows(world: World, most: int) -> None:
    world.chain.most_blocks = most
    world.mine(accredited(), CREATED, empty=10)
    for bit in range(0, 20, 2):
        world.mine(commit([bit]))
    world.mine(empty=5)
    progress = world.sync()
    assert progress.logs == 12
    assert [world.snapshot()[index] for index in range(11)] == [1] * 10 + [0]


def test_a_page_refused_even_for_one_block_is_an_error(world: World) -> None:
    world.chain.most_blocks = 0
    world.mine()
    with refused("chain.answer", kind=Undecided):
        world.sync()


def _other_chain(chain: ModelChain) -> None:
    chain.chain = 1


def _other_code(chain: ModelChain) -> None:
    chain.codes[ADDRESSES[events.Contract.STATUS]] = b"other code"


def _no_code(chain: ModelChain) -> None:
    chain.codes[ADDRESSES[events.Contract.DID]] = b""


def _other_genesis(chain: ModelChain) -> None:
    chain.blocks[0] = ModelChain().mine(salt="other")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_other_chain, "network.chain"),
        (_other_code, "network.code"),
        (_no_code, "network.code"),
        (_other_genesis, "network.checkpoint"),
    ],
)
def test_a_node_of_another_network_is_refused(
    world: World, change: Callable[[ModelChain], None], code: str
) -> None:
    world.mine(accredited(), empty=5)
    world.sync()
    known = world.get(NeedKind.ACCREDITATION, TYPE, DID)
    change(world.chain)
    world.restart()
    with refused(code):
        world.sync()
    assert world.get(NeedKind.ACCREDITATION, TYPE, DID).body == known.body


def test_an_expired_network_file_is_followed_no_further(world: World) -> None:
    world.mine(accredited(), empty=5)
    world.sync()
    with refused("network.expired"):
        world.follower.sync(world.network.expires)
    assert world.follower.sync(world.network.expires - timedelta(seconds=1)).head == 6


def test_the_network_is_looked_at_again_after_every_failure(world: World) -> None:
    world.mine()
    world.sync()
    world.chain.asked.clear()
    world.sync()
    assert "code" not in world.chain.asked
    world.chain.down = True
    with pytest.raises(ClicidError):
        world.sync()
    world.chain.down = False
    world.chain.asked.clear()
    world.sync()
    assert "code" in world.chain.asked


def test_a_list_that_differs_from_its_digest_stops_but_its_bits_stand(world: World) -> None:
    world.mine(accredited(), CREATED, empty=5)
    world.mine(commit([2], digest=b"\x09" * 32))
    world.sync()
    assert world.follower.broken_lists() == {URL: "status.digest_mismatch"}, "in its first block"
    assert (world.snapshot().trouble, world.snapshot()[1]) == ("status.digest_mismatch", 1)
    world.mine(commit([4]), empty=9)
    world.sync()
    world.restart()
    assert (world.snapshot().trouble, world.snapshot()[2]) == ("status.digest_mismatch", 1)


def test_a_store_of_another_network_is_refused(world: World, tmp_path: Path) -> None:
    other = network_file(ModelChain())
    with refused("ledger.store"):
        LedgerStore(world.path, type(other)(**{**_values(other), "chain_id": 5}), RULES)
    with refused("ledger.store"):
        anew = {**_values(other), "checkpoint": Checkpoint(0, b"\1" * 32)}
        LedgerStore(world.path, type(other)(**anew), RULES)
    rotated = {**_values(other), "checkpoint": Checkpoint(5, b"\1" * 32)}
    LedgerStore(world.path, type(other)(**rotated), RULES).close()
    (tmp_path / "noise").write_bytes(b"this is no database, and long enough to tell" * 50)
    with refused("ledger.store"):
        LedgerStore(tmp_path / "noise", other, RULES)


def _values(file: Any) -> dict[str, Any]:
    return {name: getattr(file, name) for name in type(file).__slots__}


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE records SET body = x'00'",
        "UPDATE records SET key = 'none' WHERE key LIKE 'list%'",
        "UPDATE meta SET body = x'5b5d' WHERE key = 'sticky'",
        "UPDATE meta SET body = x'7b7d' WHERE key = 'final'",
        "UPDATE logs SET contract = 'x'",
        "UPDATE logs SET data = x'00'",
        "UPDATE meta SET body = x'39' WHERE key = 'version'",
    ],
)
def test_a_damaged_store_is_refused(world: World, damage: str) -> None:
    world.mine(accredited(), CREATED, empty=4)
    world.mine(commit([1]))
    world.sync()
    world.store._db.write(damage)
    with refused("ledger.store"):
        world.restart()


@pytest.mark.parametrize("version", [b"1", b"2", b"3"])
def test_what_a_release_that_read_less_has_stored_is_read_anew(world: World, version: bytes) -> None:
    """It took no notice of some statements that a key was in other hands; what was lost stays in force."""
    statement = {
        "name": compromise.COMPROMISED,
        "value": compromise.encode_compromise(1, 3),
        "valid_to": FOREVER,
    }
    world.mine(key_set(), CREATED, accredited(), empty=4)
    world.mine(commit([1]))
    world.sync()
    world.chain.fork(5)
    world.mine(event(events.AttributeChanged, identity=ISSUER, **statement), salt="other", empty=4)
    world.sync()
    (key,) = world.record().keys
    before = replace(world.record(), keys=(replace(key, compromised_from=None),)).to_bytes()
    world.store._db.write("UPDATE records SET body = ? WHERE key LIKE 'did/%'", [(before,)])
    world.store._db.write("UPDATE meta SET body = ? WHERE key = 'version'", [(version,)])
    world.restart()
    assert world.follower.head is None
    world.sync()
    assert world.record().keys == (key,)
    assert world.snapshot()[0] == 2
    world.restart()
    assert world.record().keys == (key,)


def test_a_store_that_cannot_be_opened_is_refused(world: World, tmp_path: Path) -> None:
    with refused("ledger.store"):
        LedgerStore(tmp_path / "no such folder" / "chain.db", world.network, RULES)


def test_nothing_is_stored_by_halves(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.mine(accredited(), CREATED, empty=4)
    world.sync()
    world.mine(commit([1]), empty=4)

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(world.store, "_forget_empty", fail)
    with pytest.raises(KeyboardInterrupt):
        world.sync()
    world.restart()
    assert world.follower.head is not None
    assert world.follower.head.number == 5
    world.sync()
    assert world.snapshot()[0] == 2


def test_of_two_lost_withdrawals_the_later_one_is_in_force(world: World) -> None:
    world.mine(accredited(), empty=4)
    stands = world.chain.blocks[-1].number
    world.mine(WITHDRAWN, accredited(), WITHDRAWN)
    world.sync()
    world.chain.fork(stands)
    world.mine(WITHDRAWN, empty=1, salt="another")
    world.sync()
    world.chain.fork(stands)
    # Final, and above the second lost withdrawal, but below the last word of the first lost branch.
    world.mine(accredited(), empty=6, salt="a third")
    world.sync()
    found = world.accreditation()
    assert found is not None
    assert found.withdrawn_at is not None


def test_a_block_costs_one_digest_however_many_wait_to_be_final(world: World) -> None:
    digests: list[int] = []

    def digest(list_id_: bytes, version: int, *rest: Any) -> bytes:
        digests.append(version)
        return RULES.digest(list_id_, version, *rest)

    world.rules = replace(RULES, digest=digest)
    world.confirmations = 30
    world.restart()
    world.mine(accredited(), CREATED, empty=31)
    for index in range(10):
        world.mine(commit([2 * index]))
        world.sync()
        assert world.snapshot()[index] == 1
        body = world.get(NeedKind.STATUS, URL, DID).body
        world.mine()
        world.sync()
        assert world.get(NeedKind.STATUS, URL, DID).body is body
    assert digests == list(range(1, 11))


def _sqlite(world: World) -> sqlite3.Connection:
    database = world.store._db
    assert isinstance(database, Sqlite)
    return database._db


def test_a_full_disk_loses_nothing_that_was_learnt(world: World) -> None:
    world.mine(accredited(), CREATED, empty=4)
    world.sync()
    _sqlite(world).execute("PRAGMA max_page_count = 1")
    limit = _sqlite(world).execute("PRAGMA page_count").fetchone()[0]
    _sqlite(world).execute(f"PRAGMA max_page_count = {limit}")
    noise = [event(events.ListCreated, identity=OTHER, url=f"{URL}/{at}" * 9, width=2, size=9, purposes="")
             for at in range(40)]  # fmt: skip
    world.mine(commit([1]), *noise)
    with refused("ledger.write", kind=LocalError):
        world.sync()
    assert world.snapshot()[0] == 2
    world.chain.fork(5)
    world.mine(commit([4]), *noise, salt="other", empty=2)
    with refused("ledger.write", kind=LocalError):
        world.sync()
    _sqlite(world).execute("PRAGMA max_page_count = 1000000")
    world.mine()
    world.sync()
    for _ in range(2):
        assert [world.snapshot()[index] for index in range(3)] == [2, 0, 1]
        world.restart()


BITS = 8 * PIECE
WIDE = {"identity": ISSUER, "url": URL, "width": 2, "size": 7 * BITS // 4, "purposes": "a b"}
"""A list of three whole pieces and a half."""


def _pieces(world: World) -> dict[int, int]:
    rows = world.store._db.read("SELECT number, LENGTH(body) FROM pieces")
    return dict(rows)


def test_of_a_large_list_only_what_was_changed_is_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.mine(accredited(), event(events.ListCreated, **WIDE), empty=4)
    world.sync()
    assert _pieces(world) == {0: PIECE, 1: PIECE, 2: PIECE, 3: PIECE // 2}
    written, write = [], world.store._db.write

    def spy(statement: str, rows: Any = ((),)) -> None:
        rows = list(rows)
        if "INTO pieces" in statement:
            written.append([number for _, number, _ in rows])
        write(statement, rows)

    monkeypatch.setattr(world.store._db, "write", spy)
    world.mine(commit([BITS, 3 * BITS + 5]), empty=3)
    world.sync()
    assert [numbers for numbers in written if numbers] == [[1, 3]]
    world.mine(commit([2 * BITS - 1], [3 * BITS + 5]), empty=3)
    world.sync()
    assert [numbers for numbers in written if numbers] == [[1, 3], [1, 3]]
    for _ in range(2):
        found = world.snapshot()
        assert (found[BITS // 2], found[BITS - 1], found[3 * BITS // 2 + 2]) == (1, 2, 0)
        world.restart()
        world.sync()


def test_pieces_that_could_not_be_stored_are_stored_the_next_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.mine(accredited(), event(events.ListCreated, **WIDE), empty=4)
    world.sync()
    world.mine(commit([BITS]), empty=3)

    def full(*_: object, **__: object) -> None:
        raise LocalError("ledger.write")

    with monkeypatch.context() as patched, refused("ledger.write", kind=LocalError):
        patched.setattr(world.store._db, "write", full)
        world.sync()
    world.mine(commit([0]), empty=3)
    world.sync()
    world.restart()
    assert (world.snapshot()[0], world.snapshot()[BITS // 2]) == (1, 1)


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM pieces WHERE number = 3",
        "DELETE FROM pieces WHERE number = 0",
        "UPDATE pieces SET body = x'00' WHERE number = 1",
        "UPDATE records SET body = x'7b7d0a' WHERE key LIKE 'list/%'",
    ],
)
def test_a_list_that_lacks_a_piece_is_refused(world: World, damage: str) -> None:
    world.mine(accredited(), event(events.ListCreated, **WIDE), empty=4)
    world.sync()
    world.store._db.write(damage)
    with refused("ledger.store"):
        world.restart()


def test_what_a_larger_list_has_left_behind_is_no_part_of_a_list(world: World) -> None:
    world.mine(accredited(), CREATED, empty=4)
    world.mine(commit([1]), empty=3)
    world.sync()
    world.store._db.write("INSERT INTO pieces SELECT key, 1, body FROM pieces")
    world.restart()
    assert world.snapshot()[0] == 2


def test_what_could_not_be_stored_is_kept_when_what_was_final_is_lost_as_well(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.mine(accredited(), CREATED, empty=9)
    world.sync()

    def full(*_: object, **__: object) -> None:
        raise LocalError("ledger.write")

    world.mine(commit([4]))
    with monkeypatch.context() as patched, refused("ledger.write", kind=LocalError):
        patched.setattr(world.store, "save", full)
        world.sync()
    assert world.snapshot()[2] == 1
    world.chain.fork(4)
    world.mine(salt="other", empty=30)
    world.sync()
    for _ in range(2):
        assert world.snapshot()[2] == 1
        world.restart()


def test_what_was_stored_though_that_seemed_to_fail_is_no_obstacle(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.mine(accredited(), CREATED, empty=9)
    world.sync()
    save = world.store.save

    def broken(*arguments: Any, **options: Any) -> None:
        save(*arguments, **options)
        raise LocalError("ledger.write")

    world.mine(commit([4]))
    with monkeypatch.context() as patched, refused("ledger.write", kind=LocalError):
        patched.setattr(world.store, "save", broken)
        world.sync()
    world.chain.fork(4)
    world.mine(salt="other", empty=30)
    world.sync()
    assert world.snapshot()[2] == 1


@pytest.fixture
def hiding(world: World) -> World:
    """The node has hidden a revocation so far, and the next look finds out."""
    world.confirmations = 1
    world.restart()
    world.mine(accredited(), key_set(), CREATED, empty=3)
    hidden = len(world.chain.blocks)
    world.mine(commit([10]))
    world.chain.hidden = {(hidden, 0)}
    world.mine(empty=2)
    world.sync()
    assert world.snapshot()[5] == 0
    world.chain.hidden = set()
    world.mine(commit([20]))
    return world


def test_while_bad_news_is_stored_nobody_is_told_what_was_known_before(
    hiding: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, entered, go_on = hiding.store.replace, threading.Event(), threading.Event()

    def slowly(*arguments: Any) -> None:
        entered.set()
        go_on.wait(10)
        replace(*arguments)

    monkeypatch.setattr(hiding.store, "replace", slowly)
    syncing = threading.Thread(target=hiding.sync)
    syncing.start()
    assert entered.wait(10)
    need = Need(NeedKind.STATUS, URL, DID)
    assert hiding.materials.get_at_once(need, hiding.chain.now) is None
    told: list[int] = []
    reading = threading.Thread(target=lambda: told.append(hiding.snapshot()[5]))
    reading.start()
    reading.join(0.3)
    assert told == []
    go_on.set()
    reading.join(10)
    syncing.join(10)
    assert told == [1]


def test_a_history_read_anew_counts_though_it_cannot_be_stored(
    hiding: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise LocalError("ledger.write")

    with monkeypatch.context() as patched, refused("ledger.write", kind=LocalError):
        patched.setattr(hiding.store, "replace", full)
        hiding.sync()
    assert hiding.snapshot()[5] == 1
    hiding.mine(commit([21]))
    hiding.sync()
    for _ in range(2):
        assert [hiding.snapshot()[index] for index in (5, 10)] == [1, 3]
        hiding.restart()
        hiding.sync()


def test_made_up_names_do_not_keep_real_ones_out_of_the_memory(world: World) -> None:
    world.mine(accredited(), CREATED, empty=3)
    world.sync()
    for number in range(2000):
        world.get(NeedKind.DID, f"did:ethr:0x539:0x{number:040x}")
    world.get(NeedKind.STATUS, URL, DID)
    assert world.materials.get_at_once(Need(NeedKind.STATUS, URL, DID), world.chain.now) is not None
    assert world.materials._given is not None
    assert len(world.materials._given.materials) == 1024


def test_a_locked_store_is_ours_to_report(world: World) -> None:
    world.mine(accredited())
    _sqlite(world).execute("PRAGMA busy_timeout = 0")
    assert world.path is not None
    with closing(sqlite3.connect(world.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with refused("ledger.write", kind=LocalError):
            world.sync()
        other.execute("ROLLBACK")
    world.mine()
    world.sync()
    world.restart()
    assert world.follower.head == world.chain.blocks[-1]


def test_final_blocks_without_logs_are_forgotten_in_time(world: World) -> None:
    world.mine(accredited())
    for _ in range(1100):
        world.chain.mine()
    world.sync()
    for _ in range(10):
        world.chain.mine()
        world.sync()
    numbers = [block.number for block in world.store.blocks(-1)]
    assert numbers[0] == 1
    assert len(numbers) < 30


@pytest.mark.parametrize(
    ("need", "why"),
    [
        (Need(NeedKind.STATUS_LIST, URL, DID), "not on this chain"),
        (Need(NeedKind.DID, f"did:ethr:0x1:0x{ISSUER.hex()}"), "not on this chain"),
        (Need(NeedKind.DID, "did:web:issuer.example"), "did.method"),
        (Need(NeedKind.STATUS, URL, f"did:ethr:0x1:0x{ISSUER.hex()}"), "not on this chain"),
        (Need(NeedKind.STATUS, URL, "no did"), "did.syntax"),
    ],
)
def test_what_this_chain_cannot_answer_is_unavailable(world: World, need: Need, why: str) -> None:
    world.mine()
    world.sync()
    found = world.materials.get(need, world.chain.now)
    assert found == Unavailable(world.chain.now, why)


@pytest.mark.parametrize("did", [f"did:ethr:0x1:0x{ISSUER.hex()}", "did:web:issuer.example", "no did"])
def test_this_chain_accredits_and_registers_nobody_of_elsewhere(world: World, did: str) -> None:
    world.mine()
    world.sync()
    for need in (Need(NeedKind.ACCREDITATION, "urn:type", did), Need(NeedKind.REGISTRATION, did)):
        found = world.materials.get(need, world.chain.now)
        assert isinstance(found, Material)
        assert found.body == ABSENT


@pytest.mark.parametrize("did", ["did:web:issuer.example", f"did:ethr:0x1:0x{ISSUER.hex()}"])
def test_a_did_of_elsewhere_has_no_rights_here(world: World, did: str) -> None:
    world.mine()
    world.sync()
    assert world.get(NeedKind.ACCREDITATION, TYPE, did).body == ABSENT
    assert world.get(NeedKind.REGISTRATION, did).body == ABSENT


def test_delegation_is_one_level_and_ends_with_what_it_came_from(world: World) -> None:
    delegated = event(
        events.Delegated, identity=ISSUER, type_id=TYPE_ID, delegate=OTHER, valid_from=10, valid_until=99
    )
    world.mine(accredited(valid_until=50), delegated, empty=3)
    world.sync()
    other = f"did:ethr:0x539:0x{OTHER.hex()}"
    found = world.accreditation(other)
    assert found == Accreditation(
        other, TYPE_ID, b"\x05" * 32, 10, 50, None, False, "", bytes(32), delegated_by=DID
    )
    world.mine(WITHDRAWN)
    world.sync()
    found = world.accreditation(other)
    assert found is not None
    assert found.withdrawn_at is not None


def test_a_withdrawn_delegation_leaves_the_giver_alone(world: World) -> None:
    delegated = event(
        events.Delegated, identity=ISSUER, type_id=TYPE_ID, delegate=OTHER, valid_from=0, valid_until=99
    )
    over = event(
        events.DelegationWithdrawn, identity=ISSUER, type_id=TYPE_ID, delegate=OTHER, keeps_anchored=True
    )
    world.mine(accredited(), delegated, empty=3)
    world.mine(over)
    world.sync()
    other = f"did:ethr:0x539:0x{OTHER.hex()}"
    for _ in range(2):
        found, own = world.accreditation(other), world.accreditation()
        assert found is not None
        assert own is not None
        assert (found.withdrawn_at is not None, found.keeps_anchored) == (True, True)
        assert own.withdrawn_at is None
        world.mine(empty=3)
        world.sync()


def test_a_right_passed_on_is_nothing_once_the_giver_may_not(world: World) -> None:
    delegated = event(
        events.Delegated, identity=ISSUER, type_id=TYPE_ID, delegate=OTHER, valid_from=0, valid_until=99
    )
    world.mine(accredited(), delegated)
    world.mine(accredited(may_delegate=False), empty=3)
    world.sync()
    assert world.accreditation(f"did:ethr:0x539:0x{OTHER.hex()}") is None


def test_a_deactivated_identity_stays_so(world: World) -> None:
    world.mine(key_set(), empty=3)
    world.mine(event(events.OwnerChanged, identity=ISSUER, owner=bytes(20)))
    world.sync()
    assert world.record().deactivated
    world.chain.fork(4)
    world.mine(salt="other", empty=5)
    world.sync()
    assert world.record().deactivated
    world.mine(event(events.OwnerChanged, identity=ISSUER, owner=OTHER), empty=5)
    world.sync()
    assert (world.record().deactivated, world.record().owner) == (False, OTHER)


def test_the_chain_id_is_the_networks(world: World) -> None:
    assert world.follower.chain_id == CHAIN_ID


def test_a_log_that_moves_while_it_is_read_is_undecided(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.mine(accredited(), empty=5)
    honest = world.chain.header

    def moved(number: int | None) -> Any:
        header = honest(number)
        return header and type(header)(header.number, b"\x01" * 32, header.parent, header.time)

    (endpoint,) = world.follower.endpoints
    endpoint.check()
    monkeypatch.setattr(world.chain, "header", moved)
    with refused("chain.reorganising", kind=Undecided):
        world.sync()
    monkeypatch.setattr(world.chain, "header", lambda _number: None)
    with pytest.raises(Refused, match=r"network\.checkpoint"):
        world.sync()
    endpoint._checked = True
    with refused("chain.answer", kind=Undecided):
        world.sync()
