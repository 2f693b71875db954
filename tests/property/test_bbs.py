"""BBS: what is shown is what was signed; and the arithmetic against py_ecc, an implementation in Python."""

from __future__ import annotations

import hashlib
import secrets
from importlib import import_module
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from py_arkworks_bls12381 import GT, G1Point, G2Point, Scalar

from clicid.errors import Refused
from clicid.keys import bbs
from clicid.keys.bbs import core, octets, signing
from clicid.keys.bbs.ciphersuites import ORDER
from clicid.keys.bbs.interface import base_point

# Its annotations contradict each other.
curve: Any = import_module("py_ecc.optimized_bls12_381")
form: Any = import_module("py_ecc.bls.g2_primitives")
compression: Any = import_module("py_ecc.bls.point_compression")
hashing: Any = import_module("py_ecc.bls.hash_to_curve")

SECRET = bbs.generate(b"property" * 4)
SUITES = st.sampled_from([bbs.SHA_256, bbs.SHAKE_256])
SCALARS = st.integers(1, ORDER - 1)
MESSAGES = st.lists(st.binary(max_size=8), max_size=12)
# py_ecc takes more than a second for a pairing.
FEW = settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def disclosures(draw: st.DrawFn) -> tuple[list[bytes], list[int]]:
    messages = draw(MESSAGES)
    return messages, [index for index in range(len(messages)) if draw(st.booleans())]


@settings(max_examples=40, deadline=None)
@given(SUITES, disclosures(), st.binary(max_size=8), st.binary(max_size=8))
def test_any_part_is_shown(
    suite: bbs.Ciphersuite, chosen: tuple[list[bytes], list[int]], header: bytes, presented: bytes
) -> None:
    messages, indexes = chosen
    signature = bbs.sign(SECRET, messages, header=header, suite=suite)
    bbs.verify(SECRET.public, signature, messages, header=header, suite=suite)
    rest: Any = {"header": header, "presentation_header": presented, "suite": suite}
    proof = bbs.proof_gen(SECRET.public, signature, messages, indexes, random=secrets.token_bytes, **rest)
    assert len(proof) == 272 + 32 * (len(messages) - len(indexes))
    bbs.proof_verify(SECRET.public, proof, [messages[index] for index in indexes], indexes, **rest)


@settings(max_examples=60, deadline=None)
@given(disclosures(), st.integers(0), st.integers(0, 7))
def test_a_flipped_bit_does_not_verify(chosen: tuple[list[bytes], list[int]], place: int, bit: int) -> None:
    messages, indexes = chosen
    signature = bbs.sign(SECRET, messages, header=b"")
    rest: Any = {"header": b"", "presentation_header": b""}
    proof = bytearray(
        bbs.proof_gen(SECRET.public, signature, messages, indexes, random=secrets.token_bytes, **rest)
    )
    proof[place % len(proof)] ^= 1 << bit
    with pytest.raises(Refused):
        bbs.proof_verify(SECRET.public, bytes(proof), [messages[i] for i in indexes], indexes, **rest)


@settings(max_examples=20, deadline=None)
@given(disclosures())
def test_two_proofs_share_nothing(chosen: tuple[list[bytes], list[int]]) -> None:
    messages, indexes = chosen
    signature = bbs.sign(SECRET, messages, header=b"")
    first, second = (
        bbs.proof_gen(
            SECRET.public,
            signature,
            messages,
            indexes,
            header=b"",
            presentation_header=b"",
            random=secrets.token_bytes,
        )
        for _ in range(2)
    )
    pieces = [
        {raw[at : at + 16] for at in range(0, len(raw), 16)} | {signature[:16]} for raw in (first, second)
    ]
    assert pieces[0] & pieces[1] == {signature[:16]}


@pytest.mark.slow
@FEW
@given(SCALARS, SCALARS)
def test_points_are_those_of_py_ecc(a: int, b: int) -> None:
    left, right = (Scalar.from_be_bytes(number.to_bytes(32, "big")) for number in (a, b))
    ours = core.combined([(G1Point(), left), (G1Point(), right)])
    assert ours.to_compressed_bytes() == form.G1_to_pubkey(
        curve.add(curve.multiply(curve.G1, a), curve.multiply(curve.G1, b))
    )
    made = bbs.SecretKey.from_bytes(a.to_bytes(32, "big")).public.raw
    assert made == form.G2_to_signature(curve.multiply(curve.G2, a))
    assert octets.point(ours.to_compressed_bytes(), "keys.format") == ours


@pytest.mark.slow
@FEW
@given(st.binary(max_size=80), st.binary(min_size=1, max_size=40))
def test_hashing_to_the_curve_is_that_of_py_ecc(message: bytes, dst: bytes) -> None:
    ours = bbs.SHA_256.hash_to_g1(message, dst)
    assert ours == G1Point.hash_to_curve(message, dst)
    assert ours.to_compressed_bytes() == form.G1_to_pubkey(hashing.hash_to_G1(message, dst, hashlib.sha256))


@pytest.mark.slow
@FEW
@given(SCALARS, SCALARS, st.booleans())
def test_pairings_are_those_of_py_ecc(a: int, b: int, good: bool) -> None:
    """e(a G1, b G2) = e(c G1, G2) exactly if c is a b."""
    c = (a * b + (not good)) % ORDER
    x, y, z = (Scalar.from_be_bytes(number.to_bytes(32, "big")) for number in (a, b, c))
    ours = GT.pairing_check([G1Point() * x, -(G1Point() * z)], [G2Point() * y, G2Point()])
    theirs = curve.pairing(curve.multiply(curve.G2, b), curve.multiply(curve.G1, a)) * curve.pairing(
        curve.G2, curve.neg(curve.multiply(curve.G1, c))
    )
    assert ours is good
    assert (theirs == curve.FQ12.one()) is good


@pytest.mark.slow
@FEW
@given(st.lists(st.binary(max_size=4), max_size=2))
def test_a_signature_verifies_in_py_ecc(messages: list[bytes]) -> None:
    """h(A, W + BP2 * e) = h(B, BP2), computed by the other from the numbers alone."""
    signature = octets.Signature.parse(bbs.sign(SECRET, messages, header=b"h"))
    own = signing.interface(bbs.SHA_256)
    setting = core.Setting(own, SECRET.public, own.generators(len(messages) + 1), b"h")
    b = core.total(setting, setting.domain(), own.messages_to_scalars(messages))
    assert b != base_point(bbs.SHA_256)
    sk, e = int(SECRET.scalar), int(signature.e)
    right = curve.pairing(curve.G2, _theirs(b))
    assert curve.pairing(curve.multiply(curve.G2, (sk + e) % ORDER), _theirs(signature.a)) == right
    assert curve.pairing(curve.multiply(curve.G2, (sk + e + 1) % ORDER), _theirs(signature.a)) != right


def _theirs(point: G1Point) -> Any:
    return compression.decompress_G1(int.from_bytes(point.to_compressed_bytes(), "big"))
