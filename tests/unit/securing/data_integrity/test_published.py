"""The vectors of the EdDSA and ECDSA cryptosuites' specifications."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import package_data
from clicid.errors import Refused
from clicid.keys.algorithms import ED25519
from clicid.keys.public import PublicKey
from clicid.rdf.contexts import Contexts
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.securing.data_integrity.hashed import HashedProof

if TYPE_CHECKING:
    from pathlib import Path

    from clicid.securing.data_integrity import UnverifiedDocument

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


def suite_contexts() -> Contexts:
    documents = {
        V2: package_data.schema("contexts/credentials-v2.jsonld"),
        EXAMPLES: json.dumps({"@context": EXAMPLE_TERMS}).encode(),
    }
    return Contexts(documents, {url: hashlib.sha256(raw).hexdigest() for url, raw in documents.items()})


def parse(secured: dict[str, Any]) -> UnverifiedDocument:
    return data_integrity.parse(secured, suite_contexts(), profile=Profile.CLOSED)


@pytest.fixture
def suite(vectors_dir: Path) -> Path:
    return vectors_dir / "vc-di-eddsa" / "TestVectors"


@pytest.mark.suite("vc-di-eddsa")
def test_published_hash_data_and_signature(suite: Path) -> None:
    folder = suite / "eddsa-rdfc-2022"
    parsed = parse(json.loads((folder / "signedDataInt.json").read_bytes()))
    (proof,) = parsed.proofs
    assert isinstance(proof, HashedProof)
    assert proof.hash_data.hex() == (folder / "combinedHashDataInt.txt").read_text()
    assert proof.signature.hex() == (folder / "sigHexDataInt.txt").read_text()
    key = PublicKey.from_multikey(json.loads((suite / "keyPair.json").read_bytes())["publicKeyMultibase"])
    assert data_integrity.verify(parsed, [key]) == json.loads((suite / "unsigned.json").read_bytes())


@pytest.mark.suite("vc-di-eddsa")
def test_published_document_sealed_anew(suite: Path) -> None:
    folder = suite / "eddsa-rdfc-2022"
    wanted = json.loads((folder / "signedDataInt.json").read_bytes())
    (proof,) = parse(wanted).proofs
    assert isinstance(proof, HashedProof)
    document = json.loads((suite / "unsigned.json").read_bytes())
    prepared = data_integrity.prepare(
        document, proof.proof, ED25519, suite_contexts(), profile=Profile.CLOSED
    )
    (operation,) = prepared.to_be_signed
    assert (operation.alg, operation.message) == (ED25519, proof.hash_data)
    assert json.loads(prepared.complete([proof.signature])) == wanted


@pytest.mark.suite("vc-di-eddsa")
def test_published_altered_by_one_bit(suite: Path) -> None:
    signed = json.loads((suite / "eddsa-rdfc-2022" / "signedDataInt.json").read_bytes())
    key = PublicKey.from_multikey(json.loads((suite / "keyPair.json").read_bytes())["publicKeyMultibase"])
    signed["credentialSubject"]["alumniOf"] = "The School of Exampler"
    with pytest.raises(Refused, match=r"keys\.signature"):
        data_integrity.verify(parse(signed), [key])


@pytest.mark.suite("vc-di-eddsa")
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("eddsa-rdfc-2022/employ/signedDataInt.json", "rdf.context_unknown"),
        ("Ed25519Signature2020/signedEdSig.json", "proof.format"),
    ],
)
def test_published_but_not_ours(suite: Path, name: str, code: str) -> None:
    """An older suite, a context that we do not ship: refused, and for that reason."""
    with pytest.raises(Refused) as caught:
        parse(json.loads((suite / name).read_bytes()))
    assert caught.value.code == code
