"""Proof sets and chains (VC Data Integrity 1.0, 2.1.1, 2.1.2, 4.3 and 4.5)."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from clicid.errors import Refused
from clicid.keys.algorithms import ED25519, P256, P384
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.securing.data_integrity import (
    ECDSA_JCS_2019,
    ECDSA_RDFC_2019,
    EDDSA_JCS_2022,
    EDDSA_RDFC_2022,
    documents,
)
from tests.support import proofs, w3c

FIRST, SECOND, THIRD = "urn:x:first", "urn:x:second", "urn:x:third"


def refusal(secured: dict[str, Any], *algs: str) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        proofs.verify(secured, *map(proofs.public, algs))
    return caught.value.code, caught.value.where


def a_set() -> tuple[dict[str, Any], list[str]]:
    """One proof of every suite and key, none of which follows another."""
    (suite, alg), *rest = proofs.SUITES
    secured = proofs.signed(w3c.unsigned(), proofs.options(suite, alg), alg)
    for other, kind in rest:
        secured = proofs.signed_again(secured, proofs.options(other, kind), kind)
    return secured, [alg for _, alg in proofs.SUITES]


def a_chain() -> dict[str, Any]:
    """Two proofs in a set, a third over both, a fourth over the third."""
    secured = proofs.signed(w3c.unsigned(), proofs.options(id=FIRST))
    secured = proofs.signed_again(secured, proofs.options(ECDSA_RDFC_2019, P256, id=SECOND), P256)
    both = proofs.options(ECDSA_RDFC_2019, P384, id=THIRD, previous_proof=(FIRST, SECOND))
    secured = proofs.signed_again(secured, both, P384)
    return proofs.signed_again(secured, proofs.options(previous_proof=(THIRD,)))


CHAIN_KEYS = (ED25519, P256, P384, ED25519)


def test_a_set_of_every_suite() -> None:
    secured, algs = a_set()
    assert proofs.verify(secured, *map(proofs.public, algs)) == w3c.unsigned()
    shuffled = {**secured, "proof": secured["proof"][::-1]}
    assert proofs.verify(shuffled, *map(proofs.public, algs[::-1])) == w3c.unsigned()


def test_every_proof_of_a_set_must_verify() -> None:
    secured, algs = a_set()
    for index in range(len(algs)):
        changed = [dict(proof) for proof in secured["proof"]]
        changed[index]["created"] = "2026-11-22T00:00:01Z"
        assert refusal({**secured, "proof": changed}, *algs)[0] == "keys.signature"


def test_a_set_of_one() -> None:
    secured = proofs.signed(w3c.unsigned(), proofs.options())
    in_array = {**secured, "proof": [secured["proof"]]}
    assert proofs.verify(in_array, proofs.public(ED25519)) == w3c.unsigned()
    in_array["proof"][0]["proofValue"] = "z" + "1" * 63
    assert refusal(in_array, ED25519) == ("proof.value", "/proof/0/proofValue")


def test_a_chain() -> None:
    secured = a_chain()
    parsed = proofs.parse(secured)
    assert [one.proof.previous_proof for one in parsed.proofs] == [(), (), (FIRST, SECOND), (THIRD,)]
    assert data_integrity.verify(parsed, [proofs.public(alg) for alg in CHAIN_KEYS]) == w3c.unsigned()
    for order in itertools.permutations(range(4)):
        shuffled = {**secured, "proof": [secured["proof"][index] for index in order]}
        assert proofs.verify(shuffled, *(proofs.public(CHAIN_KEYS[index]) for index in order))


@pytest.mark.parametrize("member", ["proofValue", "created", "verificationMethod"])
def test_a_later_proof_signs_the_ones_it_follows(member: str) -> None:
    secured = a_chain()
    other = proofs.signed(w3c.unsigned(), proofs.options(EDDSA_JCS_2022, id=FIRST, created=w3c.NOW))["proof"]
    other["verificationMethod"] = w3c.key_id(w3c.OTHER_REF)
    changed = [dict(proof) for proof in secured["proof"]]
    changed[0][member] = other[member]
    secured["proof"] = changed
    later = proofs.parse(secured).proofs[2]
    with pytest.raises(Refused, match=r"keys\.signature"):
        later.verify(proofs.public(P384))


@pytest.mark.parametrize("index", [0, 1, 2])
def test_a_proof_that_others_follow_cannot_be_taken_away(index: int) -> None:
    secured = a_chain()
    rest = [proof for position, proof in enumerate(secured["proof"]) if position != index]
    assert refusal({**secured, "proof": rest})[0] == "proof.previous"


def test_a_chain_in_jcs() -> None:
    secured = proofs.signed(w3c.unsigned(), proofs.options(EDDSA_JCS_2022, id=FIRST))
    last = proofs.options(ECDSA_JCS_2019, P256, previous_proof=(FIRST,))
    secured = proofs.signed_again(secured, last, P256)
    assert proofs.verify(secured, proofs.public(ED25519), proofs.public(P256)) == w3c.unsigned()
    secured["proof"][0]["nonce"] = "x"
    with pytest.raises(Refused, match=r"keys\.signature"):
        proofs.parse(secured).proofs[1].verify(proofs.public(P256))


def test_a_graph_cannot_include_a_proof_with_a_context_of_its_own() -> None:
    secured = proofs.signed(w3c.unsigned(), proofs.options(EDDSA_JCS_2022, id=FIRST))
    with pytest.raises(Refused, match=r"rdf\.context_place"):
        proofs.signed_again(secured, proofs.options(EDDSA_RDFC_2022, previous_proof=(FIRST,)))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([{"id": FIRST}, {"id": FIRST}], ("proof.id", "/proof/1/id")),
        ([{"previousProof": FIRST}], ("proof.previous", "/proof/0/previousProof")),
        ([{"id": FIRST, "previousProof": FIRST}], ("proof.previous", "/proof/0/previousProof")),
        ([{"id": FIRST}, {"previousProof": SECOND}], ("proof.previous", "/proof/1/previousProof")),
        ([{"id": FIRST}, {"previousProof": [FIRST, SECOND]}], ("proof.previous", "/proof/1/previousProof")),
        (
            [{}, {"id": FIRST, "previousProof": SECOND}, {"id": SECOND, "previousProof": FIRST}],
            ("proof.previous", "/proof/1/previousProof"),
        ),
        (
            [
                {"id": FIRST, "previousProof": SECOND},
                {"id": SECOND, "previousProof": THIRD},
                {"id": THIRD, "previousProof": [FIRST]},
            ],
            ("proof.previous", "/proof/0/previousProof"),
        ),
        ([{}, "x"], ("codec.shape", "/proof/1")),
        ([], ("codec.shape", "/proof")),
        ([{}] * 17, ("codec.shape", "/proof")),
    ],
)
def test_no_chain(changes: list[Any], expected: tuple[str, str]) -> None:
    secured = proofs.signed(w3c.unsigned(), proofs.options())
    chain = [{**secured["proof"], **one} if isinstance(one, dict) else one for one in changes]
    assert refusal({**secured, "proof": chain}) == expected


def test_adding_to_what_cannot_take_it() -> None:
    secured = proofs.signed(w3c.unsigned(), proofs.options(id=FIRST))
    many: list[Any] = [{**secured["proof"], "id": f"urn:x:{index}"} for index in range(16)]
    full = {**secured, "proof": many}
    for document, options, code in (
        (w3c.unsigned(), proofs.options(), "codec.shape"),
        (full, proofs.options(), "codec.shape"),
        (secured, proofs.options(id=FIRST), "proof.id"),
        (secured, proofs.options(previous_proof=(SECOND,)), "proof.previous"),
        (secured, proofs.options(id=SECOND, previous_proof=(SECOND,)), "proof.previous"),
    ):
        with pytest.raises(Refused) as caught:
            proofs.signed_again(document, options)
        assert caught.value.code == code


def test_what_a_later_proof_is_over_is_made_when_those_before_it_are_good() -> None:
    """Whoever has no good signature makes us canonicalise a document once, however many proofs it has."""
    secured = a_chain()
    secured["proof"][2]["proofValue"] = "z" + "1" * 63
    keys = [proofs.public(alg) for alg in CHAIN_KEYS]
    parsed = proofs.parse(secured)
    with pytest.raises(Refused, match=r"keys\.signature"):
        data_integrity.verify(parsed, [w3c.STORE.public(w3c.OTHER_REF), *keys[1:]])
    with pytest.raises(Refused, match=r"proof\.value"):
        data_integrity.verify(parsed, keys)


def test_one_proof_of_a_suite_is_received() -> None:
    secured, _ = a_set()
    received = documents.received(secured, EDDSA_JCS_2022, w3c.CONTEXTS, profile=Profile.CLOSED)
    assert received.proof == proofs.options(EDDSA_JCS_2022)
    for suite in ("ecdsa-sd-2023", ECDSA_JCS_2019):
        with pytest.raises(Refused, match=r"proof\.suite"):
            documents.received(secured, suite, w3c.CONTEXTS, profile=Profile.CLOSED)
