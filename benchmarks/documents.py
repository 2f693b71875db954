"""The documents that are measured: every one distinct, with a holder, claims and keys of its own."""

from __future__ import annotations

import json
import random
import secrets
import uuid
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.backends.openssl.backend import backend
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from clicid.adapters import package_data
from clicid.codec import multicodec, shape
from clicid.did import key as did_key
from clicid.did.ethr import EthrRecord
from clicid.formats.base import (
    Binding,
    FormatId,
    IssuerIdentity,
    Material,
    Need,
    NeedKind,
    Rules,
    StatusRef,
    Validity,
)
from clicid.formats.vc_di.sealing import credential_document
from clicid.keys import bbs, points
from clicid.keys.algorithms import ED25519, P256
from clicid.keys.public import PublicKey
from clicid.ledger.facts import StatusSnapshot
from clicid.status.rows import StatusList, list_id
from clicid.verification import Policy, Request, SignedLists, checkers
from tests.support.world import (
    ADDRESS,
    DAY,
    DID,
    IDENTIFIER,
    LIST_URL,
    NETWORK,
    NOW,
    accreditation_of,
    attribute,
    chain_of,
)

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json
    from clicid.securing.signing import Prepared

IDENTITY: Final = "https://schemas.clicid.example/identity/v1"
AGE: Final = "https://schemas.clicid.example/age/v1"
AGE_CONTEXT: Final = "https://schemas.clicid.example/contexts/age/v1"
IDENTITY_CONTEXT: Final = "https://schemas.clicid.example/contexts/identity/v1"
CONTEXTS: Final = package_data.contexts()
CHECKERS: Final = checkers(CONTEXTS)
SHOWN: Final = (("family_name",), ("birth_date",), ("age_over_18",))
ENTRIES: Final = 131_072
REVOKED: Final = ENTRIES // 100
BINDING: Final = Binding("decentralized_identifier:did:ethr:0x1:0x" + "ab" * 20, secrets.token_urlsafe(24))
SD_JWT_REQUEST: Final = Request(FormatId.SD_JWT_VC, BINDING, frozenset({IDENTITY}))
W3C_REQUEST: Final = Request(FormatId.LDP_VP, BINDING, frozenset({AGE}))
VALIDITY: Final = Validity(datetime(2026, 11, 1, tzinfo=UTC), datetime(2027, 11, 1, tzinfo=UTC))
ECDSA: Final = ec.ECDSA(hashes.SHA256())
_OPENSSL: Final = backend.openssl_version_text().split()[:2]
AWS_LC: Final = f"awscrt {version('awscrt')}"
CRYPTOGRAPHY: Final = f"cryptography {version('cryptography')}, {' '.join(_OPENSSL)}"


def context_documents() -> dict[str, Any]:
    """The contexts as others take them, those of keys and DID documents too."""
    found: dict[str, Any] = {}
    for folder in ("contexts", "contexts/open"):
        for row in json.loads(package_data.schema(f"{folder}/manifest.json")):
            found[row["url"]] = json.loads(package_data.schema(f"{folder}/{row['file']}"))
    return found


class P256Key:
    """A P-256 key in memory that signs in the form of JWS."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.verifier = self.private.public_key()
        self.public = PublicKey.from_raw(P256, points.dump(self.verifier))

    def sign(self, message: bytes) -> bytes:
        """64 bytes: r and s."""
        r, s = decode_dss_signature(self.private.sign(message, ECDSA))
        return r.to_bytes(32) + s.to_bytes(32)


class Ed25519Key:
    """An Ed25519 key in memory, with its did:key."""

    def __init__(self) -> None:
        self.private = ed25519.Ed25519PrivateKey.generate()
        self.verifier = self.private.public_key()
        self.public = PublicKey.from_raw(ED25519, points.dump(self.verifier))
        self.did = did_key.create(self.public)

    def sign(self, message: bytes) -> bytes:
        """64 bytes."""
        return self.private.sign(message)


def completed(prepared: Prepared[bytes], key: P256Key | Ed25519Key) -> bytes:
    """What was prepared, signed."""
    return prepared.complete([key.sign(one.message) for one in prepared.to_be_signed])


class Issuer:
    """An issuer that is accredited for both types, and what a verifier knows of it from the chain."""

    def __init__(self) -> None:
        self.p256, self.ed25519 = P256Key(), Ed25519Key()
        self.bbs = bbs.generate(secrets.token_bytes(32))
        self.x5c = chain_of(self.p256.public.to_spki())
        self.sd_jwt = IssuerIdentity(DID, f"{DID}#delegate-1", IDENTIFIER, self.x5c)
        self.w3c = IssuerIdentity(DID, f"{DID}#delegate-2", IDENTIFIER)
        self.unlinkable = IssuerIdentity(DID, f"{DID}#delegate-3", IDENTIFIER)
        schemas = package_data.schema_digests()
        rules = Rules(
            issuers=None,
            max_age=dict.fromkeys(NeedKind, timedelta(hours=1)),
            leeway=timedelta(seconds=30),
            key_binding_max_age=timedelta(minutes=5),
        )
        self.policy = Policy("benchmark", rules, schemas, SignedLists.IGNORED, NETWORK)
        self.have = {
            Need(NeedKind.DID, DID): _material(self._record().to_bytes()),
            Need(NeedKind.STATUS, LIST_URL, DID): _material(_snapshot().to_bytes()),
        }
        for uri, digest in schemas.items():
            need = Need(NeedKind.ACCREDITATION, uri, DID)
            self.have[need] = _material(accreditation_of(uri, digest, self.x5c).to_bytes())

    def _record(self) -> EthrRecord:
        record = EthrRecord(DID, ADDRESS)
        for key in (self.p256.public, self.ed25519.public, self.bbs.public):
            value = multicodec.encode(key.algorithm.multicodec, key.raw)
            record = attribute(record, value, valid_to=NOW + 1000 * DAY, at=NOW - 100 * DAY)
        return record


def identity_claims(number: int) -> dict[str, Json]:
    """Eleven claims about an invented person."""
    day = NOW.date() - timedelta(days=9_000 + number)
    return {
        "person_ref": secrets.token_urlsafe(16),
        "given_name": f"Åsa {number}",
        "family_name": f"Öhrn-{number}",
        "birth_date": day.isoformat(),
        "nationality": "SWE",
        "document_type": "passport",
        "document_number": f"AA{number:07}",
        "document_issuing_state": "SWE",
        "assurance_level": "substantial",
        "age_over_18": True,
        "age_over_65": False,
    }


def twelve_claims(number: int) -> dict[str, Json]:
    """Twelve of them, by the terms of the W3C credential."""
    claims = identity_claims(number)
    return {
        "personRef": claims["person_ref"],
        "givenName": claims["given_name"],
        "familyName": claims["family_name"],
        "birthDate": claims["birth_date"],
        "nationality": claims["nationality"],
        "document": {
            "documentType": claims["document_type"],
            "documentNumber": claims["document_number"],
            "issuingState": claims["document_issuing_state"],
        },
        "assuranceLevel": claims["assurance_level"],
        "ageOver18": True,
        "ageOver21": True,
        "ageOver65": False,
    }


def all_claims(number: int) -> dict[str, Json]:
    """As many as an identity credential can have, twenty-five values."""
    claims = twelve_claims(number)
    document = shape.child(claims, "document")
    return {
        **claims,
        "givenNameMrz": "AASA",
        "familyNameMrz": "OEHRN",
        "personalIdentityNumber": {
            "numberValue": f"19900101{number:04}",
            "numberKind": "personal",
            "numberCountry": "SWE",
        },
        "document": {**document, "expiryDate": "2031-05-01"},
        "proofing": {"methods": ["document", "face"], "engines": ["rapidocr", "dlib"], "day": "2026-11-01"},
        **{f"ageOver{years}": True for years in (13, 15, 16, 20)},
    }


def age_document(issuer: IssuerIdentity, holder: str, number: int) -> dict[str, Json]:
    """A ClicAge credential without its proof."""
    return credential_document(
        issuer,
        {"ageOver18": True},
        credential_id=f"urn:uuid:{uuid.uuid4()}",
        credential_type="ClicAge",
        more_contexts=[AGE_CONTEXT],
        holder=holder,
        validity=VALIDITY,
        status_ref=status_ref(number),
    )


def twelve_claims_document(issuer: IssuerIdentity, holder: str, number: int) -> dict[str, Json]:
    """A credential of twelve claims without its proof."""
    return credential_document(
        issuer,
        twelve_claims(number),
        credential_id=f"urn:uuid:{uuid.uuid4()}",
        credential_type="ClicIdentity",
        more_contexts=[IDENTITY_CONTEXT],
        holder=holder,
        validity=VALIDITY,
        status_ref=status_ref(number),
    )


def disclosable_document(issuer: IssuerIdentity, number: int) -> dict[str, Json]:
    """An identity credential without its proof, no part of which has an id of its own."""
    document = credential_document(
        issuer,
        all_claims(number),
        credential_id="",
        credential_type="ClicIdentity",
        more_contexts=[IDENTITY_CONTEXT],
        holder="",
        validity=VALIDITY,
        status_ref=status_ref(number),
    )
    entries = shape.as_items(document["credentialStatus"])
    return {
        **_without_id(document),
        "credentialSubject": _without_id(shape.child(document, "credentialSubject")),
        "credentialStatus": [_without_id(shape.as_object(entry)) for entry in entries],
    }


def _without_id(node: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in node.items() if name != "id"}


def status_ref(number: int) -> StatusRef:
    """An entry that is good: the revoked ones are all odd."""
    return StatusRef(LIST_URL, 2 * number)


def _snapshot() -> StatusSnapshot:
    draw = random.Random(1)
    rows = StatusList(2, ENTRIES)
    rows.change(sorted(2 * (2 * entry + 1) for entry in draw.sample(range(ENTRIES // 2), REVOKED)), [])
    return StatusSnapshot(list_id(ADDRESS, LIST_URL), 1, 2, ENTRIES, bytes(rows.entries))


def _material(body: bytes) -> Material:
    return Material(body, NOW, NOW - timedelta(minutes=1), "chain 1 block 100")
