from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import package_data
from clicid.codec import multibase
from clicid.errors import LocalError, Refused
from clicid.keys.algorithms import ED25519, P256
from clicid.keys.public import PublicKey
from clicid.rdf.contexts import Contexts
from clicid.securing import data_integrity
from clicid.securing.data_integrity import Proof, Purpose
from tests.support import w3c

if TYPE_CHECKING:
    from pathlib import Path

V2 = "https://www.w3.org/ns/credentials/v2"
EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
# The suite's second context makes any name an example term; here are those that its documents use.
EXAMPLE_TERMS = {
    "@protected": True,
    **{
        name: f"https://www.w3.org/ns/credentials/examples#{name}"
        for name in ("AlumniCredential", "alumniOf", "EmploymentAuthorizationDocumentCredential")
    },
}


def suite_contexts(*more: Path) -> Contexts:
    documents = {
        V2: package_data.schema("contexts/credentials-v2.jsonld"),
        EXAMPLES: json.dumps({"@context": EXAMPLE_TERMS}).encode(),
    }
    return Contexts(documents, {url: hashlib.sha256(raw).hexdigest() for url, raw in documents.items()})


@pytest.fixture
def suite(vectors_dir: Path) -> Path:
    return vectors_dir / "vc-di-eddsa" / "TestVectors"


@pytest.mark.suite("vc-di-eddsa")
def test_published_hash_data_and_signature(suite: Path) -> None:
    folder = suite / "eddsa-rdfc-2022"
    signed = json.loads((folder / "signedDataInt.json").read_bytes())
    parsed = data_integrity.parse(signed, suite_contexts())
    assert parsed.hash_data.hex() == (folder / "combinedHashDataInt.txt").read_text()
    assert parsed.hash_data[:32].hex() == (folder / "proofHashDataInt.txt").read_text()
    assert parsed.hash_data[32:].hex() == (folder / "docHashDataInt.txt").read_text()
    assert parsed.signature.hex() == (folder / "sigHexDataInt.txt").read_text()
    key = PublicKey.from_multikey(json.loads((suite / "keyPair.json").read_bytes())["publicKeyMultibase"])
    assert data_integrity.verify(parsed, key) == json.loads((suite / "unsigned.json").read_bytes())


@pytest.mark.suite("vc-di-eddsa")
def test_published_document_sealed_anew(suite: Path) -> None:
    folder = suite / "eddsa-rdfc-2022"
    wanted = json.loads((folder / "signedDataInt.json").read_bytes())
    parsed = data_integrity.parse(wanted, suite_contexts())
    prepared = data_integrity.prepare(
        json.loads((suite / "unsigned.json").read_bytes()), parsed.proof, suite_contexts()
    )
    (operation,) = prepared.to_be_signed
    assert (operation.alg, operation.message) == (ED25519, parsed.hash_data)
    assert json.loads(prepared.complete([parsed.signature])) == wanted


@pytest.mark.suite("vc-di-eddsa")
def test_published_altered_by_one_bit(suite: Path) -> None:
    signed = json.loads((suite / "eddsa-rdfc-2022" / "signedDataInt.json").read_bytes())
    key = PublicKey.from_multikey(json.loads((suite / "keyPair.json").read_bytes())["publicKeyMultibase"])
    signed["credentialSubject"]["alumniOf"] = "The School of Exampler"
    with pytest.raises(Refused, match=r"keys\.signature"):
        data_integrity.verify(data_integrity.parse(signed, suite_contexts()), key)


@pytest.mark.suite("vc-di-eddsa")
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("eddsa-rdfc-2022/employ/signedDataInt.json", "rdf.context_unknown"),
        ("eddsa-jcs-2022/signedJCS.json", "proof.format"),
        ("Ed25519Signature2020/signedEdSig.json", "proof.format"),
        ("proof-set-chain/signedProofSet2.json", "codec.shape"),
        ("proof-set-chain/signedProofChain2.json", "codec.shape"),
    ],
)
def test_published_but_not_ours(suite: Path, name: str, code: str) -> None:
    """Other suites, several proofs, a context that we do not ship: refused, and for that reason."""
    with pytest.raises(Refused) as caught:
        data_integrity.parse(json.loads((suite / name).read_bytes()), suite_contexts())
    assert caught.value.code == code


def secured(**proof: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(w3c.credential())
    document["proof"] = {
        name: value for name, value in {**document["proof"], **proof}.items() if value is not None
    }
    return document


def test_what_was_sealed_verifies() -> None:
    parsed = data_integrity.parse(secured(), w3c.CONTEXTS)
    assert data_integrity.verify(parsed, w3c.STORE.public(w3c.ISSUER_REF)) == w3c.unsigned()
    assert parsed.proof == Proof(w3c.ISSUER.key_id, Purpose.ASSERTION_METHOD, w3c.DAY)


def test_every_option_is_signed() -> None:
    options = Proof(
        w3c.ISSUER.key_id, Purpose.AUTHENTICATION, w3c.NOW, w3c.DAY, "https://verifier.example", "nonce"
    )
    prepared = data_integrity.prepare(w3c.unsigned(), options, w3c.CONTEXTS)
    document = json.loads(w3c.signed(prepared, w3c.ISSUER_REF))
    key = w3c.STORE.public(w3c.ISSUER_REF)
    parsed = data_integrity.parse(document, w3c.CONTEXTS)
    data_integrity.verify(parsed, key)
    assert parsed.proof == options
    changes = {
        "created": "2026-11-22T12:00:01Z",
        "expires": "2026-11-23T00:00:00Z",
        "domain": "https://other.example",
        "challenge": "Nonce",
        "proofPurpose": "assertionMethod",
        "verificationMethod": w3c.key_id(w3c.OTHER_REF),
    }
    for name, value in changes.items():
        for changed in ({**document["proof"], name: value}, _without(document["proof"], name)):
            with pytest.raises(Refused):
                data_integrity.verify(data_integrity.parse({**document, "proof": changed}, w3c.CONTEXTS), key)


def _without(members: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in members.items() if key != name}


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ({"type": None}, "proof.format", "/proof/type"),
        ({"created": None}, "proof.format", "/proof/created"),
        ({"proofValue": None}, "proof.format", "/proof/proofValue"),
        ({"id": "urn:x:proof"}, "proof.format", "/proof/id"),
        ({"previousProof": "urn:x:proof"}, "proof.format", "/proof/previousProof"),
        ({"@context": "https://www.w3.org/ns/credentials/v2"}, "proof.format", "/proof/@context"),
        ({"nonce": "x"}, "proof.format", "/proof/nonce"),
        ({"type": "Ed25519Signature2020"}, "proof.suite", "/proof"),
        ({"type": ["DataIntegrityProof"]}, "proof.suite", "/proof"),
        ({"cryptosuite": "eddsa-jcs-2022"}, "proof.suite", "/proof"),
        ({"proofPurpose": "keyAgreement"}, "proof.purpose", "/proof/proofPurpose"),
        (
            {"proofPurpose": "https://w3id.org/security#assertionMethod"},
            "proof.purpose",
            "/proof/proofPurpose",
        ),
        ({"proofPurpose": ["assertionMethod"]}, "codec.shape", "/proof/proofPurpose"),
        ({"created": "2026-11-22"}, "codec.time", "/proof/created"),
        ({"created": "2026-11-22T00:00:00"}, "codec.time", "/proof/created"),
        ({"expires": "never"}, "codec.time", "/proof/expires"),
        ({"domain": ["https://verifier.example"]}, "codec.shape", "/proof/domain"),
        ({"challenge": ""}, "codec.shape", "/proof/challenge"),
        ({"challenge": "x" * 1025}, "codec.shape", "/proof/challenge"),
        ({"challenge": "a\x00"}, "rdf.character", "/challenge"),
        ({"verificationMethod": "key 1"}, "rdf.id", "/verificationMethod"),
        ({"verificationMethod": {"id": "did:example:a#b"}}, "codec.shape", "/proof/verificationMethod"),
        ({"proofValue": "u" + "A" * 86}, "proof.value", "/proof/proofValue"),
        ({"proofValue": multibase.encode(bytes(63))}, "proof.value", "/proof/proofValue"),
        ({"proofValue": multibase.encode(bytes(65))}, "proof.value", "/proof/proofValue"),
        ({"proofValue": "z0"}, "codec.multibase", "/proof/proofValue"),
        ({"proofValue": "z" * 129}, "codec.shape", "/proof/proofValue"),
    ],
)
def test_one_form_of_each_member(changes: dict[str, Any], code: str, where: str) -> None:
    with pytest.raises(Refused) as caught:
        data_integrity.parse(secured(**changes), w3c.CONTEXTS)
    assert (caught.value.code, caught.value.where) == (code, where)


@pytest.mark.parametrize("proof", [None, [], [{}], "x"])
def test_one_proof_that_is_an_object(proof: Any) -> None:
    with pytest.raises(Refused, match=r"codec\.shape"):
        data_integrity.parse({**w3c.unsigned(), "proof": proof}, w3c.CONTEXTS)


def test_another_key_or_kind_of_key() -> None:
    parsed = data_integrity.parse(secured(), w3c.CONTEXTS)
    with pytest.raises(Refused, match=r"keys\.signature"):
        data_integrity.verify(parsed, w3c.STORE.public(w3c.OTHER_REF))
    p256 = w3c.STORE.public(w3c.STORE.find("p256") or w3c.STORE.generate(P256, "p256"))
    with pytest.raises(Refused, match=r"keys\.algorithm"):
        data_integrity.verify(parsed, p256)


def test_sealing_asks_for_one_signature_over_an_unsigned_document() -> None:
    options = Proof(w3c.ISSUER.key_id, Purpose.ASSERTION_METHOD, w3c.DAY)
    prepared = data_integrity.prepare(w3c.unsigned(), options, w3c.CONTEXTS)
    for signatures in ([], [bytes(63)], [bytes(64), bytes(64)]):
        with pytest.raises(LocalError, match=r"securing\.signatures"):
            prepared.complete(signatures)
    with pytest.raises(Refused, match=r"proof\.format"):
        data_integrity.prepare(secured(), options, w3c.CONTEXTS)
    with pytest.raises(Refused, match=r"rdf\.term_unknown"):
        data_integrity.prepare(w3c.unsigned(unknown="x"), options, w3c.CONTEXTS)


def test_nothing_secret_in_print() -> None:
    options = Proof(w3c.ISSUER.key_id, Purpose.AUTHENTICATION, w3c.NOW, challenge="n-0S6")
    assert "n-0S6" not in repr(options)
    assert "ageOver18" not in repr(data_integrity.prepare(w3c.unsigned(), options, w3c.CONTEXTS))
    assert "ageOver18" not in repr(data_integrity.parse(secured(), w3c.CONTEXTS))
