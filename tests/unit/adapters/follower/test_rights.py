"""Whose rights this chain knows: its own, passed on once, and nobody's of elsewhere."""

from __future__ import annotations

import pytest

from clicid.formats.base import Material, Need, NeedKind, Unavailable
from clicid.ledger import events
from clicid.ledger.facts import ABSENT, Accreditation
from tests.support.chain_model import CHAIN_ID, event
from tests.support.followed import (
    DID,
    ISSUER,
    OTHER,
    TYPE,
    TYPE_ID,
    URL,
    WITHDRAWN,
    World,
    accredited,
    key_set,
)


@pytest.mark.parametrize(
    ("need", "why"),
    [
        (Need(NeedKind.STATUS_LIST, URL, DID), "not on this chain"),
        (Need(NeedKind.STATUS_LIST_CREDENTIAL, URL, DID), "not on this chain"),
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
