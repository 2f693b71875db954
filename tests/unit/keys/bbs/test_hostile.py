"""Our own vectors: each way in which a signature or proof is bad, and the reason given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clicid.keys import bbs
from clicid.keys.algorithms import ED25519
from clicid.keys.bbs.interface import Interface
from clicid.keys.public import PublicKey
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.refusals import refused

if TYPE_CHECKING:
    from collections.abc import Callable

VECTORS = Path(__file__).resolve().parents[3] / "vectors" / "bbs"
SECRET = bbs.generate(b"hostile" * 5)
MESSAGES = [b"a", b"b", b"c"]
GIVEN: Any = {"header": b"", "presentation_header": b""}


def cases(name: str) -> list[Any]:
    rows = json.loads((VECTORS / f"{name}.json").read_bytes())["cases"]
    return [pytest.param(row, id=row["name"]) for row in rows]


def expect(code: str, call: Callable[[], object]) -> None:
    if code:
        with refused(code):
            call()
    else:
        call()


def octets(values: list[str]) -> list[bytes]:
    return [bytes.fromhex(value) for value in values]


@pytest.mark.parametrize("case", cases("signature"))
def test_signatures(case: dict[str, Any]) -> None:
    key = PublicKey.from_multikey(case["publicKey"])
    signature, header, *messages = octets([case["signature"], case["header"], *case["messages"]])
    expect(case["code"], lambda: bbs.verify(key, signature, messages, header=header))


@pytest.mark.parametrize("case", cases("proof"))
def test_proofs(case: dict[str, Any]) -> None:
    key = PublicKey.from_multikey(case["publicKey"])
    proof, header, presented, *messages = octets(
        [case["proof"], case["header"], case["presentationHeader"], *case["disclosedMessages"]]
    )
    expect(
        case["code"],
        lambda: bbs.proof_verify(
            key, proof, messages, case["disclosedIndexes"], header=header, presentation_header=presented
        ),
    )


def test_a_key_of_another_kind() -> None:
    store = MemoryKeyStore(b"bbs")
    key = store.public(store.generate(ED25519, "key"))
    signature = bbs.sign(SECRET, MESSAGES, header=b"")
    proof = bbs.proof_gen(SECRET.public, signature, MESSAGES, [], random=numbers(), **GIVEN)
    with refused("keys.algorithm"):
        bbs.verify(key, signature, MESSAGES, header=b"")
    with refused("keys.algorithm"):
        bbs.proof_verify(key, proof, [], [], **GIVEN)
    with refused("keys.algorithm"):
        bbs.proof_gen(key, signature, MESSAGES, [], random=numbers(), **GIVEN)


@pytest.mark.parametrize("indexes", [[1, 0], [0, 0], [-1], [3], [0, 1, 2, 3]])
def test_what_a_prover_cannot_show(indexes: list[int]) -> None:
    signature = bbs.sign(SECRET, MESSAGES, header=b"")
    with refused("keys.bbs_messages"):
        bbs.proof_gen(SECRET.public, signature, MESSAGES, indexes, random=numbers(), **GIVEN)


def test_a_bad_signature_gives_a_bad_proof() -> None:
    other = bbs.generate(b"another" * 5)
    signature = bbs.sign(other, MESSAGES, header=b"")
    proof = bbs.proof_gen(SECRET.public, signature, MESSAGES, [], random=numbers(), **GIVEN)
    with refused("keys.signature"):
        bbs.proof_verify(SECRET.public, proof, [], [], **GIVEN)


def test_the_most_messages() -> None:
    messages = [number.to_bytes(2, "big") for number in range(bbs.MAX_MESSAGES)]
    signature = bbs.sign(SECRET, messages, header=b"")
    bbs.verify(SECRET.public, signature, messages, header=b"")
    proof = bbs.proof_gen(SECRET.public, signature, messages, [7], random=numbers(), **GIVEN)
    bbs.proof_verify(SECRET.public, proof, [messages[7]], [7], **GIVEN)
    for many in (bbs.MAX_MESSAGES + 1, 1 << 20):
        with refused("keys.bbs_messages"):
            bbs.sign(SECRET, [b""] * many, header=b"")
        with refused("keys.bbs_messages"):
            bbs.verify(SECRET.public, signature, [b""] * many, header=b"")
        with refused("keys.bbs_messages"):
            bbs.proof_verify(SECRET.public, proof, [b""] * many, range(many), **GIVEN)
    with refused("keys.bbs_messages"):
        bbs.proof_verify(
            SECRET.public, proof[:240] + proof[240:272] * (1 << 20) + proof[-32:], [], [], **GIVEN
        )


@pytest.mark.parametrize("count", [-(1 << 70), -1, 0, bbs.MAX_MESSAGES + 2, 1 << 70])
def test_generators_that_are_not_made(count: int) -> None:
    with refused("keys.bbs_messages"):
        Interface.of(bbs.SHA_256, b"H2G_HM2S_").generators(count)


def test_a_source_of_zeros() -> None:
    signature = bbs.sign(SECRET, MESSAGES, header=b"")
    with refused("keys.bbs_random"):
        bbs.proof_gen(SECRET.public, signature, MESSAGES, [], random=bytes, **GIVEN)
    with refused("keys.bbs_random"):
        bbs.commit([], random=bytes)
    with refused("keys.bbs_random"):
        bbs.draw_nym(bytes)


@pytest.mark.parametrize("material", [b"", bytes(31)])
def test_too_little_key_material(material: bytes) -> None:
    with refused("keys.format"):
        bbs.generate(material)


def test_too_much_for_the_hash() -> None:
    with refused("keys.format"):
        bbs.generate(bytes(32), bytes(65536))
    for suite, most in ((bbs.SHA_256, 255 * 32), (bbs.SHAKE_256, 65535)):
        with refused("codec.size"):
            bbs.generate(bytes(32), dst=bytes(256), suite=suite)
        with refused("codec.size"):
            suite.expand(b"", b"", most + 1)
        assert len(suite.expand(b"", bytes(255), most)) == most


def numbers() -> Callable[[int], bytes]:
    """A source that is not random, and gives other bytes each time."""
    count = iter(range(1, 10_000))
    return lambda size: bbs.SHAKE_256.expand(next(count).to_bytes(2, "big"), b"test", size)
