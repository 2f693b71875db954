"""A holder has credentials of an issuer on no chain: named, over real HTTP, from the offer to a verifier."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from clicid.adapters import clock
from clicid.adapters.fetch import Fetcher
from clicid.adapters.gather import settle
from clicid.adapters.keystore_askar import AskarKeyStore
from clicid.codec import jcs
from clicid.codec.web import JSON_TYPE, HttpAnswer, HttpRequest, parse_form
from clicid.errors import LocalError, Refused, Undecided
from clicid.formats.base import Binding, FormatId, Need, NeedKind
from clicid.oid4vp import verifier
from clicid.oid4vp.dcql import Query
from clicid.oid4vp.request_object import MEDIA_TYPE
from clicid.oid4vp.session import HandOut, ObjectFetched
from clicid.status.rows import REVOKED
from clicid.verification import Request, check
from tests.support.asking import CLIENT_ID, REFERENCE, Asking
from tests.support.issuance import IDENTITY, METADATA, RULES, IssuerServer, without
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.named_issuer import CHECKERS, DOCUMENT, INDEX, LIST_URL, LOG, OTHER_VCT, VCT, Named, Site
from tests.support.refusals import refused
from tests.support.webvh import Controller
from tests.support.world import Store, World
from tests.unit.wallet.test_home import PASSPHRASE, make
from tests.unit.wallet.test_hostile_peers import Agreeing, Http
from wallet.cli import app
from wallet.commands import out
from wallet.main import opened
from wallet.named import NamedSource
from wallet.terminal import Terminal
from wallet.usecases import naming
from wallet.usecases.accepting import accept
from wallet.usecases.presenting import present
from wallet.usecases.showing import detail
from wallet.words import WORDS, Language

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clicid.formats.base import Have, Wanted
    from clicid.oid4vci.issuance import Grant
    from clicid.verification import Ending
    from wallet.usecases.parts import Parts

QUERY = Query.parse(
    {
        "credentials": [
            {
                "id": "age",
                "format": "dc+sd-jwt",
                "meta": {"vct_values": [VCT]},
                "claims": [{"path": ["age_over_18"], "values": [True]}],
            }
        ]
    }
)
NOT_NAMED = "wallet.issuer_not_named"


@dataclass
class Scene:
    """An issuer on no chain, a wallet with a vault, and a verifier whose policy names the issuer."""

    issuer: Named
    folder: Path
    signs: dict[str, Any] = field(default_factory=dict)
    posted: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        age = replace(METADATA.configurations[IDENTITY], vct=VCT)
        self.server = IssuerServer(without(RULES, configurations={IDENTITY: age}), make=self._make)
        self.asking = Asking(world=World())
        self.asking.world.now = self.issuer.now
        self.home = make(self.folder)
        self.passphrase_file = self.folder / "passphrase"
        self.passphrase_file.write_text(PASSPHRASE)

    def _make(self, grant: Grant) -> tuple[str, ...]:
        made = [self.issuer.credential(one.holder, **self.signs) for one in grant.holders]
        return tuple(one.decode() for one in made)

    def send(self, request: HttpRequest) -> HttpAnswer:
        """The OpenID4VCI issuer and the verifier; what the issuer publishes comes from its web server."""
        if request.url == REFERENCE.request_uri:
            nonce = parse_form(request.body, max_bytes=10_000)["wallet_nonce"]
            world = self.asking.world
            self.session = self.asking.session(QUERY)
            _, reply = verifier.step(self.session, ObjectFetched(nonce), now=world.now, random=world.random)
            assert isinstance(reply, HandOut)
            self.nonce = reply.request.nonce
            return HttpAnswer(200, MEDIA_TYPE, self.asking.object(reply.request))
        if b"vp_token" in request.body:
            self.posted.append(parse_form(request.body, max_bytes=1 << 20))
            return HttpAnswer(200, JSON_TYPE, b"{}")
        return self.server.send(request)

    @contextmanager
    def wallet(self) -> Iterator[Parts]:
        """The wallet for one command: who asks is on a chain, of which this wallet's node knows."""
        with opened(self.home, PASSPHRASE) as parts:
            source: Any = parts.materials
            chain = Store({**self.asking.have})
            yield replace(parts, materials=NamedSource(chain, source._issuers), http=Http(self.send))

    def name(self, *, types: tuple[str, ...] = (VCT,), lists: tuple[str, ...] = (LIST_URL,)) -> None:
        with self.wallet() as parts:
            naming.name(parts, self.issuer.did, types, lists)

    def accept(self) -> str:
        """Take an offer; gives the credential's id in the wallet."""
        self.server.now = self.issuer.now
        with self.wallet() as parts:
            (kept,) = accept(parts, self.server.offer(IDENTITY, tx_code=None).offer.to_url(), Agreeing())
        return kept.credential_id

    def state(self, credential_id: str) -> str:
        with self.wallet() as parts:
            return str(detail(parts, credential_id)["state"])

    def present(self) -> Ending:
        """Show it to the verifier; what that decides."""
        with self.wallet() as parts:
            assert present(parts, REFERENCE.to_url(), Agreeing()).presented
        (raw,) = json.loads(self.posted.pop()["vp_token"])["age"]
        request = Request(FormatId.SD_JWT_VC, Binding(str(CLIENT_ID), self.nonce), frozenset({VCT}))
        policy, now = self.issuer.policy, self.issuer.now

        def step(have: Have) -> Ending | Wanted:
            return check(raw.encode(), have, request=request, policy=policy, checkers=CHECKERS, now=now)

        return settle(step, self.issuer.materials, now)

    def run(self, *words: str, code: int = 0) -> str:
        """A command, as a person types it."""
        where = ("--home", str(self.home), "--passphrase-file", str(self.passphrase_file))
        result = CliRunner().invoke(app, [*words, *where], env={"COLUMNS": "500"})
        assert result.exit_code == code, result.output
        return result.output

    def held(self) -> int:
        with self.wallet() as parts:
            return len(parts.records.credentials())


@pytest.fixture
def site() -> Iterator[Site]:
    with Site().serving() as served:
        yield served


@pytest.fixture(params=["webvh", "web"])
def method(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def scene(site: Site, tmp_path: Path, method: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    yield from _scene(site, tmp_path, method, monkeypatch)


@pytest.fixture
def by_log(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    yield from _scene(site, tmp_path, "webvh", monkeypatch)


def _scene(site: Site, folder: Path, method: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    issuer = Named(site, folder, method)
    monkeypatch.setattr(clock, "now", lambda: issuer.now)
    # The wallet's own way out, but that it leads to the test's web server, whatever the host.
    monkeypatch.setattr(Fetcher, "get", _to(site, Fetcher.get))
    issuer.materials.refresh()
    yield Scene(issuer, folder)
    issuer.materials.stop()


def _to(site: Site, real: Any) -> Any:
    def get(fetcher: Fetcher, url: str, **how: Any) -> Any:
        return real(fetcher, url, **how) if url.startswith("http://127.0.0.1:") else site.get(url, **how)

    return get


def test_from_the_offer_to_a_verifier_that_names_it_too(scene: Scene) -> None:
    scene.name()
    held = scene.accept()
    assert scene.state(held) == "good"
    scene.issuer.site.asked.clear()
    assert scene.present().report.verdict == "accepted"
    assert scene.issuer.site.asked == [], "while something is shown the issuer is not asked"


def test_who_is_not_named_is_refused_and_not_asked(scene: Scene) -> None:
    """However good its keys and signatures are, and whatever the offer says of it."""
    scene.issuer.site.asked.clear()
    with refused(NOT_NAMED):
        scene.accept()
    assert scene.held() == 0
    assert scene.issuer.site.asked == []
    with scene.wallet() as parts:
        assert [entry.outcome for entry in parts.records.history()] == [NOT_NAMED]
        assert parts.named.all() == {}, "an offer names nobody"


def test_the_error_says_what_to_do_and_gives_no_did_to_copy(scene: Scene) -> None:
    with pytest.raises(Refused) as caught:
        scene.accept()
    error = caught.value
    assert "name-issuer" in error.reason.en
    assert "name-issuer" in error.reason.sv
    assert scene.issuer.did not in f"{error} {error.where} {error.detail} {error.reason}"


def test_a_name_is_for_its_types_alone(scene: Scene) -> None:
    scene.name(types=(OTHER_VCT,))
    with refused(NOT_NAMED):
        scene.accept()


def test_a_name_is_for_its_lists_alone(scene: Scene) -> None:
    scene.name(lists=("https://issuer.example/status/2",))
    scene.issuer.site.asked.clear()
    with refused("status.unavailable", kind=Undecided):
        scene.accept()
    assert "/status/1" not in scene.issuer.site.asked, "a credential leads nowhere"


def test_somebody_else_does_not_speak_in_its_name(by_log: Scene) -> None:
    """A thief runs the offer's server, and signs with a key of its own under the DID that was named."""
    by_log.name()
    thief = Controller("issuer.example", store=MemoryKeyStore(b"thief")).create()
    honest, by_log.issuer.controller = by_log.issuer.controller, thief
    try:
        by_log.signs = {"did": honest.did}
        with refused("issuer.signature"):
            by_log.accept()
        by_log.signs = {"did": thief.did}
        with refused(NOT_NAMED):
            by_log.accept()
    finally:
        by_log.issuer.controller = honest
    assert by_log.held() == 0


def test_after_the_keys_turn_the_new_one_counts_and_the_old_credential_where_its_key_stays(
    by_log: Scene,
) -> None:
    by_log.name()
    held = by_log.accept()
    controller = by_log.issuer.controller
    controller.update(controller.state("a", "b", did=by_log.issuer.did))
    by_log.issuer.show()
    by_log.issuer.materials.refresh()
    assert by_log.state(held) == "good"
    assert by_log.present().report.verdict == "accepted"
    by_log.signs = {"name": "b"}
    assert by_log.state(by_log.accept()) == "good"
    controller.update(controller.state("b", did=by_log.issuer.did))
    by_log.issuer.show_list({}, name="b")
    by_log.issuer.show()
    assert by_log.state(held) == "issuer.key_revoked"


def test_a_thiefs_fork_is_refused_until_the_log_goes_on(by_log: Scene) -> None:
    """It has the update key, and the web server; the wallet has seen the honest log before."""
    by_log.name()
    held = by_log.accept()
    controller = by_log.issuer.controller
    before = list(controller.lines)
    controller.update(controller.state("a", "b", did=by_log.issuer.did))
    by_log.issuer.show()
    assert by_log.state(held) == "good"
    honest, controller.lines = controller.lines, before
    controller.update(controller.state("a", "thief", did=by_log.issuer.did))
    by_log.issuer.show()
    by_log.signs = {"name": "thief"}
    with refused("did.forked", kind=Undecided):
        by_log.accept()
    assert by_log.state(held) == "did.forked"
    by_log.issuer.site.files.pop(LOG)
    assert by_log.state(held) == "did.forked", "an outage makes it no better"
    controller.lines = honest
    by_log.issuer.show()
    assert by_log.state(held) == "good"
    by_log.signs = {"name": "b"}
    by_log.accept()


def test_a_log_that_goes_back_is_noticed_by_another_command(
    by_log: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    by_log.name()
    controller = by_log.issuer.controller
    older = list(controller.lines)
    controller.update()
    by_log.issuer.show()
    held = by_log.accept()
    controller.lines = older
    by_log.issuer.show()
    assert by_log.state(held) == "did.rolled_back"
    assert by_log.issuer.did not in caplog.text, "whose credentials a person has is in the vault alone"


def test_while_the_server_fails_what_was_seen_is_used_and_grows_old(by_log: Scene) -> None:
    by_log.name()
    held = by_log.accept()
    by_log.issuer.site.files.pop(LOG)
    by_log.issuer.now += timedelta(minutes=4)
    assert by_log.state(held) == "good"
    by_log.issuer.now += timedelta(minutes=2)
    assert by_log.state(held) == "did.too_old"


def test_what_cannot_be_had_leaves_undecided(scene: Scene, method: str) -> None:
    scene.name()
    held = scene.accept()
    answer = scene.issuer.site.files.pop("/status/1")
    assert scene.state(held) == "status.unavailable"
    scene.issuer.site.files["/status/1"] = answer
    if method == "web":
        scene.issuer.site.files[DOCUMENT] = ("application/did+json", b"{}")
        assert scene.state(held) == "did.unavailable"
    with refused("status.unavailable" if method == "webvh" else "did.unavailable", kind=Undecided):
        scene.issuer.site.files.pop("/status/1")
        scene.accept()


def test_what_is_revoked_is_not_kept_and_is_called_so(scene: Scene) -> None:
    scene.name()
    held = scene.accept()
    scene.issuer.show_list({INDEX: REVOKED})
    assert scene.state(held) == "status.revoked"
    with refused("status.revoked"):
        scene.accept()


def test_a_list_that_somebody_else_signed_is_no_list(scene: Scene) -> None:
    scene.name()
    scene.issuer.show_list({}, name="thief")
    with refused("status.unavailable", kind=Undecided):
        scene.accept()


def test_unnamed_again_nothing_more_is_taken(scene: Scene) -> None:
    scene.name()
    held = scene.accept()
    with scene.wallet() as parts:
        naming.unname(parts, scene.issuer.did)
    assert scene.state(held) == "issuer.not_accredited"
    with refused(NOT_NAMED):
        scene.accept()
    with refused("wallet.named", scene.issuer.did, kind=LocalError), scene.wallet() as parts:
        naming.unname(parts, scene.issuer.did)


@pytest.mark.parametrize(
    ("did", "types", "lists", "code"),
    [
        ("did:ethr:0x1:0x" + "ab" * 20, (VCT,), (LIST_URL,), "did.method"),
        ("did:key:z6Mk", (VCT,), (LIST_URL,), "did.method"),
        ("did:webvh:x", (VCT,), (LIST_URL,), "did.syntax"),
        ("*", (VCT,), (LIST_URL,), "did.syntax"),
        ("did:web:issuer.example", ("https://schemas.example/*",), (LIST_URL,), "wallet.named"),
        ("did:web:issuer.example", (), (LIST_URL,), "wallet.named"),
        ("did:web:issuer.example", (VCT,), (), "wallet.named"),
        ("did:web:issuer.example", (VCT,), ("/status/1",), "codec.url"),
    ],
)
def test_what_cannot_be_named(
    by_log: Scene, did: str, types: tuple[str, ...], lists: tuple[str, ...], code: str
) -> None:
    with by_log.wallet() as parts:
        with pytest.raises((Refused, LocalError)) as caught:
            naming.name(parts, did, types, lists)
        assert caught.value.code == code
        assert parts.named.all() == {}


def test_nothing_on_disk_says_whom_a_person_has_named(by_log: Scene) -> None:
    by_log.name()
    by_log.accept()
    secret = by_log.issuer.did.split(":")[2].encode()
    files = [path for path in by_log.home.rglob("*") if path.is_file()]
    assert files
    assert [path.name for path in files if secret in path.read_bytes()] == []


# By the operator of a wallet ---------------------------------------------------------------------------


def test_an_operator_names_it_in_the_wallets_settings(scene: Scene) -> None:
    settings = scene.home / "wallet.json"
    row = {"did": scene.issuer.did, "types": [VCT], "lists": [LIST_URL]}
    settings.write_bytes(jcs.dumps(json.loads(settings.read_bytes()) | {"issuers_by_name": [row]}))
    assert scene.state(scene.accept()) == "good"
    with scene.wallet() as parts:
        assert parts.named.all() == {}
    assert "by_you  False" in scene.run("named-issuers")
    scene.run("unname-issuer", scene.issuer.did, code=1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"did": "did:ethr:0x1:0x" + "ab" * 20},
        {"types": []},
        {"lists": ["/status/1"]},
        {"anything": True},
    ],
)
def test_settings_that_name_wrongly_open_no_wallet(by_log: Scene, wrong: dict[str, Any]) -> None:
    settings = by_log.home / "wallet.json"
    row = {"did": by_log.issuer.did, "types": [VCT], "lists": [LIST_URL]} | wrong
    settings.write_bytes(jcs.dumps(json.loads(settings.read_bytes()) | {"issuers_by_name": [row]}))
    with pytest.raises(LocalError) as caught, by_log.wallet():
        pytest.fail("the wallet opened")
    assert caught.value.code == "wallet.named"


def test_one_that_stands_twice_is_a_mistake(by_log: Scene) -> None:
    settings = by_log.home / "wallet.json"
    row = {"did": by_log.issuer.did, "types": [VCT], "lists": [LIST_URL]}
    settings.write_bytes(jcs.dumps(json.loads(settings.read_bytes()) | {"issuers_by_name": [row, row]}))
    with pytest.raises(LocalError) as caught, by_log.wallet():
        pytest.fail("the wallet opened")
    assert caught.value.code == "wallet.named"


# At the terminal ---------------------------------------------------------------------------------------


def test_named_listed_and_taken_back_at_the_terminal(by_log: Scene) -> None:
    did = by_log.issuer.did
    said = by_log.run("name-issuer", did, "--type", VCT, "--list", LIST_URL)
    assert WORDS[Language.EN].no_chain in said
    (row,) = json.loads(by_log.run("named-issuers", "--json"))
    assert row == {"did": did, "types": [VCT], "lists": [LIST_URL], "by_you": True}
    by_log.run("unname-issuer", did)
    assert json.loads(by_log.run("named-issuers", "--json")) == []


@pytest.mark.parametrize("language", Language)
def test_the_output_says_that_no_chain_stands_behind_it(scene: Scene, language: Language) -> None:
    scene.name()
    held = scene.accept()
    for command in (("list",), ("show", held)):
        said = scene.run(*command, "--language", language.value)
        assert WORDS[language].no_chain in said
        assert "on_chain  False" in said
    assert json.loads(scene.run("show", held, "--json"))[0]["on_chain"] is False


@pytest.mark.parametrize("language", Language)
def test_before_something_is_shown_it_says_so_too(by_log: Scene, language: Language) -> None:
    by_log.name()
    by_log.accept()
    text = WORDS[language]
    # The asker is registered for other things: consent is a word.
    with CliRunner().isolation(input=f"{text.over_asking_word}\n") as (screen, *_), by_log.wallet() as parts:
        assert present(parts, REFERENCE.to_url(), Terminal(out, text, yes=False)).presented
        said = " ".join(screen.getvalue().decode().split())
    assert text.no_chain in said


def test_an_issuer_whose_log_never_came_is_undecided(scene: Scene, method: str) -> None:
    scene.name()
    scene.issuer.site.files.pop(LOG if method == "webvh" else DOCUMENT)
    with refused("did.unavailable", kind=Undecided):
        scene.accept()
    assert scene.held() == 0


def test_a_vault_that_lost_a_log_says_so(by_log: Scene) -> None:
    """It is ours, and no issuer's: what was seen must not be forgotten in silence."""
    by_log.name()
    held = by_log.accept()
    scid = by_log.issuer.did.split(":")[2]
    with AskarKeyStore.open(by_log.home / "vault.db", PASSPHRASE) as vault:
        vault.delete_record("webvh_files", scid)
    by_log.issuer.site.files.pop(LOG)
    with refused("wallet.damaged", "webvh_files", kind=LocalError):
        by_log.state(held)


def test_the_offers_own_server_cannot_have_it_fetched(scene: Scene) -> None:
    """What is fetched of named issuers is what was named: a need for anything else goes to the chain."""
    scene.name()
    with scene.wallet() as parts:
        scene.issuer.site.asked.clear()
        for need in (
            Need(NeedKind.DID, "did:web:thief.example"),
            Need(NeedKind.STATUS_LIST, LIST_URL, "did:web:thief.example"),
            Need(NeedKind.STATUS_LIST, "https://issuer.example/other", scene.issuer.did),
            Need(NeedKind.STATUS_LIST_CREDENTIAL, LIST_URL, scene.issuer.did),
        ):
            parts.materials.get(need, scene.issuer.now)
        assert scene.issuer.site.asked == []
