"""A network file is replaced by one that old and new roots signed, and never by an older one."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters.fetch import Fetcher
from clicid.adapters.known_chain import ChainSettings, KnownChain, open_chain
from clicid.adapters.network_files import MAX_FILES, remembered
from clicid.errors import LocalError
from clicid.keys.algorithms import ED25519
from clicid.ledger.blocks import Block
from clicid.ledger.events import Contract
from clicid.ledger.ground import Demands, Ground
from clicid.ledger.network import Checkpoint, NetworkFile, NetworkKind, Roots
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.refusals import refused
from tests.unit.adapters.test_known_chain import NOW, UNSIGNED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STORE = MemoryKeyStore(seed=b"network rotation")
REFS = [STORE.generate(ED25519, f"root-{number}") for number in range(6)]
DAY = timedelta(days=1)


def file(version: int, *signers: int, roots: tuple[int, ...] = (0, 1, 2), **other: Any) -> NetworkFile:
    """A version with these roots, of which two must sign, and the signatures of some."""
    keys = Roots(tuple(STORE.public(REFS[number]) for number in roots), 2)
    made = replace(UNSIGNED, version=version, roots=keys, **other)
    for number in signers:
        made = made.with_signature(
            STORE.public(REFS[number]), STORE.sign(REFS[number], made.to_be_signed(), ED25519)
        )
    return made


FIRST = file(1, 0, 1)
SECOND = file(2, 1, 2, 3, roots=(2, 3, 4))
THIRD = file(3, 3, 4, 5, roots=(3, 4, 5))


class Site:
    """A verifier's folder: the configured place, the pinned digest, and what it remembers."""

    def __init__(self, folder: Path, fetcher: Fetcher) -> None:
        self.folder = folder
        self.place = folder / "network.json"
        self.digest = FIRST.digest().hex()
        self.now = NOW
        self._fetcher = fetcher

    def put(self, *files: NetworkFile) -> Site:
        """One file at the place, or several in a folder there."""
        if len(files) == 1:
            self.place.write_bytes(files[0].to_bytes())
            return self
        self.place = self.folder / "network"
        self.place.mkdir(exist_ok=True)
        for number, one in enumerate(files):
            # Names say nothing: the versions do.
            (self.place / f"{9 - number}.json").write_bytes(one.to_bytes())
        return self

    def open(self) -> KnownChain:
        settings = ChainSettings(
            network_file=self.place,
            network_digest=self.digest,
            rpc=["http://127.0.0.1:9/"],
            witness=None,
            demands=Demands(proofs=False, witness=False),
            in_use=self.folder / "in-use.json",
            store=self.folder / "chain.db",
            confirmations=2,
            sandbox=False,
        )
        return open_chain(settings, self._fetcher, self.now)

    def opened(self) -> NetworkFile:
        chain = self.open()
        chain.close()
        assert remembered(self.folder / "in-use.json") == chain.network
        return chain.network


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    fetcher = Fetcher(allow_loopback_http=True)
    yield Site(tmp_path, fetcher)
    fetcher.close()


def test_a_rotated_file_needs_no_new_digest(site: Site) -> None:
    assert site.put(FIRST).opened() == FIRST
    assert site.put(SECOND).opened() == SECOND
    assert site.put(THIRD).opened() == THIRD
    assert site.opened() == THIRD


def test_two_versions_at_once_come_in_a_folder(site: Site) -> None:
    site.put(FIRST).opened()
    with refused("network.signature"):  # from the first straight to the third: its roots never signed that
        site.put(THIRD).opened()
    assert site.put(THIRD, FIRST, SECOND).opened() == THIRD


def test_a_newcomer_walks_the_folder_from_the_digest_it_was_given(site: Site) -> None:
    assert site.put(SECOND, THIRD, FIRST).opened() == THIRD
    site.digest = "00" * 32
    assert site.opened() == THIRD  # what is in use was reached from a digest that was given


def test_a_newcomer_without_the_first_file_knows_nothing(site: Site) -> None:
    with refused("network.digest", kind=LocalError):
        site.put(SECOND, THIRD).opened()
    assert not (site.folder / "in-use.json").exists()
    site.digest = THIRD.digest().hex()
    assert site.opened() == THIRD


def test_an_older_file_is_no_way_back_even_with_its_digest(site: Site) -> None:
    site.put(FIRST).opened()
    site.put(SECOND).opened()
    for digest in (FIRST.digest().hex(), SECOND.digest().hex()):
        site.digest = digest
        with refused("network.rollback", str(site.place)):
            site.put(FIRST).opened()
    assert site.put(SECOND).opened() == SECOND


def test_another_file_of_the_version_in_use_is_refused(site: Site) -> None:
    site.put(FIRST).opened()
    other = file(1, 0, 1, governance=b"\6" * 20)
    site.digest = other.digest().hex()
    with refused("network.rollback"):
        site.put(other).opened()
    site.put(SECOND).opened()
    with refused("network.rollback"):
        site.put(file(2, 1, 2, 3, 4, roots=(2, 3, 4), governance=b"\6" * 20)).opened()


def test_roots_that_were_rotated_away_sign_no_more(site: Site) -> None:
    site.put(FIRST).opened()
    site.put(SECOND).opened()
    for taken_back in (file(3, 0, 1), file(3, 0, 1, 2, roots=(0, 1, 2))):
        with refused("network.signature"):
            site.put(taken_back).opened()
    assert site.put(SECOND).opened() == SECOND


def test_an_operators_own_word_helps_when_the_roots_are_lost(site: Site) -> None:
    site.put(FIRST).opened()
    anew = file(2, 3, 4, roots=(3, 4, 5))
    with refused("network.signature"):
        site.put(anew).opened()
    site.digest = anew.digest().hex()
    assert site.opened() == anew
    elsewhere = file(3, 3, 4, roots=(3, 4, 5), chain_id=1)
    site.digest = elsewhere.digest().hex()
    with refused("network.rollback"):
        site.put(elsewhere).opened()
    of_another_kind = file(3, 3, 4, roots=(3, 4, 5), kind=NetworkKind.PRODUCTION)
    site.digest = of_another_kind.digest().hex()
    with refused("network.kind"):
        site.put(of_another_kind).opened()


def test_the_last_version_alone_must_not_have_expired(site: Site) -> None:
    site.put(FIRST).opened()
    site.now = FIRST.expires
    with refused("network.expired"):
        site.opened()
    late = file(3, 2, 3, 4, roots=(2, 3, 4), expires=FIRST.expires + DAY)
    assert site.put(FIRST, SECOND, late).opened() == late
    site.now = late.expires
    with refused("network.expired"):
        site.opened()


@pytest.mark.parametrize("raw", [b"", b"{}", b"\xff"])
def test_a_damaged_file_or_memory_is_refused(site: Site, raw: bytes) -> None:
    site.put(FIRST, SECOND)
    (site.place / "more.json").write_bytes(raw)
    with refused("codec.shape" if raw == b"{}" else "codec.json"):
        site.opened()
    (site.place / "more.json").unlink()
    site.opened()
    (site.folder / "in-use.json").write_bytes(raw)
    with refused("codec.shape" if raw == b"{}" else "codec.json"):
        site.opened()


def test_a_folder_has_a_bound(site: Site) -> None:
    site.put(FIRST, SECOND)
    for number in range(MAX_FILES):
        (site.place / f"more-{number}.json").write_bytes(FIRST.to_bytes())
    with refused("config.file", str(site.place), kind=LocalError):
        site.opened()
    for path in site.place.iterdir():
        path.unlink()
    with refused("config.file", str(site.place), kind=LocalError):
        site.opened()


BLOCK = Block(1, b"\1" * 32, b"\0" * 32, 1_800_000_000, ())


def test_other_contracts_mean_a_ledger_anew(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    chain = site.put(FIRST).open()
    branch = chain.store.load()
    branch.extend(BLOCK)
    branch.ground = Ground(BLOCK.number, BLOCK.time, "", ())
    chain.store.save(branch, [BLOCK])
    chain.close()
    chain = site.put(SECOND).open()  # same contracts: what is known stays
    assert chain.follower.head == BLOCK
    chain.close()
    contracts = {**UNSIGNED.contracts}
    contracts[Contract.STATUS] = replace(contracts[Contract.STATUS], address=b"\7" * 20)
    moved = file(3, 2, 3, roots=(2, 3, 4), contracts=contracts)
    with caplog.at_level(logging.WARNING, "clicid.ledger"):
        chain = site.put(moved).open()
    assert "other contracts" in caplog.text
    assert chain.follower.head is None
    assert not chain.store.blocks(-1)
    assert chain.store.load().ground == Ground()
    chain.close()
    assert site.opened() == moved


def test_a_crash_before_the_new_file_is_remembered_changes_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.put(FIRST).opened()
    contracts = {name: replace(place, address=place.address[::-1]) for name, place in FIRST.contracts.items()}
    contracts[Contract.DID] = replace(contracts[Contract.DID], address=b"\7" * 20)
    moved = file(2, 0, 1, contracts=contracts)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("clicid.adapters.network_files.remember", crash)
        with pytest.raises(KeyboardInterrupt):
            site.put(moved).open()
    assert site.opened() == moved


def test_a_database_copied_from_another_network_is_refused(site: Site) -> None:
    site.put(FIRST).opened()
    (site.folder / "in-use.json").unlink()
    other = file(1, 0, 1, contracts={**UNSIGNED.contracts, Contract.DID: UNSIGNED.contracts[Contract.TRUST]})
    site.digest = other.digest().hex()
    with refused("ledger.store"):
        site.put(other).open()
    anew = file(1, 0, 1, checkpoint=Checkpoint(0, b"\2" * 32))
    site.digest = anew.digest().hex()
    with refused("ledger.store"):
        site.put(anew).open()
    assert not (site.folder / "in-use.json").exists()
