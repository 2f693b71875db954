"""A whole issuer in a temporary directory: real vault, database, sealing and HTTP; time stands still.

Doubles stand only for the engines and the chain, and say so when they are made.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any, Self

import anyio
import httpx
from anyio.from_thread import start_blocking_portal
from PIL import Image

from clicid.adapters import package_data
from clicid.adapters.keystore_askar import AskarKeyStore
from clicid.codec import strict_json
from clicid.errors import Refused, Undecided
from clicid.keys.algorithms import ALGORITHMS, ED25519, P256, SECP256K1
from clicid.ledger.events import Contract
from clicid.ledger.network import Checkpoint, Deployment, NetworkFile, NetworkKind, Roots
from clicid.oid4vci import proof
from clicid.status import delta
from clicid.status.rows import StatusList, list_id
from issuer.config import load
from issuer.evidence.ports import (
    DocumentFields,
    DocumentReading,
    DocumentType,
    FaceMatch,
    NumberKind,
    PersonalNumber,
)
from issuer.ground import open_ground
from issuer.main import Application, compose
from issuer.usecases.funds import SINGLE_GAS
from issuer.usecases.operators import OperatorAccounts
from issuer.usecases.status_chain import Found, Market, NonceTakenError
from tests.support.memory_keystore import MemoryKeyStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from anyio.from_thread import BlockingPortal

    from clicid.codec.strict_json import Json
    from issuer.ground import Ground
    from issuer.usecases.records import Role
    from issuer.usecases.status_chain import Commit, Fees

LOG = logging.getLogger("tests.issuer")
IDENTIFIER = "http://127.0.0.1:8401"
ADDRESS = bytes(range(1, 21))
DID = f"did:ethr:0x539:0x{ADDRESS.hex()}"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
POLICY = "2026-11"
VAULT_KEY = bytes(range(32))

PHONE = "+46701740635"
EMAIL = "asa.ohrn@example.com"
FIELDS = DocumentFields(
    format="TD3",
    document_type=DocumentType.PASSPORT,
    issuing_state="SWE",
    number="PA8271364",
    family_name="Öhrnström",
    given_name="Åsa Märta",
    family_name_mrz="OEHRNSTROEM",
    given_name_mrz="AASA MAERTA",
    nationality="SWE",
    birth_date=date(1990, 2, 28),
    sex="F",
    expiry_date=date(2030, 6, 1),
    personal_number=PersonalNumber("199002282389", NumberKind.PERSONAL, "SWE"),
)
SECRETS = ("Öhrnström", "OEHRNSTROEM", "Åsa Märta", "PA8271364", "199002282389", PHONE, EMAIL, "701740635")


def picture(colour: str) -> bytes:
    """A small real JPEG; its colour tells one from another."""
    out = BytesIO()
    Image.new("RGB", (64, 64), colour).save(out, "JPEG")
    return out.getvalue()


@dataclass
class Clock:
    """Time that moves when told."""

    time: datetime = NOW

    def __call__(self) -> datetime:
        return self.time

    def forward(self, **by: float) -> None:
        self.time += timedelta(**by)


@dataclass
class Mailbox:
    """An outbox that keeps what was sent."""

    sent: list[dict[str, str]] = field(default_factory=list)
    broken: bool = False

    def send(self, channel: str, address: str, purpose: str, code: str, language: str) -> None:
        if self.broken:
            raise Undecided("outbox.failed", channel)
        self.sent.append(
            {"channel": channel, "to": address, "purpose": purpose, "code": code, "language": language}
        )

    def last(self, purpose: str = "contact") -> str:
        return next(one["code"] for one in reversed(self.sent) if one["purpose"] == purpose)


class ScriptedEngines:
    """Answers what the test says; looks at nothing."""

    def __init__(self) -> None:
        LOG.warning("scripted engines: no document is read and no face is compared")
        self.reading = reading()
        self.match = match(0.31)
        self.fault: Exception | None = None
        self.calls: list[str] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        return None

    async def read_document(self, image: bytes, *, today: date) -> DocumentReading:
        assert image
        assert today == NOW.date()
        self.calls.append("read")
        if self.fault is not None:
            raise self.fault
        return self.reading

    async def compare_faces(self, portrait: bytes, selfie: bytes) -> FaceMatch:
        assert portrait
        assert selfie
        self.calls.append("compare")
        return self.match


def reading(fields: DocumentFields | None = FIELDS, **changes: Any) -> DocumentReading:
    made = DocumentReading(
        fields=fields,
        findings=(),
        scores={"text": 0.98},
        check_digits={"number": "ok"},
        portrait=picture("tan") if fields else None,
        engine="scripted",
        engine_version="1",
    )
    return replace(made, **changes)


def match(distance: float | None) -> FaceMatch:
    return FaceMatch(distance=distance, findings=(), scores={}, engine="scripted", engine_version="1")


class MemoryChain:
    """A StatusRegistry in memory: each version once, and the digest must fit; a block for each transaction.

    While `stalled` it makes no blocks and keeps what is sent in its pool.
    """

    def __init__(self) -> None:
        LOG.warning("a chain in memory: nothing is anchored anywhere")
        self.versions: dict[bytes, int] = {}
        self.lists: dict[bytes, StatusList] = {}
        self.commits: list[tuple[bytes, int, int, int]] = []
        self.before_commits: list[tuple[bytes, bytes]] = []
        self.signed: dict[bytes, tuple[Commit, int, Fees]] = {}
        self.pool: dict[int, bytes] = {}
        self.blocks: dict[bytes, Found] = {}
        self.head = self.mined = 0
        self.base_fee, self.tip, self.balance = 10**9, 10**9, 10**24
        self.lose_answer = self.unreachable = self.stalled = False
        self.before: Callable[[bytes], None] = lambda _: None

    def open(self, url: str, size: int) -> None:
        id_ = list_id(ADDRESS, url)
        self.versions[id_], self.lists[id_] = 0, StatusList(2, size)

    def version(self, list_id_: bytes) -> int | None:
        if self.unreachable:
            raise Undecided("chain.unreachable")
        return self.versions.get(list_id_)

    def market(self) -> Market:
        if self.unreachable:
            raise Undecided("chain.unreachable")
        waiting = self.mined
        while waiting in self.pool:
            waiting += 1
        return Market(self.head, self.base_fee, self.tip, self.mined, waiting, self.balance)

    def sign(self, commit: Commit, nonce: int, fees: Fees) -> tuple[bytes, bytes]:
        self.before(commit.list_id)
        if commit.version != self.versions[commit.list_id] + 1:
            raise Refused("chain.reverted", detail="version_gap")
        hash_ = hashlib.sha256(repr((commit, nonce, fees)).encode()).digest()
        self.signed[hash_] = commit, nonce, fees
        return hash_, hash_

    def send(self, hash_: bytes, raw: bytes) -> None:
        assert hash_ == raw
        _, nonce, fees = self.signed[hash_]
        if hash_ in self.blocks or self.pool.get(nonce) == hash_:
            return
        if nonce < self.mined:
            raise NonceTakenError
        if fees.max_fee * SINGLE_GAS > self.balance:
            raise Undecided("chain.funds")
        if nonce in self.pool:
            old = self.signed[self.pool[nonce]][2]
            if min(fees.tip * 10 - old.tip * 11, fees.max_fee * 10 - old.max_fee * 11) < 0:
                raise NonceTakenError
        self.pool[nonce] = hash_
        if not self.stalled:
            self.mine()
        if self.lose_answer:
            self.lose_answer = False
            raise Undecided("chain.unreachable")

    def find(self, hash_: bytes) -> Found | None:
        return self.blocks.get(hash_)

    def mine(self) -> None:
        """Blocks of what waits, as far as there is no gap and the fees suffice."""
        self.head += 1
        while self.mined in self.pool:
            hash_ = self.pool[self.mined]
            commit, _, fees = self.signed[hash_]
            if fees.max_fee < self.base_fee + self.tip:
                return
            del self.pool[self.mined]
            self.mined += 1
            self.head += 1
            self.blocks[hash_] = Found(self.head, done=self._commit(commit))

    def reorganise(self) -> None:
        """Take the last version away with its block, and forget its transaction."""
        list_id_, entries = self.before_commits.pop()
        self.commits.pop()
        self.versions[list_id_] -= 1
        self.lists[list_id_].entries[:] = entries
        self.blocks.popitem()
        self.mined -= 1

    def _commit(self, commit: Commit) -> bool:
        if commit.version != self.versions[commit.list_id] + 1:
            return False
        held = self.lists[commit.list_id]
        self.before_commits.append((commit.list_id, bytes(held.entries)))
        delta.apply(held, commit.change)
        assert held.digest(commit.list_id, commit.version) == commit.digest
        self.versions[commit.list_id] = commit.version
        added, removed = delta.read(commit.change.set, commit.change.cleared, held.size * held.width)
        self.commits.append((commit.list_id, commit.version, len(added), len(removed)))
        return True


def configured(path: Path, **changes: str) -> Path:
    """Everything an issuer needs on disk; gives the configuration file."""
    (path / "sv.txt").write_text("Så behandlar vi dina uppgifter.")
    (path / "en.txt").write_text("How we handle your data.")
    (path / "vault.key").write_text(VAULT_KEY.hex())
    with AskarKeyStore.open(path / "keys.vault", VAULT_KEY, create=True) as store:
        for name, algorithm in (
            ("sd-jwt", P256),
            ("data-integrity", ED25519),
            ("wrapping", P256),
            ("committer", SECP256K1),
            ("payer", SECP256K1),
            ("owner", SECP256K1),
        ):
            store.generate(algorithm, name)
    network = network_file()
    (path / "network.json").write_bytes(network.to_bytes())
    text = _CONFIG.format(digest=network.digest().hex(), did=DID, identifier=IDENTIFIER, policy=POLICY)
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    (path / "issuer.toml").write_text(text)
    return path / "issuer.toml"


def network_file(
    kind: NetworkKind = NetworkKind.EMBEDDED,
    addresses: Mapping[Contract, bytes] | None = None,
    vocabulary: str = package_data.EXAMPLE,
) -> NetworkFile:
    where = addresses or dict.fromkeys(Contract, bytes([7] * 20))
    roots = MemoryKeyStore(b"roots")
    ref = roots.generate(ED25519, "root")
    return signed_by_root(
        NetworkFile(
            version=1,
            expires=datetime(2099, 1, 1, tzinfo=UTC),
            kind=kind,
            chain_id=1337,
            checkpoint=Checkpoint(0, hashlib.sha256(b"genesis").digest()),
            contracts={name: Deployment(where[name], bytes(32), 1) for name in Contract},
            governance=bytes([9] * 20),
            vocabulary=vocabulary,
            roots=Roots((roots.public(ref),), 1),
        )
    )


def signed_by_root(file: NetworkFile) -> NetworkFile:
    """By the root of `network_file`."""
    roots = MemoryKeyStore(b"roots")
    ref = roots.generate(ED25519, "root")
    signature = roots.sign(ref, file.to_be_signed(), ED25519)
    return file.with_signature(roots.public(ref), signature)


_CONFIG = """
identifier = "{identifier}"
did = "{did}"
data_dir = "data"
sandbox = true
public = {{ port = 8401 }}
operators = {{ port = 8402 }}

[network]
file = "network.json"
digest = "{digest}"
rpc = ["http://127.0.0.1:1"]

[keys]
vault = "keys.vault"
vault_key_file = "vault.key"
sd_jwt = {{ name = "sd-jwt", id = "{did}#delegate-2" }}
data_integrity = {{ name = "data-integrity", id = "{did}#delegate-1" }}
wrapping = "wrapping"
committer = "committer"
payer = "payer"
owner = "owner"

[outbox]
kind = "directory"
directory = "outbox"

[status]
lists = ["a", "b"]
publish_seconds = 0.05

[gas]
max_fee_gwei = 100
refuse_below = 100
alarm_below = 1000
confirmations = 2

[policy]
version = "{policy}"
notices = {{ sv = "sv.txt", en = "en.txt" }}
face_notices = {{ sv = "sv.txt", en = "en.txt" }}
"""


@dataclass
class World:
    """One running issuer and what surrounds it."""

    path: Path
    clock: Clock
    mailbox: Mailbox
    engines: ScriptedEngines
    chain: MemoryChain
    ground: Ground
    application: Application
    portal: BlockingPortal

    def call(self, method: str, path: str, *, to: str = "public", **options: Any) -> httpx.Response:
        """One request over HTTP's own interface, in the application's loop."""
        app = self.application.public if to == "public" else self.application.operators
        return self.portal.call(partial(_call, app, method, path, options))

    def operator(self, *roles: Role) -> dict[str, str]:
        """The header of a new operator with these roles."""
        accounts = OperatorAccounts(self.ground.env)
        token = accounts.add(f"op-{secrets.token_hex(4)}", roles, by="test")
        return {"authorization": f"Bearer {token}"}

    def until(self, condition: Any) -> Any:
        """Wait for background work, at most ten seconds."""
        return self.portal.call(partial(_until, condition))


async def _call(app: Any, method: str, path: str, options: dict[str, Any]) -> httpx.Response:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=IDENTIFIER) as client:
        return await client.request(method, path, **options)


async def _until(condition: Any) -> Any:
    for _ in range(500):
        if found := await anyio.to_thread.run_sync(condition):
            return found
        await anyio.sleep(0.02)
    raise AssertionError("background work did not get there in ten seconds")


@contextmanager
def running(path: Path, *, config: Path | None = None, background: bool = True) -> Iterator[World]:
    """Start an issuer on what lies in `path`; the second time it finds what it left."""
    clock, mailbox, engines, chain = Clock(), Mailbox(), ScriptedEngines(), MemoryChain()
    file = config or (path / "issuer.toml" if (path / "issuer.toml").exists() else configured(path))
    settings = load(file)
    ground = open_ground(settings)
    ground.database.migrate()
    ground = replace(ground, env=replace(ground.env, clock=clock, outbox=mailbox))
    for url in settings.list_urls():
        chain.open(url, settings.status.size)
    try:
        application = compose(ground, engines=engines, chain=chain)
        with ground.env.store.writing() as tx:
            for row in tx.statuses.lists():
                tx.statuses.seen(row.id)
        with start_blocking_portal() as portal:
            world = World(path, clock, mailbox, engines, chain, ground, application, portal)
            if background:
                with portal.wrap_async_context_manager(application.running()):
                    yield world
            else:
                yield world
    finally:
        ground.close()


class Person:
    """A person's browser."""

    def __init__(self, world: World, language: str = "sv") -> None:
        self.world = world
        started = world.call("POST", "/onboarding", json={"language": language})
        assert started.status_code == 201, started.text
        self.id = started.json()["session_id"]
        self.token = started.json()["resume_token"]

    def call(self, method: str, path: str = "", **options: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return self.world.call(method, f"/onboarding/{self.id}{path}", headers=headers, **options)

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.call("GET").json()
        return found

    def to_contact(self, *, consent: bool = True) -> None:
        assert self.call("POST", "/notice", json={"policy_version": POLICY}).status_code == 200
        answer = {"policy_version": POLICY, "given": consent}
        assert self.call("POST", "/face-consent", json=answer).status_code == 200

    def confirm(self, channel: str, address: str) -> None:
        assert self.call("POST", "/contact", json={"channel": channel, "address": address}).status_code == 202
        body = {"channel": channel, "code": self.world.mailbox.last()}
        assert self.call("POST", "/contact/confirm", json=body).status_code == 200

    def to_document(self, *, consent: bool = True) -> None:
        self.to_contact(consent=consent)
        self.confirm("phone", PHONE)
        self.confirm("email", EMAIL)

    def upload(self, what: str, image: bytes | None = None) -> httpx.Response:
        return self.call(
            "PUT", f"/{what}", content=image or picture("navy"), headers={"content-type": "image/jpeg"}
        )

    def to_decision(self) -> None:
        self.to_document()
        assert self.upload("document").status_code == 200
        assert self.upload("selfie", picture("olive")).status_code == 200

    def settled(self) -> dict[str, Any]:
        self.world.until(lambda: self._stored_state() != "deciding")
        return self.state()

    def _stored_state(self) -> str:
        with self.world.ground.env.store.reading() as tx:
            session = tx.sessions.get(self.id)
            assert session is not None
            return session.state

    def approved(self) -> Self:
        self.to_decision()
        assert self.settled()["state"] == "approved"
        return self

    def person_id(self) -> str:
        with self.world.ground.env.store.reading() as tx:
            session = tx.sessions.get(self.id)
            assert session is not None
            assert session.person_id is not None
            return session.person_id

    def offer(self, **wish: Any) -> dict[str, Any]:
        answer = self.call("POST", "/offers", json=wish)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found


class Wallet:
    """A wallet's requests, with a fresh key for every copy."""

    def __init__(self, world: World, offer_url: str) -> None:
        self.world = world
        query = httpx.URL(offer_url).params["credential_offer"]
        self.offer = json.loads(query)
        grant = self.offer["grants"]["urn:ietf:params:oauth:grant-type:pre-authorized_code"]
        self.code = grant["pre-authorized_code"]
        self.keys = MemoryKeyStore()
        self.access_token = ""

    def redeem(self, tx_code: str | None = None, code: str | None = None) -> httpx.Response:
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:pre-authorized_code",
            "pre-authorized_code": code or self.code,
            "tx_code": tx_code if tx_code is not None else self.world.mailbox.last("transaction"),
        }
        answer = self.world.call("POST", "/oid4vci/token", data=form)
        if answer.status_code == 200:
            self.access_token = answer.json()["access_token"]
        return answer

    def nonce(self) -> str:
        nonce: str = self.world.call("POST", "/oid4vci/nonce").json()["c_nonce"]
        return nonce

    def proof(self, configuration: str, *, nonce: str | None = None, key: str | None = None) -> str:
        w3c = configuration.endswith("_ldp")
        alg = ED25519 if w3c else P256
        name = key or secrets.token_hex(8)
        ref = self.keys.find(name) or self.keys.generate(alg, name)
        prepared = proof.prepare(
            self.keys.public(ref),
            alg=ALGORITHMS[alg].jose,
            binding="did:key" if w3c else "jwk",
            issuer=IDENTIFIER,
            nonce=self.nonce() if nonce is None else nonce,
            now=self.world.clock(),
        )
        operation = prepared.to_be_signed[0]
        return prepared.complete([self.keys.sign(ref, operation.message, operation.alg)]).decode()

    def credential(self, configuration: str, **proof_options: Any) -> httpx.Response:
        return self.send(configuration, self.proof(configuration, **proof_options))

    def send(self, configuration: str, jwt: str) -> httpx.Response:
        body: dict[str, Json] = {"credential_configuration_id": configuration, "proofs": {"jwt": [jwt]}}
        return self.world.call(
            "POST",
            "/oid4vci/credential",
            headers={"authorization": f"Bearer {self.access_token}", "content-type": "application/json"},
            content=strict_json.dumps(body),
        )

    def notify(self, notification_id: str, event: str) -> httpx.Response:
        return self.world.call(
            "POST",
            "/oid4vci/notification",
            headers={"authorization": f"Bearer {self.access_token}"},
            json={"notification_id": notification_id, "event": event},
        )
