"""A W3C world for tests: an issuer, a holder, one ClicAge credential, and the material that lets it pass."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from clicid.adapters import package_data
from clicid.did import key as did_key
from clicid.formats.base import (
    Binding,
    IssuerIdentity,
    Material,
    Need,
    NeedKind,
    Rules,
    StatusRef,
    Validity,
)
from clicid.formats.vc_di import prepare_credential, prepare_presentation
from clicid.formats.vc_di.sealing import credential_document
from clicid.keys.algorithms import ED25519
from clicid.ledger.facts import Accreditation
from clicid.securing.signing import sign
from clicid.trust.accreditation import type_id
from tests.support.memory_keystore import MemoryKeyStore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clicid.codec.strict_json import Json
    from clicid.keys.store import KeyRef
    from clicid.securing.signing import Prepared

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
DAY = datetime(2026, 11, 22, tzinfo=UTC)
CONTEXTS = package_data.contexts()
AGE_CONTEXT = "https://schemas.clicid.example/contexts/age/v1"
AGE_TYPE = "https://schemas.clicid.example/age/v1"
LIST_URL = "https://issuer.example/status/7"

STORE = MemoryKeyStore(b"w3c")
ISSUER_REF = STORE.generate(ED25519, "issuer")
HOLDER_REF = STORE.generate(ED25519, "holder")
OTHER_REF = STORE.generate(ED25519, "other")
HOLDER_KEY = STORE.public(HOLDER_REF)


def published_contexts() -> dict[str, Any]:
    """The contexts that other implementations want for our documents and their keys, by URL."""
    return {
        url: json.loads(package_data.schema(f"contexts/{name}"))
        for url, name in (
            ("https://www.w3.org/ns/credentials/v2", "credentials-v2.jsonld"),
            (AGE_CONTEXT, "clicid-age-v1.jsonld"),
            ("https://w3id.org/security/multikey/v1", "open/multikey-v1.jsonld"),
            ("https://www.w3.org/ns/did/v1", "open/did-v1.jsonld"),
        )
    }


def did(ref: KeyRef) -> str:
    """The did:key of a key in the store."""
    return did_key.create(STORE.public(ref))


def key_id(ref: KeyRef) -> str:
    """The DID URL of that did:key's one method."""
    return f"{did(ref)}#{STORE.public(ref).to_multikey()}"


ISSUER = IssuerIdentity(did(ISSUER_REF), key_id(ISSUER_REF), "https://issuer.example")
HOLDER = did(HOLDER_REF)
BINDING = Binding("decentralized_identifier:did:example:asker", "n-0S6_WzA2Mj")
RULES = Rules(
    issuers=None,
    max_age={NeedKind.ACCREDITATION: timedelta(hours=1)},
    leeway=timedelta(seconds=60),
    key_binding_max_age=timedelta(minutes=5),
)


def unsigned(**changes: Json) -> dict[str, Json]:
    """The credential's document; `changes` replace top-level members, None removes one."""
    document = credential_document(
        ISSUER,
        {"ageOver18": True},
        credential_id="urn:uuid:5b0b3a54-3d1c-4c3c-9b3e-0e8f6f4f5a11",
        credential_type="ClicAge",
        more_contexts=[AGE_CONTEXT],
        holder=HOLDER,
        validity=Validity(DAY, DAY + timedelta(days=365)),
        status_ref=StatusRef(LIST_URL, 94567),
    )
    document["name"] = {"@value": "Åldersbevis", "@language": "sv"}
    return {name: value for name, value in {**document, **changes}.items() if value is not None}


def signed(prepared: Prepared[bytes], ref: KeyRef) -> bytes:
    """Complete with a key of the store."""
    return prepared.complete([sign(STORE, ref, operation) for operation in prepared.to_be_signed])


def credential(document: Mapping[str, Json] | None = None, ref: KeyRef = ISSUER_REF) -> bytes:
    """A credential signed by `ref` in the issuer's name."""
    source = unsigned() if document is None else document
    return signed(prepare_credential(ISSUER, source, CONTEXTS, created=DAY), ref)


def presentation(
    credentials: Sequence[bytes] | None = None,
    *,
    ref: KeyRef = HOLDER_REF,
    signer: KeyRef | None = None,
    binding: Binding = BINDING,
    now: datetime = NOW,
) -> bytes:
    """A presentation in the name of `ref`, signed by `signer` if that is another."""
    inside = [credential()] if credentials is None else credentials
    return signed(prepare_presentation(inside, did(ref), binding, CONTEXTS, now), signer or ref)


def accreditation(**changes: object) -> Accreditation:
    """The issuer's right to issue ClicAge."""
    fact = Accreditation(
        did=ISSUER.did,
        type_id=type_id(AGE_TYPE),
        schema_digest=bytes(32),
        valid_from=0,
        valid_until=4_000_000_000,
        withdrawn_at=None,
        keeps_anchored=True,
        identifier=ISSUER.identifier,
        ca_digest=bytes(32),
    )
    return replace(fact, **changes)  # type: ignore[arg-type]  # the tests name real members


def have(fact: Accreditation | None = None) -> dict[Need, Material]:
    """The material a check of the credential wants."""
    body = (fact or accreditation()).to_bytes()
    need = Need(NeedKind.ACCREDITATION, AGE_TYPE, ISSUER.did)
    return {need: Material(body, NOW, NOW - timedelta(seconds=10), "chain 1337 block 42")}
