"""The vectors of ecdsa-sd-2023, each intermediate value."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import package_data
from clicid.codec import multibase, multicodec
from clicid.keys.algorithms import P256
from clicid.keys.public import PublicKey
from clicid.rdf import safe, selective
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.securing.data_integrity import disclosure, holder, transforms
from clicid.securing.data_integrity.ecdsa_sd_2023 import BaseValue, DerivedValue, Issuing, StatementsProof
from clicid.securing.data_integrity.inputs import Input

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from clicid.securing.data_integrity import Proof

pytestmark = pytest.mark.suite("vc-di-ecdsa")

CONTEXTS = package_data.example_contexts()
HOLDERS = {"employ": "employSelective.json", "prc": "prCredSelective.json"}


class Vectors:
    """One of the two examples."""

    def __init__(self, root: Path, name: str) -> None:
        self._folder = root / "ecdsa-sd-2023" / name
        keys = json.loads((root / "ecdsa-sd-2023" / "SDKeyMaterial.json").read_bytes())
        self.key = PublicKey.from_multikey(keys["baseKeyPair"]["publicKeyMultibase"])
        self.hmac_key = bytes.fromhex(keys["hmacKeyString"])
        self.proof_secret = multibase.decode(keys["proofKeyPair"]["secretKeyMultibase"])[2:]
        self.proof_key = multibase.decode(keys["proofKeyPair"]["publicKeyMultibase"])
        self.base = self.json("addSignedSDBase")
        self.proof = self.base["proof"]
        # The example's own document file differs from what was signed in a word, so this is what was.
        self.document = {key: value for key, value in self.base.items() if key != "proof"}
        self.mandatory = tuple(self.json("addBaseTransform")["mandatoryPointers"])
        self.selective = json.loads((root / HOLDERS[name]).read_bytes())

    def json(self, name: str) -> Any:
        return json.loads((self._folder / f"{name}.json").read_bytes())

    def text(self, name: str) -> str:
        return (self._folder / name).read_text()

    def separated(self) -> selective.Separated:
        return selective.separate(
            self.document, CONTEXTS, selective.hmac_labels, self.hmac_key, profile=Profile.OPEN
        )

    def options(self) -> Proof:
        return holder.receive_ecdsa_sd(self.base, CONTEXTS, profile=Profile.OPEN).proof

    def random(self) -> Callable[[int], bytes]:
        """The HMAC key, then what gives the proof's private key."""
        drawn = [self.hmac_key, (int.from_bytes(self.proof_secret, "big") - 1).to_bytes(40, "big")]
        return lambda _size: drawn.pop(0)

    def unverified(self) -> StatementsProof:
        parsed = data_integrity.parse(self.json("derivedRevealDocument"), CONTEXTS, profile=Profile.OPEN)
        (proof,) = parsed.proofs
        assert isinstance(proof, StatementsProof)
        return proof


@pytest.fixture(params=sorted(HOLDERS))
def vectors(request: pytest.FixtureRequest, vectors_dir: Path) -> Vectors:
    return Vectors(vectors_dir / "vc-di-ecdsa" / "TestVectors", request.param)


def lines(nquads: list[str]) -> list[bytes]:
    return [line.encode() for line in nquads]


def test_canonical_document(vectors: Vectors) -> None:
    nquads = safe.canonicalize(vectors.document, CONTEXTS, profile=Profile.OPEN)
    assert nquads.splitlines(keepends=True) == lines(vectors.json("addBaseDocCanon"))


def test_labels(vectors: Vectors) -> None:
    assert list(vectors.separated().nquads) == lines(vectors.json("addBaseDocHMACCanon"))


def test_pointer_values(vectors: Vectors) -> None:
    for row in vectors.json("addPointerValues"):
        part = vectors.separated().part([row["pointer"]]).document
        assert part[row["pointer"][1:]] == row["value"]


def test_groups_of_the_issuer(vectors: Vectors) -> None:
    wanted = vectors.json("addBaseTransform")
    nquads = vectors.separated().nquads
    mandatory = vectors.separated().part(vectors.mandatory).indexes
    assert [[index, nquads[index].decode()] for index in mandatory] == wanted["mandatory"]["value"]
    others = [[index, line.decode()] for index, line in enumerate(nquads) if index not in mandatory]
    assert others == wanted["nonMandatory"]["value"]


def test_proof_configuration(vectors: Vectors) -> None:
    source = Input(vectors.document, CONTEXTS, Profile.OPEN)
    config = {key: value for key, value in vectors.json("addProofConfig").items() if key != "@context"}
    assert transforms.rdfc_config(source, config, "/proof").decode() == vectors.text(
        "addProofConfigCanon.txt"
    )
    assert disclosure.proof_hash(source, config, "/proof").hex() == vectors.json("addHashData")["proofHash"]


def test_mandatory_hash(vectors: Vectors) -> None:
    separated = vectors.separated()
    parts = disclosure.split(separated.nquads, separated.part(vectors.mandatory).indexes, "/proof")
    assert parts.mandatory_hash.hex() == vectors.json("addHashData")["mandatoryHash"]


def test_base_proof_made_anew(vectors: Vectors) -> None:
    """All of it but the issuer's signature, whose random number is the issuer's own."""
    raw = vectors.json("addRawBaseSignatureInfo")
    prepared = data_integrity.prepare(
        vectors.document,
        vectors.options(),
        P256,
        CONTEXTS,
        profile=Profile.OPEN,
        suite=Issuing(vectors.mandatory, vectors.random()),
    )
    (operation,) = prepared.to_be_signed
    hashes = vectors.json("addHashData")
    assert operation.message.hex() == hashes["proofHash"] + vectors.proof_key.hex() + hashes["mandatoryHash"]
    signature = bytes.fromhex(raw["baseSignature"])
    vectors.key.verify(signature, operation.message)
    assert json.loads(prepared.complete([signature])) == vectors.base


def test_base_value(vectors: Vectors) -> None:
    value = BaseValue.decode(vectors.proof, "/proof")
    for wanted in (vectors.json("addRawBaseSignatureInfo"), vectors.json("derivedRecoveredBaseData")):
        assert value.base_signature.hex() == wanted["baseSignature"]
        assert [signature.hex() for signature in value.signatures] == wanted["signatures"]
        assert multibase.encode(value.proof_key) == wanted.get("publicKey", wanted.get("proofPublicKey"))
        assert value.hmac_key.hex() == wanted.get("hmacKey", vectors.hmac_key.hex())
        assert list(value.mandatory_pointers) == wanted["mandatoryPointers"]
    assert value.encode() == vectors.proof["proofValue"]


def test_the_holder_checks_the_base_proof(vectors: Vectors) -> None:
    holder.receive_ecdsa_sd(vectors.base, CONTEXTS, profile=Profile.OPEN).verify(vectors.key)


def test_groups_of_the_holder(vectors: Vectors) -> None:
    separated = vectors.separated()
    groups = {
        "mandatory": separated.part(vectors.mandatory).indexes,
        "selective": separated.part(vectors.selective).indexes,
        "combined": separated.part([*vectors.mandatory, *vectors.selective]).indexes,
    }
    for name, indexes in groups.items():
        assert list(indexes) == vectors.json("derivedGroupIndexes")[f"{name}Indexes"]
        group = vectors.json("derivedAllGroupData")["groups"][name]["matching"]["value"]
        assert [[index, separated.nquads[index].decode()] for index in indexes] == group


def test_disclosure(vectors: Vectors) -> None:
    separated = vectors.separated()
    mandatory = separated.part(vectors.mandatory).indexes
    shown = disclosure.show(separated, mandatory, [*vectors.mandatory, *vectors.selective])
    wanted = vectors.json("derivedDisclosureData")
    assert shown.document == vectors.json("derivedUnsignedReveal")
    assert list(shown.mandatory) == vectors.json("derivedAdjMandatoryIndexes")["adjMandatoryIndexes"]
    assert list(shown.mandatory) == wanted["mandatoryIndexes"]
    assert list(shown.chosen) == vectors.json("derivedAdjSignatures")["adjSignatureIndexes"]
    labels = {f"c14n{number}": label for number, label in shown.labels.items()}
    assert labels == dict(wanted["labelMap"]["value"])


def test_derived_document(vectors: Vectors) -> None:
    base = holder.receive_ecdsa_sd(vectors.base, CONTEXTS, profile=Profile.OPEN)
    assert base.derive(vectors.selective) == vectors.json("derivedRevealDocument")


def test_derived_value(vectors: Vectors) -> None:
    members = vectors.json("derivedRevealDocument")["proof"]
    value = DerivedValue.decode(members, "/proof")
    wanted = vectors.json("verifyDerivedProofValue")
    assert value.base_signature.hex() == wanted["baseSignature"]
    assert multibase.encode(value.proof_key) == wanted["publicKey"]
    assert [signature.hex() for signature in value.signatures] == wanted["signatures"]
    assert [
        [f"c14n{number}", multibase.encode(label, "u")] for number, label in value.labels.items()
    ] == wanted["labelMap"]
    assert list(value.mandatory) == wanted["mandatoryIndexes"]
    assert value.encode() == members["proofValue"]


def test_verifier_data(vectors: Vectors) -> None:
    unverified = vectors.unverified()
    wanted = vectors.json("verifyCreateVerifyData")
    assert unverified.base_signature.hex() == wanted["baseSignature"]
    prefix = multicodec.encode(multicodec.P256_PUB, b"")
    signed = wanted["proofHash"] + (prefix + unverified.proof_key.raw).hex() + wanted["mandatoryHash"]
    assert unverified.signed.hex() == signed
    assert [signature.hex() for signature in unverified.signatures] == wanted["signatures"]
    assert list(unverified.statements) == lines(wanted["nonMandatory"])
    nquads = lines(vectors.json("verifyNQuads"))
    assert list(unverified.statements) == [
        line
        for index, line in enumerate(nquads)
        if index not in vectors.json("verifyDerivedProofValue")["mandatoryIndexes"]
    ]


def test_derived_proof_verifies(vectors: Vectors) -> None:
    vectors.unverified().verify(vectors.key)
