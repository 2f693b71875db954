"""Keys that the sandbox's countries sign with: curves spelled out, a weak key, a borrowed point."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from asn1crypto import core, keys
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from clicid.errors import LocalError
from sandbox.chips import arithmetic
from sandbox.chips.curves import CURVES
from sandbox.chips.forgeries import borrowed, cube_root
from sandbox.chips.keys import ALGORITHMS, algorithm_named, generate, weak_rsa
from tests.support.chips import EXPLICIT, NAMED, openssl
from tests.support.refusals import refused

if TYPE_CHECKING:
    from pathlib import Path

OPENSSL = {
    "p192": "prime192v1", "p224": "secp224r1", "p256": "prime256v1", "p384": "secp384r1", "p521": "secp521r1",
} | {f"brainpool{bits}": f"brainpoolP{bits}r1" for bits in (224, 256, 320, 384, 512)}  # fmt: skip


@pytest.mark.parametrize("name", CURVES)
def test_a_curves_numbers_are_the_librarys(name: str, tmp_path: Path) -> None:
    curve = CURVES[name]
    written = openssl("ecparam", "-name", OPENSSL[name], "-param_enc", "explicit", "-outform", "DER").stdout
    theirs = keys.SpecifiedECDomain.load(written).native
    assert theirs["field_id"]["parameters"] == curve.p
    assert (theirs["curve"]["a"], theirs["curve"]["b"]) == (curve.element(curve.a), curve.element(curve.b))
    assert (theirs["base"], theirs["order"]) == (curve.point(curve.x, curve.y), curve.n)
    named = openssl("ecparam", "-name", OPENSSL[name], "-outform", "DER").stdout
    assert core.ObjectIdentifier.load(named).dotted == curve.oid


@pytest.mark.parametrize("name", [name for name, curve in CURVES.items() if curve.known])
def test_multiples_by_hand_are_the_librarys(name: str) -> None:
    curve = CURVES[name]
    assert curve.known
    for scalar in (1, 2, 3, curve.n - 1, arithmetic.scalar(curve)):
        numbers = ec.derive_private_key(scalar, curve.known).public_key().public_numbers()
        assert arithmetic.multiply(curve, scalar, (curve.x, curve.y)) == (numbers.x, numbers.y)


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
    point = curve.read(victim.public["public_key"].native)
    r, s = decode_dss_signature(key.sign(b"forged"))
    hashed = hashlib.new(algorithm.digest, b"forged").digest()
    number = int.from_bytes(hashed, "big") >> max(0, 8 * len(hashed) - curve.n.bit_length())
    u1, u2 = pow(s, -1, curve.n) * number % curve.n, pow(s, -1, curve.n) * r % curve.n
    # With generator Q and public point Q, u₁Q + u₂Q = (u₁ + u₂)Q: its x is r.
    assert arithmetic.multiply(curve, (u1 + u2) % curve.n, point)[0] % curve.n == r
    parameters = key.public["algorithm"]["parameters"].chosen
    assert parameters["base"].native != curve.point(curve.x, curve.y)


@pytest.mark.parametrize("digest", ["sha1", "sha512"])
def test_a_cube_begins_as_a_signature_should(digest: str) -> None:
    key = cube_root(ALGORITHMS[f"rsa-{digest}"])
    numbers = key.public["public_key"].parsed
    cube = int.from_bytes(key.sign(b"forged"), "big") ** 3
    assert cube < numbers["modulus"].native
    assert numbers["public_exponent"].native == 3
    padded = cube.to_bytes(384, "big")
    assert padded.startswith(b"\x00\x01" + 8 * b"\xff" + b"\x00\x30")
    assert hashlib.new(digest, b"forged").digest() in padded[:110]


def test_an_algorithm_that_there_is_not() -> None:
    with refused("sandbox.chip", "md5", kind=LocalError):
        algorithm_named("md5")
