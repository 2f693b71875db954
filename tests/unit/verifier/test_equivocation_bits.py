"""The same list as credentials, one for each purpose: what the token could not hide, they cannot either."""

from __future__ import annotations

import json
import logging
import time
import zlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters.fetch import Fetched
from clicid.adapters.gather import settle
from clicid.codec import base64url
from clicid.errors import Undecided
from clicid.formats.base import CheckName, IssuerIdentity, Material, Need, NeedKind, Unavailable
from clicid.formats.vc_di import prepare_credential
from clicid.keys.algorithms import ED25519
from clicid.ledger.records import TROUBLE_DIGEST
from clicid.status import bitstring
from clicid.status.bitstring import MIN_ENTRIES, Bitstring
from clicid.status.rows import REVOKED, SUSPENDED
from clicid.verification import Accepted, SignedLists, bundle, check, signed_bits
from clicid.verification.signed_lists import Agreement
from tests.support.asking import CHECKERS, CONTEXTS
from tests.support.world import DID, LIST_URL, NOW, Store, World
from tests.unit.verification.test_signed_lists import SECOND, token
from tests.unit.verifier.test_equivocation import SIGNED, Verifier, bits, found
from verifier.refresh.evidence import ListWatch
from verifier.refresh.forms import BitstringForm, TokenForm, all_forms
from verifier.refresh.lists import SignedListMaterials

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clicid.formats.base import Have, Wanted
    from clicid.verification import Ending

REVOCATION, SUSPENSION = bitstring.PURPOSES
BEFORE, AFTER = SECOND - 3600, SECOND - 30
"""Signed before the last block that is known, and after it."""
VALUES = {REVOCATION: REVOKED, SUSPENSION: SUSPENDED}


def credential(
    world: World,
    marked: set[int],
    purpose: str,
    at: int,
    *,
    signer: str = "issuer-ed",
    url: str = "",
    entries: int = MIN_ENTRIES,
    life: timedelta = timedelta(days=1),
    did: str = DID,
    **changes: Any,
) -> bytes:
    """A list credential as an issuer serves it; `changes` replace members before it is signed."""
    packed = bytearray(entries // 8)
    for index in marked:
        packed[index >> 3] |= 0x80 >> (index & 7)
    moment = datetime.fromtimestamp(at, UTC)
    document = bitstring.credential(
        Bitstring((purpose,), bytes(packed)),
        url=url or bitstring.list_url(LIST_URL, purpose),
        issuer=did,
        valid_from=moment,
        valid_until=moment + life,
        ttl=timedelta(minutes=5),
    )
    identity = IssuerIdentity(did, f"{did}#delegate-2", "")
    prepared = prepare_credential(identity, document | changes, CONTEXTS, created=moment)
    ref = world.keys.find(signer) or world.keys.generate(ED25519, signer)
    return prepared.complete([world.keys.sign(ref, one.message, one.alg) for one in prepared.to_be_signed])


@dataclass
class Shown:
    """A verifier that is shown lists of one purpose; `anchored` has the indexes of that purpose."""

    folder: Path
    purpose: str
    anchored: set[int] = field(default_factory=set)
    beside: dict[int, int] = field(default_factory=dict)
    kept: Material | None = None

    def __post_init__(self) -> None:
        marked = dict(self.beside)
        for index in self.anchored:
            marked[index] = marked.get(index, 0) | VALUES[self.purpose]
        self.verifier = Verifier(self.folder, marked)
        self.form = BitstringForm(self.purpose, CHECKERS)

    def shown(self, marked: set[int], at: int, *, purpose: str = "", **how: Any) -> bool:
        body = credential(self.verifier.world, marked, purpose or self.purpose, at, **how)
        url = bitstring.list_url(LIST_URL, self.purpose)
        new = Material(body, NOW, datetime.fromtimestamp(at, UTC), url, "application/vc")
        watch = self.verifier.watch
        anchored = watch.anchored(SIGNED, NOW)
        taken = watch.take(SIGNED, self.form, new, kept=self.kept, anchored=anchored, now=NOW)
        if taken:
            self.kept = new
        return taken

    def decide(self, *, age: timedelta = timedelta(0)) -> Ending:
        """On the credential at index 5, with what was taken, of that age."""
        world = self.verifier.world
        have = dict(world.have)
        if self.kept is not None:
            kept = replace(self.kept, as_of=NOW - age)
            have[signed_bits.need(LIST_URL, self.purpose, DID)] = kept

        def step(known: Have) -> Ending | Wanted:
            return check(
                world.presentation(),
                known,
                request=world.request,
                policy=world.policy,
                checkers=CHECKERS,
                now=NOW,
            )

        return settle(step, Store(have), NOW)

    def said(self) -> str:
        lines = self.decide().report.sections[0].lines
        return next(line.detail for line in lines if line.check is CheckName.STATUS)

    @property
    def found(self) -> dict[str, int]:
        return dict(self.verifier.watch.found)

    @property
    def evidence(self) -> list[dict[str, Any]]:
        return self.verifier.evidence


@pytest.fixture(params=bitstring.PURPOSES)
def purpose(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_what_is_anchored_is_what_is_shown(tmp_path: Path, purpose: str) -> None:
    """By its own purpose: of the other's bits a credential says nothing."""
    for marked in (set[int](), {5}, {0, 15}):
        one = Shown(tmp_path / str(len(marked)), purpose, marked, beside={5: REVOKED | SUSPENDED, 7: 0})
        expected = marked | {5}
        for at in (BEFORE, AFTER):
            assert one.shown(expected, at)
        assert (one.found, one.evidence) == ({}, [])


def test_a_revocation_that_is_anchored_is_not_lacking(tmp_path: Path) -> None:
    for at, code in ((BEFORE, Agreement.OLDER), (AFTER, Agreement.DIFFERS)):
        one = Shown(tmp_path / code, REVOCATION, {5, 6})
        one.shown({6}, at)
        assert one.found == found(code)
        (kept,) = one.evidence
        assert (kept["code"], kept["form"], kept["issuer"], kept["list"]) == (code, REVOCATION, DID, LIST_URL)
        assert json.loads(kept["signed"])["id"] == f"{LIST_URL}/revocation"
        against = kept["against"]
        entries = zlib.decompress(base64url.decode(against["entries"]))
        assert entries == bits({5: REVOKED, 6: REVOKED})
        assert (against["version"], against["source"]) == (3, "chain 1 block 100")


def test_it_never_leads_to_acceptance(tmp_path: Path) -> None:
    """The anchored list decides, whatever the credential leaves out."""
    for purpose, code in ((REVOCATION, "status.revoked"), (SUSPENSION, "status.suspended")):
        one = Shown(tmp_path / purpose, purpose, {5})
        assert one.shown(set(), AFTER)
        assert one.decide().report.code == code
    for trouble in (TROUBLE_DIGEST, ""):
        clear = Shown(tmp_path / f"clear {trouble}", REVOCATION)
        world = clear.verifier.world
        world.snapshot = replace(world.snapshot, trouble=trouble)
        assert clear.shown(set(), AFTER)
        assert clear.decide().report.code == trouble, "by the anchored list, as without the credential"


def test_the_report_names_what_is_not_anchored(tmp_path: Path) -> None:
    one = Shown(tmp_path / "differs", REVOCATION, {6})
    one.shown({7}, AFTER - 25)
    assert isinstance(one.decide(), Accepted)
    assert one.said().endswith("its revocation credential is not the anchored one: status.signed_list_older")
    one = Shown(tmp_path / "ahead", SUSPENSION)
    one.shown({7}, AFTER + 25)
    assert one.said().endswith("its suspension credential is not the anchored one: ahead")
    one = Shown(tmp_path / "same", REVOCATION, {6})
    one.shown({6}, AFTER)
    assert "credential" not in one.said()


def test_a_revocation_in_it_refuses_before_it_is_anchored_and_whatever_its_age(tmp_path: Path) -> None:
    one = Shown(tmp_path, REVOCATION)
    assert isinstance(one.decide(), Accepted)
    assert one.shown({5}, AFTER)
    for age in (timedelta(0), timedelta(days=30)):
        assert one.decide(age=age).report.code == "status.revoked"
    (line,) = [line for line in one.decide().report.sections[0].lines if line.code == "status.revoked"]
    assert line.source == f"{LIST_URL}/revocation"


def test_a_suspension_in_it_refuses_while_it_is_fresh(tmp_path: Path) -> None:
    one = Shown(tmp_path, SUSPENSION)
    assert one.shown({5}, AFTER)
    assert one.decide().report.code == "status.suspended"
    assert isinstance(one.decide(age=timedelta(days=1)), Accepted)


def test_it_counts_where_the_policy_asks_for_signed_lists(tmp_path: Path) -> None:
    one = Shown(tmp_path, REVOCATION)
    assert one.shown({5}, AFTER)
    world = one.verifier.world
    world.policy = replace(world.policy, signed_lists=SignedLists.IGNORED)
    assert isinstance(one.decide(), Accepted)


@pytest.mark.parametrize("how", [{"signer": "thief"}, {"url": f"{LIST_URL}/suspension"}])
def test_a_check_looks_itself_whether_the_issuer_signed_it(tmp_path: Path, how: dict[str, Any]) -> None:
    one = Shown(tmp_path, REVOCATION)
    body = credential(one.verifier.world, {5}, REVOCATION, AFTER, **how)
    one.kept = Material(body, NOW, NOW, "", "application/vc")
    assert isinstance(one.decide(), Accepted)


def test_a_saved_check_has_it_and_one_of_before_there_was_it_decides_as_it_did(tmp_path: Path) -> None:
    one = Shown(tmp_path, REVOCATION)
    assert one.shown({5}, AFTER)
    assert one.kept is not None
    world = one.verifier.world
    token_need = {SIGNED: world.material(token(world, iat=AFTER))}
    with_bits = {signed_bits.need(LIST_URL, REVOCATION, DID): one.kept}
    for have, code in ((token_need, ""), (token_need | with_bits, "status.revoked")):
        raw = world.presentation()
        saved = bundle.dump(raw, {**world.have, **have}, request=world.request, policy=world.policy, now=NOW)
        assert bundle.replay(saved, lambda _: CHECKERS).report.code == code


def test_a_newer_list_of_revocations_is_no_contradiction(tmp_path: Path) -> None:
    """Bad news is published before it is anchored; what is ahead may come with a clock that is behind."""
    for at in (AFTER, BEFORE):
        one = Shown(tmp_path / str(at), REVOCATION, {6})
        assert one.shown({5, 6}, at)
        assert (one.found, one.evidence) == ({}, [])


def test_suspensions_come_and_go_and_only_an_old_list_is_told(tmp_path: Path) -> None:
    for marked in (set[int](), {5, 6}, {6}):
        one = Shown(tmp_path / f"after {len(marked)} {sum(marked)}", SUSPENSION, {5})
        assert one.shown(marked, AFTER)
        assert one.found == {}
        one = Shown(tmp_path / f"before {len(marked)} {sum(marked)}", SUSPENSION, {5})
        one.shown(marked, BEFORE)
        assert one.found == found(Agreement.OLDER)


def test_a_revocation_is_not_made_a_suspension(tmp_path: Path) -> None:
    """To move a revoked entry to the other list takes it off the first, which is told."""
    one = Shown(tmp_path, REVOCATION, {5})
    one.shown(set(), AFTER)
    assert one.found == found(Agreement.DIFFERS)
    other = Shown(tmp_path / "2", SUSPENSION, beside={5: REVOKED})
    assert other.shown({5}, AFTER), "to suspend what is revoked takes nothing away"
    assert other.found == {}


def test_a_revocation_that_is_not_anchored_yet_is_not_taken_back(tmp_path: Path) -> None:
    for at, code in ((AFTER + 5, Agreement.DIFFERS), (AFTER - 5, Agreement.OLDER)):
        one = Shown(tmp_path / code, REVOCATION)
        assert one.shown({5}, AFTER)
        assert not one.shown(set(), at)
        assert one.found == found(code)
        (kept,) = one.evidence
        assert one.kept is not None
        assert kept["against"]["signed"].encode() == one.kept.body
        assert one.shown({5, 7}, AFTER + 9)


def test_an_older_copy_of_the_same_is_no_news(tmp_path: Path, purpose: str) -> None:
    one = Shown(tmp_path, purpose, {6})
    assert one.shown({6}, AFTER)
    assert not one.shown({6}, AFTER - 1)
    assert one.found == {}


@pytest.mark.parametrize(
    "how",
    [
        {"signer": "thief"},
        {"url": "https://issuer.example/status/2/revocation"},
        {"url": LIST_URL},
        {"purpose": SUSPENSION, "url": f"{LIST_URL}/revocation"},
        {"at": BEFORE, "life": timedelta(minutes=10)},
        {"did": "did:ethr:0x1:0x" + "cd" * 20},
        {"type": ["VerifiableCredential"]},
    ],
)
def test_what_the_issuer_did_not_sign_for_this_list_replaces_nothing(
    tmp_path: Path, how: dict[str, Any]
) -> None:
    how, one = dict(how), Shown(tmp_path, REVOCATION)
    assert one.shown({5}, AFTER)
    assert not one.shown(set(), how.pop("at", AFTER + 5), **how)
    assert (one.found, one.evidence) == ({}, [])


def test_while_the_issuers_keys_are_not_known_nothing_is_taken(tmp_path: Path) -> None:
    one = Shown(tmp_path, REVOCATION, {6})
    keys = Need(NeedKind.DID, DID)
    one.verifier.store.have = {**one.verifier.world.have, keys: Unavailable(NOW, "no block is known yet")}
    assert not one.shown(set(), AFTER)
    assert (one.found, one.evidence) == ({}, [])


def test_what_was_altered_on_the_way_replaces_nothing(tmp_path: Path) -> None:
    """The date is among what is signed: nobody makes an old list a new one."""
    one = Shown(tmp_path, REVOCATION)
    assert one.shown({5}, AFTER)
    document = json.loads(credential(one.verifier.world, set(), REVOCATION, BEFORE))
    document["validFrom"] = datetime.fromtimestamp(AFTER + 5, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    new = Material(json.dumps(document).encode(), NOW, NOW, "", "application/vc")
    watch = one.verifier.watch
    anchored = watch.anchored(SIGNED, NOW)
    assert not watch.take(SIGNED, one.form, new, kept=one.kept, anchored=anchored, now=NOW)
    assert one.found == {}


def test_a_list_of_another_size_differs(tmp_path: Path, purpose: str) -> None:
    one = Shown(tmp_path, purpose)
    one.shown(set(), AFTER, entries=2 * MIN_ENTRIES)
    assert one.found == found(Agreement.DIFFERS)


def test_of_a_list_with_one_bit_an_entry_there_are_no_suspensions(tmp_path: Path) -> None:
    one = Shown(tmp_path, SUSPENSION)
    world = one.verifier.world
    world.snapshot = replace(world.snapshot, width=1, size=32)
    one.verifier.store.have = world.have
    one.shown({5}, AFTER)
    assert one.found == found(Agreement.DIFFERS)


def test_the_same_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    one = Shown(tmp_path, REVOCATION, {6})
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            one.shown({7}, AFTER)
    assert one.found == {Agreement.DIFFERS.value: 3}
    assert len(caplog.records) == 1
    assert f"{LIST_URL} (revocation) of {DID}" in caplog.text


# From the issuer's server, in the background --------------------------------------------------------


@dataclass
class Server:
    """What an issuer's server answers, by URL."""

    files: dict[str, tuple[str, bytes]]
    asked: list[str] = field(default_factory=list)

    def get(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
        assert max_bytes
        self.asked.append(url)
        if url not in self.files:
            raise Undecided("fetch.failed", url)
        media_type, body = self.files[url]
        assert media_type in (accept, "text/html")
        return Fetched(status=200, media_type=media_type, body=body, headers={})


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Verifier, Server, SignedListMaterials]]:
    """Its token is what is anchored, and so is its list of suspensions; that of revocations lacks one."""
    verifier = Verifier(tmp_path / "evidence", {6: REVOKED})
    world = verifier.world
    server = Server(
        {
            LIST_URL: (TokenForm().media_type, token(world, bits({6: REVOKED}), iat=AFTER)),
            f"{LIST_URL}/revocation": ("application/vc", credential(world, set(), REVOCATION, AFTER)),
            f"{LIST_URL}/suspension": ("application/vc", credential(world, set(), SUSPENSION, AFTER)),
        }
    )
    chain: Any = verifier.store
    fetcher: Any = server
    materials = SignedListMaterials(chain, fetcher, lambda: NOW, verifier.watch, all_forms(CHECKERS))
    materials.start()
    yield verifier, server, materials
    materials.stop()


def until(condition: Any) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_each_form_of_a_list_that_a_credential_names_is_watched(
    served: tuple[Verifier, Server, SignedListMaterials],
) -> None:
    verifier, server, materials = served
    assert isinstance(materials.get(SIGNED, NOW), Unavailable)
    until(lambda: len(server.asked) == 3)
    until(lambda: verifier.watch.found)
    materials.stop()
    assert server.asked == [LIST_URL, f"{LIST_URL}/revocation", f"{LIST_URL}/suspension"]
    assert dict(verifier.watch.found) == found(Agreement.DIFFERS)
    assert [one["form"] for one in verifier.evidence] == [REVOCATION]
    assert isinstance(materials.get(SIGNED, NOW), Material), "the token is used as before"
    for purpose in bitstring.PURPOSES:
        form = materials.get(signed_bits.need(LIST_URL, purpose, DID), NOW)
        assert isinstance(form, Material)
        assert form.source == f"{LIST_URL}/{purpose}"
    assert isinstance(materials.get(signed_bits.need(LIST_URL, "message", DID), NOW), Unavailable)
    assert list(materials._wanted) == [SIGNED], "a form is no list of its own"


def test_no_check_is_ever_given_a_credential_in_place_of_what_is_anchored(
    served: tuple[Verifier, Server, SignedListMaterials],
) -> None:
    """Or a W3C credential that names the very URL would be accepted by it."""
    verifier, server, materials = served
    materials.get(SIGNED, NOW)
    until(lambda: len(server.asked) == 3)
    url = f"{LIST_URL}/revocation"
    materials.get(Need(NeedKind.STATUS_LIST_CREDENTIAL, url, DID), NOW)
    assert verifier.store.asked[-1].kind is NeedKind.STATUS_LIST_CREDENTIAL, "the chain is asked, as before"


def test_what_is_no_list_is_passed_over(tmp_path: Path) -> None:
    verifier = Verifier(tmp_path, {6: REVOKED})
    chain: Any = verifier.store
    url = f"{LIST_URL}/revocation"
    good = credential(verifier.world, set(), REVOCATION, AFTER)
    for kind, body in (
        ("text/html", good),
        ("application/vc", b""),
        ("application/vc", b"[]"),
        ("application/vc", b"{}"),
        ("application/vc", b'{"validFrom": 1}'),
        ("application/vc", b'{"validFrom": "2026-11-22T12:00:00Z"}'),
        ("application/vc", good.replace(b'"proof"', b'"prove"')),
    ):
        fetcher: Any = Server({url: (kind, body)})
        watch = ListWatch(chain, verifier.world.rules, tmp_path)
        materials = SignedListMaterials(chain, fetcher, lambda: NOW, watch, all_forms(CHECKERS))
        materials._fetch(SIGNED)
        assert fetcher.asked == [LIST_URL, url, f"{LIST_URL}/suspension"]
        assert (dict(watch.found), materials._kept) == ({}, {})
