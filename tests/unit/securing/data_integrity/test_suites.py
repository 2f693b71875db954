"""Every suite with every kind of key: what is made verifies, and nothing else does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import package_data
from clicid.codec import multibase
from clicid.errors import LocalError, Refused
from clicid.keys.algorithms import ALGORITHMS, ED25519, P256, P384
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.securing.data_integrity import EDDSA_JCS_2022, EDDSA_RDFC_2022, SUITES, Purpose
from tests.support import proofs, w3c

if TYPE_CHECKING:
    from collections.abc import Mapping

each_suite = pytest.mark.parametrize(("suite", "alg"), proofs.SUITES)

EVERYTHING: dict[str, Any] = {
    "id": "urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544",
    "created": w3c.NOW,
    "expires": w3c.DAY,
    "purpose": Purpose.AUTHENTICATION,
    "domain": ("https://verifier.example", "https://other.example"),
    "challenge": "n-0S6",
    "nonce": "x",
}
CHANGES: dict[str, Any] = {
    "id": "urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4545",
    "created": "2026-11-22T12:00:01Z",
    "expires": "2026-11-23T00:00:00Z",
    "verificationMethod": w3c.key_id(w3c.OTHER_REF),
    "proofPurpose": "assertionMethod",
    "domain": ["https://verifier.example", "https://verifier.example:443"],
    "challenge": "N-0S6",
    "nonce": "y",
}


def refused(secured: Mapping[str, Any], alg: str) -> str:
    with pytest.raises(Refused) as caught:
        proofs.verify(secured, proofs.public(alg))
    return caught.value.code


def test_the_suites_under_test_are_all_there_are() -> None:
    assert {suite for suite, _ in proofs.SUITES} <= set(SUITES)
    assert all(name == suite.name for name, suite in SUITES.items())


@each_suite
def test_what_was_sealed_verifies(suite: str, alg: str) -> None:
    secured = proofs.signed(w3c.unsigned(), proofs.options(suite, alg), alg)
    parsed = proofs.parse(secured)
    assert data_integrity.verify(parsed, [proofs.public(alg)]) == w3c.unsigned()
    assert [one.proof for one in parsed.proofs] == [proofs.options(suite, alg)]
    assert parsed.types == ("https://www.w3.org/2018/credentials#VerifiableCredential", w3c.AGE_TYPE)


@each_suite
def test_every_option_is_signed(suite: str, alg: str) -> None:
    options = proofs.options(suite, alg, **EVERYTHING)
    secured = proofs.signed(w3c.unsigned(), options, alg)
    (parsed,) = proofs.parse(secured).proofs
    parsed.verify(proofs.public(alg))
    assert parsed.proof == options
    proof = secured["proof"]
    for name, value in CHANGES.items():
        rest = {key: other for key, other in proof.items() if key != name}
        for changed in ({**proof, name: value}, rest):
            assert refused({**secured, "proof": changed}, alg) in ("keys.signature", "proof.format")


@each_suite
def test_every_member_of_the_document_is_signed(suite: str, alg: str) -> None:
    secured = proofs.signed(w3c.unsigned(), proofs.options(suite, alg), alg)
    changes: dict[str, Any] = {
        "@context": secured["@context"][:1],
        "id": "urn:uuid:5b0b3a54-3d1c-4c3c-9b3e-0e8f6f4f5a12",
        "type": ["VerifiableCredential"],
        "issuer": w3c.HOLDER,
        "validFrom": "2026-11-22T00:00:01Z",
        "validUntil": "2028-11-22T00:00:00Z",
        "credentialSubject": {**secured["credentialSubject"], "ageOver18": False},
        "credentialStatus": secured["credentialStatus"][:1],
        "name": {"@value": "Åldersbevis", "@language": "en"},
    }
    assert secured.keys() - {"proof"} == changes.keys()
    for name, value in changes.items():
        rest = {key: other for key, other in secured.items() if key != name}
        for changed in ({**secured, name: value}, rest):
            code = refused(changed, alg)
            assert code in ("keys.signature", "proof.context") or code.startswith("rdf."), name


@each_suite
def test_another_key_or_kind_of_key(suite: str, alg: str) -> None:
    parsed = proofs.parse(proofs.signed(w3c.unsigned(), proofs.options(suite, alg), alg))
    other = w3c.STORE.generate(alg, f"other {suite} {alg}")
    with pytest.raises(Refused, match=r"keys\.signature"):
        data_integrity.verify(parsed, [w3c.STORE.public(other)])
    for kind in {ED25519, P256, P384} - {alg}:
        with pytest.raises(Refused, match=r"keys\.algorithm"):
            data_integrity.verify(parsed, [proofs.public(kind)])


@each_suite
def test_one_key_for_each_proof(suite: str, alg: str) -> None:
    parsed = proofs.parse(proofs.signed(w3c.unsigned(), proofs.options(suite, alg), alg))
    for keys in ([], [proofs.public(alg)] * 2):
        with pytest.raises(LocalError, match=r"securing\.keys"):
            data_integrity.verify(parsed, keys)


@each_suite
def test_one_signature_of_one_length(suite: str, alg: str) -> None:
    prepared = proofs.prepare(w3c.unsigned(), proofs.options(suite, alg), alg)
    size = ALGORITHMS[alg].signature_size
    for signatures in ([], [bytes(size - 1)], [bytes(size + 1)], [bytes(size), bytes(size)]):
        with pytest.raises(LocalError, match=r"securing\.signatures"):
            prepared.complete(signatures)


def with_value(secured: dict[str, Any], value: bytes) -> dict[str, Any]:
    return {**secured, "proof": {**secured["proof"], "proofValue": multibase.encode(value)}}


@each_suite
def test_signatures_of_no_length_that_the_suite_has(suite: str, alg: str) -> None:
    secured = proofs.signed(w3c.unsigned(), proofs.options(suite, alg), alg)
    for size in (0, 63, 65, 80, 95, 97):
        assert refused(with_value(secured, bytes(size)), alg) == "proof.value"


@pytest.mark.parametrize(("suite", "alg"), [row for row in proofs.SUITES if row[1] != ED25519])
def test_numbers_out_of_range(suite: str, alg: str) -> None:
    """FIPS 186-5, 6.4.2 step 1: r and s are from 1 to the order of the curve less 1."""
    secured = proofs.signed(w3c.unsigned(), proofs.options(suite, alg), alg)
    signature = multibase.decode(secured["proof"]["proofValue"])
    half = len(signature) // 2
    order = {P256: ORDER_P256, P384: ORDER_P384}[alg].to_bytes(half, "big")
    for number in (bytes(half), order, b"\xff" * half):
        assert refused(with_value(secured, number + signature[half:]), alg) == "keys.signature"
        assert refused(with_value(secured, signature[:half] + number), alg) == "keys.signature"


ORDER_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ORDER_P384 = int(
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973", 16
)


def test_suites_and_keys_that_do_not_go_together() -> None:
    for suite, alg in ((EDDSA_RDFC_2022, P256), (EDDSA_JCS_2022, P384), ("ecdsa-jcs-2019", ED25519)):
        with pytest.raises(LocalError, match=r"securing\.suite"):
            proofs.prepare(w3c.unsigned(), proofs.options(suite), alg)
    with pytest.raises(LocalError, match=r"securing\.suite"):
        proofs.prepare(w3c.unsigned(), proofs.options("eddsa-2022"))


def test_a_context_that_came_after_the_signature() -> None:
    """EdDSA Cryptosuites 1.0, 3.3.2 step 4: the document's contexts start with the proof's."""
    secured = proofs.signed(w3c.unsigned(), proofs.options(EDDSA_JCS_2022))
    proof = secured["proof"]
    assert proof["@context"] == secured["@context"]
    key = proofs.public(ED25519)
    # A context that changes nothing may come later, as the next signer of a set may need it.
    later = {**secured, "@context": [*secured["@context"], secured["@context"][-1]]}
    assert proofs.verify(later, key)["@context"] == later["@context"]
    for context in ([], w3c.AGE_CONTEXT, [w3c.AGE_CONTEXT], [*secured["@context"], w3c.AGE_CONTEXT], None):
        assert refused({**secured, "proof": {**proof, "@context": context}}, ED25519) == "proof.context"


def test_a_context_that_changes_what_was_signed() -> None:
    document: dict[str, Any] = {
        **w3c.unsigned(type=["VerifiableCredential"], credentialSubject={"id": w3c.HOLDER}),
        "@context": ["https://www.w3.org/ns/credentials/v2"],
    }
    secured = proofs.signed(document, proofs.options(EDDSA_JCS_2022))
    more = {**secured, "@context": [*secured["@context"], w3c.AGE_CONTEXT]}
    proofs.verify(more, proofs.public(ED25519))
    typed = {**more, "type": ["VerifiableCredential", "ClicAge"]}
    assert refused(typed, ED25519) == "keys.signature"


def test_a_context_that_would_say_something_else() -> None:
    """A context may be written out in the open profile: one that came later must not change a term."""
    document = w3c.unsigned(credentialSubject={"id": w3c.HOLDER, "nickname": "x"})
    examples = ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"]
    document |= {"@context": [*examples], "type": ["VerifiableCredential"]}
    contexts = package_data.example_contexts()
    prepared = data_integrity.prepare(
        document, proofs.options(EDDSA_JCS_2022), ED25519, contexts, profile=Profile.OPEN
    )
    secured = json.loads(w3c.signed(prepared, w3c.ISSUER_REF))
    for term, refusal in (("surname", None), ("nickname", "proof.context")):
        secured["@context"] = [*examples, {term: "https://example.org/terms#other"}]
        try:
            (parsed,) = data_integrity.parse(secured, contexts, profile=Profile.OPEN).proofs
            parsed.verify(proofs.public(ED25519))
            ending = None
        except Refused as error:
            ending = error.code
        assert ending == refusal


def test_a_document_without_a_context() -> None:
    """JCS signs plain JSON; it has no types then, and no graph."""
    for suite, alg in (row for row in proofs.SUITES if "jcs" in row[0]):
        secured = proofs.signed(
            {"myWebsite": "https://hello.world.example/"}, proofs.options(suite, alg), alg
        )
        assert "@context" not in secured["proof"]
        parsed = proofs.parse(secured)
        data_integrity.verify(parsed, [proofs.public(alg)])
        assert parsed.types == ()
        changed = {
            **secured,
            "proof": {**secured["proof"], "@context": "https://www.w3.org/ns/credentials/v2"},
        }
        assert refused(changed, alg) == "proof.context"
    with pytest.raises(Refused, match=r"rdf\.context_place"):
        proofs.signed({"myWebsite": "https://hello.world.example/"}, proofs.options())


def test_sealing_what_cannot_be_sealed() -> None:
    with pytest.raises(Refused, match=r"proof\.format"):
        proofs.prepare(json.loads(w3c.credential()), proofs.options())
    with pytest.raises(Refused, match=r"proof\.previous"):
        proofs.prepare(w3c.unsigned(), proofs.options(previous_proof=("urn:x:y",)))
    with pytest.raises(Refused, match=r"rdf\.term_unknown"):
        proofs.prepare(w3c.unsigned(unknown="x"), proofs.options())


def test_nothing_secret_in_print() -> None:
    options = proofs.options(challenge="n-0S6", nonce="s3cret")
    assert "n-0S6" not in repr(options)
    assert "s3cret" not in repr(options)
    prepared = proofs.prepare(w3c.unsigned(), options)
    assert "ageOver18" not in repr(prepared)
    assert "n-0S6" not in repr(prepared)
    assert "ageOver18" not in repr(proofs.parse(json.loads(w3c.credential())))
