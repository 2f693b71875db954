"""Taking an offer: a credential is kept if the verifier's own steps accept it and it is bound to our key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from clicid.errors import Refused, Undecided
from clicid.formats import sd_jwt_vc
from clicid.formats.base import Need, NeedKind, Unavailable
from clicid.oid4vci.dialogue import Consented, ConsentWanted, Declined
from clicid.status.rows import REVOKED
from tests.support.asking import Holder
from tests.support.issuance import IDENTITY, IssuerServer
from tests.support.refusals import refused
from tests.support.world import DID, LIST_URL, NOW, VCT
from tests.unit.wallet.test_hostile_peers import Agreeing, parts_for
from wallet.commands import out
from wallet.store.records import Event
from wallet.terminal import Terminal
from wallet.usecases.accepting import accept
from wallet.words import WORDS, Language

if TYPE_CHECKING:
    from pathlib import Path

    from clicid.keys.public import PublicKey
    from clicid.oid4vci.issuance import Grant
    from wallet.usecases.parts import Parts

STATUS = Need(NeedKind.STATUS, LIST_URL, DID)


class Scene:
    """An issuer that issues, and a wallet that holds one credential already."""

    def __init__(self, *, bound_to: PublicKey | None = None, silent: bool = False) -> None:
        self.holder = Holder()
        self.bound_to = bound_to
        self.server = IssuerServer(make=self._make)
        have: dict[Need, Any] = dict(self.holder.have)
        if silent:
            have[STATUS] = Unavailable(NOW, "no endpoint answers")
        self.parts: Parts = parts_for(self.holder, have, self.server.send)

    def _make(self, grant: Grant) -> tuple[str, ...]:
        world = self.holder.world
        made = []
        for proof in grant.holders:
            prepared = sd_jwt_vc.prepare_credential(
                world.issuer,
                world.claims,
                vct=VCT,
                holder=self.bound_to or proof.holder,
                validity=world.validity,
                status=world.status,
                always=frozenset(),
                random=world.random,
            )
            made.append(world.signed(prepared, world.issuer_ref).decode())
        return tuple(made)

    def accept(self, person: Any = None) -> Any:
        offer = self.server.offer(IDENTITY)
        url = offer.offer.to_url()
        return accept(self.parts, url, person or Knowing(offer.tx_code))

    def keys(self) -> set[str]:
        return set(vars(self.holder.world.keys)["_keys"])


@dataclass
class Knowing(Agreeing):
    """A person who has the message with the code."""

    tx_code: str = ""

    def __init__(self, tx_code: str) -> None:
        super().__init__()
        self.tx_code = tx_code

    def on_offer(self, offer: ConsentWanted) -> Consented:
        return Consented(tuple(offer.configurations), self.tx_code)


class Refusing(Agreeing):
    """A person who says no, once."""

    def on_offer(self, offer: ConsentWanted) -> Any:
        assert not offer.retry
        return Declined()


def test_kept_with_a_key_of_its_own() -> None:
    scene = Scene()
    keys = scene.keys()
    (kept,) = scene.accept()
    assert (kept.credential_type, kept.issuer, kept.format) == (VCT, DID, "dc+sd-jwt")
    assert scene.keys() - keys == {kept.key_name}
    assert kept.credential_id.isalnum()
    assert scene.parts.records.credential(kept.credential_id) == kept
    (entry,) = scene.parts.records.history()
    assert (entry.event, entry.credential_ids) == (Event.RECEIVED, (kept.credential_id,))


def test_declined_there_is_no_key_and_nothing_kept() -> None:
    scene = Scene()
    keys = scene.keys()
    assert scene.accept(Refusing()) == ()
    assert scene.keys() == keys
    assert scene.parts.records.history() == []


def test_bound_to_another_key_it_is_not_kept() -> None:
    world = Holder().world
    scene = Scene(bound_to=world.keys.public(world.other_ref))
    _expect_not_kept(scene, "holder.key_mismatch")


def test_revoked_before_it_came_it_is_not_kept() -> None:
    scene = Scene()
    scene.holder.world.entry(REVOKED)
    scene.parts = parts_for(scene.holder, scene.holder.have, scene.server.send)
    _expect_not_kept(scene, "status.revoked")


def test_what_cannot_be_judged_is_not_kept_and_not_called_wrong() -> None:
    _expect_not_kept(Scene(silent=True), "status.unavailable", Undecided)


def _expect_not_kept(scene: Scene, code: str, kind: type[Refused | Undecided] = Refused) -> None:
    keys, held = scene.keys(), scene.parts.records.credentials()
    with refused(code, kind=kind):
        scene.accept()
    assert (scene.keys(), scene.parts.records.credentials()) == (keys, held)
    assert [(entry.event, entry.outcome) for entry in scene.parts.records.history()] == [
        (Event.REFUSED, code)
    ]


# At the terminal -------------------------------------------------------------------------------------


def test_a_wrong_code_can_be_typed_again() -> None:
    scene = Scene()
    offer = scene.server.offer(IDENTITY)
    with CliRunner().isolation(input=f"y\n000000\ny\n{offer.tx_code}\n") as (screen, *_):
        (kept,) = accept(scene.parts, offer.offer.to_url(), Terminal(out, WORDS[Language.EN], yes=False))
        said = screen.getvalue().decode()
    assert kept.credential_type == VCT
    assert WORDS[Language.EN].wrong_code in said
    assert offer.tx_code not in said, "what is typed is not shown"


def test_a_script_with_a_wrong_code_is_told(tmp_path: Path) -> None:
    scene = Scene()
    (tmp_path / "code").write_text("000000\n", "utf-8")
    person = Terminal(out, WORDS[Language.SV], yes=True, tx_code_file=tmp_path / "code")
    with CliRunner().isolation(), refused("wallet.offer_code"):
        scene.accept(person)
    assert scene.parts.records.history() == []


@pytest.mark.parametrize("typed", ["n\n", "\n"])
def test_no_is_no(typed: str) -> None:
    scene = Scene()
    with CliRunner().isolation(input=typed):
        assert scene.accept(Terminal(out, WORDS[Language.EN], yes=False)) == ()
