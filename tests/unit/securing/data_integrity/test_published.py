"""The vectors of the EdDSA and ECDSA cryptosuites' specifications, all of them but the selective ones.

Signatures are made anew with the published secret keys, and come out the same: Ed25519 has one
signature of a message, and the ECDSA ones were made as RFC 6979 says.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from clicid.adapters import package_data
from clicid.codec import multibase
from clicid.did import key as did_key
from clicid.errors import Refused
from clicid.keys.algorithms import ED25519, P256, P384
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.securing.data_integrity import options
from clicid.securing.data_integrity.documents import LaterProof
from clicid.securing.data_integrity.hashed import HashedProof
from clicid.securing.data_integrity.inputs import Input
from clicid.securing.data_integrity.transforms import JCS, RDFC, Transform
from tests.support.suites import cases, folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from clicid.keys.public import PublicKey
    from clicid.securing.data_integrity import PreparedDocument, Proof, UnverifiedDocument

CONTEXTS: Final = package_data.example_contexts()
PROFILE: Final = Profile.OPEN
NOT_OURS: Final = {
    "Ed25519Signature2020": "an older kind of proof, which has no cryptosuite",
    "ecdsa-sd-2023": "selective disclosure: a test of its own",
}


@dataclass(frozen=True, slots=True)
class Published:
    """One folder of vectors."""

    path: Path
    alg: str
    transform: Transform
    hash: str

    @property
    def signed(self) -> dict[str, Any]:
        """The secured document."""
        return self.json("signed*.json")

    def json(self, pattern: str) -> dict[str, Any]:
        """A JSON file by its name's beginning; the end is of the suite."""
        (found,) = self.path.glob(pattern)
        return read(found)

    def text(self, pattern: str) -> str:
        """Another file."""
        (found,) = self.path.glob(pattern)
        return found.read_text("utf-8")


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found


def vectors(root: Path) -> Iterator[tuple[str, Published]]:
    for path in sorted((root / "TestVectors").rglob("combinedHash*.txt")):
        name = str(path.parent.relative_to(root / "TestVectors"))
        if name.partition("/")[0] not in NOT_OURS:
            alg = {"p256": P256, "p384": P384}.get(name.partition("/")[0].rpartition("-")[2], ED25519)
            transform = JCS if "-jcs-" in name else RDFC
            yield name, Published(path.parent, alg, transform, "sha384" if alg == P384 else "sha256")


def every(test: Any) -> Any:
    """The test with each folder of both specifications, under its mark."""
    values = []
    for suite in ("vc-di-eddsa", "vc-di-ecdsa"):
        params: list[Any] = cases(suite, vectors)
        marked = [(one, [*one.marks, pytest.mark.suite(suite)]) for one in params]
        values += [pytest.param(*one.values, marks=marks, id=one.id) for one, marks in marked]
    return pytest.mark.parametrize("published", values)(test)


def parse(secured: Mapping[str, Any]) -> UnverifiedDocument:
    return data_integrity.parse(secured, CONTEXTS, profile=PROFILE)


def verify(secured: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document if each proof is by the did:key that it names."""
    parsed = parse(secured)
    return data_integrity.verify(parsed, [key_of(one.proof) for one in parsed.proofs])


def key_of(proof: Proof) -> PublicKey:
    return did_key.document(proof.verification_method.partition("#")[0]).methods[0].key


def unsigned(secured: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in secured.items() if name != "proof"}


def secret(alg: str, text: str) -> bytes:
    """The number behind a secret key's multicodec prefix."""
    raw = multibase.decode(text)
    assert raw[:2].hex() == {ED25519: "8026", P256: "8626", P384: "8726"}[alg]
    return raw[2:]


def sign(alg: str, text: str, message: bytes) -> bytes:
    """Sign as the specifications' authors did."""
    number = secret(alg, text)
    if alg == ED25519:
        return Ed25519PrivateKey.from_private_bytes(number).sign(message)
    curve, algorithm = {
        P256: (ec.SECP256R1(), hashes.SHA256()),
        P384: (ec.SECP384R1(), hashes.SHA384()),
    }[alg]
    key = ec.derive_private_key(int.from_bytes(number, "big"), curve)
    numbers = decode_dss_signature(key.sign(message, ec.ECDSA(algorithm, deterministic_signing=True)))
    return b"".join(one.to_bytes(curve.key_size // 8, "big") for one in numbers)


def secret_of(published: Published) -> str:
    root = next(parent for parent in published.path.parents if parent.name == "TestVectors")
    name = {ED25519: "keyPair.json", P256: "p256KeyPair.json", P384: "p384KeyPair.json"}[published.alg]
    pair = read(root / name)
    assert published.signed["proof"]["verificationMethod"].endswith(pair["publicKeyMultibase"])
    return str(pair["privateKeyMultibase" if published.alg == ED25519 else "secretKeyMultibase"])


@every
def test_both_forms_and_their_hashes(published: Published) -> None:
    secured = published.signed
    config = {name: value for name, value in secured["proof"].items() if name != "proofValue"}
    # The suites over the graph show it with a context, which no proof has.
    shown = published.json("proofConfig*.json")
    assert shown | config == shown
    source = Input(unsigned(secured), CONTEXTS, PROFILE)
    forms = published.transform.forms(source, config, published.hash, "/proof")
    assert forms.document.decode() == published.text("canonDoc*.txt")
    assert forms.config.decode() == published.text("proofCanon*.txt")
    digests = [hashlib.new(published.hash, form).hexdigest() for form in forms]
    assert digests == [published.text("proofHash*.txt"), published.text("docHash*.txt")]
    (proof,) = parse(secured).proofs
    assert isinstance(proof, HashedProof)
    assert proof.hash_data.hex() == published.text("combinedHash*.txt") == "".join(digests)


@every
def test_the_published_signature_verifies(published: Published) -> None:
    secured = published.signed
    assert verify(secured) == unsigned(secured)
    (proof,) = parse(secured).proofs
    assert isinstance(proof, HashedProof)
    assert proof.algorithm == published.alg
    assert proof.signature.hex() == published.text("sigHex*.txt")
    assert multibase.encode(proof.signature) == published.text("sigBTC58*.txt")


@every
def test_sealed_anew_it_is_the_same(published: Published) -> None:
    secured = published.signed
    (proof,) = parse(secured).proofs
    prepared = data_integrity.prepare(
        unsigned(secured), proof.proof, published.alg, CONTEXTS, profile=PROFILE
    )
    assert completed(prepared, secret_of(published)) == secured


def completed(prepared: PreparedDocument, secret_key: str) -> dict[str, Any]:
    (operation,) = prepared.to_be_signed
    found: dict[str, Any] = json.loads(
        prepared.complete([sign(operation.alg, secret_key, operation.message)])
    )
    return found


@every
def test_no_member_of_it_may_change(published: Published) -> None:
    secured = published.signed
    for name in secured.keys() - {"proof"}:
        rest = {key: value for key, value in secured.items() if key != name}
        for changed in ({**secured, name: altered(secured[name])}, rest):
            with pytest.raises(Refused):
                verify(changed)
    for name, value in secured["proof"].items():
        with pytest.raises(Refused):
            verify({**secured, "proof": {**secured["proof"], name: altered(value)}})


def altered(value: Any) -> Any:
    """Another value of the same kind: its last text with another last character."""
    if isinstance(value, list):
        return [*value[:-1], altered(value[-1])]
    if isinstance(value, dict):
        last = next(reversed(value))
        return {**value, last: altered(value[last])}
    return value.replace("00Z", "01Z").replace("38Z", "39Z") if value.endswith("Z") else f"{value}2"


def chain(name: str) -> dict[str, Any]:
    return read(folder("vc-di-eddsa") / "TestVectors" / "proof-set-chain" / name)


@pytest.fixture
def pairs(vectors_dir: Path) -> list[str]:
    """The four secret keys of the sets and chains."""
    assert vectors_dir.is_dir()
    return [pair["privateKeyMultibase"] for pair in chain("multiKeyPairs.json").values()]


SETS = (
    ("signedProofSet1.json", 1),
    ("signedProofSet2.json", 2),
    ("signedProofChain1.json", 3),
    ("signedProofChain2.json", 4),
)


@pytest.mark.suite("vc-di-eddsa")
@pytest.mark.parametrize(("name", "number"), SETS)
@pytest.mark.usefixtures("vectors_dir")
def test_sets_and_chains_verify(name: str, number: int) -> None:
    secured = chain(name)
    assert len(parse(secured).proofs) == number
    assert verify(secured) == chain("unsigned.json")


@pytest.mark.suite("vc-di-eddsa")
def test_sets_and_chains_made_anew(pairs: list[str]) -> None:
    """Proof by proof, each with its own key: every stage is the published one."""
    stage: dict[str, Any] = chain("unsigned.json")
    configs = ("proofSetConfig1", "proofSetConfig2", "proofChainConfig1", "proofChainConfig2")
    for index, (config, (name, _), pair) in enumerate(zip(configs, SETS, pairs, strict=True)):
        stage = made(stage, chain(f"{config}.json"), pair, first=index == 0)
        assert stage == chain(name)
        last = stage["proof"][-1] if index else stage["proof"]
        assert last == chain(f"{config.replace('Config', 'ConfigSigned')}.json")


def made(stage: dict[str, Any], config: dict[str, Any], pair: str, *, first: bool) -> dict[str, Any]:
    prepare = data_integrity.prepare if first else data_integrity.prepare_another
    proof = options.read({**config, "proofValue": "z"}, "", {config["cryptosuite"]: ()})
    return completed(prepare(stage, proof, ED25519, CONTEXTS, profile=PROFILE), pair)


@pytest.mark.suite("vc-di-eddsa")
@pytest.mark.usefixtures("vectors_dir")
def test_a_chain_is_over_the_document_with_the_proofs_that_it_names() -> None:
    secured = chain("signedProofChain2.json")
    for index, name in ((2, "proofChainTempDoc1.json"), (3, "proofChainTempDoc2.json")):
        source = Input(chain(name), CONTEXTS, PROFILE)
        config = {key: value for key, value in secured["proof"][index].items() if key != "proofValue"}
        forms = RDFC.forms(source, config, "sha256", "")
        later = parse(secured).proofs[index]
        assert isinstance(later, LaterProof)
        read_later = later.read()
        assert isinstance(read_later, HashedProof)
        assert read_later.hash_data == b"".join(hashlib.sha256(form).digest() for form in forms)


@pytest.mark.suite("vc-di-eddsa")
@pytest.mark.usefixtures("vectors_dir")
def test_no_proof_of_a_chain_may_change() -> None:
    secured = chain("signedProofChain2.json")
    for index, proof in enumerate(secured["proof"]):
        for name, value in proof.items():
            others = [dict(one) for one in secured["proof"]]
            others[index] = {**proof, name: altered(value)}
            with pytest.raises(Refused):
                verify({**secured, "proof": others})


@pytest.mark.suite("vc-di-eddsa")
def test_what_is_not_ours(vectors_dir: Path) -> None:
    """The exceptions are refused, and for their reason."""
    root = vectors_dir / "vc-di-eddsa" / "TestVectors"
    assert {path.name for path in root.iterdir() if path.name in NOT_OURS} == {"Ed25519Signature2020"}
    with pytest.raises(Refused) as caught:
        parse(read(root / "Ed25519Signature2020" / "signedEdSig.json"))
    assert (caught.value.code, caught.value.where) == ("proof.format", "/proof/cryptosuite")
