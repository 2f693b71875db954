"""Each member of a proof in one form, and no other member."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clicid.codec import multibase
from clicid.errors import Refused
from clicid.securing.data_integrity import Purpose
from tests.support import proofs, w3c


def secured(**proof: Any) -> dict[str, Any]:
    """A credential with other members in its proof; None takes one away."""
    document: dict[str, Any] = json.loads(w3c.credential())
    document["proof"] = {
        name: value for name, value in {**document["proof"], **proof}.items() if value is not None
    }
    return document


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ({"type": None}, "proof.format", "/proof/type"),
        ({"cryptosuite": None}, "proof.format", "/proof/cryptosuite"),
        ({"verificationMethod": None}, "proof.format", "/proof/verificationMethod"),
        ({"proofPurpose": None}, "proof.format", "/proof/proofPurpose"),
        ({"proofValue": None}, "proof.format", "/proof/proofValue"),
        ({"@context": "https://www.w3.org/ns/credentials/v2"}, "proof.format", "/proof/@context"),
        ({"creator": "x"}, "proof.format", "/proof/creator"),
        ({"a/b~" + "x" * 100: "x"}, "proof.format", "/proof/a~1b~0" + "x" * 76),
        ({"type": "Ed25519Signature2020"}, "proof.suite", "/proof"),
        ({"type": ["DataIntegrityProof"]}, "proof.suite", "/proof"),
        ({"cryptosuite": "eddsa-2022"}, "proof.suite", "/proof"),
        ({"cryptosuite": "EDDSA-RDFC-2022"}, "proof.suite", "/proof"),
        ({"cryptosuite": ["eddsa-rdfc-2022"]}, "proof.suite", "/proof"),
        ({"proofPurpose": "assertion"}, "proof.purpose", "/proof/proofPurpose"),
        (
            {"proofPurpose": "https://w3id.org/security#assertionMethod"},
            "proof.purpose",
            "/proof/proofPurpose",
        ),
        ({"proofPurpose": ["assertionMethod"]}, "codec.shape", "/proof/proofPurpose"),
        ({"id": "proof-1"}, "rdf.id", "/proof/id"),
        ({"id": "_:proof"}, "rdf.id", "/proof/id"),
        ({"id": ["urn:x:proof"]}, "codec.shape", "/proof/id"),
        ({"created": "2026-11-22"}, "codec.time", "/proof/created"),
        ({"created": "2026-11-22T00:00:00"}, "codec.time", "/proof/created"),
        ({"created": 1}, "codec.shape", "/proof/created"),
        ({"expires": "never"}, "codec.time", "/proof/expires"),
        ({"expires": ["2027-01-01T00:00:00Z"]}, "codec.shape", "/proof/expires"),
        ({"domain": []}, "codec.shape", "/proof/domain"),
        ({"domain": ["x", 1]}, "codec.shape", "/proof/domain/1"),
        ({"domain": ["x", "x"]}, "proof.format", "/proof/domain"),
        ({"domain": [str(index) for index in range(17)]}, "codec.shape", "/proof/domain"),
        ({"domain": {"id": "x"}}, "codec.shape", "/proof/domain"),
        ({"challenge": ""}, "codec.shape", "/proof/challenge"),
        ({"challenge": "x" * 1025}, "codec.shape", "/proof/challenge"),
        ({"challenge": ["x"]}, "codec.shape", "/proof/challenge"),
        ({"nonce": 7}, "codec.shape", "/proof/nonce"),
        ({"previousProof": "proof-1"}, "rdf.id", "/proof/previousProof"),
        ({"previousProof": {"id": "urn:x:proof"}}, "codec.shape", "/proof/previousProof"),
        ({"previousProof": "urn:x:proof"}, "proof.previous", "/proof/previousProof"),
        ({"verificationMethod": "key 1"}, "rdf.id", "/proof/verificationMethod"),
        ({"verificationMethod": {"id": "did:example:a#b"}}, "codec.shape", "/proof/verificationMethod"),
        ({"proofValue": "u" + "A" * 86}, "proof.value", "/proof/proofValue"),
        ({"proofValue": "f" + "0" * 128}, "proof.value", "/proof/proofValue"),
        ({"proofValue": multibase.encode(bytes(63))}, "proof.value", "/proof/proofValue"),
        ({"proofValue": multibase.encode(bytes(65))}, "proof.value", "/proof/proofValue"),
        ({"proofValue": "z0"}, "codec.multibase", "/proof/proofValue"),
        ({"proofValue": "z" * 161}, "codec.shape", "/proof/proofValue"),
    ],
)
def test_one_form_of_each_member(changes: dict[str, Any], code: str, where: str) -> None:
    with pytest.raises(Refused) as caught:
        proofs.parse(secured(**changes))
    assert (caught.value.code, caught.value.where) == (code, where)


@pytest.mark.parametrize("proof", [None, [], "x", 1, [None], [[]]])
def test_a_proof_is_an_object(proof: Any) -> None:
    with pytest.raises(Refused, match=r"codec\.shape"):
        proofs.parse({**w3c.unsigned(), "proof": proof})


@pytest.mark.parametrize("purpose", list(Purpose))
def test_every_purpose(purpose: Purpose) -> None:
    signed = proofs.signed(w3c.unsigned(), proofs.options(purpose=purpose))
    (parsed,) = proofs.parse(signed).proofs
    assert parsed.proof.purpose is purpose
    parsed.verify(w3c.STORE.public(w3c.ISSUER_REF))


def test_the_least_that_a_proof_has() -> None:
    signed = proofs.signed(w3c.unsigned(), proofs.options(created=None))
    members = {"type", "cryptosuite", "verificationMethod", "proofPurpose", "proofValue"}
    assert signed["proof"].keys() == members
    assert proofs.parse(signed).proofs[0].proof.created is None
