"""No address in an offer, in metadata or in a credential makes the wallet call where the Fetcher may not."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import pytest

from clicid.adapters.fetch import Fetcher
from clicid.errors import Refused, Undecided
from clicid.formats.base import Need, NeedKind
from tests.support.foreign_issuer import ISSUER
from tests.support.foreign_scene import Agreeing, InstantBrowser, Scene
from wallet.usecases import renewing
from wallet.usecases.accepting import accept

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clicid.codec.web import HttpAnswer, HttpRequest

HAIP: dict[str, Any] = {
    "par": "must",
    "dpop": True,
    "methods": ("attest_jwt_client_auth",),
    "challenges": "endpoint",
    "pending": 1,
    "refreshes": True,
}
FORBIDDEN = [
    "https://10.0.0.1/x",
    "https://192.168.1.1:8443/x",
    "https://169.254.169.254/latest/meta-data",
    "https://127.0.0.1/x",
    "https://[::1]/x",
    "https://[::ffff:10.0.0.1]/x",
    "https://[64:ff9b::a00:1]/x",
    "https://localhost/x",
    "https://internal.example/x",
    "http://foreign.example/x",
    "http://127.0.0.1:22/x",
    "https://foreign.example@10.0.0.1/x",
]
"""A name may lead to any address: `internal.example` has a good one and a bad one."""
NO_ADDRESS = [
    "file:///etc/passwd",
    "gopher://foreign.example/x",
    "//10.0.0.1/x",
    "https:///x",
    "x",
    "https://a b/",
]
OF_ISSUER = [
    "credential_endpoint",
    "nonce_endpoint",
    "deferred_credential_endpoint",
    "notification_endpoint",
]
OF_SERVER = ["token_endpoint", "pushed_authorization_request_endpoint", "challenge_endpoint"]


def resolve(host: str, _port: int) -> list[str]:
    return {"internal.example": ["93.184.216.34", "10.0.0.1"], "localhost": ["127.0.0.1"]}.get(host, [host])


class Net:
    """The foreign issuer at its own addresses; every other one is the real Fetcher's business."""

    def __init__(self, scene: Scene, changes: dict[str, Any]) -> None:
        self.scene = scene
        self.changes = changes
        self.fetcher = Fetcher(resolve=resolve)
        self.outside: list[str] = []

    def send(self, request: HttpRequest) -> HttpAnswer:
        if not request.url.startswith(("https://foreign.example/", "https://as.foreign.example/")):
            self.outside.append(request.url)
            return self.fetcher.send(request)
        answer = self.scene.send(request)
        if "/.well-known/" not in request.url:
            return answer
        obj = json.loads(answer.body)
        kept = {name: self.changes.get(name, value) for name, value in obj.items()}
        return replace(answer, body=json.dumps(kept).encode())


@pytest.fixture
def nothing_leaves(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """A connection to anywhere is a failure, even before a byte is sent."""
    import httpcore

    tried: list[Any] = []

    def connect(_self: Any, host: str, port: int, *_: Any, **__: Any) -> Any:
        tried.append((host, port))
        raise httpcore.ConnectError("no")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    yield tried
    assert tried == []


def outcome(net: Net, offer: str) -> str:
    """How it ends, if need be at the second visit."""
    scene = net.scene
    try:
        accept(scene.parts(net.send), offer, Agreeing(), InstantBrowser(scene.issuer))
    except (Refused, Undecided) as error:
        if error.code != "wallet.not_ready":
            return error.code
    else:
        return "kept"
    scene.issuer.now = renewing.waiting(scene.parts())[0]
    fetched = renewing.go_on(scene.parts(net.send))
    return fetched.faults[0].code if fetched.faults else "kept"


@pytest.mark.parametrize("address", FORBIDDEN + NO_ADDRESS)
@pytest.mark.parametrize("name", OF_ISSUER + OF_SERVER)
def test_an_endpoint_that_lies_where_nobody_may_call(
    name: str, address: str, nothing_leaves: list[Any]
) -> None:
    scene = Scene(attested=True, **HAIP)
    code = outcome(Net(scene, {name: address}), scene.issuer.offer("code"))
    # That nobody can be told of it takes no credential away.
    if name == "notification_endpoint" and address in FORBIDDEN and "@" not in address:
        assert code == "kept"
    else:
        assert code in ("fetch.address", "fetch.url", "codec.url"), code
    assert nothing_leaves == []
    assert scene.orphans() == set()


@pytest.mark.parametrize("address", FORBIDDEN + NO_ADDRESS)
def test_an_offer_that_lies_there(address: str, nothing_leaves: list[Any]) -> None:
    scene = Scene()
    offer = "openid-credential-offer://?credential_offer_uri=" + quote(address, safe="")
    assert outcome(Net(scene, {}), offer) in ("fetch.address", "fetch.url", "codec.url")
    assert nothing_leaves == []


@pytest.mark.parametrize("address", FORBIDDEN + NO_ADDRESS)
@pytest.mark.parametrize("where", ["issuer", "server"])
def test_an_identifier_that_lies_there(where: str, address: str, nothing_leaves: list[Any]) -> None:
    scene = Scene()
    changes = {"credential_issuer": address} if where == "issuer" else {}
    net = Net(scene, {} if where == "issuer" else {"authorization_servers": [address]})
    scene.issuer.server = ISSUER if where == "issuer" else "https://as.foreign.example"
    assert outcome(net, scene.issuer.offer(**changes)) in ("fetch.address", "fetch.url", "codec.url")
    assert nothing_leaves == []


def test_the_authorization_endpoint_is_the_browsers_to_open_and_the_wallet_calls_it_not() -> None:
    scene = Scene()
    seen: list[str] = []

    class Watching(InstantBrowser):
        def visit(self, url: str, state: str) -> str:
            assert state
            seen.append(url)
            return "http://127.0.0.1:4711/back?error=access_denied"

    net = Net(scene, {"authorization_endpoint": "https://10.0.0.1/authorize"})
    with pytest.raises(Refused):
        accept(scene.parts(net.send), scene.issuer.offer("code"), Agreeing(), Watching(scene.issuer))
    assert [urlsplit(url).netloc for url in seen] == ["10.0.0.1"]
    assert net.outside == []


def test_logos_are_not_fetched_nor_anything_else_that_is_only_shown() -> None:
    scene = Scene()
    logo = {"uri": "https://tracker.example/pixel.png"}
    scene.issuer.configurations["pid"] |= {
        "credential_metadata": {"display": [{"name": "PID", "logo": logo, "background_image": logo}]}
    }
    net = Net(scene, {"display": [{"name": "Foreign", "logo": logo}]})
    assert outcome(net, scene.issuer.offer()) == "kept"
    # Who publishes the type is asked what it is, once, and by the rules of the one fetcher.
    (asked,) = net.outside
    assert "tracker" not in asked


def test_what_a_credential_names_is_not_fetched() -> None:
    """Status lists and type metadata of issuers that nobody named for them are no need of ours."""
    scene = Scene()
    evil = "https://10.0.0.1/list"
    scene.issuer.make = lambda name, key: scene.credential(
        name,
        key,
        status={"status_list": {"idx": 1, "uri": evil}},
        **{"vct#integrity": "sha256-x", "iss": "https://foreign.example"},
    )
    net = Net(scene, {})
    parts = scene.parts(net.send)
    store: Any = parts.materials
    with pytest.raises((Refused, Undecided)):
        accept(parts, scene.issuer.offer(), Agreeing())
    assert net.outside == []
    assert all(need.kind is not NeedKind.DID for need in store.asked)


def test_of_a_named_authority_only_the_named_list_is_fetched() -> None:
    from clicid.adapters.named_issuers import NamedIssuers
    from wallet.named import NamedSource

    scene = Scene()
    parts = scene.parts()
    asked: list[str] = []

    def get(url: str, **_: Any) -> Any:
        asked.append(url)
        raise Undecided("fetch.failed")

    named: Any = NamedIssuers(SimpleNamespace(get=get), SimpleNamespace(), parts.clock, _listed(parts))  # type: ignore[arg-type]
    source = NamedSource(parts.materials, named)
    (name,) = parts.policy.rules.by_name
    for need in (
        Need(NeedKind.STATUS_LIST, "https://10.0.0.1/list", name),
        Need(NeedKind.DID, name),
        Need(NeedKind.STATUS_LIST, "https://foreign.example/list", "https://bank.example"),
    ):
        source.get(need, scene.issuer.now)
    assert asked == []
    source.get(Need(NeedKind.STATUS_LIST, "https://foreign.example/list", name), scene.issuer.now)
    assert asked == ["https://foreign.example/list"]


def _listed(parts: Any) -> Any:
    (name,) = parts.policy.rules.by_name
    named = replace(parts.policy.rules.by_name[name], lists=frozenset({"https://foreign.example/list"}))
    return replace(parts.policy.rules, by_name={name: named})
