"""The fixtures of draft-irtf-cfrg-bbs-signatures, both ciphersuites."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from py_arkworks_bls12381 import Scalar

from clicid.errors import Refused
from clicid.keys import bbs
from clicid.keys.algorithms import BLS12_381_G2
from clicid.keys.bbs import signing
from clicid.keys.bbs.interface import base_point
from clicid.keys.public import PublicKey
from tests.support import suites

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

SUITES = {"bls12-381-sha-256": bbs.SHA_256, "bls12-381-shake-256": bbs.SHAKE_256}
Fixture = tuple[bbs.Ciphersuite, dict[str, Any]]


def files(pattern: str) -> Callable[[Path], Iterator[tuple[str, object]]]:
    def load(root: Path) -> Iterator[tuple[str, object]]:
        for folder, suite in SUITES.items():
            place = root / "tooling" / "fixtures" / "fixture_data" / folder
            for path in sorted(place.glob(pattern)):
                yield f"{folder}-{path.stem}", (suite, json.loads(path.read_bytes()))

    return load


def cases(pattern: str) -> list[Any]:
    return suites.cases("bbs", files(pattern))


def octets(value: str) -> bytes:
    return bytes.fromhex(value)


def replayed(scalars: Iterable[str]) -> Callable[[int], bytes]:
    """A source that gives these scalars, one a call."""
    ahead = iter(scalars)
    return lambda size: octets(next(ahead)).rjust(size, b"\0")


@pytest.mark.suite("bbs")
@pytest.mark.parametrize("fixture", cases("keypair.json"))
def test_key_pair(fixture: Fixture) -> None:
    suite, case = fixture
    made = bbs.generate(
        octets(case["keyMaterial"]), octets(case["keyInfo"]), dst=octets(case["keyDst"]), suite=suite
    )
    assert made.scalar.to_be_bytes().hex() == case["keyPair"]["secretKey"]
    assert made.public.raw.hex() == case["keyPair"]["publicKey"]


@pytest.mark.suite("bbs")
@pytest.mark.parametrize("fixture", cases("h2s.json"))
def test_hash_to_scalar(fixture: Fixture) -> None:
    suite, case = fixture
    found = suite.hash_to_scalar(octets(case["message"]), octets(case["dst"]))
    assert found.to_be_bytes().hex() == case["scalar"]
    assert signing.interface(suite).hash_to_scalar(octets(case["message"])) == found


@pytest.mark.suite("bbs")
@pytest.mark.parametrize("fixture", cases("MapMessageToScalarAsHash.json"))
def test_messages_to_scalars(fixture: Fixture) -> None:
    suite, case = fixture
    found = signing.interface(suite).messages_to_scalars([octets(row["message"]) for row in case["cases"]])
    assert [scalar.to_be_bytes().hex() for scalar in found] == [row["scalar"] for row in case["cases"]]


@pytest.mark.suite("bbs")
@pytest.mark.parametrize("fixture", cases("generators.json"))
def test_generators(fixture: Fixture) -> None:
    suite, case = fixture
    wanted = [case["Q1"], *case["MsgGenerators"]]
    assert [raw.hex() for raw in signing.interface(suite).generators(len(wanted)).octets] == wanted
    assert base_point(suite).to_compressed_bytes().hex() == case["P1"]


@pytest.mark.suite("bbs")
@pytest.mark.parametrize("fixture", cases("mockedRng.json"))
def test_mocked_random_scalars(fixture: Fixture) -> None:
    suite, case = fixture
    expanded = suite.expand(octets(case["seed"]), octets(case["dst"]), 48 * case["count"])
    found = [Scalar.from_be_bytes_mod_order(expanded[at : at + 48]) for at in range(0, len(expanded), 48)]
    assert [scalar.to_be_bytes().hex() for scalar in found] == case["mockedScalars"]


@pytest.mark.suite("bbs")
@pytest.mark.parametrize("fixture", cases("signature/*.json"))
def test_signature(fixture: Fixture) -> None:
    suite, case = fixture
    pair, header = case["signerKeyPair"], octets(case["header"])
    messages = [octets(message) for message in case["messages"]]
    key = PublicKey.from_raw(BLS12_381_G2, octets(pair["publicKey"]))
    if not case["result"]["valid"]:
        with pytest.raises(Refused, match=r"keys\.signature"):
            bbs.verify(key, octets(case["signature"]), messages, header=header, suite=suite)
        return
    bbs.verify(key, octets(case["signature"]), messages, header=header, suite=suite)
    secret = bbs.SecretKey.from_bytes(octets(pair["secretKey"]))
    assert secret.public == key
    assert bbs.sign(secret, messages, header=header, suite=suite).hex() == case["signature"]


@pytest.mark.suite("bbs")
@pytest.mark.parametrize("fixture", cases("proof/*.json"))
def test_proof(fixture: Fixture) -> None:
    suite, case = fixture
    given: Any = {
        "header": octets(case["header"]),
        "presentation_header": octets(case["presentationHeader"]),
        "suite": suite,
    }
    messages, indexes = [octets(message) for message in case["messages"]], case["disclosedIndexes"]
    key = PublicKey.from_raw(BLS12_381_G2, octets(case["signerPublicKey"]))
    shown = [messages[index] for index in indexes]
    if not case["result"]["valid"]:
        with pytest.raises(Refused, match=r"keys\.(signature|bbs_messages)"):
            bbs.proof_verify(key, octets(case["proof"]), shown, indexes, **given)
        return
    bbs.proof_verify(key, octets(case["proof"]), shown, indexes, **given)
    drawn = case["trace"]["random_scalars"]
    named = [drawn[name] for name in ("r1", "r2", "e_tilde", "r1_tilde", "r3_tilde")]
    proof = bbs.proof_gen(
        key,
        octets(case["signature"]),
        messages,
        indexes,
        random=replayed(named + drawn["m_tilde_scalars"]),
        **given,
    )
    assert proof.hex() == case["proof"]
