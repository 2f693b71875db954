"""An issuer that is on no chain, its web server, and a verifier whose policy names it."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

from clicid.adapters import package_data
from clicid.adapters.fetch import Fetcher
from clicid.adapters.gather import settle
from clicid.codec import strict_json
from clicid.did import key as did_key
from clicid.formats import sd_jwt_vc, vc_di
from clicid.formats.base import (
    Binding,
    FormatId,
    IssuerIdentity,
    NamedIssuer,
    NeedKind,
    Rules,
    StatusRef,
    Validity,
)
from clicid.formats.vc_di.sealing import credential_document
from clicid.keys.algorithms import ED25519, P256
from clicid.securing import cose, jws
from clicid.securing.signing import sign
from clicid.status import token_list, token_list_cwt
from clicid.status.token_list import StatusListToken, TokenStatusList
from clicid.verification import Ending, Policy, Request, SignedLists, check, checkers
from tests.support.webvh import NOW, Controller
from tests.support.world import Dice, Store
from verifier.refresh.evidence import ListWatch
from verifier.refresh.named import NamedMaterials

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clicid.adapters.fetch import Fetched
    from clicid.formats.base import Have, Wanted
    from clicid.keys.public import PublicKey

HOST = "https://issuer.example"
LIST_URL = f"{HOST}/status/1"
VCT, OTHER_VCT = (f"{package_data.EXAMPLE}/{name}/v1" for name in ("age", "identity"))
LOG, DOCUMENT = "/.well-known/did.jsonl", "/.well-known/did.json"
METADATA = "/.well-known/jwt-vc-issuer"
DID_AGE, LIST_AGE = timedelta(hours=1), timedelta(days=1)
INDEX = 5
_DIGEST = bytes(32)
_BINDING = Binding("decentralized_identifier:did:ethr:0x1:0x" + "ab" * 20, "n-0S6_WzA2Mj-n-0S6_WzA2Mj")
CHECKERS = checkers(package_data.contexts(), shipped=package_data.shipped())


class Site:
    """A web server on loopback, and a way out that leads there whatever host is asked for."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[str, bytes]] = {}
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
                pass

            def do_GET(self) -> None:
                site.asked.append(self.path)
                kind, body = site.files.get(self.path, ("text/plain", b""))
                self.send_response(200 if self.path in site.files else 404)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._fetcher = Fetcher(allow_loopback_http=True)

    @contextmanager
    def serving(self) -> Iterator[Self]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield self
        finally:
            self._fetcher.close()
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    def get(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
        """As `Fetcher.get`: there is no certificate for the host here."""
        assert url.startswith(f"{HOST}/")
        here = f"http://127.0.0.1:{self._server.server_port}{url.removeprefix(HOST)}"
        return self._fetcher.get(here, accept=accept, max_bytes=max_bytes)


@dataclass
class Named:
    """The issuer, a holder, and what a verifier with that policy decides at `now`."""

    site: Site
    folder: Path
    method: str = "webvh"
    now: datetime = NOW
    controller: Controller = field(default_factory=lambda: Controller().create())

    def __post_init__(self) -> None:
        self.did = {"webvh": self.controller.did, "web": "did:web:issuer.example", "https": HOST}[self.method]
        self.holder = self.controller.store.generate(P256, "holder")
        named = NamedIssuer(
            frozenset({VCT}), frozenset({LIST_URL}), {NeedKind.DID: DID_AGE, NeedKind.STATUS: LIST_AGE}
        )
        self.rules = Rules(
            issuers=None,
            max_age=dict.fromkeys(NeedKind, timedelta(seconds=30)),
            leeway=timedelta(seconds=60),
            key_binding_max_age=timedelta(minutes=5),
            by_name={self.did: named},
        )
        schemas = {VCT: _DIGEST, OTHER_VCT: _DIGEST}
        self.policy = Policy("test", self.rules, schemas, SignedLists.IGNORED, "00" * 32)
        self.chain = Store({})
        self.show()
        self.show_list({})
        self.restart()

    def restart(self) -> None:
        """The verifier begins anew, with what it has written down."""
        chain: Any = self.chain
        fetcher: Any = self.site
        self.watch = ListWatch(chain, self.rules, self.folder / "evidence")
        self.materials = NamedMaterials(
            chain,
            fetcher,
            lambda: self.now,
            rules=self.rules,
            watch=self.watch,
            folder=self.folder / "named",
        )

    def show(self, *names: str) -> None:
        """The web server has the log so far; or for a did:web, a document with these keys."""
        if self.method == "webvh":
            self.site.files[LOG] = ("text/jsonl", self.controller.files.log)
        elif self.method == "https":
            self.site.files[METADATA] = ("application/json", json.dumps(self.metadata(*names)).encode())
        else:
            document = self.controller.state(*(names or ("a",)), did=self.did)
            self.site.files[DOCUMENT] = ("application/did+json", json.dumps(document).encode())

    def metadata(self, *names: str) -> dict[str, Any]:
        """What an issuer by identifier publishes: the controller's keys of these names."""
        keys: list[Any] = [
            {**self.controller.key(name).to_jwk(), "kid": f"{self.did}#{name}", "use": "sig"}
            for name in names or ("a",)
        ]
        return {"issuer": self.did, "jwks": {"keys": keys}}

    def show_list(self, marked: dict[int, int], *, at: datetime | None = None, **how: Any) -> None:
        """The web server has a list with these values; `how` changes the token."""
        self.site.files["/status/1"] = (token_list.MEDIA_TYPE, self.signed_list(marked, at=at, **how))

    def signed_list(
        self, marked: dict[int, int], *, at: datetime | None = None, name: str = "a", **how: Any
    ) -> bytes:
        header = {"typ": token_list.TYP, "alg": "EdDSA", "kid": f"{self.did}#{name}"}
        body = self._list_claims(marked, at, how)
        prepared = jws.prepare(header, strict_json.dumps(body.payload()))
        return self.controller.signed(prepared, name)

    def signed_cwt(
        self, marked: dict[int, int], *, at: datetime | None = None, name: str = "a", **how: Any
    ) -> bytes:
        """The same list in the other form."""
        body = self._list_claims(marked, at, how)
        prepared = token_list_cwt.prepare(body, ED25519, {cose.KID: f"{self.did}#{name}".encode()})
        return self.controller.signed(prepared, name)

    def _list_claims(
        self, marked: dict[int, int], at: datetime | None, how: dict[str, Any]
    ) -> StatusListToken:
        entries = bytearray(how.pop("size", 4))
        for index, value in marked.items():
            entries[index >> 2] |= value << (index & 3) * 2
        claims: dict[str, Any] = {
            "sub": LIST_URL,
            "iat": int((at or self.now).timestamp()),
            "exp": None,
            "ttl": None,
        } | how
        return StatusListToken(**claims, status_list=TokenStatusList(2, bytes(entries)))

    def presentation(
        self, vct: str = VCT, *, did: str = "", list_url: str = LIST_URL, identifier: str = ""
    ) -> bytes:
        keys = self.controller.store
        credential = self.credential(
            keys.public(self.holder), vct, did=did, list_url=list_url, identifier=identifier
        )
        shown = sd_jwt_vc.prepare_presentation(credential, (["age_over_18"],), _BINDING, self.now)
        return shown.complete([sign(keys, self.holder, one) for one in shown.to_be_signed])

    def credential(
        self,
        holder: PublicKey,
        vct: str = VCT,
        *,
        did: str = "",
        list_url: str = LIST_URL,
        identifier: str = "",
        name: str = "a",
    ) -> bytes:
        """Bound to a key, signed with the issuer's key of that name."""
        did = did or self.did
        prepared = sd_jwt_vc.prepare_credential(
            IssuerIdentity(did, f"{did}#{name}", identifier or did),
            {"age_over_18": True},
            vct=vct,
            holder=holder,
            validity=Validity(NOW - timedelta(days=1), NOW + timedelta(days=90)),
            status=StatusRef(list_url, INDEX),
            always=frozenset(),
            random=Dice("named"),
            alg="Ed25519",
        )
        return self.controller.signed(prepared, name)

    def w3c_presentation(self) -> bytes:
        """The same as a W3C credential with a Data Integrity proof."""
        keys = self.controller.store
        begins = (NOW - timedelta(days=1)).replace(hour=0, minute=0, second=0)
        issuer = IssuerIdentity(self.did, f"{self.did}#a", HOST)
        name = "holder of a W3C credential"
        key = keys.find(name) or keys.generate(ED25519, name)
        holder = did_key.create(keys.public(key))
        unsigned = credential_document(
            issuer,
            {"ageOver18": True},
            credential_id="urn:uuid:00000000-0000-4000-8000-000000000001",
            credential_type="ClicAge",
            more_contexts=[f"{package_data.EXAMPLE}/contexts/age/v1"],
            holder=holder,
            validity=Validity(begins, begins + timedelta(days=90)),
            status_ref=StatusRef(LIST_URL, INDEX),
        )
        contexts = package_data.contexts()
        prepared = vc_di.prepare_credential(issuer, unsigned, contexts, created=begins)
        credential = self.controller.signed(prepared, "a")
        shown = vc_di.prepare_presentation([credential], holder, _BINDING, contexts, self.now)
        return shown.complete([sign(keys, key, one) for one in shown.to_be_signed])

    def request(self, form: FormatId = FormatId.SD_JWT_VC) -> Request:
        return Request(form, _BINDING, frozenset({VCT, OTHER_VCT}))

    def decide(self, **credential: Any) -> Ending:
        """By what is in memory; what the web server is asked meanwhile stands in `site.asked`."""
        return self.decide_on(self.presentation(**credential))

    def decide_on(self, raw: bytes, form: FormatId = FormatId.SD_JWT_VC) -> Ending:
        """On what is shown, in its format."""
        request = self.request(form)

        def step(have: Have) -> Ending | Wanted:
            return check(raw, have, request=request, policy=self.policy, checkers=CHECKERS, now=self.now)

        return settle(step, self.materials, self.now)

    def said(self, **credential: Any) -> tuple[str, str]:
        """Verdict and code of `decide`."""
        report = self.decide(**credential).report
        return report.verdict.value, report.code
