"""Keys that the sandbox's countries sign with: curves spelled out, a weak key, a borrowed point."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from clicid.errors import LocalError
from sandbox.chips.curves import CURVES
from sandbox.chips.keys import ALGORITHMS, algorithm_named, borrowed, generate, weak_rsa
from tests.support.chips import EXPLICIT, NAMED, openssl
from tests.support.refusals import refused

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", CURVES)
def test_a_curves_numbers_are_the_librarys(name: str) -> None:
    curve = CURVES[name]
    one = ec.derive_private_key(1, curve.known).public_key().public_numbers()
    assert (one.x, one.y) == (curve.x, curve.y)
    assert (curve.x**3 + curve.a * curve.x + curve.b - curve.y**2) % curve.p == 0
    # The order: its last multiple is the generator's negative.
    last = ec.derive_private_key(curve.n - 1, curve.known).public_key().public_numbers()
    assert (last.x, last.y) == (curve.x, curve.p - curve.y)


@pytest.mark.parametrize("name", [*NAMED, *EXPLICIT])
def test_openssl_reads_the_key_and_takes_its_signature(name: str, tmp_path: Path) -> None:
    key = generate(ALGORITHMS[name])
    (tmp_path / "key").write_bytes(key.public.dump())
    read = openssl("pkey", "-pubin", "-inform", "DER", "-in", tmp_path / "key", "-noout", "-text")
    assert read.returncode == 0
    assert (b"Generator" in read.stdout) == (name in EXPLICIT)
    (tmp_path / "message").write_bytes(b"a message")
    (tmp_path / "signature").write_bytes(key.sign(b"a message"))
    pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"] if "pss" in name else []
    checked = openssl(
        "dgst", f"-{key.digest}", "-verify", tmp_path / "key", "-keyform", "DER", *pss,
        "-signature", tmp_path / "signature", tmp_path / "message",
    )  # fmt: skip
    assert checked.stdout == b"Verified OK\n", checked.stderr


@pytest.mark.parametrize("name", ["rsa-sha512", "pss-sha512"])
def test_a_weak_key_signs_like_another(name: str, tmp_path: Path) -> None:
    key = weak_rsa(ALGORITHMS[name])
    assert key.public["public_key"].parsed["modulus"].native.bit_length() < 1024
    (tmp_path / "key").write_bytes(key.public.dump())
    (tmp_path / "message").write_bytes(b"a message")
    (tmp_path / "signature").write_bytes(key.sign(b"a message"))
    pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:20"] if "pss" in name else []
    checked = openssl(
        "dgst", "-sha512", "-verify", tmp_path / "key", "-keyform", "DER", *pss,
        "-signature", tmp_path / "signature", tmp_path / "message",
    )  # fmt: skip
    assert checked.stdout == b"Verified OK\n", checked.stderr


@pytest.mark.parametrize(
    "name", ["p256-sha256", "p521-sha512", "brainpool384-sha384-explicit", "p224-sha224"]
)
def test_a_borrowed_point_signs_under_its_own_generator_only(name: str) -> None:
    algorithm = ALGORITHMS[name]
    victim = generate(algorithm)
    key = borrowed(algorithm, victim.public)
    assert key.public["public_key"].native == victim.public["public_key"].native
    curve = CURVES[algorithm.curve]
    point = ec.EllipticCurvePublicKey.from_encoded_point(curve.known, victim.public["public_key"].native)
    r, s = decode_dss_signature(key.sign(b"forged"))
    hashed = hashlib.new(algorithm.digest, b"forged").digest()
    number = int.from_bytes(hashed, "big") >> max(0, 8 * len(hashed) - curve.n.bit_length())
    # With generator Q and public point Q, u₁Q + u₂Q = (u₁ + u₂)Q: its x is r.
    scalar = pow(s, -1, curve.n) * (number + r) % curve.n
    shared = ec.derive_private_key(scalar, curve.known).exchange(ec.ECDH(), point)
    assert int.from_bytes(shared, "big") % curve.n == r
    # With the curve's own it is not: r is the x of (u₁ + d·u₂)G.
    parameters = key.public["algorithm"]["parameters"].chosen
    assert parameters["base"].native != curve.point(curve.x, curve.y)


def test_an_algorithm_that_there_is_not() -> None:
    with refused("sandbox.chip", "md5", kind=LocalError):
        algorithm_named("md5")
