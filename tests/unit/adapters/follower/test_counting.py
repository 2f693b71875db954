"""What counts from when: bad news at once, good news once final, and all of it of an age."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

from clicid.errors import Undecided
from clicid.formats.base import Material, Need, NeedKind, Unavailable
from clicid.ledger.facts import ABSENT, Accreditation, IssuanceRoot, Registration
from clicid.status.delta import RULES
from clicid.trust import issuance
from tests.support.followed import (
    CREATED,
    DID,
    PROVIDER,
    REGISTERED,
    TYPE,
    TYPE_ID,
    URL,
    WITHDRAWN,
    World,
    accredited,
    commit,
    key_set,
)
from tests.support.refusals import refused


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


def test_made_up_names_do_not_keep_real_ones_out_of_the_memory(world: World) -> None:
    world.mine(accredited(), CREATED, empty=3)
    world.sync()
    for number in range(2000):
        world.get(NeedKind.DID, f"did:ethr:0x539:0x{number:040x}")
    world.get(NeedKind.STATUS, URL, DID)
    assert world.materials.get_at_once(Need(NeedKind.STATUS, URL, DID), world.chain.now) is not None
    assert world.materials._given is not None
    assert len(world.materials._given.materials) == 1024
