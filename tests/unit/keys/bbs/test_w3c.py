"""The signatures and proofs inside the vectors of the optional features of Data Integrity BBS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from clicid.errors import Refused
from clicid.keys import bbs
from tests.support import suites

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The holder's own messages of each feature option, and whether there is a nym beside them.
FEATURES = {"HolderBinding": (1, False), "Pseudonym": (0, True), "PseudonymHB": (1, True)}


class Feature(NamedTuple):
    committed: list[bytes]
    nym: bool
    commitment: bytes
    secret: bbs.SecretKey
    messages: list[bytes]
    base: dict[str, Any]
    shown: dict[str, Any]
    parts: tuple[bytes, bytes]
    domain: bytes
    given: dict[str, Any]


def octets(text: str) -> bytes:
    """Hexadecimal, from which a leading zero may be missing."""
    return bytes.fromhex(text.rjust(len(text) + len(text) % 2, "0"))


def features(root: Path) -> Iterator[tuple[str, object]]:
    def read(name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((root / "TestVectors" / name).read_bytes())
        return found

    holder = octets(read("FeatureInputs/holderSecret.json")["holderSecretHex"])
    nyms = (
        octets(read("FeatureInputs/proverNym.json")["proverNymHex"]),
        octets(read("FeatureInputs/signerNymEntropy.json")["signerNymEntropyHex"]),
    )
    secret = bbs.SecretKey.from_bytes(octets(read("BBSKeyMaterial.json")["privateKeyHex"]))
    for name, (committed, nym) in FEATURES.items():
        base, commitment = (
            read(f"{name}/{file}.json") for file in ("addRawBaseSignatureInfo", "commitmentInfo")
        )
        given: dict[str, Any] = {
            "committed_messages": [holder] * committed,
            "prover_blind": octets(commitment["secretProverBlind"]),
            "header": octets(base["bbsHeader"]),
        }
        if nym:
            given["nym_secret"] = bbs.combine_nym(*nyms)
        statements = read(f"{name}/addBaseTransform.json")["nonMandatory"]["value"]
        yield (
            name,
            Feature(
                [holder] * committed,
                nym,
                octets(commitment["commitmentWithProof"]),
                secret,
                [statement.encode() for _, statement in statements],
                base,
                read(f"{name}/derivedDisclosureData.json"),
                nyms,
                read("FeatureInputs/verifierInfo.json")["verifierId"].encode(),
                given,
            ),
        )


CASES = suites.cases("vc-di-bbs", features)


def verify_proof(feature: Feature, proof: bytes, **changed: object) -> None:
    indexes = feature.shown["adjSelectiveIndexes"]
    given: dict[str, Any] = {
        "count": feature.shown["lengthBBSMessages"],
        "committed": len(feature.committed),
        "header": feature.given["header"],
        "presentation_header": bytes(feature.shown["presentationHeader"].values()),
    }
    if feature.nym:
        given |= {"pseudonym": octets(feature.shown["pseudonym"]), "nym_domain": feature.domain}
    check: Any = bbs.nym_proof_verify if feature.nym else bbs.blind_proof_verify
    shown = [feature.messages[index] for index in indexes]
    check(feature.secret.public, proof, shown, indexes, **given | changed)


@pytest.mark.suite("vc-di-bbs")
@pytest.mark.parametrize("feature", CASES)
def test_signature(feature: Feature) -> None:
    given: Any = {"header": feature.given["header"], "committed": len(feature.committed)}
    if feature.nym:
        signature = bbs.nym_sign(
            feature.secret, feature.commitment, feature.parts[1], feature.messages, **given
        )
    else:
        signature = bbs.blind_sign(feature.secret, feature.commitment, feature.messages, **given)
    assert signature.hex() == feature.base["bbsSignature"]
    check: Any = bbs.nym_verify if feature.nym else bbs.blind_verify
    check(feature.secret.public, signature, feature.messages, **feature.given)


@pytest.mark.suite("vc-di-bbs")
@pytest.mark.parametrize("feature", CASES)
def test_proof(feature: Feature) -> None:
    verify_proof(feature, octets(feature.shown["bbsProof"]))
    if feature.nym:
        pseudonym = bbs.calculate_pseudonym(feature.given["nym_secret"], feature.domain)
        assert pseudonym.hex() == feature.shown["pseudonym"]


@pytest.mark.suite("vc-di-bbs")
@pytest.mark.parametrize("feature", CASES)
def test_a_proof_of_ours_for_the_same_signature(feature: Feature) -> None:
    make: Any = bbs.nym_proof_gen if feature.nym else bbs.blind_proof_gen
    more = {"nym_domain": feature.domain} if feature.nym else {}
    proof = make(
        feature.secret.public,
        octets(feature.base["bbsSignature"]),
        feature.messages,
        feature.shown["adjSelectiveIndexes"],
        presentation_header=bytes(feature.shown["presentationHeader"].values()),
        random=numbers(),
        **feature.given | more,
    )
    assert len(proof) == len(octets(feature.shown["bbsProof"]))
    verify_proof(feature, proof)
    changes: list[dict[str, Any]] = [
        {"count": feature.shown["lengthBBSMessages"] - 1},
        {"count": feature.shown["lengthBBSMessages"] + 1},
        {"count": -1},
        {"count": 1 << 40},
        {"committed": 2},
        {"header": b""},
        {"presentation_header": b""},
    ]
    if feature.nym:
        other = bbs.calculate_pseudonym(feature.given["nym_secret"], b"another")
        infinity = b"\xc0" + bytes(47)
        changes += [
            {"nym_domain": b"another"},
            *({"pseudonym": raw} for raw in (other, infinity, b"", bytes(48))),
        ]
    for change in changes:
        with pytest.raises(Refused, match=r"keys\.(signature|bbs_messages)"):
            verify_proof(feature, proof, **change)


def numbers() -> Any:
    """A source that is not random, and gives other bytes each time."""
    count = iter(range(1, 1000))
    return lambda size: bbs.SHAKE_256.expand(next(count).to_bytes(2, "big"), b"test", size)
