"""Data Integrity in tests: keys of every kind, and documents with proofs of every suite, all of one world."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from clicid.keys.algorithms import ED25519, P256, P384
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.securing.data_integrity import (
    ECDSA_JCS_2019,
    ECDSA_RDFC_2019,
    EDDSA_JCS_2022,
    EDDSA_RDFC_2022,
    Proof,
    Purpose,
)
from tests.support import w3c

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.keys.public import PublicKey
    from clicid.securing.data_integrity import PreparedDocument, UnverifiedDocument

REFS: Final = {
    ED25519: w3c.ISSUER_REF,
    P256: w3c.STORE.generate(P256, "issuer P-256"),
    P384: w3c.STORE.generate(P384, "issuer P-384"),
}
SUITES: Final = (
    (EDDSA_RDFC_2022, ED25519),
    (EDDSA_JCS_2022, ED25519),
    (ECDSA_RDFC_2019, P256),
    (ECDSA_RDFC_2019, P384),
    (ECDSA_JCS_2019, P256),
    (ECDSA_JCS_2019, P384),
)
"""Each suite with each kind of key."""


def public(alg: str) -> PublicKey:
    """The key of that kind."""
    return w3c.STORE.public(REFS[alg])


def of_method(url: str) -> PublicKey:
    """The key that a verification method of this world names; another's is the first of all."""
    return next((public(alg) for alg, ref in REFS.items() if w3c.key_id(ref) == url), public(ED25519))


def options(suite: str = EDDSA_RDFC_2022, alg: str = ED25519, **more: Any) -> Proof:
    """A proof by the key of that kind, for a credential."""
    members: dict[str, Any] = {
        "verification_method": w3c.key_id(REFS[alg]),
        "purpose": Purpose.ASSERTION_METHOD,
        "cryptosuite": suite,
        "created": w3c.DAY,
    }
    return Proof(**{**members, **more})


def prepare(document: Mapping[str, Json], proof: Proof, alg: str = ED25519) -> PreparedDocument:
    """The first proof of a document."""
    return data_integrity.prepare(document, proof, alg, w3c.CONTEXTS, profile=Profile.CLOSED)


def completed(prepared: PreparedDocument, alg: str = ED25519) -> dict[str, Any]:
    """Signed by the key of that kind."""
    found: dict[str, Any] = json.loads(w3c.signed(prepared, REFS[alg]))
    return found


def signed(document: Mapping[str, Json], proof: Proof, alg: str = ED25519) -> dict[str, Any]:
    """A document with its first proof, by the key of that kind."""
    return completed(prepare(document, proof, alg), alg)


def signed_again(secured: Mapping[str, Json], proof: Proof, alg: str = ED25519) -> dict[str, Any]:
    """A secured document with one more proof."""
    prepared = data_integrity.prepare_another(secured, proof, alg, w3c.CONTEXTS, profile=Profile.CLOSED)
    return completed(prepared, alg)


def parse(secured: Mapping[str, Json]) -> UnverifiedDocument:
    """A secured document in the closed profile."""
    return data_integrity.parse(secured, w3c.CONTEXTS, profile=Profile.CLOSED)


def verify(secured: Mapping[str, Json], *keys: PublicKey) -> Mapping[str, Json]:
    """The document whose proofs are by these keys."""
    return data_integrity.verify(parse(secured), keys)
