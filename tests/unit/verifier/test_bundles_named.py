"""Issuers on no chain that a policy names, by bundles: what their maker holds of them decides offline."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest

from clicid.adapters import bundles
from clicid.adapters.bundles import BundledChain, BundledMaterials, Stored, Trust
from clicid.adapters.did_records import NamedDocuments, NoChain
from clicid.adapters.files import write_whole
from clicid.adapters.follower import NOTHING_DEMANDED, Follower
from clicid.adapters.gather import settle
from clicid.adapters.ledger_store import LedgerStore
from clicid.did import resolution
from clicid.did.resolution import Question, Records
from clicid.formats.base import CheckName, Material, Need, NeedKind
from clicid.keys.algorithms import ED25519
from clicid.ledger import bundle as form
from clicid.ledger import web_files
from clicid.ledger.bundle import Scope
from clicid.status.delta import RULES
from clicid.status.rows import REVOKED
from clicid.verification import check
from tests.support.known_network import CONFIRMATIONS, DID, KnownNetwork
from tests.support.named_issuer import (
    CHECKERS,
    DID_AGE,
    DOCUMENT,
    INDEX,
    LIST_AGE,
    LIST_URL,
    LOG,
    VCT,
    Named,
    Site,
)
from tests.support.refusals import refused
from tests.support.webvh import NOW
from tests.unit.verifier.test_bundles import Desks, ending, run
from verifier.config import load
from verifier.main import create_app
from verifier.refresh import named_files
from verifier.refresh.bundled import BundledNamed
from verifier.refresh.evidence import ListWatch
from verifier.refresh.named import NamedMaterials
from verifier.usecases import bundling

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi import FastAPI

    from clicid.formats.base import Have, Wanted
    from clicid.verification import Ending
    from verifier.usecases.service import Service

SECOND = timedelta(seconds=1)
ACCEPTED = ("accepted", "")
ALL = Scope()


class Gate:
    """A maker that names an issuer, and who decides by its bundles with no network."""

    def __init__(self, issuer: Named, folder: Path) -> None:
        self.issuer = issuer
        self.folder = folder
        self.network = KnownNetwork(size=8)
        self.signer = self.network.keys.generate(ED25519, "maker")
        store = LedgerStore(None, self.network.network, RULES)
        with closing(store):
            Follower(store, self.network.chain, self.network.network, confirmations=CONFIRMATIONS).sync(
                self.network.now
            )
            self.stored: Stored = bundles.loaded(store)
        self.file = folder / "today.bundle"
        self.open()
        self.carry()

    def open(self) -> None:
        """Who decides begins anew."""
        network, rules = self.network, self.issuer.rules
        trust = Trust(network.network, [network.keys.public(self.signer)])
        self.chain = BundledChain(self.file, trust, self.folder / "memory.json")
        materials = BundledMaterials(self.chain)
        self.named = BundledNamed(
            materials,
            self.chain,
            lambda: self.issuer.now,
            rules=rules,
            watch=ListWatch(materials, rules, self.folder / "offline evidence"),
            folder=self.folder / "offline",
        )

    def make(self, *, maker: Path | None = None, scope: Scope = ALL, **web: Any) -> None:
        """A bundle of what the maker holds now."""
        held = named_files.held(maker or self.issuer.folder / "named", self.issuer.rules.by_name, scope)
        files = dict(zip((web_files.DOCUMENTS, web_files.LISTS), held, strict=True)) | web
        manifest, packed = bundles.make(
            self.stored, self.network.network, scope, NOTHING_DEMANDED, self.issuer.now, web=files
        )
        self.file.write_bytes(bundling.signed(manifest, packed, self.network.keys, self.signer))

    def take(self) -> None:
        self.chain.sync(self.issuer.now)
        self.named.refresh()

    def carry(self) -> None:
        """The maker fetches, and its bundle comes here."""
        self.issuer.materials.refresh()
        self.make()
        self.take()

    def decide(self) -> Ending:
        issuer, raw = self.issuer, self.issuer.presentation()

        def step(have: Have) -> Ending | Wanted:
            return check(
                raw, have, request=issuer.request(), policy=issuer.policy, checkers=CHECKERS, now=issuer.now
            )

        issuer.site.asked.clear()
        found = settle(step, self.named, issuer.now)
        assert issuer.site.asked == []
        return found

    def said(self) -> tuple[str, str]:
        report = self.decide().report
        return report.verdict.value, report.code


@pytest.fixture
def gate(site: Site, tmp_path: Path) -> Iterator[Gate]:
    yield from opened(Gate(Named(site, tmp_path), tmp_path))


@pytest.fixture
def by_web(site: Site, tmp_path: Path) -> Iterator[Gate]:
    yield from opened(Gate(Named(site, tmp_path, "web"), tmp_path))


def opened(gate: Gate) -> Iterator[Gate]:
    yield gate
    gate.named.stop()
    gate.issuer.materials.stop()


@pytest.mark.parametrize("method", ["gate", "by_web"])
def test_it_decides_and_says_how_old_each_is(method: str, request: pytest.FixtureRequest) -> None:
    gate: Gate = request.getfixturevalue(method)
    gate.issuer.now += 10 * SECOND
    lines = {line.check: line for line in gate.decide().report.sections[0].lines}
    key, status = lines[CheckName.ISSUER_KEY], lines[CheckName.STATUS]
    assert (key.age, key.allowed) == (10 * SECOND, DID_AGE)
    assert (status.age, status.allowed, status.source) == (10 * SECOND, LIST_AGE, f"bundle of {LIST_URL}")
    assert key.source.startswith("bundle of https://issuer.example/.well-known/did.json")
    assert gate.said() == ACCEPTED


def test_past_the_age_that_the_policy_allows_it_is_undecided(gate: Gate) -> None:
    """Counted from when its maker fetched it: no bundle makes it younger."""
    gate.issuer.now += DID_AGE
    gate.make()
    gate.take()
    assert gate.said() == ACCEPTED
    gate.issuer.now += SECOND
    gate.make()
    gate.take()
    assert gate.said() == ("undecided", "did.too_old")
    gate.issuer.now += LIST_AGE
    del gate.issuer.site.files["/status/1"]
    gate.carry()
    assert gate.said() == ("undecided", "status.too_old")


def test_what_the_list_revokes_is_refused_and_what_the_log_takes_away(gate: Gate) -> None:
    gate.issuer.now += SECOND
    gate.issuer.show_list({INDEX: REVOKED})
    gate.carry()
    assert gate.said() == ("refused", "status.revoked")
    gate.issuer.controller.update(gate.issuer.controller.state("b", did=gate.issuer.did))
    gate.issuer.show()
    gate.carry()
    assert gate.said() == ("refused", "issuer.key_revoked")


def other_maker(gate: Gate, *, old: bool) -> Path:
    """One that was shown another log than ours since; `old`: an older one."""
    issuer = gate.issuer
    first = list(issuer.controller.lines)
    chain: Any = issuer.chain
    fetcher: Any = issuer.site
    other = NamedMaterials(
        chain,
        fetcher,
        lambda: issuer.now,
        rules=issuer.rules,
        watch=issuer.watch,
        folder=gate.folder / "other",
    )
    if not old:
        issuer.controller.update(issuer.controller.state("a", "b", did=issuer.did))
    issuer.show()
    other.refresh()
    other.stop()
    issuer.controller.lines[:] = first
    issuer.controller.update()
    issuer.show()
    gate.carry()
    return gate.folder / "other"


@pytest.mark.parametrize(("old", "code"), [(True, "did.rolled_back"), (False, "did.forked")])
def test_a_log_that_is_older_or_another_than_one_seen_here_decides_nothing(
    gate: Gate, old: bool, code: str
) -> None:
    maker = other_maker(gate, old=old)
    assert gate.said() == ACCEPTED
    gate.make(maker=maker)
    gate.take()
    assert gate.said() == ("undecided", code)
    records = Records(
        NamedDocuments(gate.named, lambda: gate.issuer.now, gate.issuer.rules.by_name), NoChain("")
    )
    with pytest.raises(Exception, match=code):
        resolution.resolve(Question.parse(gate.issuer.did), records, gate.issuer.now)
    gate.named.stop()
    gate.open()
    gate.take()
    assert gate.said() == ("undecided", code), "remembered over a restart"
    gate.carry()
    assert gate.said() == ACCEPTED


def test_what_its_maker_doubts_is_doubted_here(gate: Gate) -> None:
    older = gate.issuer.controller.files.log
    gate.issuer.controller.update()
    gate.issuer.show()
    gate.issuer.materials.refresh()
    gate.issuer.site.files[LOG] = ("text/jsonl", older)
    gate.carry()
    assert gate.said() == ("undecided", "did.rolled_back")
    gate.issuer.show()
    gate.carry()
    assert gate.said() == ACCEPTED


def doubted(gate: Gate) -> bytes:
    """The log that we have; a longer one is carried here, and with it that its maker was shown ours again."""
    older = gate.issuer.controller.files.log
    gate.issuer.controller.update(gate.issuer.controller.state("b", did=gate.issuer.did))
    gate.issuer.show()
    gate.issuer.materials.refresh()
    gate.issuer.site.files[LOG] = ("text/jsonl", older)
    gate.carry()
    assert gate.said() == ("undecided", "did.rolled_back")
    return older


def test_a_log_that_its_maker_doubts_is_seen_all_the_same(gate: Gate) -> None:
    """The next one's maker was never shown it, and has the log from before a key was taken away."""
    older = doubted(gate)
    url = f"https://issuer.example{LOG}"
    gate.make(web_documents={url: web_files.WebFile(older, gate.issuer.now, "text/jsonl")})
    gate.take()
    assert gate.said() == ("undecided", "did.rolled_back")


def test_a_log_that_its_maker_doubts_decides_nothing_though_it_is_none(gate: Gate) -> None:
    none = web_files.WebFile(b"{}", gate.issuer.now, "text/jsonl", "did.forked")
    gate.make(web_documents={f"https://issuer.example{LOG}": none})
    gate.take()
    assert gate.said() == ("undecided", "did.forked")


def test_a_doubt_does_not_end_with_a_bundle_that_says_nothing_of_the_log(gate: Gate) -> None:
    doubted(gate)
    gate.make(scope=Scope(frozenset({DID})))
    gate.take()
    assert gate.said() == ("undecided", "did.rolled_back")


def test_a_doubted_document_of_did_web_decides_nothing(by_web: Gate) -> None:
    found = by_web.chain.web_files[f"https://issuer.example{DOCUMENT}"]
    by_web.make(web_documents={f"https://issuer.example{DOCUMENT}": replace(found, doubt="did.forked")})
    by_web.take()
    assert by_web.said() == ("undecided", "did.forked")


def test_a_list_is_never_written_down_without_its_doubt(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine may stop between any two files."""
    body = gate.issuer.site.files["/status/1"][1]
    need = Need(NeedKind.STATUS_LIST, LIST_URL, gate.issuer.did)
    left = 1

    def stops(path: Path, content: bytes, *, replace: bool) -> None:
        nonlocal left
        if not left:
            raise KeyboardInterrupt
        left -= 1
        write_whole(path, content, replace=replace)

    monkeypatch.setattr(named_files, "write_whole", stops)
    files = named_files.NamedFiles(gate.folder / "offline")
    with pytest.raises(KeyboardInterrupt):
        files.keep_list(need, body, doubt=True)
    assert files.against(need) == body


def test_what_a_fast_clock_signed_does_not_make_the_bundle_one_of_the_future(gate: Gate) -> None:
    gate.issuer.now += 20 * SECOND
    gate.issuer.show_list({INDEX: REVOKED})
    gate.issuer.now -= 10 * SECOND
    gate.carry()
    assert gate.said() == ("refused", "status.revoked")


def test_what_was_fetched_in_the_second_in_which_it_is_made(gate: Gate) -> None:
    gate.issuer.now += timedelta(seconds=1, milliseconds=500)
    gate.carry()
    assert gate.said() == ACCEPTED


def test_two_lists_that_its_maker_was_shown_are_in_doubt_here(gate: Gate) -> None:
    gate.issuer.now += SECOND
    gate.issuer.show_list({9: REVOKED})
    gate.carry()
    gate.issuer.now += SECOND
    gate.issuer.show_list({10: REVOKED})
    gate.carry()
    assert gate.said() == ("undecided", "status.signed_list_differs")
    gate.named.stop()
    gate.open()
    assert gate.named._known  # What was written down is known before the bundle is taken in again.
    assert all(one.doubt for one in gate.named._known.values())  # type: ignore[union-attr]
    gate.take()
    assert gate.said() == ("undecided", "status.signed_list_differs")
    gate.issuer.now += SECOND
    gate.issuer.show_list({9: REVOKED, 10: REVOKED})
    gate.carry()
    assert gate.said() == ACCEPTED


def test_a_doubt_counts_though_the_list_that_it_comes_with_is_older_than_ours(gate: Gate) -> None:
    """Its maker was shown two that contradict each other, after we got one that it was never shown."""
    first = gate.issuer.site.files["/status/1"][1]
    gate.issuer.now += SECOND
    gate.issuer.show_list({9: REVOKED})
    gate.carry()
    assert gate.said() == ACCEPTED
    code = "status.signed_list_differs"
    gate.make(web_lists={LIST_URL: web_files.WebFile(first, NOW, "application/statuslist+jwt", code)})
    gate.take()
    assert gate.said() == ("undecided", code)
    gate.named.stop()
    gate.open()
    gate.take()
    assert gate.said() == ("undecided", code), "remembered over a restart"
    gate.issuer.now += SECOND
    gate.issuer.show_list({9: REVOKED, 10: REVOKED})
    gate.carry()
    assert gate.said() == ACCEPTED


def test_a_list_of_a_newer_bundle_that_lacks_a_revocation_is_not_taken(gate: Gate) -> None:
    first = gate.issuer.site.files["/status/1"][1]
    gate.issuer.now += SECOND
    gate.issuer.show_list({INDEX: REVOKED})
    gate.carry()
    older = web_files.WebFile(first, NOW, "application/statuslist+jwt")
    gate.make(web_lists={LIST_URL: older})
    gate.take()
    assert gate.said() == ("refused", "status.revoked")


def test_a_web_document_that_was_fetched_before_ours_takes_the_place_of_nothing(by_web: Gate) -> None:
    first = by_web.issuer.site.files[DOCUMENT][1]
    by_web.issuer.now += SECOND
    by_web.issuer.show("b")
    by_web.carry()
    assert by_web.said() == ("refused", "issuer.key_unknown")
    url = f"https://issuer.example{DOCUMENT}"
    by_web.make(web_documents={url: web_files.WebFile(first, NOW, "application/json")})
    by_web.take()
    assert by_web.said() == ("refused", "issuer.key_unknown")


def test_a_bundle_of_others_or_of_an_earlier_release_says_nothing_of_them(gate: Gate) -> None:
    gate.named.stop()
    (gate.folder / "offline" / "logs.db").unlink()
    for path in (gate.folder / "offline").glob("*.jwt"):
        path.unlink()
    gate.open()
    for scope in (Scope(frozenset({DID})), Scope(types=frozenset({"https://types.example/1"}))):
        gate.make(scope=scope)
        gate.take()
        assert gate.said() == ("undecided", "did.unavailable")
    gate.make(scope=Scope(frozenset({gate.issuer.did}), lists=frozenset({"https://other.example/1"})))
    gate.take()
    assert gate.said() == ("undecided", "status.unavailable")
    gate.make(scope=Scope(frozenset({gate.issuer.did}), frozenset({VCT}), frozenset({LIST_URL})))
    gate.take()
    assert gate.said() == ACCEPTED


def test_what_is_in_it_was_fetched_before_it_was_made(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_files, "held_by", lambda files, _now: dict(files))
    late = web_files.WebFile(b"{}", gate.issuer.now + SECOND, "application/json")
    gate.make(web_lists={"https://a.example": late})
    with refused("bundle.format", "/made_at"):
        gate.chain.sync(gate.issuer.now)


GOOD = b'{"at":"2026-11-26T00:00:00Z","doubt":"","media_type":"a/b"}'


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([("u", GOOD)], "bundle.format"),
        ([("u", GOOD + b"\nx"), ("u", GOOD + b"\nx")], "bundle.format"),
        ([("u", GOOD.replace(b'""', b'"other"') + b"\nx")], "bundle.format"),
        ([("u", GOOD.replace(b'""', b"[]") + b"\nx")], "codec.size"),
        ([("u", GOOD.replace(b"}", b',"more":1}') + b"\nx")], "codec.shape"),
        ([("u", b"\n")], "codec.json"),
    ],
)
def test_files_that_are_none(rows: form.Rows, code: str) -> None:
    with refused(code):
        web_files.files({web_files.LISTS: rows})


BY_NAME = """
[[policy.issuers_by_name]]
did = "{did}"
types = ["{vct}"]
lists = ["{url}"]
max_age_seconds = {{ did = 3600, status = 86400 }}
"""


def test_by_the_commands(site: Site, tmp_path: Path) -> None:
    desks = Desks(tmp_path)
    issuer = Named(site, tmp_path / "online" / "data", now=desks.known.now)
    issuer.show_list({})
    issuer.materials.refresh()
    issuer.materials.stop()
    more = BY_NAME.format(did=issuer.did, vct=VCT, url=LIST_URL)
    desks.online = desks.known.verifier(tmp_path / "online", 'rpc = ["http://127.0.0.1:9"]', more=more)
    desks.make()
    parts = [line.split() for line in run("show", desks.file).stdout.splitlines() if line.startswith("part")]
    ages = {words[1]: int(words[4]) for words in parts if words[1].startswith("web_")}
    assert set(ages) == {"web_documents", "web_lists"}
    assert all(0 <= age < 3600 for age in ages.values())
    with_bundle = f'\n[bundle]\nfile = "../today.bundle"\nsigners = ["{desks.signer}"]\n{more}'
    offline = desks.known.verifier(tmp_path / "offline", "", more=with_bundle)
    shown = tmp_path / "shown"
    shown.write_bytes(issuer.presentation())
    binding = issuer.request().binding
    asked = ("--presentation", shown, "--format", "dc+sd-jwt", "--audience", binding.audience)
    done = run("verify", "--config", offline, *asked, "--nonce", binding.nonce)
    assert ending(done) == ("accepted", "", 0)
    lines = [line for section in json.loads(done.stdout)["sections"] for line in section["checks"]]
    assert f"bundle of {LIST_URL}" in [line["source"] for line in lines]


def test_a_verifier_as_it_is_served_takes_them_in_and_calls_nobody(site: Site, tmp_path: Path) -> None:
    desks = Desks(tmp_path)
    issuer = Named(site, tmp_path / "online" / "data", now=desks.known.now)
    issuer.materials.refresh()
    issuer.materials.stop()
    more = BY_NAME.format(did=issuer.did, vct=VCT, url=LIST_URL)
    desks.online = desks.known.verifier(tmp_path / "online", 'rpc = ["http://127.0.0.1:9"]', more=more)
    desks.make()
    with_bundle = f'\n[bundle]\nfile = "../today.bundle"\nsigners = ["{desks.signer}"]\n{more}'
    app = create_app(load(desks.known.verifier(tmp_path / "offline", "", more=with_bundle)))
    site.asked.clear()
    health = anyio.run(_health, app, Need(NeedKind.STATUS_LIST, LIST_URL, issuer.did))
    assert (health["calls"], site.asked) == ({}, [])


async def _health(app: FastAPI, need: Need) -> Any:
    """What is told once all that was carried of the issuer is known."""
    service: Service = app.state.parts.service
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport) as client:
        with anyio.fail_after(60):
            while True:
                told = (await client.get("http://verifier.example/health")).json()
                found = service.materials.get(need, NOW)
                if isinstance(found, Material) and not told["issuers_by_name"]:
                    return told
                await anyio.sleep(0.01)
