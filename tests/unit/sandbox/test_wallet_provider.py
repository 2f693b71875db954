"""The wallet provider in one process: it attests who registered, for each issuer anew, and can revoke."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from clicid.adapters.wallet_attester import WalletAttester
from clicid.codec.web import HttpAnswer, HttpRequest
from clicid.errors import LocalError, Refused, RemoteError
from clicid.keys.algorithms import ALGORITHMS, P256
from clicid.oid4vci import client_attestation, key_attestation, wallet_provider
from clicid.oid4vci.attesting import Action
from clicid.oid4vci.wallet_provider import WalletProvider, WalletProviders
from clicid.securing.jws import PreparedJws
from clicid.status import token_list
from clicid.trust.anchors import Anchor
from sandbox.setup.wallet_provider import CLIENT_ID, set_up
from sandbox.wallet_provider.app import create_app
from sandbox.wallet_provider.config import CONFIG, load
from sandbox.wallet_provider.opening import opened
from sandbox.wallet_provider.store import Store
from tests.support.asgi import Client, asking
from tests.support.attesting import ALGS, MINUTE, SERVER
from tests.support.attesting import opened as claims_of
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.refusals import refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clicid.formats.base import StatusRef
    from sandbox.wallet_provider.service import WalletProviding

URL = "http://127.0.0.1:9998"


@dataclass
class Time:
    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass
class World:
    """A provider, its clock, and the way to it."""

    providing: WalletProviding
    client: Client
    clock: Time
    sent: list[HttpRequest] = field(default_factory=list)

    def send(self, request: HttpRequest) -> HttpAnswer:
        self.sent.append(request)
        headers = {"accept": request.accept, "content-type": request.content_type}
        path = request.url.removeprefix(URL)
        answer = self.client.request(request.method, path, content=request.body, headers=headers)
        media_type = answer.headers.get("content-type", "").partition(";")[0]
        return HttpAnswer(answer.status_code, media_type, answer.content)

    def wallet(self, name: str, *, registered: bool = True) -> WalletAttester:
        keys = MemoryKeyStore(name.encode())
        made = WalletAttester(URL, self, keys, keys.generate(P256, "instance"), self.clock)
        if registered:
            made.register(self.providing.code())
        return made

    @property
    def providers(self) -> WalletProviders:
        """As an issuer under HAIP lists it."""
        root = x509.load_pem_x509_certificate((self.providing.settings.folder / "root.pem").read_bytes())
        anchor = Anchor.load(root.public_bytes(Encoding.DER))
        return WalletProviders((WalletProvider("sandbox", frozenset({CLIENT_ID}), (anchor,)),), haip=True)

    def status(self, entry: StatusRef | None) -> int:
        assert entry is not None
        answer = self.client.get(entry.list_url.removeprefix(URL))
        assert answer.headers["content-type"] == token_list.MEDIA_TYPE
        held = wallet_provider.status_list(
            answer.text,
            entry.list_url,
            self.providers.listed[0],
            algs=ALGS,
            now=self.clock(),
            leeway=MINUTE,
        )
        return held.status_list[entry.index]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("provider")
    set_up(made, URL)
    return made


@pytest.fixture
def world(folder: Path, tmp_path: Path) -> Iterator[World]:
    with opened(folder / CONFIG) as real:
        clock = Time(real.clock())
        store = Store(tmp_path / "test.db")
        providing = replace(real, clock=clock, store=store)
        with asking(create_app(providing), URL) as client:
            yield World(providing, client, clock)
        store.close()


def wallet_key(wallet: WalletAttester, name: str) -> Any:
    return wallet.keys.find(name) or wallet.keys.generate(P256, name)


def shown(world: World, wallet: WalletAttester, jwt: str, name: str) -> client_attestation.VerifiedClient:
    """What an authorization server makes of an attestation and the wallet's proof."""
    ref = wallet_key(wallet, name)
    prepared = client_attestation.prepare_pop(alg="ES256", audience=SERVER, jti="j", now=world.clock())
    pop = prepared.complete([wallet.keys.sign(ref, prepared.signing_input, P256)]).decode()
    return client_attestation.verify(
        jwt,
        pop,
        audience=SERVER,
        client_id=CLIENT_ID,
        providers=world.providers,
        algs=ALGS,
        now=world.clock(),
        max_age=MINUTE,
        leeway=MINUTE,
    )


def test_a_wallet_is_attested(world: World) -> None:
    wallet = world.wallet("a")
    given = wallet.client_attestation(wallet_key(wallet, "server 1"))
    found = shown(world, wallet, given.jwt, "server 1")
    assert (found.client_id, given.client_id) == (CLIENT_ID, CLIENT_ID)
    assert found.wallet_name == "ClicID wallet (TEST)"
    assert found.wallet_link == f"{URL}/"
    assert world.status(found.status) == token_list.VALID
    assert timedelta(hours=22) < given.expires - world.clock() <= timedelta(days=1)


def test_keys_are_attested_truthfully(world: World) -> None:
    wallet = world.wallet("a")
    refs = [wallet_key(wallet, f"holder {at}") for at in range(3)]
    found = key_attestation.verify(
        wallet.key_attestation(refs, "n0nce"),
        providers=world.providers,
        algs=ALGS,
        now=world.clock(),
        max_age=MINUTE,
        leeway=MINUTE,
        need_exp=True,
    )
    assert found.keys == tuple(wallet.keys.public(ref) for ref in refs)
    assert found.key_storage == (f"{URL}/key-storage/software",)
    assert found.user_authentication == ()
    assert (found.nonce, world.status(found.status)) == ("n0nce", token_list.VALID)


def test_two_issuers_cannot_tell_that_they_have_the_same_wallet(world: World) -> None:
    """What two attestations of one wallet have in common, those of two wallets have as well."""
    wallet, other = world.wallet("a"), world.wallet("b")
    mine = [wallet.client_attestation(wallet_key(wallet, f"server {at}")).jwt for at in (1, 2)]
    another = other.client_attestation(wallet_key(other, "server 1")).jwt
    first, second, third = (_claims(jwt) for jwt in (*mine, another))
    assert set(first) == {"iss", "sub", "iat", "exp", "cnf", "wallet_name", "wallet_link", "status"}
    for name in ("iss", "sub", "iat", "exp", "wallet_name", "wallet_link"):
        assert first[name] == second[name] == third[name]
    for name in ("cnf", "status"):
        assert first[name] != second[name] != third[name] != first[name]
    assert first["iat"] % 3600 == 0
    assert len({jwt.partition(".")[0] for jwt in (*mine, another)}) == 1


def _claims(jwt: str) -> dict[str, Any]:
    header, payload, _ = jwt.split(".")
    return claims_of(PreparedJws(ALGORITHMS[P256], f"{header}.{payload}".encode()))[1]


def test_the_provider_is_not_told_for_whom(world: World) -> None:
    wallet = world.wallet("a")
    wallet.client_attestation(wallet_key(wallet, "https://issuer.example"))
    wallet.key_attestation([wallet_key(wallet, "holder")], "n")
    assert all(b"issuer.example" not in request.body for request in world.sent)


def test_a_wallet_that_did_not_register(world: World) -> None:
    wallet = world.wallet("a", registered=False)
    _turned_down("unknown_instance", lambda: wallet.client_attestation(wallet_key(wallet, "s")))
    _turned_down("unknown_instance", lambda: wallet.key_attestation([wallet_key(wallet, "h")], "n"))


def _turned_down(error: str, act: Any) -> None:
    with pytest.raises(Refused) as caught:
        act()
    assert caught.value.code == "wallet_provider.remote"
    assert caught.value.detail.endswith(f" {error}")


def test_a_code_is_for_one_wallet(world: World) -> None:
    code = world.providing.code()
    world.wallet("a", registered=False).register(code)
    _turned_down("invalid_code", lambda: world.wallet("b", registered=False).register(code))
    _turned_down("invalid_code", lambda: world.wallet("c", registered=False).register("guessed"))


def test_a_code_ends(world: World) -> None:
    code = world.providing.code()
    world.clock.now += timedelta(days=1)
    _turned_down("invalid_code", lambda: world.wallet("a", registered=False).register(code))


def test_a_code_is_not_used_up_by_a_wallet_that_is_known(world: World) -> None:
    wallet, code = world.wallet("a"), world.providing.code()
    _turned_down("invalid_key", lambda: wallet.register(code))
    world.wallet("b", registered=False).register(code)


def test_a_request_that_was_recorded_is_good_for_nothing(world: World) -> None:
    wallet = world.wallet("a")
    wallet.client_attestation(wallet_key(wallet, "s"))
    again = world.send(world.sent[-1])
    assert (again.status, again.body) == (400, b'{"error":"invalid_challenge"}')


def test_a_challenge_ends(world: World) -> None:
    wallet = world.wallet("a")

    class Slow(World):
        def send(self, request: HttpRequest) -> HttpAnswer:
            answer = world.send(request)
            world.clock.now += timedelta(seconds=300)
            return answer

    slow = replace(wallet, http=Slow(world.providing, world.client, world.clock))
    _turned_down("invalid_challenge", lambda: slow.client_attestation(wallet_key(wallet, "s")))


def test_a_key_belongs_to_one_wallet(world: World) -> None:
    wallet, thief = world.wallet("a"), world.wallet("b")
    ref = wallet_key(wallet, "s")
    wallet.client_attestation(ref)
    stolen = MemoryKeyStore(b"a")
    keys: Any = _Both(thief.keys, stolen, stolen.generate(P256, "s"))
    both = replace(thief, keys=keys)
    _turned_down("invalid_key", lambda: both.client_attestation(ref))
    _turned_down("invalid_key", lambda: both.key_attestation([ref], "n"))
    # It may be attested again for its own wallet, as its last attestation ends.
    assert wallet.client_attestation(ref).client_id == CLIENT_ID


@dataclass
class _Both:
    """A thief's own keys, and one that was stolen."""

    own: Any
    stolen: Any
    ref: Any

    def public(self, ref: Any) -> Any:
        return (self.stolen if ref == self.ref else self.own).public(ref)

    def sign(self, ref: Any, message: bytes, alg: str) -> bytes:
        return bytes((self.stolen if ref == self.ref else self.own).sign(ref, message, alg))


def test_the_instance_key_is_shown_to_no_issuer(world: World) -> None:
    wallet = world.wallet("a")
    _turned_down("invalid_key", lambda: wallet.client_attestation(wallet.instance))


def test_a_revoked_wallet(world: World) -> None:
    wallet, other = world.wallet("a"), world.wallet("b")
    given = wallet.client_attestation(wallet_key(wallet, "s"))
    attested = _claims(wallet.key_attestation([wallet_key(wallet, "h")], "n"))["status"]["status_list"]
    kept = other.client_attestation(wallet_key(other, "s"))
    mine, theirs = shown(world, wallet, given.jwt, "s"), shown(world, other, kept.jwt, "s")
    assert world.status(mine.status) == world.status(theirs.status) == token_list.VALID

    assert world.providing.revoke(wallet.keys.public(wallet.instance).thumbprint())

    assert world.status(mine.status) == token_list.INVALID
    assert mine.status is not None
    assert world.status(replace(mine.status, index=attested["idx"])) == token_list.INVALID
    assert world.status(theirs.status) == token_list.VALID
    _turned_down("unknown_instance", lambda: wallet.client_attestation(wallet_key(wallet, "s2")))
    _turned_down("invalid_key", lambda: wallet.register(world.providing.code()))
    first, second = world.providing.store.instances(0)
    assert {first.attestations, second.attestations} == {1, 2}
    assert sorted((first.revoked is None, second.revoked is None)) == [False, True]


def test_nobody_is_revoked_by_mistake(world: World) -> None:
    assert not world.providing.revoke("unknown")


def test_an_entry_is_drawn_and_is_free_again_a_day_after_its_attestation_ended(tmp_path: Path) -> None:
    store, drawn = Store(tmp_path / "x.db"), iter([5, 5, 3, 5, 7, 5])
    store.give_once("code", "c", now=0, expires=9)
    store.register("w", "c", 1)

    def attest(now: int) -> tuple[int, int]:
        rules: dict[str, Any] = {"expires": now + 10, "size": 8, "below": lambda size: next(drawn) % size}
        return store.attest("w", [], now=now, **rules)

    assert [attest(1), attest(1), attest(1)] == [(1, 5), (1, 3), (1, 7)]
    store.attest("w", [], now=1, expires=11, size=8, below=lambda _: 0)
    # Half full: drawing from it would take longer and longer.
    assert attest(1) == (2, 5)
    assert store.revoked(2) == []
    assert store.revoked(3) is None
    assert store.revoked(0) is None
    assert store.attest("w", [], now=11 + 86_400, expires=1 << 20, size=8, below=lambda _: 5) == (1, 5)
    store.close()


def test_what_is_remembered_holds_no_secret(world: World, tmp_path: Path) -> None:
    code, challenge = world.providing.code(), world.providing.challenge()
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("test.db*"))
    assert code.encode() not in raw
    assert challenge.encode() not in raw


def test_pages_for_people(world: World) -> None:
    for path, words in (
        ("/", ("Wallets of the kind ClicID wallet (TEST)", "Här intygas plånböcker")),
        ("/key-storage/software", ("whoever has file and phrase can copy them", "öppnas med en lösenfras")),
    ):
        answer = world.client.get(path)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert all(word in answer.text for word in words)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        *((f"/{action}", b"x", 400) for action in Action),
        *((f"/{action}", b"", 400) for action in Action),
        *((f"/{action}", b"x" * (1 << 17), 413) for action in Action),
        ("/other", b"", 404),
    ],
)
def test_what_nobody_understands(world: World, path: str, body: bytes, status: int) -> None:
    answer = world.client.post(path, content=body)
    assert (answer.status_code, answer.json()) == (status, {"error": "invalid_request"})


def test_a_list_that_there_is_not(world: World) -> None:
    for number in ("2", "0", "-1", "99999999999999999999", "x"):
        assert world.client.get(f"/status/{number}").status_code in {404, 400, 422}


def test_another_name_than_this_machines(world: World) -> None:
    answer = world.client.post("/challenge", headers={"host": "evil.example"})
    assert answer.status_code != 200


def test_secrets_are_kept_from_caches(world: World) -> None:
    wallet = world.wallet("a")
    wallet.client_attestation(wallet_key(wallet, "s"))
    for path in ("/challenge", "/instances"):
        assert world.client.post(path).headers["cache-control"] == "no-store"


def test_errors_are_the_wire_of_the_request(world: World) -> None:
    with pytest.raises(RemoteError) as caught:
        world.providing.answer(Action.REGISTER, b"x")
    assert caught.value.wire == "invalid_request"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("key = ", "kay = "), "config.invalid"),
        (('key = "attestations"', 'key = "other"'), "keystore.unknown"),
        (('"signer.pem"', '"root.pem"'), "config.invalid"),
        (('"signer.pem"', '"none.pem"'), "config.file"),
        ((f'"{URL}"', f'"{URL}/"'), "config.invalid"),
        ((f'"{URL}"', '"ftp://x"'), "config.invalid"),
        (("url =", "url"), "config.invalid"),
    ],
)
def test_a_configuration_that_is_wrong(folder: Path, change: tuple[str, str], code: str) -> None:
    text = (folder / CONFIG).read_text()
    bad = folder / "bad.toml"
    bad.write_text(text.replace(*change))
    with refused(code, kind=LocalError), opened(bad):
        pass


def test_no_configuration(tmp_path: Path) -> None:
    with refused("config.file", kind=LocalError):
        load(tmp_path / CONFIG)
