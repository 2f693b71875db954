"""A verifier's folder with a network that it knows, and people with real credentials to show to it.

The chain is `chain_model`'s; what the verifier stores of it, the credentials and every signature are real.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from clicid.adapters import package_data
from clicid.adapters.follower import Follower
from clicid.adapters.keystore_askar import AskarKeyStore
from clicid.adapters.ledger_store import LedgerStore
from clicid.codec import jcs, multicodec
from clicid.did import key as did_key
from clicid.did.ethr import EthrDid
from clicid.formats import vc_di
from clicid.formats.base import Binding, IssuerIdentity, StatusRef, Validity
from clicid.formats.vc_di.sealing import credential_document
from clicid.keys.algorithms import ED25519, P256
from clicid.ledger import events
from clicid.ledger.blocks import Block
from clicid.ledger.network import Roots
from clicid.status.delta import RULES
from clicid.status.rows import list_id
from clicid.trust.accreditation import type_id
from tests.support.asking import document
from tests.support.chain_model import CHAIN_ID, ModelChain, event, network_file
from tests.support.memory_keystore import MemoryKeyStore

if TYPE_CHECKING:
    from pathlib import Path

    from clicid.keys.store import KeyRef

ISSUER: Final = b"\x11" * 20
DID: Final = str(EthrDid(CHAIN_ID, ISSUER))
LIST_URL: Final = "https://issuer.example/lists/1"
LIST: Final = list_id(ISSUER, LIST_URL)
AGE: Final = "https://schemas.clicid.example/age/v1"
AGE_CONTEXT: Final = "https://schemas.clicid.example/contexts/age/v1"
CONFIRMATIONS: Final = 2
REVOKED, SUSPENDED = 0, 1
CLIENT, SECRET = "till", "the till's own secret"
_FOREVER: Final = 1 << 40
_NAME: Final = b"did/pub/Multikey/veriKey/base58".ljust(32, b"\0")

TOML: Final = """\
origin = "https://verifier.example"
data_dir = "data"
network_file = "network.json"
network_digest = "{digest}"
{source}
did = "{did}"
key_id = "{did}#delegate-1"
key_name = "requests"
vault_key_file = "vault.key"
registration_file = "registration.json"

[policy]
confirmations = 2
proofs = "not_required"
witness = "not_required"
chain_max_age_seconds = {max_age}
presentation_max_age_seconds = 3600
leeway_seconds = 60
signed_lists = "ignored"

[[clients]]
id = "till"
secret_sha256 = "09d21703c07416148a893f6125fe61915e7503fb489a0a84517bb6e54e2477e5"
{more}"""


@dataclass
class KnownNetwork:
    """A model chain with one issuer of ages, and a list of so many entries.

    Args:
        size: Entries of the list.
    """

    size: int = 1 << 16
    chain: ModelChain = field(default_factory=ModelChain)
    keys: MemoryKeyStore = field(default_factory=lambda: MemoryKeyStore(b"known network"))

    def __post_init__(self) -> None:
        genesis = self.chain.blocks[0]
        self.now = datetime.now(UTC).replace(microsecond=0)
        begun = int((self.now - timedelta(minutes=5)).timestamp())
        self.chain.blocks[0] = Block(genesis.number, genesis.hash, genesis.parent, begun)
        self.root = self.keys.generate(ED25519, "root")
        self.issuer_key = self.keys.generate(ED25519, "issuer")
        self.thief_key = self.keys.generate(ED25519, "thief")
        self.issuer = IssuerIdentity(DID, f"{DID}#delegate-1", "https://issuer.example")
        unsigned = replace(network_file(self.chain), roots=Roots((self.keys.public(self.root),), 1))
        signature = self.keys.sign(self.root, unsigned.to_be_signed(), ED25519)
        self.network = unsigned.with_signature(self.keys.public(self.root), signature)
        self.chain.mine(*self._founding())
        self.mine(empty=CONFIRMATIONS)

    def _founding(self) -> list[dict[str, Any]]:
        public = self.keys.public(self.issuer_key)
        return [
            event(
                events.AttributeChanged,
                identity=ISSUER,
                name=_NAME,
                value=multicodec.encode(public.algorithm.multicodec, public.raw),
                valid_to=_FOREVER,
            ),
            event(
                events.Accredited,
                identity=ISSUER,
                type_id=type_id(AGE),
                schema_digest=package_data.schema_digests()[AGE],
                valid_from=0,
                valid_until=_FOREVER,
                may_delegate=False,
                identifier="https://issuer.example",
                ca_digest=bytes(32),
            ),
            event(events.ListCreated, identity=ISSUER, url=LIST_URL, width=2, size=self.size, purposes="a b"),
        ]

    def mine(self, *made: dict[str, Any], empty: int = 0) -> None:
        """A block of events, then empty ones."""
        self.chain.mine(*made)
        for _ in range(empty):
            self.chain.mine()

    def mark(self, indexes: dict[int, int]) -> dict[str, Any]:
        """The commit that revokes or suspends; index to which bit."""
        bits = [2 * index + bit for index, bit in indexes.items()]
        return event(events.Committed, list_id=LIST, bits=bits)

    def verifier(self, folder: Path, source: str, *, more: str = "", max_age: int = 3600) -> Path:
        """A verifier's folder; gives its configuration. `source` is its line about where the chain is."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "network.json").write_bytes(self.network.to_bytes())
        (folder / "registration.json").write_bytes(jcs.dumps(document()))
        (folder / "vault.key").write_text("ab" * 32, "ascii")
        (folder / "data").mkdir(exist_ok=True)
        vault = folder / "data" / "vault.db"
        with AskarKeyStore.open(vault, b"\xab" * 32, create=not vault.exists()) as store:
            if store.find("requests") is None:
                store.generate(P256, "requests")
        config = folder / "verifier.toml"
        text = TOML.format(
            digest=self.network.digest().hex(), source=source, did=DID, max_age=max_age, more=more
        )
        config.write_text(text, "utf-8")
        return config

    def follow(self, folder: Path) -> None:
        """Let the verifier of a folder have read the chain as it is now."""
        with closing(LedgerStore(folder / "data" / "chain.db", self.network, RULES)) as store:
            Follower(store, self.chain, self.network, confirmations=CONFIRMATIONS).sync(self.now)

    def person(self, number: int) -> Person:
        """Somebody with a credential at an index of the list."""
        name = f"holder {number}"
        return Person(self, number, self.keys.find(name) or self.keys.generate(ED25519, name))


@dataclass(frozen=True)
class Person:
    """A holder, and what can be wrong with what is shown."""

    network: KnownNetwork
    number: int
    key: KeyRef

    def credential(self, *, forged: bool = False, expired: bool = False) -> bytes:
        """An age credential at the person's index; by a thief, or over."""
        keys, day = self.network.keys, self.network.now.replace(hour=0, minute=0, second=0)
        begins = day - timedelta(days=30)
        issuer = self.network.issuer
        unsigned = credential_document(
            issuer,
            {"ageOver18": True},
            credential_id=f"urn:uuid:00000000-0000-4000-8000-{self.number:012}",
            credential_type="ClicAge",
            more_contexts=[AGE_CONTEXT],
            holder=did_key.create(keys.public(self.key)),
            validity=Validity(begins, day - timedelta(days=1) if expired else day + timedelta(days=300)),
            status_ref=StatusRef(LIST_URL, self.number),
        )
        prepared = vc_di.prepare_credential(issuer, unsigned, package_data.contexts(), created=begins)
        return self._signed(prepared, self.network.thief_key if forged else self.network.issuer_key)

    def presentation(self, credential: bytes, binding: Binding) -> bytes:
        """It, shown by its holder."""
        holder = did_key.create(self.network.keys.public(self.key))
        prepared = vc_di.prepare_presentation(
            [credential], holder, binding, package_data.contexts(), self.network.now
        )
        return self._signed(prepared, self.key)

    def _signed(self, prepared: Any, key: KeyRef) -> bytes:
        keys = self.network.keys
        return bytes(
            prepared.complete([keys.sign(key, one.message, one.alg) for one in prepared.to_be_signed])
        )
