"""Bundles by their commands and in a verifier: made, told, held against a policy, decided by; no network."""

from __future__ import annotations

import hashlib
import json
import struct
import tracemalloc
import zlib
from contextlib import closing
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from clicid.adapters import bundles, clock
from clicid.adapters.bundles import BundledChain, BundledMaterials, Trust
from clicid.adapters.fetch import Fetcher
from clicid.adapters.follower import Follower
from clicid.adapters.ledger_store import LedgerStore
from clicid.adapters.materials import LedgerMaterials
from clicid.codec import jcs
from clicid.errors import LocalError, Undecided
from clicid.formats.base import Binding, FormatId, Material, Need, NeedKind, Unavailable
from clicid.keys.algorithms import ED25519
from clicid.keys.public import PublicKey
from clicid.ledger import bundle as form
from clicid.ledger import events
from clicid.ledger.bundle import Manifest, Scope
from clicid.ledger.facts import ABSENT, StatusSnapshot
from clicid.ledger.ground import Demands, Ground
from clicid.status.delta import RULES
from tests.support.chain_model import event
from tests.support.known_network import AGE, DID, LIST_URL, REVOKED, SUSPENDED, KnownNetwork
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.refusals import refused
from verifier.cli import app
from verifier.config import load
from verifier.main import open_known
from verifier.policy import policy
from verifier.refresh.following import Following
from verifier.usecases import bundling

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


BINDING = Binding("the gate", "a nonce that nobody used before")
STATUS = Need(NeedKind.STATUS, LIST_URL, DID)


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in ("bundle", *words)])


class Desks:
    """A verifier that follows the chain, and one without a network that gets its bundles."""

    def __init__(self, folder: Path) -> None:
        self.known = KnownNetwork(size=256)
        self.online = self.known.verifier(folder / "online", 'rpc = ["http://127.0.0.1:9"]')
        self.file = folder / "today.bundle"
        self.known.follow(folder / "online")
        self.folder = folder
        self.signer = self.make()

    def make(self, *more: object) -> str:
        """A bundle of what is stored; its signer."""
        done = run("make", self.file, "--config", self.online, *more)
        assert done.exit_code == 0, done.stderr
        return done.stdout.split("signer ")[1].strip()

    def offline(self, *, signer: str = "", max_age: int = 3600) -> Path:
        """The configuration of the one without a network."""
        more = f'\n[bundle]\nfile = "../today.bundle"\nsigners = ["{signer or self.signer}"]\n'
        return self.known.verifier(self.folder / "offline", "", more=more, max_age=max_age)

    def mine(self, *made: Any, empty: int = 0) -> None:
        self.known.mine(*made, empty=empty)
        self.known.follow(self.folder / "online")

    def shown(self, number: int, **how: bool) -> Path:
        person = self.known.person(number)
        path = self.folder / f"{number}.json"
        path.write_bytes(person.presentation(person.credential(**how), BINDING))
        return path

    def decide(self, number: int, **how: bool) -> Result:
        return run(
            *("verify", "--config", self.offline(), "--presentation", self.shown(number, **how)),
            *("--format", "ldp_vp", "--audience", BINDING.audience, "--nonce", BINDING.nonce),
        )

    def trust(self) -> Trust:
        return Trust(self.known.network, [PublicKey.from_multikey(self.signer)])

    def chain(self) -> BundledChain:
        return BundledChain(self.file, self.trust(), self.folder / "memory.json")


@pytest.fixture
def desks(tmp_path: Path) -> Desks:
    return Desks(tmp_path)


def ending(done: Result) -> tuple[str, str, int]:
    report = json.loads(done.stdout)
    return report["verdict"], report["code"], done.exit_code


def test_it_tells_its_parts_their_ages_and_who_signed_it(desks: Desks) -> None:
    done = run("show", desks.file)
    assert done.exit_code == 0
    told = done.stdout.splitlines()
    assert f"signer   {desks.signer}" in told
    assert f"network  {desks.known.network.digest().hex()}" in told
    parts = [line.split()[1] for line in told if line.startswith("part")]
    assert parts == [
        *("network", "issuers", "accreditations", "service_providers", "lists", "issuance_roots"),
        *("blocks", "recent", "contexts", "schemas"),
    ]
    assert all(line.endswith("s old") for line in told if line.startswith("part"))


def test_the_same_is_packed_the_same(desks: Desks) -> None:
    first = desks.file.read_bytes()
    desks.make()
    (one, packed), (two, again) = (raw.split(b"\n", 1) for raw in (first, desks.file.read_bytes()))
    assert packed == again
    assert Manifest.parse(form.parse(first).manifest.to_bytes()) == form.parse(first).manifest
    assert one.split(b".")[0] == two.split(b".")[0]


def test_it_decides_with_no_network_and_states_ages(desks: Desks) -> None:
    desks.mine(desks.known.mark({1: REVOKED, 2: SUSPENDED}))  # Not final yet: bad news counts all the same.
    desks.make()
    accepted = desks.decide(0)
    assert ending(accepted) == ("accepted", "", 0)
    for section in json.loads(accepted.stdout)["sections"][1:]:
        for line in section["checks"]:
            if line["age_seconds"] is not None:
                assert 0 <= line["age_seconds"] <= line["allowed_age_seconds"] == 3600
                assert line["source"] == "bundle of chain 1337 block 5"
    assert ending(desks.decide(1)) == ("refused", "status.revoked", 1)
    assert ending(desks.decide(2)) == ("refused", "status.suspended", 1)
    assert ending(desks.decide(3, forged=True)) == ("refused", "issuer.signature", 1)
    assert ending(desks.decide(4, expired=True)) == ("refused", "validity.expired", 1)


def test_past_the_age_that_the_policy_allows_it_is_undecided(desks: Desks) -> None:
    """All but a revocation, which nothing undoes."""
    desks.mine(desks.known.mark({1: REVOKED, 2: SUSPENDED}))
    desks.make()
    config = load(desks.offline())
    nobody = Fetcher()
    known = open_known(config, nobody)
    known.follower.sync(clock.now())
    lenient = replace(policy(config, desks.known.network).rules, key_binding_max_age=timedelta(days=9))
    rules = replace(policy(config, desks.known.network), rules=lenient)
    question = bundling.Question(FormatId.LDP_VP, BINDING.audience, BINDING.nonce)
    later = clock.now() + timedelta(minutes=61)
    for number, wanted in enumerate([("undecided", "accreditation.too_old")] * 3):
        raw = desks.shown(number).read_bytes()
        report = bundling.decide(raw, question, known.materials, rules, later)
        assert (report["verdict"], report["code"]) == wanted
    others = {kind: timedelta(days=9) for kind in (NeedKind.ACCREDITATION, NeedKind.DID)}
    by_kind = replace(rules, rules=replace(lenient, max_age={**lenient.max_age, **others}))
    endings = [
        ("undecided", "status.too_old"),
        ("refused", "status.revoked"),
        ("undecided", "status.too_old"),
    ]
    for number, expected in enumerate(endings):
        raw = desks.shown(number).read_bytes()
        report = bundling.decide(raw, question, known.materials, by_kind, later)
        assert (report["verdict"], report["code"]) == expected
    assert dict(nobody.counts) == {}


def test_a_bundle_by_an_unlisted_key_is_not_taken(desks: Desks) -> None:
    keys = MemoryKeyStore(b"a stranger")
    stranger = keys.public(keys.generate(ED25519, "stranger")).to_multikey()
    done = run("verify", "--config", desks.offline(signer=stranger))
    assert (done.exit_code, "bundle.signer" in done.stderr) == (3, True)
    assert run("verify", "--config", desks.offline()).exit_code == 0


def test_a_bundle_of_another_network_is_not_taken(desks: Desks) -> None:
    other = replace(desks.known.network, version=2)
    chain = BundledChain(desks.file, replace(desks.trust(), network=other), desks.folder / "memory.json")
    with refused("bundle.network", "/network"):
        chain.sync(desks.known.now)
    # Nor one that names this network, and holds another's file.
    rows = form.unpack(form.parse(desks.file.read_bytes()))
    with refused("bundle.network", "/parts/network"):
        _taken(desks, rows | {"network": [("network", other.to_bytes())]})
    with refused("bundle.schema", "/parts/schemas"):
        _taken(desks, rows | {"schemas": [(rows["schemas"][0][0], b"{}")]})
    _taken(desks, rows | {"schemas": [("https://types.example/not-ours-yet.json", b"{}")]})


def _taken(desks: Desks, rows: dict[str, form.Rows], **changes: Any) -> None:
    """Sign other rows in the place of a bundle's, and take the bundle in."""
    manifest = form.parse(desks.file.read_bytes()).manifest
    made, packed = form.pack(
        {name: (manifest.made_at, found) for name, found in rows.items()},
        network=manifest.network,
        head=manifest.head,
        final=manifest.final,
        scope=manifest.scope,
        made_at=manifest.made_at,
    )
    keys = MemoryKeyStore(b"maker")
    ref = keys.generate(ED25519, "maker")
    raw = bundling.signed(replace(made, **changes), packed, keys, ref)
    trust = replace(desks.trust(), signers=[keys.public(ref)])
    bundles.opened(form.parse(raw), trust)


def test_an_older_bundle_takes_nothing_back(desks: Desks) -> None:
    older = desks.file.read_bytes()
    desks.mine(desks.known.mark({1: REVOKED}), empty=3)
    desks.make()
    chain = desks.chain()
    chain.sync(desks.known.now)
    desks.file.write_bytes(older)
    for again in (chain, desks.chain()):  # Nor after a restart.
        with refused("bundle.rollback"):
            again.sync(desks.known.now)
    assert desks.chain().head is None
    found = BundledMaterials(chain).get(STATUS, desks.known.now)
    assert isinstance(found, Material)
    snapshot = StatusSnapshot.from_bytes(found.body)
    assert snapshot is not None
    assert snapshot[1] == 1


def test_a_newer_bundle_takes_the_place_of_an_older_one_while_it_is_used(desks: Desks) -> None:
    chain = desks.chain()
    materials, following = BundledMaterials(chain), Following(chain, lambda: desks.known.now)
    following._once()
    first = materials.get(STATUS, desks.known.now)
    assert materials.get(STATUS, desks.known.now) is first
    assert following.health().head == 4
    desks.mine(desks.known.mark({1: REVOKED}))
    desks.make()
    following._once()
    assert following.health().head == 5
    assert materials.get(STATUS, desks.known.now) != first
    desks.file.write_bytes(b"no bundle\n")  # What was known stays, and its age grows.
    following._once()
    assert (following.health().head, following.health().trouble) == (5, "securing.jws")
    desks.file.unlink()
    following._once()
    assert (following.health().head, following.health().trouble) == (5, "config.file")


def test_of_what_a_bundle_is_not_about_nothing_is_known(desks: Desks) -> None:
    """That a bundle says nothing of an issuer is no word that there is none."""
    other = "did:ethr:0x539:0x" + "22" * 20
    needs = {
        "did": Need(NeedKind.DID, other),
        "accreditation": Need(NeedKind.ACCREDITATION, AGE, other),
        "type": Need(NeedKind.ACCREDITATION, AGE + "0", DID),
        "list": Need(NeedKind.STATUS, LIST_URL + "0", DID),
    }
    chain = desks.chain()
    chain.sync(desks.known.now)
    whole = {name: BundledMaterials(chain).get(need, desks.known.now) for name, need in needs.items()}
    assert {found.body for name, found in whole.items() if isinstance(found, Material) and name != "did"} == {
        ABSENT
    }
    desks.make("--issuer", DID, "--type", AGE, "--list", LIST_URL)
    assert f"lists    {LIST_URL}" in run("show", desks.file).stdout.splitlines()
    chain.sync(desks.known.now)
    for need in needs.values():
        assert BundledMaterials(chain).get(need, desks.known.now) == Unavailable(
            desks.known.now, "the bundle is not about it"
        )
    assert isinstance(BundledMaterials(chain).get(STATUS, desks.known.now), Material)
    assert ending(desks.decide(0)) == ("accepted", "", 0)


def test_who_passed_a_right_on_is_carried_with_whom_it_was_passed_to(desks: Desks) -> None:
    delegate = b"\x22" * 20
    did = "did:ethr:0x539:0x" + delegate.hex()
    times = {"valid_from": 0, "valid_until": 1 << 40}
    type_id = hashlib.sha256(AGE.encode()).digest()
    given = event(events.Delegated, identity=b"\x11" * 20, type_id=type_id, delegate=delegate, **times)
    desks.mine(given, empty=3)
    desks.make("--issuer", did)
    assert form.parse(desks.file.read_bytes()).manifest.scope == Scope(frozenset({did, DID}))


def test_it_is_as_old_as_what_its_maker_decides_by(desks: Desks) -> None:
    """A node that hides a revocation must not get it hidden for longer by a bundle."""
    known, demands = desks.known, Demands(proofs=False, witness=True)
    witness, vouched = deepcopy(known.chain), known.chain.blocks[-1]
    with closing(LedgerStore(desks.folder / "asked.db", known.network, RULES)) as store:
        follower = Follower(
            store, known.chain, known.network, confirmations=2, witness=witness, demands=demands
        )
        follower.sync(known.now)
        known.mine(empty=1)
        witness.down = True
        with pytest.raises(Undecided, match="unwitnessed"):
            follower.sync(known.now)
        stored = bundles.loaded(store)
    manifest, packed = bundles.make(stored, known.network, Scope(), demands, known.now)
    assert manifest.head.number == vouched.number + 2
    ref = known.keys.generate(ED25519, "maker")
    desks.file.write_bytes(bundling.signed(manifest, packed, known.keys, ref))
    desks.signer = known.keys.public(ref).to_multikey()
    chain = desks.chain()
    chain.sync(known.now)
    found, theirs = (BundledMaterials(chain), LedgerMaterials(follower))
    told = [source.get(STATUS, known.now) for source in (found, theirs)]
    assert [one.as_of.timestamp() for one in told if isinstance(one, Material)] == [vouched.time] * 2
    proven = Demands(proofs=True, witness=False)
    with pytest.raises(Undecided, match="unproven"):
        bundles.make(
            stored._replace(branch=replace(stored.branch, ground=Ground())),
            known.network,
            Scope(),
            proven,
            known.now,
        )


ALTERED: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a byte of the parts": (lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]), "bundle.digest"),
    "one byte more": (lambda raw: raw + b"x", "bundle.digest"),
    "cut off": (lambda raw: raw[:-1], "bundle.digest"),
    "no parts": (lambda raw: raw.partition(b"\n")[0], "bundle.format"),
    "another manifest": (lambda raw: raw.replace(b".ey", b".eY", 1), "keys.signature"),
    "nothing": (lambda _raw: b"", "bundle.format"),
}


@pytest.mark.parametrize("how", ALTERED)
def test_what_was_altered_is_not_read(desks: Desks, how: str) -> None:
    alter, code = ALTERED[how]
    desks.file.write_bytes(alter(desks.file.read_bytes()))
    done = run("show", desks.file)
    assert (done.exit_code, code in done.stderr) == (1, True), done.stderr


@pytest.mark.parametrize("name", ["did:x:y\nsigner   z6Mk", "\x1b[1A\x1b[2K", "\u202eabc"])
def test_a_bundle_writes_no_lines_of_ours(desks: Desks, name: str) -> None:
    """What is shown to people is shown before anybody knows whether its signer is trusted."""
    manifest = form.parse(desks.file.read_bytes()).manifest
    with refused("bundle.format", "/scope/issuers"):
        Manifest.parse(replace(manifest, scope=Scope(frozenset({name}))).to_bytes())
    part = replace(manifest.parts[0], name=name)
    with refused("bundle.format", "/parts"):
        Manifest.parse(replace(manifest, parts=(part,)).to_bytes())


def _packed(desks: Desks, packed: bytes, size: int) -> form.Bundle:
    """A bundle with one part that shall be so long; what is packed is another matter."""
    found = form.parse(desks.file.read_bytes())
    part = replace(found.manifest.parts[0], size=size)
    return replace(found, manifest=replace(found.manifest, parts=(part,)), packed=packed)


def test_no_more_is_unpacked_than_was_signed_for(desks: Desks) -> None:
    bomb = zlib.compress(bytes(64 << 20), 9)
    assert len(bomb) < 70_000
    tracemalloc.start()
    for size in (0, 100, 1 << 20):
        with refused("bundle.format"):
            form.unpack(_packed(desks, bomb, size))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 16 << 20
    with refused("codec.size", "/parts"):
        form.unpack(_packed(desks, bomb, form.MAX_UNPACKED + 1))


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"no zlib",
        zlib.compress(b"x" * 50),
        zlib.compress(b"x" * 100) + bytes(1 << 21),
        zlib.compress(b"x" * 101),
        zlib.compress(b"x" * 100) + b"x",
    ],
)
def test_parts_that_are_not_as_long_as_the_manifest_says(desks: Desks, packed: bytes) -> None:
    with refused("bundle.format"):
        form.unpack(_packed(desks, packed, 100))


@pytest.mark.parametrize(
    "body",
    [
        b"\0",
        struct.pack(">H", 9) + b"short",
        struct.pack(">H1sQ", 1, b"x", 5) + b"four",
        b"\0\1\xff" + bytes(8),
    ],
)
def test_rows_that_are_none(desks: Desks, body: bytes) -> None:
    made = _packed(desks, zlib.compress(body), len(body))
    (part,) = made.manifest.parts
    part = replace(part, digest=hashlib.sha256(body).digest())
    with refused("bundle.format", "/parts/network"):
        form.unpack(replace(made, manifest=replace(made.manifest, parts=(part,))))
    with refused("bundle.digest", "/parts/network"):
        form.unpack(made)


WRONG: dict[str, tuple[Any, str]] = {
    "a record in another part": (lambda rows: rows | {"issuers": rows["lists"]}, "bundle.format"),
    "a record that is none": (lambda rows: rows | {"issuers": [("did/00", b"{}")]}, "ledger.store"),
    "a block of no kind": (lambda rows: rows | {"blocks": [("other", b"{}")]}, "bundle.format"),
    "blocks left out": (lambda rows: rows | {"blocks": []}, "bundle.format"),
    "blocks that do not rise": (lambda rows: rows | {"blocks": rows["blocks"] * 2}, "bundle.format"),
    "a block with a wrong log": (
        lambda rows: (
            rows
            | {
                "blocks": [
                    (name, body.replace(b'"logs":[]', b'"logs":[{"contract":"none","topics":[],"data":"x"}]'))
                    for name, body in rows["blocks"]
                ]
            }
        ),
        "bundle.format",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_signed_bundle_that_no_follower_made(desks: Desks, what: str) -> None:
    edit, code = WRONG[what]
    with refused(code):
        _taken(desks, edit(form.unpack(form.parse(desks.file.read_bytes()))))


def test_a_manifest_that_is_none(desks: Desks) -> None:
    manifest = form.parse(desks.file.read_bytes()).manifest
    good = json.loads(manifest.to_bytes())
    for change, code in (
        ({"version": 2}, "bundle.format"),
        ({"kind": "other"}, "bundle.format"),
        ({"parts": good["parts"] * 3}, "codec.shape"),
        ({"parts": good["parts"][:1] * 2}, "bundle.format"),
        ({"more": 1}, "codec.shape"),
        ({"scope": {"holders": []}}, "codec.shape"),
        ({"head": {**good["head"], "number": -1}}, "codec.shape"),
    ):
        with refused(code):
            Manifest.parse(jcs.dumps(good | change))


def test_a_file_that_is_too_large_is_not_read(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "MAX_BYTES", desks.file.stat().st_size - 1)
    with refused("codec.size"):
        bundles.read(desks.file)


def test_there_is_no_bundle_of_nothing(tmp_path: Path) -> None:
    known = KnownNetwork(size=8)
    config = known.verifier(tmp_path, 'rpc = ["http://127.0.0.1:9"]')
    LedgerStore(tmp_path / "data" / "chain.db", known.network, RULES).close()
    done = run("make", tmp_path / "x", "--config", config)
    assert (done.exit_code, "bundle.empty" in done.stderr) == (1, True)
    chain = BundledChain(tmp_path / "x", Trust(known.network, []), tmp_path / "memory.json")
    with refused("config.file", kind=LocalError):
        chain.sync(known.now)
    with refused("bundle.empty", kind=LocalError):
        chain.view()
    with refused("network.expired"):
        chain.sync(known.network.expires)
    assert chain.head is None
    assert isinstance(BundledMaterials(chain).get(STATUS, known.now), Unavailable)


def test_verify_needs_to_be_told_whose_bundles_are_taken(desks: Desks) -> None:
    done = run("verify", desks.file, "--config", desks.online)
    assert (done.exit_code, "config.missing" in done.stderr) == (3, True)


@pytest.mark.parametrize(
    "more",
    [
        '[bundle]\nfile = "x"\nsigners = []\n',
        '[bundle]\nfile = "x"\n',
        '[bundle]\nsigners = ["z6Mk"]\n',
        '[bundle]\nfile = "x"\nsigners = ["no key"]\n',
    ],
)
def test_a_configuration_that_is_none(tmp_path: Path, more: str) -> None:
    with refused("config.invalid", kind=LocalError):
        load(KnownNetwork(size=8).verifier(tmp_path, "", more=more))


def test_a_node_and_a_bundle_exclude_each_other(desks: Desks) -> None:
    good = desks.offline().read_text("utf-8")
    for old, new, code in (
        ("\ndid =", '\nrpc = ["http://127.0.0.1:9"]\ndid =', "config.invalid"),
        ('"ignored"', '"may_refuse"', "config.invalid"),
        ("[bundle]", "[bundles]", "config.missing"),
    ):
        assert old in good
        path = desks.folder / "offline" / "wrong.toml"
        path.write_text(good.replace(old, new), "utf-8")
        with refused(code, kind=LocalError):
            load(path)


def test_a_verifier_that_runs_is_not_disturbed(desks: Desks) -> None:
    """Its store lets nobody else write: what is packed is a copy."""
    known = desks.known
    with closing(LedgerStore(desks.folder / "online" / "data" / "chain.db", known.network, RULES)) as store:
        follower = Follower(store, known.chain, known.network, confirmations=2)
        for _ in range(2):
            known.mine(known.mark({3: REVOKED}))
            follower.sync(known.now)
            desks.make()
            head = form.parse(desks.file.read_bytes()).manifest.head
            assert follower.head is not None
            assert (head.number, head.hash) == (follower.head.number, follower.head.hash)


def test_a_store_that_is_none_is_not_packed(desks: Desks) -> None:
    (desks.folder / "online" / "data" / "chain.db").write_bytes(b"no database" * 100)
    done = run("make", desks.file, "--config", desks.online)
    assert (done.exit_code, "ledger.store" in done.stderr) == (1, True)
