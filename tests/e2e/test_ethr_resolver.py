"""ethr-did-resolver of npm over a real chain: it and we make the same of every history, at every version.

What differs on purpose is taken off on its side, and stands in `clicid.did.ethr_history`.
"""

from __future__ import annotations

import json
import os
import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from clicid.adapters import package_data
from clicid.adapters.chain_contracts import DID_REGISTRY
from clicid.adapters.chain_transactions import address_of
from clicid.adapters.chain_writer import ChainWriter
from clicid.adapters.did_records import FollowedChain, NamedDocuments
from clicid.adapters.fetch import Fetcher
from clicid.adapters.follower import Follower
from clicid.adapters.jsonrpc import JsonRpc
from clicid.adapters.ledger_store import LedgerStore
from clicid.adapters.materials import LedgerMaterials
from clicid.codec import multibase, multicodec
from clicid.did import resolution
from clicid.did.ethr import EthrDid
from clicid.did.resolution import Question, Records
from clicid.keys.algorithms import ED25519, P256, SECP256K1
from clicid.ledger import events
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.status.delta import RULES
from clicid.vc_api import messages
from clicid.verification import checkers
from sandbox.chain.node import ChainNode
from sandbox.chain.server import RpcServer
from sandbox.vc_api.app import POLICY
from tests.support import general
from tests.support.deployed import deploy_all, network_file
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.node import answers, install
from tests.support.world import Store
from verifier.usecases.vc_api import GeneralVerifying

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clicid.adapters.chain_transactions import Signer
    from clicid.did.resolution import Resolved
    from clicid.keys.store import KeyRef

pytestmark = pytest.mark.slow

PACKAGES = Path(__file__).with_name("others")
SEED = int(os.environ.get("CLICID_SEED", random.SystemRandom().randrange(1 << 32)))
CHANGES = int(os.environ.get("CLICID_ETHR_CHANGES", "25"))
EVER = 10**9
ED = "did/pub/Ed25519/veriKey/base58"


def padded(text: str) -> bytes:
    return text.encode().ljust(32, b"\0")


@dataclass
class World:
    """An embedded chain with a clock of its own, identities with their owners, and two readers of it."""

    node: ChainNode
    url: str
    clock: list[float]
    keys: MemoryKeyStore = field(default_factory=lambda: MemoryKeyStore(b"ethr"))

    def __post_init__(self) -> None:
        payer, governance = self.owner("payer"), self.owner("governance")
        self.node.fund([self.address(payer), self.address(governance)])
        self.writer = ChainWriter(self.url, payer=payer, chain_id=self.node.chain_id)
        deploy_all(self.writer, self.address(governance))
        self.fetcher = Fetcher(allow_loopback_http=True)
        rpc = JsonRpc(self.url, self.fetcher)
        network = network_file(self.writer, rpc, self.address(governance))
        self.store = LedgerStore(None, network, RULES)
        self.follower = Follower(self.store, rpc, network, confirmations=0)
        documents = NamedDocuments(Store({}), lambda: datetime.now(UTC), ())
        self.records = Records(documents, FollowedChain(self.follower, self.store))

    def close(self) -> None:
        self.writer.close()
        self.store.close()
        self.fetcher.close()

    def owner(self, name: str) -> Signer:
        return self.keys, self.keys.find(name) or self.keys.generate(SECP256K1, name)

    @staticmethod
    def address(signer: Signer) -> bytes:
        return address_of(signer[0].public(signer[1]))

    def did(self, identity: bytes) -> str:
        return str(EthrDid(self.node.chain_id, identity))

    def send(self, by: Signer, function: str, *args: object) -> None:
        """One transaction, in a block by itself; half a minute passes before it."""
        self.clock[0] += 30
        self.writer.wait(self.writer.send_signed(DID_REGISTRY, function, args, by=by))

    def ours(self, urls: list[str], now: datetime) -> list[Resolved]:
        self.follower.sync(now)
        return [resolution.resolve(Question.parse(url), self.records, now) for url in urls]

    def theirs(self, urls: list[str]) -> list[dict[str, Any]]:
        return _node("resolve.mjs", self.chain, *urls)

    @property
    def chain(self) -> dict[str, Any]:
        registry = "0x" + self.writer.contracts.addresses[DID_REGISTRY].hex()
        return {"rpc": self.url, "registry": registry, "chainId": self.node.chain_id}


def _node(script: str, *lines: object) -> list[Any]:
    return answers(PACKAGES / script, PACKAGES, *lines, seconds=300)


@pytest.fixture
def world() -> Iterator[World]:
    if missing := install(PACKAGES):
        pytest.skip(missing)
    # What has run out on that chain has run out by everybody's clock.
    clock = [time.time() - 100_000 - 60 * CHANGES]
    with ChainNode(None, interval=0, delay=0.005, clock=lambda: clock[0]) as node, RpcServer(node) as server:
        made = World(node, server.url, clock)
        yield made
        made.close()


def change(world: World, chance: random.Random, times: int) -> None:
    """Random changes of four identities, each by who owns it then."""
    owners = {world.address(signer): signer for signer in (world.owner(f"owner {at}") for at in range(8))}
    keys = [world.keys.public(world.keys.generate(ED25519, name)).raw for name in ("k", "l")]
    other = world.keys.public(world.keys.generate(P256, "p"))
    attributes = [
        *((ED, key) for key in keys),
        *(("did/pub/Ed25519/sigAuth/base58", key) for key in keys),
        ("did/pub/Multikey/veriKey/base58", multicodec.encode(other.algorithm.multicodec, other.raw)),
        *(("did/pub/X25519/enc/base58", chance.randbytes(32)) for _ in range(2)),
        ("did/pub/RSA/veriKey/pem", b"not one of ours"),
        ("did/svc/Hub", b"https://hub.example"),
        ("did/svc/Mail", b'{"uri": "https://mail.example"}'),
        ("clicid/else", b"x"),
    ]
    for _ in range(times):
        identity, signer = chance.choice(list(owners.items()))
        name, value = chance.choice(attributes)
        account = padded(chance.choice(("veriKey", "sigAuth", "else"))), chance.choice(list(owners))
        validity = chance.choice((40, 400, EVER, EVER))
        following = world.owner(f"owner {chance.randrange(4)}")
        function, *arguments = chance.choices(
            (
                ("setAttribute", padded(name), value, validity),
                ("revokeAttribute", padded(name), value),
                ("addDelegate", *account, validity),
                ("revokeDelegate", *account),
                ("changeOwner", world.address(following)),
                ("changeOwner", bytes(20)),
            ),
            (40, 20, 15, 8, 6, 1),
        )[0]
        world.send(signer, str(function), identity, *arguments)
        if function == "changeOwner":
            owners[identity] = following
            if arguments == [bytes(20)] and len(owners) > 1:
                del owners[identity]


def versions(world: World) -> list[str]:
    """Every identity as it is, at each block that changed it, and at the block before.

    But where a delegate was revoked: the other resolver counts its last second in.
    """
    urls: dict[str, None] = {}
    left_out = set()
    for block in world.store.blocks(-1):
        for event in (logged.event for logged in block.logs):
            if isinstance(event, events.OwnerChanged | events.AttributeChanged | events.DelegateChanged):
                did = world.did(event.identity)
                before, at = (f"{did}?versionId={number}" for number in (block.number - 1, block.number))
                urls |= dict.fromkeys((did, before, at))
                if isinstance(event, events.DelegateChanged) and event.valid_to == block.time:
                    left_out.add(at)
    return [url for url in urls if url not in left_out]


@pytest.mark.timeout(1800)
def test_every_history_at_every_version(world: World) -> None:
    change(world, random.Random(SEED), CHANGES)
    now = datetime.now(UTC)
    world.follower.sync(now)
    urls = versions(world)
    for url, ours, theirs in zip(urls, world.ours(urls, now), world.theirs(urls), strict=True):
        note = f"{url}, CLICID_SEED={SEED}"
        assert ours.metadata == theirs["didDocumentMetadata"], note
        assert ours.deactivated == (theirs["didDocument"]["verificationMethod"] == []), note
        if ours.document is not None:
            assert _plain(ours.document) == _plain(_as_ours(theirs["didDocument"])), note


_PREFIXES = {
    "Ed25519VerificationKey2018": multicodec.ED25519_PUB,
    "X25519KeyAgreementKey2019": multicodec.X25519_PUB,
}


def _as_ours(document: dict[str, Any]) -> dict[str, Any]:
    """Their document with Multikeys and addresses in lower case; no key we do not read, none dangling."""
    methods = []
    for method in document["verificationMethod"]:
        if (account := method.get("blockchainAccountId")) is not None:
            methods.append(method | {"blockchainAccountId": account.lower()})
        elif method["type"] in {*_PREFIXES, "Multikey"}:
            raw = multibase.decode(f"z{method['publicKeyBase58']}")
            code = _PREFIXES.get(method["type"])
            value = raw if code is None else multicodec.encode(code, raw)
            methods.append(
                {"id": method["id"], "type": "Multikey", "controller": method["controller"]}
                | {"publicKeyMultibase": multibase.encode(value)}
            )
    there = {method["id"] for method in methods}
    named = {
        member: [one for one in document.get(member, []) if one in there]
        for member in ("authentication", "assertionMethod", "keyAgreement")
    }
    return {
        "id": document["id"],
        "verificationMethod": methods,
        "service": document.get("service", []),
    } | named


def _plain(document: dict[str, Any]) -> dict[str, Any]:
    """Everything but the contexts, in no order."""
    members = ("verificationMethod", "service", "authentication", "assertionMethod", "keyAgreement")
    lists = {name: sorted(document.get(name, []), key=json.dumps) for name in members}
    return {"id": document["id"], **lists}


class Issuer:
    """An identity with signing keys, and what both sides say of its credentials."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._owner = world.owner("issuer")
        self._identity = world.address(self._owner)
        self.did = world.did(self._identity)

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self._world.clock[0], UTC)

    def set(self, key: KeyRef, validity: int = EVER) -> None:
        value = self._world.keys.public(key).raw
        self._world.send(self._owner, "setAttribute", self._identity, padded(ED), value, validity)

    def revoke(self, key: KeyRef) -> None:
        value = self._world.keys.public(key).raw
        self._world.send(self._owner, "revokeAttribute", self._identity, padded(ED), value)

    def credential(self, key: KeyRef, number: int) -> dict[str, Any]:
        """A W3C credential under ``#delegate-N``."""
        proof = general.proof(verification_method=f"{self.did}#delegate-{number}", created=self.now)
        document = general.document(issuer=self.did)
        prepared = data_integrity.prepare(
            document, proof, ED25519, package_data.example_contexts(), profile=Profile.OPEN
        )
        operations = prepared.to_be_signed
        signatures = [self._world.keys.sign(key, one.message, one.alg) for one in operations]
        made: dict[str, Any] = json.loads(prepared.complete(signatures))
        return made

    def ours(self, *credentials: dict[str, Any]) -> list[str]:
        """Our verifier's reason codes, by what the chain says; empty for what is accepted."""
        self._world.follower.sync(self.now)
        reading = checkers(general.CONTEXTS, profile=Profile.OPEN)
        materials = LedgerMaterials(self._world.follower)
        verifier = GeneralVerifying(POLICY, reading, materials, lambda: self.now)
        bodies = [json.dumps({"verifiableCredential": one}).encode() for one in credentials]
        found = [verifier.verify(messages.verify(body, messages.VERIFIABLE_CREDENTIAL)) for body in bodies]
        return [ending.report.code for ending in found]

    def theirs(self, *credentials: dict[str, Any]) -> list[bool]:
        """Whether @digitalbazaar/vc verifies them with the document that ethr-did-resolver gives."""
        tasks = [{"credential": one} for one in credentials]
        return [bool(said["verified"]) for said in _node("verify.mjs", {"chain": self._world.chain}, *tasks)]

    def keys(self) -> tuple[list[str], list[str]]:
        """The Multikeys in force, as we and as they resolve them."""
        (ours,), (theirs,) = self._world.ours([self.did], self.now), self._world.theirs([self.did])
        mine, other = (
            [one["publicKeyMultibase"] for one in methods if one["type"] == "Multikey"]
            for methods in (
                cast("Any", ours.document)["verificationMethod"],
                _as_ours(theirs["didDocument"])["verificationMethod"],
            )
        )
        return mine, other


def test_credentials_before_and_after_a_rotation(world: World) -> None:
    issuer = Issuer(world)
    old, new = (world.keys.generate(ED25519, name) for name in ("old", "new"))
    multikeys = [world.keys.public(key).to_multikey() for key in (old, new)]
    issuer.set(old)
    first = issuer.credential(old, 1)
    assert (issuer.ours(first), issuer.theirs(first)) == ([""], [True])
    assert issuer.keys() == (multikeys[:1], multikeys[:1])

    issuer.set(new)  # Rotated: what the old key signed stays good.
    second, crossed = issuer.credential(new, 2), issuer.credential(new, 1)
    assert issuer.ours(first, second, crossed) == ["", "", "issuer.signature"]
    assert issuer.theirs(first, second, crossed) == [True, True, False]
    assert issuer.keys() == (multikeys, multikeys)

    issuer.revoke(old)  # Stolen: nothing that it signed counts.
    assert issuer.ours(first, second) == ["issuer.key_revoked", ""]
    assert issuer.theirs(first, second) == [False, True]
    assert issuer.keys() == (multikeys[1:], multikeys[1:])
