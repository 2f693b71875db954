"""A newer bundle takes an older one's place: bad news of a branch that only the older maker saw stays."""

from __future__ import annotations

import json
from dataclasses import replace
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import bundles
from clicid.adapters.bundle_memory import Memory
from clicid.adapters.bundles import Trust
from clicid.codec import jcs
from clicid.errors import LocalError
from clicid.keys.algorithms import ED25519
from clicid.ledger import bundle as form
from clicid.ledger import carried, events
from clicid.ledger.replaced import Told, kept
from clicid.ledger.sticky import Sticky
from clicid.trust.accreditation import type_id
from tests.support.chain_model import CHAIN_ID, event
from tests.support.known_network import AGE, ISSUER, LIST, REVOKED, SUSPENDED
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.refusals import refused
from tests.unit.verifier.test_bundles import Desks, ending, run
from verifier.usecases import bundling

if TYPE_CHECKING:
    from pathlib import Path

ACCEPTED, GONE = ("accepted", "", 0), ("refused", "status.revoked", 1)


@pytest.fixture
def desks(tmp_path: Path) -> Desks:
    return Desks(tmp_path)


def told(desks: Desks, number: int) -> tuple[str, str, int]:
    """Of the machine without a network, that begins anew for each question."""
    return ending(desks.decide(number))


def lost(desks: Desks, *made: Any, final: bool = False) -> None:
    """A branch with these events, and a bundle taken in; then another branch, and a maker of that alone."""
    number = desks.known.chain.blocks[-1].number
    desks.mine(*made, empty=3 if final else 0)
    desks.make()
    assert run("verify", "--config", desks.offline()).exit_code == 0
    desks.known.chain.fork(number)
    newcomer(desks)
    desks.mine(empty=6)
    desks.make()


def newcomer(desks: Desks) -> None:
    """The next bundle's maker has seen nothing of what was."""
    (desks.folder / "online" / "data" / "chain.db").unlink()


@pytest.mark.parametrize("final", [False, True])
def test_a_revocation_on_a_lost_branch_stays(desks: Desks, final: bool) -> None:
    lost(desks, desks.known.mark({1: REVOKED}), final=final)
    assert (told(desks, 0), told(desks, 1)) == (ACCEPTED, GONE)
    for _ in range(2):  # And through those that come after it.
        desks.mine(desks.known.mark({7: REVOKED}), empty=3)
        desks.make()
        assert (told(desks, 0), told(desks, 1)) == (ACCEPTED, GONE)


@pytest.mark.parametrize("lists_before", [True, False])
def test_a_bundle_about_other_lists_takes_nothing_back(desks: Desks, lists_before: bool) -> None:
    """The one between two has the block with the revocation, and not the measures of its list."""
    number = desks.known.chain.blocks[-1].number
    desks.mine(desks.known.mark({1: REVOKED}))
    if lists_before:
        desks.make()
        assert told(desks, 1) == GONE
    narrow = ("--list", "https://other.example/lists/1")
    desks.make(*narrow)
    assert told(desks, 1)[0] == "undecided"
    desks.known.chain.fork(number)
    newcomer(desks)
    desks.mine(empty=6)
    if lists_before:
        desks.make(*narrow)
        assert told(desks, 1)[0] == "undecided"
    desks.make()
    assert (told(desks, 0), told(desks, 1)) == (ACCEPTED, GONE)


def test_what_the_maker_of_either_kept_stays(desks: Desks) -> None:
    """Of a branch that was lost before its bundle was made."""
    number = desks.known.chain.blocks[-1].number
    desks.mine(desks.known.mark({1: REVOKED}))
    desks.known.chain.fork(number)
    desks.mine(empty=3)
    desks.make()
    assert told(desks, 1) == GONE
    newcomer(desks)
    desks.mine(desks.known.mark({2: REVOKED}))
    desks.known.chain.fork(desks.known.chain.blocks[-2].number)
    desks.mine(empty=6)
    desks.make()
    assert (told(desks, 0), told(desks, 1), told(desks, 2)) == (ACCEPTED, GONE, GONE)


def test_until_a_final_block_speaks_again(desks: Desks) -> None:
    lost(desks, desks.known.mark({1: SUSPENDED}))
    assert told(desks, 1) == ("refused", "status.suspended", 1)
    lift = event(events.Committed, list_id=LIST, bits=[], off=[2 * 1 + SUSPENDED])
    desks.mine(desks.known.mark({1: SUSPENDED}))
    desks.mine(lift)
    desks.make()
    assert told(desks, 1) == ("refused", "status.suspended", 1)
    desks.mine(empty=3)
    desks.make()
    assert told(desks, 1) == ACCEPTED


def test_a_suspension_that_was_lifted_on_the_same_chain_does_not_stay(desks: Desks) -> None:
    desks.mine(desks.known.mark({1: SUSPENDED}))
    desks.make()
    assert told(desks, 1) == ("refused", "status.suspended", 1)
    newcomer(desks)
    desks.mine(event(events.Committed, list_id=LIST, bits=[], off=[2 * 1 + SUSPENDED]), empty=3)
    desks.make()
    assert told(desks, 1) == ACCEPTED


def test_a_key_and_a_right_that_ended_on_a_lost_branch_stay_so(desks: Desks) -> None:
    key = desks.known.chain.blocks[1].logs[0].event
    assert isinstance(key, events.AttributeChanged)
    over = {"identity": ISSUER, "name": key.name, "value": key.value, "valid_to": 0}
    lost(desks, event(events.AttributeChanged, **over))
    assert told(desks, 0) == ("refused", "issuer.key_revoked", 1)


def test_a_withdrawal_on_a_lost_branch_stays(desks: Desks) -> None:
    over = {"identity": ISSUER, "type_id": type_id(AGE), "keeps_anchored": False}
    lost(desks, event(events.Withdrawn, **over))
    assert told(desks, 0)[:2] == ("refused", "issuer.accreditation_withdrawn")


def test_where_it_does_not_reach_back_what_was_known_stays_until_one_does(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    desks.mine(desks.known.mark({1: SUSPENDED}))
    desks.make()
    assert told(desks, 1) == ("refused", "status.suspended", 1)
    desks.mine(event(events.Committed, list_id=LIST, bits=[], off=[2 * 1 + SUSPENDED]), empty=3)
    with monkeypatch.context() as patched:
        patched.setattr(bundles, "MAX_RECENT", 0)
        desks.make()
        assert told(desks, 1) == ("refused", "status.suspended", 1)
    desks.make()
    assert told(desks, 1) == ACCEPTED


def of_an_earlier_release(desks: Desks) -> None:
    """The bundle as it was before there were recent blocks and versions; signed by a key of this test's."""
    found = form.parse(desks.file.read_bytes())
    rows = form.unpack(found)
    del rows[carried.RECENT]
    older = []
    for name, body in rows[carried.BLOCKS]:
        row = json.loads(body)
        row.pop("versions", None)
        older.append((name, jcs.dumps(row)))
    rows[carried.BLOCKS] = older
    manifest = found.manifest
    made, packed = form.pack(
        {name: (manifest.made_at, part) for name, part in rows.items()},
        network=manifest.network,
        head=manifest.head,
        final=manifest.final,
        scope=manifest.scope,
        made_at=manifest.made_at,
    )
    keys = MemoryKeyStore(b"an earlier release")
    ref = keys.find("maker") or keys.generate(ED25519, "maker")
    desks.signer = keys.public(ref).to_multikey()
    desks.file.write_bytes(bundling.signed(made, packed, keys, ref))


def test_a_bundle_of_an_earlier_release_is_read_and_takes_nothing_back(desks: Desks) -> None:
    number, signer = desks.known.chain.blocks[-1].number, desks.signer
    desks.mine(desks.known.mark({1: REVOKED}))
    of_an_earlier_release(desks)
    desks.make()
    of_an_earlier_release(desks)
    assert (told(desks, 0), told(desks, 1)) == (ACCEPTED, GONE)
    desks.known.chain.fork(number)
    newcomer(desks)
    desks.mine(empty=6)
    desks.make()
    of_an_earlier_release(desks)
    assert (told(desks, 0), told(desks, 1)) == (ACCEPTED, GONE)
    desks.signer = signer
    desks.make()
    assert (told(desks, 0), told(desks, 1)) == (ACCEPTED, GONE)


def test_of_two_that_are_taken_in_at_once_the_newer_one_is_remembered(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service, and a command beside it, which has read the file before the newer one lay there."""
    slow, fast, read = desks.chain(), desks.chain(), bundles.opened
    service = Thread(target=fast.sync, args=(desks.known.now,))

    def opened(*how: Any) -> Any:
        monkeypatch.setattr(bundles, "opened", read)
        desks.mine(desks.known.mark({1: REVOKED}), empty=3)
        desks.make()
        service.start()
        service.join(0.5)
        return read(*how)

    monkeypatch.setattr(bundles, "opened", opened)
    slow.sync(desks.known.now)
    service.join()
    remembered = Memory.load(desks.folder / "memory.json", CHAIN_ID)
    assert remembered is not None
    assert remembered.head == form.parse(desks.file.read_bytes()).manifest.head


def test_a_memory_of_an_earlier_release_is_read(desks: Desks) -> None:
    memory = desks.folder / "offline" / "data" / "bundle.json"
    assert told(desks, 0) == ACCEPTED
    known = json.loads(memory.read_bytes())
    assert known.pop("told")
    memory.write_bytes(json.dumps(known).encode())
    assert told(desks, 0) == ACCEPTED
    assert "told" in json.loads(memory.read_bytes())


@pytest.mark.parametrize("raw", [b"", b"{}", b'{"told": {}}'])
def test_a_memory_that_is_none_is_not_forgotten(desks: Desks, raw: bytes) -> None:
    memory = desks.folder / "memory.json"
    memory.write_bytes(raw)
    with refused("config.file", kind=LocalError):
        desks.chain().sync(desks.known.now)


def test_what_is_remembered_is_read_as_it_was_written(desks: Desks) -> None:
    desks.mine(desks.known.mark({1: REVOKED}))
    desks.make()
    found = form.parse(desks.file.read_bytes())
    branch, recent, _ = bundles.opened(found, Trust(desks.known.network, [found.signer]))
    written = Memory.of(found.manifest, Told.of(branch, recent))
    written.save(desks.folder / "memory.json")
    assert Memory.load(desks.folder / "memory.json", CHAIN_ID) == written
    assert kept(Told.of(branch, recent), branch, recent) == branch.sticky


def test_positions_that_a_list_has_not_any_more_are_let_go_of(desks: Desks) -> None:
    """It was opened again on the other branch, and smaller: they cannot be shown in it."""
    found = form.parse(desks.file.read_bytes())
    branch, recent, _ = bundles.opened(found, Trust(desks.known.network, [found.signer]))
    before = replace(Told.of(branch, recent), sticky=Sticky(bits={LIST: {2: 9, 2 * 256: 9}}))
    assert kept(before, branch, recent).bits == {LIST: {2: 9}}


ROWS: dict[str, Any] = {
    "no number": lambda rows: rows[1:],
    "the number twice": lambda rows: rows[:1] * 2,
    "a block of no kind": lambda rows: [*rows, ("pending", rows[-1][1])],
    "blocks that do not rise": lambda rows: [*rows, rows[-1]],
    "from later on": lambda _rows: [("first", b'{"number":99}')],
    "too few versions": lambda rows: [
        rows[0],
        (rows[1][0], rows[1][1].replace(b'"versions":[1,', b'"versions":[')),
    ],
}


@pytest.mark.parametrize("what", ROWS)
def test_recent_blocks_that_are_none(desks: Desks, what: str) -> None:
    found = form.parse(desks.file.read_bytes())
    rows = form.unpack(found)
    final = found.manifest.final.number
    assert len(carried.recent_of(rows, final=final).blocks) == 1
    edited = ROWS[what](rows[carried.RECENT])
    assert edited != rows[carried.RECENT]
    with refused("bundle.format"):
        carried.recent_of(rows | {carried.RECENT: edited}, final=final)
