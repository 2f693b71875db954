"""A whole issuance and a whole presentation over HTTP: requests a second of one worker's processor.

Wallet, browser and client ask over loopback; the services are composed as they run, with database, vault
and signatures, in a process of their own. The least possible is the same server answering as many requests
with as many bytes, and nothing else. Time stands still, and the work beside the requests with it.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import httpx

from benchmarks import serving
from benchmarks.measure import Row
from clicid.adapters.did_records import NamedDocuments, NoChain
from clicid.adapters.keystore_askar import AskarKeyStore
from clicid.codec import strict_json
from clicid.did.resolution import Records
from clicid.oid4vp.request import ResponseMode
from clicid.trust import registration
from issuer.evidence.ports import NumberKind, PersonalNumber
from tests.support import issuer_mdoc, issuer_world
from tests.support.asking import CLIENT_ID, Asking, document
from tests.support.authorization import LISTED, REDIRECT, Browser, CodeWallet
from tests.support.browsing import Wallet as ShowingWallet
from tests.support.every_format import CHECKERS, QUERIES, EveryHolder
from tests.support.issuer_clients import Person, Wallet
from tests.support.issuer_config import IDENTIFIER
from tests.support.issuer_config import NOW as ISSUING_NOW
from tests.support.issuer_doubles import FIELDS, Clock, match, reading
from tests.support.world import NOW, Store
from verifier.config import Client
from verifier.http.clients import Parts
from verifier.main import routed, with_door
from verifier.pages.rendering import Brand
from verifier.store import VerifierStore
from verifier.usecases.identity import Identity
from verifier.usecases.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from starlette.types import ASGIApp

    from tests.support.issuer_world import World

_CLIENTS: Final = 4
_WARM: Final = 5
"""Runs of each client before the clock: shapes are compiled and pages are loaded."""
_UNIT: Final = "requests/s"
_UVICORN: Final = f"uvicorn {version('uvicorn')}"
_BARE: Final = "the same server answering as many bytes"
_VERIFIER: Final = "https://verifier.example"
_SECRET: Final = "a secret of the benchmark"
_IDS: Final = {"dc+sd-jwt": "sd_jwt", "mso_mdoc": "mdoc"}
_SD_JWT, _MDOC = "ClicIdentity_sdjwt", "ClicIdentity_mdoc"
_SETTINGS: Final = f"""
[authorization]
clients = [{{ client_id = "{LISTED}", redirect_uris = ["{REDIRECT}"] }}]

[contact]
codes_per_hour = 100000

[outbox]"""


def figures(count: int, machine: str) -> Sequence[Row]:
    """Requests a second of each, beside the least.

    Args:
        count: How often each is run, by all clients together.
        machine: As it stands beside each figure.
    """
    holder = EveryHolder()
    rows: list[Row] = []
    for opened, contests in ((_issuer, _issuances()), (partial(_verifier, holder), _presentations(holder))):
        with (
            TemporaryDirectory() as folder,
            serving.server(opened(Path(folder))) as (port, spent),
            ExitStack() as stack,
        ):
            sites = [stack.enter_context(_site(port, Path(folder), number)) for number in range(_CLIENTS)]
            for contest in contests:
                rows += _rows(contest, sites, spent, count, machine)
    return rows


@dataclass(frozen=True, slots=True)
class _Contest:
    """What is measured.

    Args:
        id: Its place in the rows' ids.
        what: The same for people.
        drive: Does it once, as one client.
    """

    id: str
    what: str
    drive: Callable[[_Site], None]


def _issuances() -> Iterator[_Contest]:
    for name, configuration in (("dc+sd-jwt", _SD_JWT), ("mso_mdoc", _MDOC)):
        yield _Contest(
            f"issuance.pre_authorized.{_IDS[name]}",
            f"{name} issued, pre-authorized code: offer, token, nonce, credential",
            partial(_redeemed, configuration),
        )
    yield _Contest(
        "issuance.code.sd_jwt",
        "dc+sd-jwt issued, authorization code, PAR, DPoP, the person's pages",
        _authorised,
    )


def _presentations(holder: EveryHolder) -> Iterator[_Contest]:
    for name in ("dc+sd-jwt", "mso_mdoc"):
        for mode in (ResponseMode.DIRECT_POST, ResponseMode.DIRECT_POST_JWT):
            yield _Contest(
                f"presentation.{mode.value.replace('.', '_')}.{_IDS[name]}",
                f"{name} shown, {mode.value}: request, its object, answer, result",
                partial(_presented, holder, name, mode),
            )


def _rows(
    contest: _Contest, sites: Sequence[_Site], spent: Callable[[], float], count: int, machine: str
) -> Iterator[Row]:
    _all(sites, contest.drive, _WARM)
    for site in sites:
        site.asked.clear()
    begun, clock = spent(), time.monotonic()
    runs = _all(sites, contest.drive, -(-count // _CLIENTS))
    used, passed = spent() - begun, time.monotonic() - clock
    asked = [site.asked for site in sites]
    requests = sum(map(len, asked))
    least = _least(asked)
    values = (
        ("", "", requests / used, _UNIT, requests / least),
        (".wall", f": by the clock, {_CLIENTS} clients on the same machine", requests / passed, _UNIT, None),
        (".whole", ": all of it", runs / used, "a second", None),
        (".requests", ": requests", requests / runs, "requests", None),
        (".of.bare", ": the least", requests / least, _UNIT, None),
    )
    for suffix, more, value, unit, bare in values:
        yield Row(
            f"http.{contest.id}{suffix}",
            f"{contest.what}{more}",
            round(value, 1),
            unit,
            "" if bare is None else _BARE,
            "" if bare is None else _UVICORN,
            None if bare is None else round(value / bare, 3),
            machine,
        )


def _all(sites: Sequence[_Site], drive: Callable[[_Site], None], times: int) -> int:
    """Drive each client so often; how often it was in all."""

    def one(site: _Site) -> None:
        for _ in range(times):
            drive(site)

    with ThreadPoolExecutor(len(sites)) as clients:
        list(clients.map(one, sites))
    return times * len(sites)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request that was made."""

    method: str
    path: str
    body: bytes
    answer_bytes: int


def _least(asked: Sequence[Sequence[_Asked]]) -> float:
    """The seconds that a bare server takes for as many requests."""
    answers = [one.answer_bytes for each in asked for one in each]
    least = nullcontext(serving.bare(sum(answers) // len(answers)))
    with serving.server(least) as (port, spent), ExitStack() as stack:
        clients = [stack.enter_context(_client(port)) for _ in asked]

        def again(client: httpx.Client, requests: Sequence[_Asked]) -> None:
            for one in requests:
                client.request(one.method, one.path, content=one.body)

        with ThreadPoolExecutor(len(asked)) as pool:
            list(pool.map(again, clients, (each[:_WARM] for each in asked)))
            begun = spent()
            list(pool.map(again, clients, asked))
            return spent() - begun


@dataclass
class _Letters:
    """What is sent to one phone; the other process writes it down."""

    folder: Path
    phone: str

    def last(self, purpose: str = "contact") -> str:
        """The latest for a purpose."""
        return (self.folder / f"{self.phone}-{purpose}").read_text()


@dataclass
class _Site:
    """A `tests.support.sites.Site` over HTTP; keeps what was asked."""

    client: httpx.Client
    mailbox: _Letters
    person: _Named
    identifier: str = IDENTIFIER
    clock: Clock = field(default_factory=lambda: Clock(ISSUING_NOW))
    asked: list[_Asked] = field(default_factory=list)

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request, without following redirects."""
        answer = self.client.request(method, path, **options)
        self.asked.append(_Asked(method, path, answer.request.content, len(answer.content)))
        return answer

    def get(self, path: str, **options: Any) -> httpx.Response:
        """As `call`."""
        return self.call("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        """As `call`."""
        return self.call("POST", path, **options)


@dataclass(frozen=True)
class _Named:
    id: str
    token: str = field(repr=False)


@contextmanager
def _site(port: int, folder: Path, number: int) -> Iterator[_Site]:
    known = (folder / f"person-{number}").read_text().split()
    with _client(port) as client:
        yield _Site(client, _Letters(folder, _phone(number)), _Named(*known))


def _client(port: int) -> httpx.Client:
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60)


def _done(answer: httpx.Response, status: int = 200) -> Any:
    if answer.status_code != status:
        raise SystemExit(f"{answer.request.url} answered {answer.status_code}: {answer.text}")
    return answer.json()


# The issuer


def _phone(number: int) -> str:
    return f"+4670174063{number}"


class _Posted(list[dict[str, str]]):
    """An outbox's letters, where the wallets' process finds them."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def append(self, one: dict[str, str]) -> None:
        """Put it into the phone's box."""
        (self._folder / f"{one['to']}-{one['purpose']}").write_text(one["code"])


@contextmanager
def _issuer(folder: Path) -> Iterator[ASGIApp]:
    """The public application of an issuer that has approved a person for each client."""
    settings: dict[str, Any] = {"\n[outbox]": _SETTINGS}
    config = issuer_mdoc.certified(folder, **settings)
    with issuer_world.running(folder, config=config) as world:
        for number in range(_CLIENTS):
            person = _approved(world, number)
            (folder / f"person-{number}").write_text(f"{person.id} {person.token}")
    with issuer_world.running(folder, config=config, background=False) as world:
        world.mailbox.sent = _Posted(folder)
        yield world.application.public


def _approved(world: World, number: int) -> Person:
    own = PersonalNumber(f"19900228{number:04}", NumberKind.PERSONAL, "SWE")
    fields = replace(FIELDS, number=f"PA{number:07}", family_name=f"Ek {number}", personal_number=own)
    world.engines.reading = reading(fields)
    world.engines.match = match(0.31, face=100.0 * number)
    person = Person(world)
    person.to_document(phone=_phone(number), email=f"person{number}@example.com")
    person.upload("document")
    person.upload("selfie")
    person.turn_head()
    if person.settled()["state"] != "approved":
        raise SystemExit(f"a good onboarding was not approved: {person.state()}")
    return person


def _redeemed(configuration: str, site: _Site) -> None:
    headers = {"authorization": f"Bearer {site.person.token}"}
    path = f"/onboarding/{site.person.id}/offers"
    offer = _done(site.call("POST", path, json={"configurations": [configuration]}, headers=headers), 201)
    wallet = Wallet(site, offer["credential_offer"])
    _done(wallet.redeem())
    _done(wallet.credential(configuration))


def _authorised(site: _Site) -> None:
    wallet, browser = CodeWallet(site), Browser(site)
    browser.open(wallet.link(scope=(_SD_JWT,)))
    _done(wallet.redeem_code(browser.through(site.person).code))
    _done(wallet.credential(_SD_JWT))


# The verifier


@contextmanager
def _verifier(holder: EveryHolder, folder: Path) -> Iterator[ASGIApp]:
    """A verifier that has at hand what it needs of the holder's issuers."""
    for number in range(_CLIENTS):
        (folder / f"person-{number}").write_text("- -")
    store = VerifierStore(folder / "verifier.db", bytes(32), secrets.token_bytes)
    with AskarKeyStore.open(folder / "vault.db", bytes(32), create=True) as keys:
        asking = Asking(keys=keys)
        materials = Store({**holder.have, **asking.have})
        raw = strict_json.dumps(document())
        service = Service(
            origin=_VERIFIER,
            identities={"did": Identity(CLIENT_ID.prefix, CLIENT_ID.rest, asking.ref, asking.key_id)},
            identity="did",
            response_mode=ResponseMode.DIRECT_POST,
            keys=keys,
            registration=registration.parse(raw),
            registration_json=document(),
            store=store,
            materials=materials,
            records=Records(NamedDocuments(materials, lambda: NOW, ()), NoChain("no chain is followed")),
            checkers=CHECKERS,
            policy=holder.policy,
            clock=lambda: NOW,
            random=secrets.token_bytes,
        )
        client = Client("shop", hashlib.sha256(_SECRET.encode()).hexdigest())
        yield with_door(routed(Parts(service, (client,), Brand("A shop"))))
    store.close()


def _presented(holder: EveryHolder, form: str, mode: ResponseMode, site: _Site) -> None:
    headers = {"authorization": f"Bearer {_token(site)}"}
    body = {
        "dcql_query": {"credentials": [QUERIES[form]]},
        "purpose": "age-and-name",
        "response_mode": mode.value,
    }
    made = _done(site.call("POST", "/requests", json=body, headers=headers), 201)
    wallet = ShowingWallet(_Shop(site, holder))  # type: ignore[arg-type]  # It needs these two of a desk.
    request = wallet.fetch(made["request_url"])
    _done(wallet.post(request))
    result = _done(site.call("GET", f"/requests/{made['id']}/result", headers=headers))
    if result["report"]["verdict"] != "accepted":
        raise SystemExit(f"a good presentation was not accepted: {result}")


@dataclass(frozen=True)
class _Shop:
    http: _Site
    holder: EveryHolder


def _token(site: _Site) -> str:
    """The client's access token, taken once."""
    if site.person.token == "-":
        form = {"grant_type": "client_credentials"}
        answer = _done(site.client.post("/oauth2/token", data=form, auth=("shop", _SECRET)))
        site.person = _Named("shop", answer["access_token"])
    return site.person.token
