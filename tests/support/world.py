"""A small world in memory: an accredited issuer, a holder, a status list, and what the chain says of them.

Everything is a function of fixed seeds, so two runs make the same bytes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from clicid.codec import multicodec
from clicid.did import ethr
from clicid.did.ethr import EthrRecord
from clicid.formats import sd_jwt_vc
from clicid.formats.base import (
    Binding,
    FormatId,
    IssuerIdentity,
    Material,
    Need,
    NeedKind,
    Rules,
    StatusRef,
    Unavailable,
    Validity,
)
from clicid.keys.algorithms import ED25519, P256
from clicid.ledger.facts import ABSENT, Accreditation, StatusSnapshot
from clicid.status.rows import list_id
from clicid.trust.accreditation import type_id
from clicid.trust.x5c import key_digest
from clicid.verification import Policy, Request, SignedLists
from tests.support.memory_keystore import MemoryKeyStore

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clicid.formats.base import Have

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ADDRESS = bytes(range(20))
DID = str(ethr.EthrDid(1, ADDRESS))
IDENTIFIER = "https://issuer.example"
VCT = "https://schemas.example/identity/v1"
LIST_URL = "https://issuer.example/status/1"
SCHEMA_DIGEST = hashlib.sha256(b"schema").digest()
AUDIENCE = "decentralized_identifier:did:ethr:0x1:0x" + "ab" * 20
NONCE = "n-0S6_WzA2Mj-n-0S6_WzA2Mj"
BINDING = Binding(AUDIENCE, NONCE)
CLAIMS: dict[str, Any] = {
    "given_name": "Åsa Märta",
    "family_name": "Öhrn",
    "birth_date": "1990-02-28",
    "age_over_18": True,
    "document": {"type": "passport", "number": "AA0000000"},
    "methods": ["mrz", "face"],
}
NETWORK = "00" * 32
AGEING = [kind for kind in NeedKind if kind not in (NeedKind.INCLUSION_PROOF, NeedKind.ISSUANCE_ROOT)]


class Dice:
    """Bytes that look random and are the same in every run."""

    def __init__(self, seed: str = "world") -> None:
        self._seed = seed
        self._drawn = 0

    def __call__(self, size: int) -> bytes:
        self._drawn += 1
        return hashlib.shake_256(f"{self._seed}/{self._drawn}".encode()).digest(size)


def attribute(record: EthrRecord, key: bytes, *, valid_to: datetime, at: datetime) -> EthrRecord:
    """The record after the owner set a Multikey attribute."""
    return record.with_attribute(
        b"did/pub/Multikey/veriKey/base58".ljust(32, b"\0"),
        key,
        valid_to=int(valid_to.timestamp()),
        block=1,
        time=int(at.timestamp()),
    )


def accreditation_of(uri: str, schema_digest: bytes, x5c: Sequence[bytes]) -> Accreditation:
    """What the chain says of the right to issue one type now, by the authority of the certificate."""
    return Accreditation(
        did=DID,
        type_id=type_id(uri),
        schema_digest=schema_digest,
        valid_from=int((NOW - 50 * DAY).timestamp()),
        valid_until=int((NOW + 50 * DAY).timestamp()),
        withdrawn_at=None,
        keeps_anchored=False,
        identifier=IDENTIFIER,
        ca_digest=key_digest(x5c[1]),
    )


def chain_of(leaf_spki: bytes, **changes: Any) -> tuple[bytes, bytes]:
    """A leaf for a public key and the authority that issued it, both DER.

    Changes: `san` (list of general names), `leaf_until`, `ca` (is it an authority), `path_length`, `named`
    (whose key identifier the leaf has for its authority).
    """
    authority = ec.derive_private_key(changes.get("scalar", 7), ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test CA")])
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test issuer")])
    public: Any = serialization.load_der_public_key(leaf_spki)

    def sign(builder: x509.CertificateBuilder) -> bytes:
        return builder.sign(authority, hashes.SHA256(), ecdsa_deterministic=True).public_bytes(
            serialization.Encoding.DER
        )

    base = (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .serial_number(1)
        .not_valid_before(NOW - 100 * DAY)
        .not_valid_after(changes.get("leaf_until", NOW + 100 * DAY))
    )
    constraints = x509.BasicConstraints(ca=changes.get("ca", True), path_length=changes.get("path_length", 0))
    names = changes.get("san", [x509.UniformResourceIdentifier(IDENTIFIER)])
    leaf = base.subject_name(subject).public_key(public)
    if names:
        leaf = leaf.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if "named" in changes:
        identifier = x509.AuthorityKeyIdentifier(changes["named"], None, None)
        leaf = leaf.add_extension(identifier, critical=False)
    ca = base.subject_name(issuer).public_key(authority.public_key())
    if changes.get("constraints", True):
        ca = ca.add_extension(constraints, critical=True)
    return sign(leaf), sign(ca)


@dataclass
class World:
    """The parts a test changes. `have` is what a verifier's store holds."""

    keys: MemoryKeyStore = field(default_factory=lambda: MemoryKeyStore(b"world"))
    random: Callable[[int], bytes] = field(default_factory=Dice)
    now: datetime = NOW
    claims: dict[str, Any] = field(default_factory=lambda: dict(CLAIMS))
    validity: Validity = field(
        default_factory=lambda: Validity(datetime(2026, 11, 1, tzinfo=UTC), datetime(2027, 11, 1, tzinfo=UTC))
    )
    status: StatusRef = field(default_factory=lambda: StatusRef(LIST_URL, 5))

    def __post_init__(self) -> None:
        self.issuer_ref = self.keys.generate(P256, "issuer")
        self.ed_ref = self.keys.generate(ED25519, "issuer-ed")
        self.holder_ref = self.keys.generate(P256, "holder")
        self.other_ref = self.keys.generate(P256, "other")
        self.record = self._record()
        issuer_key = self.keys.public(self.issuer_ref)
        self.x5c = chain_of(issuer_key.to_spki())
        self.issuer = IssuerIdentity(DID, f"{DID}#delegate-1", IDENTIFIER, self.x5c)
        self.accreditation = accreditation_of(VCT, SCHEMA_DIGEST, self.x5c)
        self.snapshot = StatusSnapshot(list_id(ADDRESS, LIST_URL), 3, 2, 16, bytes(4))
        self.rules = Rules(
            issuers=None,
            max_age={kind: timedelta(hours=1) for kind in AGEING},
            leeway=timedelta(seconds=30),
            key_binding_max_age=timedelta(minutes=5),
        )
        self.policy = Policy("test", self.rules, {VCT: SCHEMA_DIGEST}, SignedLists.IGNORED, NETWORK)
        self.request = Request(FormatId.SD_JWT_VC, BINDING, frozenset({VCT}))

    def _record(self) -> EthrRecord:
        at = NOW - 100 * DAY
        record = EthrRecord(DID, ADDRESS)
        for ref in (self.issuer_ref, self.ed_ref):
            key = self.keys.public(ref)
            value = multicodec.encode(key.algorithm.multicodec, key.raw)
            record = attribute(record, value, valid_to=NOW + 1000 * DAY, at=at)
        return record

    def entry(self, value: int) -> None:
        """Give the credential's status entry a value in the anchored list."""
        position = self.status.index * 2
        entries = bytearray(self.snapshot.entries)
        entries[position >> 3] |= value << (position & 7)
        self.snapshot = replace(self.snapshot, entries=bytes(entries))

    def material(self, body: bytes, *, age: timedelta = timedelta(minutes=1)) -> Material:
        """Something read off the chain."""
        return Material(body, self.now, self.now - age, "chain 1 block 100")

    @property
    def have(self) -> dict[Need, Material | Unavailable]:
        """All that a check of this world's credential can want."""
        return {
            Need(NeedKind.ACCREDITATION, VCT, DID): self.material(self.accreditation.to_bytes()),
            Need(NeedKind.DID, DID): self.material(self.record.to_bytes()),
            Need(NeedKind.STATUS, LIST_URL, DID): self.material(self.snapshot.to_bytes()),
        }

    def credential(self, always: frozenset[str] = frozenset(), **issuer: Any) -> bytes:
        """An SD-JWT VC as the issuer gives it."""
        prepared = sd_jwt_vc.prepare_credential(
            replace(self.issuer, **issuer),
            self.claims,
            vct=VCT,
            holder=self.keys.public(self.holder_ref),
            validity=self.validity,
            status=self.status,
            always=always,
            random=self.random,
        )
        return self.signed(prepared, self.issuer_ref)

    def presentation(
        self,
        credential: bytes | None = None,
        disclose: Sequence[Sequence[str | int | None]] = (["family_name"], ["age_over_18"]),
        binding: Binding = BINDING,
        at: datetime | None = None,
    ) -> bytes:
        """A presentation by the holder."""
        prepared = sd_jwt_vc.prepare_presentation(
            self.credential() if credential is None else credential, disclose, binding, at or self.now
        )
        return self.signed(prepared, self.holder_ref)

    def signed(self, prepared: Any, ref: Any) -> bytes:
        """Whatever was prepared, signed by one key."""
        return bytes(
            prepared.complete([self.keys.sign(ref, one.message, one.alg) for one in prepared.to_be_signed])
        )


@dataclass
class Store:
    """A `gather.Source` in memory that remembers what it was asked.

    Like a follower's store it knows that the chain says nothing of a subject; what it has as
    `Unavailable` it could not read.
    """

    have: Have
    asked: list[Need] = field(default_factory=list)

    def get(self, need: Need, now: datetime) -> Material | Unavailable:
        self.asked.append(need)
        return self.have.get(need, Material(ABSENT, now, now, "chain 1 block 100"))

    def get_at_once(self, need: Need, now: datetime) -> Material | Unavailable | None:
        return self.get(need, now)
