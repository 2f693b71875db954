"""A service provider that asks, what the chain says of it, and a holder who answers, in memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from clicid.adapters import package_data
from clicid.codec import multicodec, strict_json
from clicid.did import ethr
from clicid.did import key as did_key
from clicid.did.ethr import EthrRecord
from clicid.formats.base import FormatId, Material, Need, NeedKind, Unavailable, Wanted
from clicid.formats.sd_jwt_vc import SdJwtVcChecker
from clicid.formats.vc_di import LdpVcChecker, LdpVpChecker, prepare_credential
from clicid.formats.vc_di.sealing import credential_document
from clicid.keys.algorithms import ED25519, P256
from clicid.ledger.facts import Registration
from clicid.oid4vp import request_object, verifier
from clicid.oid4vp.client_id import DECENTRALIZED_IDENTIFIER, ClientId
from clicid.oid4vp.dcql import Query
from clicid.oid4vp.presenting import Holding
from clicid.oid4vp.request import AuthorizationRequest, RequestReference, registration_info
from clicid.oid4vp.rules import OPENID4VP, Requesters, Terms
from clicid.oid4vp.transaction_data import TYPES
from clicid.trust import registration
from clicid.trust.accreditation import type_id
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.world import DAY, DID, NOW, VCT, World, attribute

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.formats.base import Have
    from clicid.keys.store import KeyStore
    from clicid.oid4vp.session import Session

CONTEXTS = package_data.contexts()
CHECKERS: Mapping[FormatId, Any] = {
    FormatId.SD_JWT_VC: SdJwtVcChecker(),
    FormatId.LDP_VC: LdpVcChecker(CONTEXTS),
    FormatId.LDP_VP: LdpVpChecker(CONTEXTS),
}
AGE_CONTEXT = "https://schemas.clicid.example/contexts/age/v1"
AGE_TYPE = "https://schemas.clicid.example/age/v1"
ASKER_ADDRESS = bytes.fromhex("ab" * 20)
ASKER = str(ethr.EthrDid(1, ASKER_ADDRESS))
CLIENT_ID = ClientId(DECENTRALIZED_IDENTIFIER, ASKER)
TERMS = Terms(OPENID4VP, Requesters(), World().rules, TYPES)
VERIFIER = "https://verifier.example"

NAME_QUERY = Query.parse(
    {
        "credentials": [
            {
                "id": "who",
                "format": "dc+sd-jwt",
                "meta": {"vct_values": [VCT]},
                "claims": [{"path": ["family_name"]}, {"path": ["age_over_18"], "values": [True]}],
            }
        ]
    }
)
AGE_QUERY = Query.parse(
    {
        "credentials": [
            {
                "id": "age",
                "format": "ldp_vc",
                "meta": {"type_values": [[AGE_TYPE]]},
                "claims": [{"path": ["credentialSubject", "ageOver18"], "values": [True]}],
            }
        ]
    }
)


def document(**changes: Json) -> dict[str, Json]:
    """The asker's registration document."""
    return {
        "legal_name": "Systembolaget i exemplet AB",
        "identifier": ASKER,
        "purposes": [
            {
                "id": "age-and-name",
                "text": {"sv": "Ålder och namn", "en": "Age and name"},
                "claims": {
                    VCT: [["family_name"], ["age_over_18"]],
                    AGE_TYPE: [["credentialSubject", "ageOver18"]],
                },
            }
        ],
        "privacy_policy": "https://verifier.example/privacy",
        "erasure_contact": "privacy@verifier.example",
        **changes,
    }


@dataclass
class Asking:
    """The service provider. What a test changes are its parts; `have` is what the chain says."""

    keys: KeyStore = field(default_factory=lambda: MemoryKeyStore(b"asker"))
    world: World = field(default_factory=World)

    def __post_init__(self) -> None:
        self.ref = self.keys.generate(P256, "asker")
        self.key_id = f"{ASKER}#delegate-1"
        key = self.keys.public(self.ref)
        value = multicodec.encode(key.algorithm.multicodec, key.raw)
        self.record = attribute(
            EthrRecord(ASKER, ASKER_ADDRESS), value, valid_to=NOW + 100 * DAY, at=NOW - 10 * DAY
        )
        digest = registration.parse(strict_json.dumps(document())).digest
        since, until = (int((NOW + days * DAY).timestamp()) for days in (-10, 100))
        self.fact = Registration(ASKER, digest, since, until, None)
        self.age = timedelta(minutes=1)

    @property
    def have(self) -> dict[Need, Material | Unavailable]:
        return {
            Need(NeedKind.DID, ASKER): self.world.material(self.record.to_bytes(), age=self.age),
            Need(NeedKind.REGISTRATION, ASKER): self.world.material(self.fact.to_bytes(), age=self.age),
        }

    def session(self, query: Query = NAME_QUERY, **changes: Any) -> Session:
        return verifier.create(
            query,
            **{
                "client_id": CLIENT_ID,
                "response_uri": f"{VERIFIER}/response/1",
                "owner": "shop",
                "life": timedelta(minutes=5),
                "verifier_info": (registration_info(document(), "age-and-name"),),
                "now": self.world.now,
                "random": self.world.random,
                **changes,
            },
        )

    def object(self, request: AuthorizationRequest, **changes: Any) -> bytes:
        """The signed request object; changes are arguments of `prepare`, and `ref` for the signer."""
        ref = changes.pop("ref", self.ref)
        prepared = request_object.prepare(
            request,
            **{
                "key_id": self.key_id,
                "alg": "ES256",
                "issued_at": self.world.now,
                "expires_at": self.world.now + timedelta(minutes=5),
                **changes,
            },
        )
        return prepared.complete([self.keys.sign(ref, one.message, one.alg) for one in prepared.to_be_signed])


REFERENCE = RequestReference(CLIENT_ID, f"{VERIFIER}/request/1", "post")


def serve(have: Have, wanted: Wanted) -> dict[Need, Material | Unavailable]:
    """What a store answers."""
    return {need: have.get(need, Unavailable(NOW, "not in the store")) for need in wanted.needs}


@dataclass
class Holder:
    """A person with an identity as SD-JWT VC and an age as W3C credential, both of one issuer."""

    world: World = field(default_factory=World)
    keys: MemoryKeyStore = field(default_factory=lambda: MemoryKeyStore(b"holder"))

    def __post_init__(self) -> None:
        self.age_ref = self.keys.generate(ED25519, "age")
        key = self.keys.public(self.age_ref)
        issuer = replace(self.world.issuer, key_id=f"{DID}#delegate-2")
        unsigned = credential_document(
            issuer,
            {"ageOver18": True},
            credential_id="urn:uuid:5b0b3a54-3d1c-4c3c-9b3e-0e8f6f4f5a11",
            credential_type="ClicAge",
            more_contexts=[AGE_CONTEXT],
            holder=did_key.create(key),
            validity=self.world.validity,
            status_ref=self.world.status,
        )
        prepared = prepare_credential(issuer, unsigned, CONTEXTS, created=self.world.validity.valid_from)
        self.holdings = {
            "id": Holding(
                "id",
                FormatId.SD_JWT_VC,
                self.world.credential(),
                self.world.keys.public(self.world.holder_ref),
            ),
            "age": Holding("age", FormatId.LDP_VC, self.world.signed(prepared, self.world.ed_ref), key),
        }

    def sign(self, holding_id: str, message: bytes, alg: str) -> bytes:
        if holding_id == "id":
            return self.world.keys.sign(self.world.holder_ref, message, alg)
        return self.keys.sign(self.age_ref, message, alg)

    @property
    def policy(self) -> Any:
        policy = self.world.policy
        return replace(policy, schemas={**policy.schemas, AGE_TYPE: policy.schemas[VCT]})

    @property
    def have(self) -> dict[Need, Material | Unavailable]:
        """What a verifier's store holds of the issuer of both."""
        fact = replace(self.world.accreditation, type_id=type_id(AGE_TYPE))
        need = Need(NeedKind.ACCREDITATION, AGE_TYPE, DID)
        return {**self.world.have, need: self.world.material(fact.to_bytes())}
