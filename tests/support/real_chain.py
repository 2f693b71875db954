"""The real contracts on the embedded chain, over real HTTP, with keys by role and a follower."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from copy import copy
from typing import TYPE_CHECKING, Any

from clicid.adapters import clock
from clicid.adapters.chain_contracts import TRUST_REGISTRY
from clicid.adapters.chain_transactions import address_of
from clicid.adapters.chain_writer import ChainWriter
from clicid.adapters.fetch import Fetcher
from clicid.adapters.follower import Follower
from clicid.adapters.jsonrpc import JsonRpc
from clicid.adapters.ledger_store import LedgerStore
from clicid.adapters.materials import LedgerMaterials
from clicid.formats.base import Material, Need, NeedKind
from clicid.keys.algorithms import SECP256K1
from clicid.ledger.facts import Accreditation, Registration
from clicid.status.delta import RULES
from sandbox.chain.methods import call
from sandbox.chain.node import ChainNode
from sandbox.chain.server import RpcServer
from tests.support.deployed import deploy_all, network_file
from tests.support.memory_keystore import MemoryKeyStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clicid.adapters.chain_transactions import Signer

UNTIL = 2**63
URL = "https://issuer.example/lists/1"
TYPE = "urn:clicid:identity:1"
TYPE_ID = hashlib.sha256(TYPE.encode()).digest()
NAME = b"did/pub/Ed25519/veriKey/base58".ljust(32, b"\0")


class Network:
    """A node, the contracts, keys by role, and a follower over HTTP."""

    def __init__(self, node: ChainNode, url: str, folder: Path) -> None:
        self.node, self.url, self.folder = node, url, folder
        self.keys = MemoryKeyStore(seed=b"follower")
        node.fund([self.address("payer"), self.address("governance")])
        self.writer = ChainWriter(url, payer=self.key("payer"), chain_id=node.chain_id)
        deploy_all(self.writer, self.address("governance"))
        self.fetcher = Fetcher(allow_loopback_http=True)
        self.rpc = JsonRpc(url, self.fetcher)
        self.file = network_file(self.writer, self.rpc, self.address("governance"))
        self.start()

    def start(self) -> None:
        self.store = LedgerStore(self.folder / "ledger.sqlite", self.file, RULES)
        self.follower = Follower(self.store, self.rpc, self.file, confirmations=2)
        self.materials = LedgerMaterials(self.follower)

    def again(self, node: ChainNode, url: str) -> Network:
        """The same contracts and keys at a node of the same history."""
        found = copy(self)
        found.node, found.url = node, url
        found.writer = ChainWriter(
            url, payer=self.key("payer"), chain_id=node.chain_id, addresses=self.writer.contracts.addresses
        )
        found.fetcher = Fetcher(allow_loopback_http=True)
        found.rpc = JsonRpc(url, found.fetcher)
        return found

    def rpc_raw(self, method: str, params: list[Any]) -> Any:
        """A node's own answer."""
        return call(self.node, method, params)

    def close(self) -> None:
        self.store.close()
        self.writer.close()
        self.fetcher.close()

    def key(self, role: str) -> Signer:
        return self.keys, self.keys.find(role) or self.keys.generate(SECP256K1, role)

    def address(self, role: str) -> bytes:
        store, ref = self.key(role)
        return address_of(store.public(ref))

    def did(self, role: str) -> str:
        return f"did:ethr:{self.node.chain_id:#x}:0x{self.address(role).hex()}"

    def govern(self, function: str, *args: object) -> None:
        sent = self.writer.send(TRUST_REGISTRY, function, args, sender=self.key("governance"))
        self.writer.wait(sent)

    def own(self, contract: str, function: str, *args: object, by: str = "owner") -> None:
        self.writer.wait(self.writer.send_signed(contract, function, args, by=self.key(by)))

    def sync(self) -> None:
        for _ in range(2):
            self.node.mine()
        self.follower.sync(clock.now())

    def body(self, kind: NeedKind, uri: str, subject: str = "") -> bytes:
        found = self.materials.get(Need(kind, uri, subject), clock.now())
        assert isinstance(found, Material)
        return found.body

    def accreditation(self, role: str) -> Accreditation:
        found = Accreditation.from_bytes(self.body(NeedKind.ACCREDITATION, TYPE, self.did(role)))
        assert found is not None
        return found

    def registration(self, role: str) -> Registration:
        found = Registration.from_bytes(self.body(NeedKind.REGISTRATION, self.did(role)))
        assert found is not None
        return found


@contextmanager
def running(folder: Path) -> Iterator[Network]:
    """A network that mines whatever comes at once."""
    with ChainNode(folder / "chain", interval=0, delay=0.005) as node, RpcServer(node) as server:
        made = Network(node, server.url, folder)
        yield made
        made.close()
