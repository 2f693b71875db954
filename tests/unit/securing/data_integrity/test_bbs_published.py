"""The vectors of bbs-2023 with and without its optional features, each intermediate value."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest

from clicid.adapters import package_data
from clicid.codec import cbor, multibase, shape
from clicid.errors import Refused
from clicid.keys import bbs
from clicid.keys.algorithms import BLS12_381_G2
from clicid.keys.bbs.issuing import issue
from clicid.keys.public import PublicKey
from clicid.rdf import safe, selective
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.securing.data_integrity import bbs_2023, disclosure, holder, options, transforms
from clicid.securing.data_integrity.bbs_binding import HolderSecrets
from clicid.securing.data_integrity.bbs_values import DERIVED, BaseValue, DerivedValue, Feature
from clicid.securing.data_integrity.inputs import Input
from clicid.securing.signing import BbsOperation

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.suite("vc-di-bbs")

CONTEXTS = package_data.example_contexts()
PROFILE = Profile.OPEN
# The example's folder, what the credential is bound to, and the file of the holder's pointers.
EXAMPLES: Final = {
    "basic": (".", Feature.BASELINE, "windSelective.json"),
    "enhanced": ("prc", Feature.BASELINE, "prCredSelective.json"),
    "holder binding": ("HolderBinding", Feature.HOLDER_BINDING, "FeatureInputs/licenseSelective.json"),
    "pseudonym": ("Pseudonym", Feature.PSEUDONYM, "FeatureInputs/licenseSelective.json"),
    "both": ("PseudonymHB", Feature.HOLDER_BINDING_PSEUDONYM, "FeatureInputs/licenseSelective.json"),
}
# Proof values that are not as the text has them (3.3.1, 3.3.6), though all that is in them is. The base
# proofs write the signer's entropy as a number under a tag, which the text forbids, and the first of the
# two has the second's header. The derived ones leave out the domain.
OLDER_VALUES: Final = {"pseudonym": ("proof.value", "codec.cbor"), "both": ("proof.value", "codec.cbor")}


class Vectors:
    """One of the examples."""

    def __init__(self, root: Path, name: str) -> None:
        folder, self.feature, selective_file = EXAMPLES[name]
        self.name = name
        self._root = root
        self._folder = root / folder
        keys = self.read("BBSKeyMaterial.json")
        self.key = PublicKey.from_raw(BLS12_381_G2, bytes.fromhex(keys["publicKeyHex"]))
        self.secret = bbs.SecretKey.from_bytes(bytes.fromhex(keys["privateKeyHex"]))
        self.hmac_key = bytes.fromhex(keys["hmacKeyString"])
        self.presentation_header = bytes.fromhex(self.read("BBSDeriveMaterial.json")["presentationHeaderHex"])
        self.base = self.json("addSignedSDBase")
        self.document = {key: value for key, value in self.base.items() if key != "proof"}
        self.mandatory = tuple(self.json("addBaseTransform")["mandatoryPointers"])
        self.selective = self.read(selective_file)
        self.domain = self.read("FeatureInputs/verifierInfo.json")["verifierId"]
        self.proof = options.read(self.base["proof"], "/proof", {"bbs-2023": ()})

    def read(self, name: str) -> Any:
        return json.loads((self._root / name).read_bytes())

    def json(self, name: str) -> Any:
        return json.loads((self._folder / f"{name}.json").read_bytes())

    def text(self, name: str) -> str:
        return (self._folder / name).read_text()

    def separated(self) -> selective.Separated:
        return selective.separate(
            self.document, CONTEXTS, selective.shuffled_labels, self.hmac_key, profile=PROFILE
        )

    def secrets(self) -> HolderSecrets | None:
        if not self.feature.is_blind:
            return None
        blind = octets(self.json("commitmentInfo")["secretProverBlind"])
        secret = octets(self.read("FeatureInputs/holderSecret.json")["holderSecretHex"])
        nym = octets(self.read("FeatureInputs/proverNym.json")["proverNymHex"])
        return HolderSecrets(
            blind, secret if self.feature.committed else None, nym if self.feature.has_nym else None
        )

    def entropy(self) -> bytes | None:
        text = self.read("FeatureInputs/signerNymEntropy.json")["signerNymEntropyHex"]
        return octets(text) if self.feature.has_nym else None

    def base_value(self) -> str:
        """The base proof's value as the text has it."""
        raw = self.json("addRawBaseSignatureInfo")
        signature, hashes = octets(raw["bbsSignature"]), self.json("addHashData")
        header = octets(hashes["proofHash"] + hashes["mandatoryHash"])
        return BaseValue(
            self.feature, signature, header, self.key.raw, self.hmac_key, self.mandatory, self.entropy()
        ).encode()

    def received(self) -> bbs_2023.BaseProof:
        secured = {**self.document, "proof": {**self.base["proof"], "proofValue": self.base_value()}}
        return holder.receive_bbs(secured, CONTEXTS, profile=PROFILE, secrets=self.secrets())

    def derived(self) -> dict[str, Any]:
        """The derived document, its proof value as the text has it."""
        document: dict[str, Any] = self.json("derivedRevealDocument")
        if self.name not in OLDER_VALUES:
            return document
        raw = multibase.decode(document["proof"]["proofValue"], max_chars=1 << 16)
        components = cbor.loads(raw[3:])
        assert isinstance(components, list)
        components.insert(5, self.domain)
        header = next(header for header, feature in DERIVED.items() if feature is self.feature)
        return {
            **document,
            "proof": {**document["proof"], "proofValue": disclosure.encode(header, components)},
        }

    def unverified(self) -> bbs_2023.DerivedProof:
        (proof,) = data_integrity.parse(self.derived(), CONTEXTS, profile=PROFILE).proofs
        assert isinstance(proof, bbs_2023.DerivedProof)
        return proof


def octets(text: str) -> bytes:
    """Hexadecimal, from which a leading zero may be missing."""
    return bytes.fromhex(text.rjust(len(text) + len(text) % 2, "0"))


def lines(nquads: list[str]) -> list[bytes]:
    return [line.encode() for line in nquads]


@pytest.fixture(params=sorted(EXAMPLES))
def vectors(request: pytest.FixtureRequest, vectors_dir: Path) -> Vectors:
    return Vectors(vectors_dir / "vc-di-bbs" / "TestVectors", request.param)


def test_canonical_document(vectors: Vectors) -> None:
    nquads = safe.canonicalize(vectors.document, CONTEXTS, profile=PROFILE)
    assert nquads.splitlines(keepends=True) == lines(vectors.json("addBaseDocCanon"))


def test_labels(vectors: Vectors) -> None:
    assert list(vectors.separated().nquads) == lines(vectors.json("addBaseDocHMACCanon"))


def test_groups_of_the_issuer(vectors: Vectors) -> None:
    wanted = vectors.json("addBaseTransform")
    nquads = vectors.separated().nquads
    mandatory = vectors.separated().part(vectors.mandatory).indexes
    assert [[index, nquads[index].decode()] for index in mandatory] == wanted["mandatory"]["value"]
    others = [[index, line.decode()] for index, line in enumerate(nquads) if index not in mandatory]
    assert others == wanted["nonMandatory"]["value"]


def test_hashes(vectors: Vectors) -> None:
    source = Input(vectors.document, CONTEXTS, PROFILE)
    config = {key: value for key, value in vectors.json("addProofConfig").items() if key != "@context"}
    assert transforms.rdfc_config(source, config, "").decode() == vectors.text("addProofConfigCanon.txt")
    wanted = vectors.json("addHashData")
    assert disclosure.proof_hash(source, config, "").hex() == wanted["proofHash"]
    separated = vectors.separated()
    parts = disclosure.split(separated.nquads, separated.part(vectors.mandatory).indexes, "")
    assert parts.mandatory_hash.hex() == wanted["mandatoryHash"]


def test_base_proof_made_anew(vectors: Vectors) -> None:
    commitment = None
    if vectors.feature.is_blind:
        commitment = octets(vectors.json("commitmentInfo")["commitmentWithProof"])
    issuing = bbs_2023.Issuing(
        vectors.mandatory,
        lambda _size: vectors.hmac_key,
        vectors.key,
        vectors.feature,
        commitment,
        vectors.entropy(),
    )
    prepared = data_integrity.prepare(
        vectors.document, vectors.proof, BLS12_381_G2, CONTEXTS, profile=PROFILE, suite=issuing
    )
    (operation,) = prepared.to_be_signed
    assert isinstance(operation, BbsOperation)
    signature = issue(vectors.secret, operation.message, operation.messages, operation.blinded)
    assert signature.hex() == vectors.json("addRawBaseSignatureInfo")["bbsSignature"]
    proof = json.loads(prepared.complete([signature]))["proof"]
    assert proof == {**vectors.base["proof"], "proofValue": vectors.base_value()}


def test_base_value(vectors: Vectors) -> None:
    value = BaseValue.decode({"proofValue": vectors.base_value()}, "/proof")
    wanted = vectors.json("derivedRecoveredBaseData")
    assert value.feature == wanted.get("featureOption", "baseline")
    assert value.signature.hex() == wanted["bbsSignature"]
    assert value.hmac_key.hex() == wanted["hmacKey"]
    assert list(value.mandatory_pointers) == wanted["mandatoryPointers"]
    assert value.header.hex() == wanted.get("bbsHeader", value.header.hex())
    assert value.public_key.hex() == wanted.get("publicKey", value.public_key.hex())
    assert value.signer_nym_entropy == vectors.entropy()


def test_published_values(vectors: Vectors) -> None:
    """Those that are as the text has them; the others are refused, and do not get good unnoticed."""
    derived = vectors.json("derivedRevealDocument")["proof"]
    if vectors.name not in OLDER_VALUES:
        assert vectors.base["proof"]["proofValue"] == vectors.base_value()
        assert derived == vectors.derived()["proof"]
        assert BaseValue.decode(vectors.base["proof"], "").encode() == vectors.base["proof"]["proofValue"]
        assert DerivedValue.decode(derived, "").encode() == derived["proofValue"]
        return
    for decode, members in ((BaseValue.decode, vectors.base["proof"]), (DerivedValue.decode, derived)):
        with pytest.raises(Refused) as caught:
            decode(members, "")
        assert caught.value.code in OLDER_VALUES[vectors.name]


def test_the_holder_checks_the_base_proof(vectors: Vectors) -> None:
    vectors.received().verify(vectors.key)


def test_groups_of_the_holder(vectors: Vectors) -> None:
    separated = vectors.separated()
    groups = {
        "mandatory": separated.part(vectors.mandatory).indexes,
        "selective": separated.part(vectors.selective).indexes,
        "combined": separated.part([*vectors.mandatory, *vectors.selective]).indexes,
    }
    for name, indexes in groups.items():
        assert list(indexes) == vectors.json("derivedGroupIndexes")[f"{name}Indexes"]
    if vectors.name != "basic":  # which has no such file
        for name, indexes in groups.items():
            group = vectors.json("derivedAllGroupData")["groups"][name]["matching"]["value"]
            assert [[index, separated.nquads[index].decode()] for index in indexes] == group


def test_disclosure(vectors: Vectors) -> None:
    separated = vectors.separated()
    mandatory = separated.part(vectors.mandatory).indexes
    shown = disclosure.show(separated, mandatory, [*vectors.mandatory, *vectors.selective])
    wanted = vectors.json("derivedDisclosureData")
    assert shown.document == vectors.json("derivedUnsignedReveal")
    indexes = vectors.json("derivedAdjIndexes")
    assert list(shown.mandatory) == indexes["adjMandatoryIndexes"] == wanted["mandatoryIndexes"]
    assert list(shown.chosen) == indexes["adjSelectiveIndexes"] == wanted["adjSelectiveIndexes"]
    labels = {f"c14n{number}": label for number, label in shown.labels.items()}
    assert labels == dict(wanted["labelMap"]["value"])


def test_derived_value(vectors: Vectors) -> None:
    value = vectors.unverified().value
    wanted = vectors.json("derivedDisclosureData")
    assert value.feature is vectors.feature
    assert value.bbs_proof.hex() == wanted["bbsProof"]
    assert {f"c14n{number}": f"b{label}" for number, label in value.labels.items()} == dict(
        wanted["labelMap"]["value"]
    )
    assert list(value.mandatory) == wanted["mandatoryIndexes"]
    assert list(value.selective) == wanted["adjSelectiveIndexes"]
    assert value.presentation_header == vectors.presentation_header
    assert value.count == wanted.get("lengthBBSMessages")
    pseudonym = None if value.pseudonym is None else value.pseudonym.value.hex()
    assert pseudonym == wanted.get("pseudonym")


def test_verifier_statements(vectors: Vectors) -> None:
    unverified = vectors.unverified()
    hashes = vectors.json("addHashData")
    assert unverified.header.hex() == hashes["proofHash"] + hashes["mandatoryHash"]
    nonmandatory = vectors.json("addBaseTransform")["nonMandatory"]["value"]
    assert list(unverified.statements) == [
        nonmandatory[index][1].encode() for index in unverified.value.selective
    ]


def test_derived_proof_verifies(vectors: Vectors) -> None:
    unverified = vectors.unverified()
    unverified.verify(vectors.key)
    with pytest.raises(Refused, match=r"keys\.signature"):
        replace(unverified, header=bytes(64)).verify(vectors.key)


def test_derived_anew(vectors: Vectors) -> None:
    """The published value in everything but the proof, whose random numbers are not published."""
    count = iter(range(1000))
    derived = vectors.received().derive(
        vectors.selective,
        presentation_header=vectors.presentation_header,
        random=lambda size: hashlib.shake_256(next(count).to_bytes(2, "big")).digest(size),
        nym_domain=vectors.domain if vectors.feature.has_nym else None,
    )
    wanted = vectors.derived()
    ours, theirs = (DerivedValue.decode(shape.child(one, "proof"), "") for one in (derived, wanted))
    assert len(ours.bbs_proof) == len(theirs.bbs_proof)
    assert replace(ours, bbs_proof=theirs.bbs_proof) == theirs
    assert {**derived, "proof": None} == {**wanted, "proof": None}
    data_integrity.verify(data_integrity.parse(derived, CONTEXTS, profile=PROFILE), [vectors.key])
