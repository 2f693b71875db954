"""A model chain, and a follower of it that can be started anew."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from clicid.adapters.follower import Follower
from clicid.adapters.ledger_store import LedgerStore
from clicid.adapters.materials import LedgerMaterials
from clicid.did.ethr import EthrRecord
from clicid.formats.base import Material, Need, NeedKind
from clicid.ledger import events
from clicid.ledger.facts import Accreditation, StatusSnapshot
from clicid.status.delta import RULES
from clicid.status.rows import list_id
from tests.support.chain_model import ModelChain, event, network_file

if TYPE_CHECKING:
    from pathlib import Path


ISSUER, OTHER, PROVIDER = b"\x11" * 20, b"\x22" * 20, b"\x33" * 20
DID = f"did:ethr:0x539:0x{ISSUER.hex()}"
TYPE = "urn:clicid:identity:1"
TYPE_ID = hashlib.sha256(TYPE.encode()).digest()
URL = "https://issuer.example/lists/1"
LIST = list_id(ISSUER, URL)
NAME = b"did/pub/Ed25519/veriKey/base58".ljust(32, b"\0")
FOREVER = 1 << 60


def accredited(**other: Any) -> dict[str, Any]:
    values = {
        "identity": ISSUER,
        "type_id": TYPE_ID,
        "schema_digest": b"\x05" * 32,
        "valid_from": 0,
        "valid_until": FOREVER,
        "may_delegate": True,
        "identifier": "https://issuer.example",
        "ca_digest": b"\x06" * 32,
    }
    return event(events.Accredited, **(values | other))


WITHDRAWN = event(events.Withdrawn, identity=ISSUER, type_id=TYPE_ID, keeps_anchored=False)
CREATED = event(events.ListCreated, identity=ISSUER, url=URL, width=2, size=1000, purposes="a b")
REGISTERED = event(
    events.ServiceProviderRegistered,
    identity=PROVIDER,
    digest=b"\x07" * 32,
    valid_from=0,
    valid_until=FOREVER,
)


def key_set(value: bytes = b"\x01" * 32, valid_to: int = FOREVER) -> dict[str, Any]:
    return event(events.AttributeChanged, identity=ISSUER, name=NAME, value=value, valid_to=valid_to)


def commit(bits: list[int], off: list[int] | None = None, **other: Any) -> dict[str, Any]:
    return event(events.Committed, list_id=LIST, bits=bits, off=off or [], **other)


class World:
    """A chain, and a follower of it that can be started anew."""

    def __init__(self, path: Path | None, confirmations: int = 3) -> None:
        self.path = path
        self.confirmations = confirmations
        self.rules = RULES
        self.chain = ModelChain()
        self.network = network_file(self.chain)
        self.start()

    def start(self) -> None:
        self.store = LedgerStore(self.path, self.network, self.rules)
        self.follower = Follower(self.store, self.chain, self.network, confirmations=self.confirmations)
        self.materials = LedgerMaterials(self.follower)

    def restart(self) -> None:
        self.store.close()
        self.start()

    def sync(self) -> Any:
        return self.follower.sync(self.chain.now)

    def get(self, kind: NeedKind, uri: str, subject: str = "") -> Material:
        found = self.materials.get(Need(kind, uri, subject), self.chain.now)
        assert isinstance(found, Material)
        return found

    def accreditation(self, did: str = DID) -> Accreditation | None:
        return Accreditation.from_bytes(self.get(NeedKind.ACCREDITATION, TYPE, did).body)

    def snapshot(self) -> StatusSnapshot:
        found = StatusSnapshot.from_bytes(self.get(NeedKind.STATUS, URL, DID).body)
        assert found is not None
        return found

    def record(self) -> EthrRecord:
        return EthrRecord.from_bytes(self.get(NeedKind.DID, DID).body)

    def mine(self, *made: dict[str, Any], empty: int = 0, salt: object = "") -> None:
        self.chain.mine(*made, salt=salt)
        for _ in range(empty):
            self.chain.mine(salt=salt)
