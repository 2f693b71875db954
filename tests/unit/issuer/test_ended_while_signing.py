"""What ends an issuance while its credentials are signed: nothing is handed out, or left half made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from issuer.usecases.minting import Mint
from issuer.usecases.records import CopyState
from issuer.usecases.revocation import ActKind, Reason
from tests.support.authorization import AGE, Browser, CodeWallet, error, issuing
from tests.support.issuer_clients import Person

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from clicid.oid4vci.credential import Credential
    from issuer.usecases.minting import Order
    from issuer.usecases.signing import Minted
    from tests.support.issuer_world import World

ENDED = (401, "invalid_token")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with issuing(tmp_path) as found:
        yield found


def suspended(world: World, person: Person, wallet: CodeWallet) -> None:
    del wallet
    revocation = world.application.services.revocation
    revocation.act_on_person(person.person_id(), ActKind.SUSPEND, Reason.COMPROMISED, by="an operator")


def refreshed(world: World, person: Person, wallet: CodeWallet) -> None:
    del world, person
    assert wallet.refresh().status_code == 200


def code_replayed(world: World, person: Person, wallet: CodeWallet) -> None:
    del world, person
    assert error(wallet.redeem_code(wallet.code)) == (400, "invalid_grant")


@pytest.mark.parametrize("ends", [suspended, refreshed, code_replayed])
def test_what_was_signed_for_an_issuance_that_ended_is_void(
    world: World, monkeypatch: pytest.MonkeyPatch, ends: Callable[[World, Person, CodeWallet], None]
) -> None:
    person, wallet, browser = Person(world).approved(), CodeWallet(world), Browser(world)
    browser.open(wallet.link())
    wallet.code = browser.through(person).code
    assert wallet.redeem_code(wallet.code).status_code == 200
    make = Mint.make

    def while_signing(self: Mint, order: Order) -> Minted[Credential]:
        ends(world, person, wallet)
        return make(self, order)

    with monkeypatch.context() as patched:
        patched.setattr(Mint, "make", while_signing)
        assert error(wallet.credential(AGE)) == ENDED
    with world.ground.env.store.reading() as tx:
        (copy,) = tx.issuance.copies_of_person(person.person_id())
        entry = tx.statuses.entry(copy.list_id, copy.index)
    assert copy.state is CopyState.VOID
    assert entry is not None
    assert entry.flags & 1
