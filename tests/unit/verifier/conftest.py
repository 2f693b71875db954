"""A verifier over HTTP in memory: routes and store as composed, chain and keys from memory; a named site."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from clicid.codec import strict_json
from clicid.oid4vp import presenting
from clicid.oid4vp.client_id import REDIRECT_URI
from clicid.oid4vp.matching import match
from clicid.oid4vp.request import ResponseMode
from clicid.oid4vp.session import Session
from clicid.trust import registration
from tests.support.asking import CLIENT_ID, CONTEXTS, NAME_QUERY, Asking, Holder, document
from tests.support.every_format import CHECKERS, EveryHolder
from tests.support.named_issuer import Site
from tests.support.resolving import Followed
from tests.support.world import Store
from verifier.config import Client
from verifier.http.clients import Parts
from verifier.main import routed, with_door
from verifier.pages.rendering import Brand
from verifier.store import VerifierStore
from verifier.usecases.identity import Identity
from verifier.usecases.service import Service

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta
    from pathlib import Path

    from clicid.oid4vp.response import AuthorizationResponse

ORIGIN = "https://verifier.example"
QUERY = NAME_QUERY.to_wire()
BRAND = Brand("Systembolaget <i exemplet> & co")


@dataclass
class Http:
    """Requests over HTTP's own interface, in the application's loop; threads may share it."""

    app: Any
    portal: BlockingPortal

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.portal.call(partial(self._call, "GET", path, options))

    def post(self, path: str, **options: Any) -> httpx.Response:
        return self.portal.call(partial(self._call, "POST", path, options))

    async def _call(self, method: str, path: str, options: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        cookies = options.pop("cookies", None)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, cookies=cookies) as client:
            found = await client.request(method, path, **options)
            if cookies is not None:
                cookies.update(client.cookies)
            return found


@dataclass
class Desk:
    """The verifier, two clients of it, and a holder with credentials."""

    store: VerifierStore
    portal: BlockingPortal
    asking: Asking = field(default_factory=Asking)
    holder: Holder = field(default_factory=Holder)

    def __post_init__(self) -> None:
        self.now = self.asking.world.now
        self.followed = Followed()
        self.materials = Store({})
        self.know()
        self.identities = {
            "did": Identity(CLIENT_ID.prefix, CLIENT_ID.rest, self.asking.ref, self.asking.key_id),
            "nobody": Identity(REDIRECT_URI, "", None),
        }
        raw = strict_json.dumps(document())
        self.service = Service(
            origin=ORIGIN,
            identities=self.identities,
            identity="did",
            response_mode=ResponseMode.DIRECT_POST,
            keys=self.asking.keys,
            registration=registration.parse(raw),
            registration_json=document(),
            store=self.store,
            materials=self.materials,
            records=self.followed.records,
            checkers=CHECKERS,
            policy=self.holder.policy,
            clock=lambda: self.now,
            random=self.asking.world.random,
        )
        names = ("shop", "bank")
        known = tuple(Client(name, hashlib.sha256(f"{name} secret".encode()).hexdigest()) for name in names)
        self.serve(Parts(self.service, known, BRAND))
        self.tokens = {name: self.token(name).json()["access_token"] for name in names}

    def serve(self, parts: Parts) -> None:
        """The application of these parts from now on."""
        self.parts = parts
        self.http = Http(with_door(routed(parts)), self.portal)

    def know(self) -> None:
        """What stands on the chain now is what the verifier knows."""
        self.materials.have = {**self.holder.have, **self.asking.have}

    def wait(self, span: timedelta) -> None:
        self.now += span

    def token(self, name: str, secret: str = "") -> Any:
        form = {"grant_type": "client_credentials"}
        return self.http.post("/oauth2/token", data=form, auth=(name, secret or f"{name} secret"))

    def bearer(self, name: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.tokens[name]}"}

    def ask(self, name: str = "shop", **more: Any) -> str:
        """A request of a client; gives its id."""
        body = {"dcql_query": QUERY, "purpose": "age-and-name", **more}
        made = self.http.post("/requests", json=body, headers=self.bearer(name))
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def result(self, session_id: str, name: str = "shop", code: str = "") -> Any:
        params = {"response_code": code} if code else {}
        return self.http.get(f"/requests/{session_id}/result", params=params, headers=self.bearer(name))

    def fetch(self, session_id: str) -> Any:
        return self.http.post(f"/wallet/request/{session_id}")

    def session(self, session_id: str) -> Session:
        stored = self.store.session(session_id)
        assert stored is not None
        return Session.from_bytes(stored.state)

    def answer(self, session_id: str) -> AuthorizationResponse:
        """The holder's answer to a request."""
        request = self.session(session_id).request
        held = [presenting.held(one, CONTEXTS) for one in self.holder.holdings.values()]
        picks = match(request.query, held).preferred()
        prepared = presenting.prepare(request, picks, self.holder.holdings, contexts=CONTEXTS, now=self.now)
        return prepared.complete(
            [self.holder.sign(name, one.message, one.alg) for name, one in prepared.to_be_signed]
        )

    def post(self, session_id: str, answer: AuthorizationResponse) -> Any:
        return self.post_form(session_id, answer.to_form())

    def post_form(self, session_id: str, raw: bytes) -> Any:
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return self.http.post(f"/wallet/response/{session_id}", content=raw, headers=kind)

    def state_of(self, answer: AuthorizationResponse, session_id: str) -> AuthorizationResponse:
        """The same answer with the state of another session."""
        return replace(answer, state=self.session(session_id).request.state)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = VerifierStore(tmp_path / "verifier.db", bytes(32), bytes)
    with start_blocking_portal() as portal:
        yield Desk(store, portal)
    store.close()


@pytest.fixture
def every(tmp_path: Path) -> Iterator[Desk]:
    """The same, where the holder has a credential in every format."""
    store = VerifierStore(tmp_path / "verifier.db", bytes(32), bytes)
    with start_blocking_portal() as portal:
        yield Desk(store, portal, holder=EveryHolder())
    store.close()


@pytest.fixture
def site() -> Iterator[Site]:
    """What an issuer on no chain publishes, over real HTTP."""
    with Site().serving() as served:
        yield served
