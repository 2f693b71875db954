"""Key proofs of every type: JWTs with and without an attestation, attestations alone, presentations."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from clicid.adapters import package_data
from clicid.codec import shape, strict_json
from clicid.did import key as did_key
from clicid.formats.base import StatusRef
from clicid.keys.algorithms import ED25519, P256
from clicid.oid4vci import di_vp, key_attestation, proof
from clicid.oid4vci.proof import Expected
from clicid.oid4vci.proving import Policy
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.securing.data_integrity import EDDSA_RDFC_2022
from tests.support import attesting
from tests.support.attesting import KEYS, SERVER
from tests.support.world import NOW

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json
    from clicid.keys.store import KeyRef
    from clicid.securing.jws import PreparedJws

NONCE = "n0nce"
MINUTE = timedelta(minutes=1)
CONTEXTS = package_data.contexts()
POLICY = Policy(attesting.PROVIDERS, CONTEXTS)
STATUS = StatusRef("https://provider.example/status/1", 3)


def expected(**changes: Any) -> Expected:
    said: dict[str, Any] = {
        "issuer": SERVER,
        "client_id": "",
        "algs": ("ES256",),
        "binding_methods": ("jwk",),
        "max_age": 5 * MINUTE,
        "leeway": MINUTE,
        "now": NOW,
    }
    return Expected(**said | changes)


def key(name: str, alg: str = P256) -> KeyRef:
    return KEYS.find(name) or KEYS.generate(alg, name)


def attestation(*names: str, **changes: Any) -> str:
    """By the provider that is known by its root."""
    return attesting.sign(unsigned_attestation(*names, **changes))


def unsigned_attestation(*names: str, **changes: Any) -> PreparedJws:
    said: dict[str, Any] = {
        "alg": "ES256",
        "kid": "",
        "chain": attesting.CHAINS["listed"],
        "now": NOW,
        "lifetime": timedelta(hours=1),
        "key_storage": [key_attestation.HIGH],
        "user_authentication": [key_attestation.BASIC],
        "nonce": NONCE,
    }
    keys = tuple(KEYS.public(key(name)) for name in names)
    return key_attestation.prepare(keys, **said | changes)


def jwt(name: str, attested: str = "", header: dict[str, Any] | None = None, **payload: Any) -> str:
    """A proof by the key of a name, with its changes signed."""
    ref = key(name)
    prepared = proof.prepare(
        KEYS.public(ref), alg="ES256", binding="jwk", issuer=SERVER, nonce=NONCE, now=NOW
    )
    found, claims = attesting.opened(prepared)
    if attested:
        found["key_attestation"] = attested
    vector = {"header": header or {}, "payload": payload}
    return attesting.bent(found, claims, vector, ref)


def presentation(name: str = "ed", *, alg: str = ED25519, **changes: Any) -> dict[str, Json]:
    """A `di_vp` proof by a did:key; with an end, the document is secured anew under one."""
    ref = key(name, alg)
    said: dict[str, Any] = {
        "alg": alg,
        "cryptosuite": EDDSA_RDFC_2022,
        "issuer": SERVER,
        "nonce": NONCE,
        "contexts": CONTEXTS,
        "now": NOW,
    }
    expires = changes.pop("expires", None)
    prepared = di_vp.prepare(did_key.create(KEYS.public(ref)), **said | changes)
    if expires is not None:
        proof_ = replace(prepared.proof, expires=expires)
        prepared = data_integrity.prepare(prepared.document, proof_, alg, CONTEXTS, profile=Profile.CLOSED)
    signed = prepared.complete([KEYS.sign(ref, one.message, one.alg) for one in prepared.to_be_signed])
    return shape.as_object(strict_json.loads(signed))
