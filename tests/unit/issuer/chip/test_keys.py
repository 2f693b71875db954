from __future__ import annotations

import hashlib
from typing import Any

import pytest
from asn1crypto import keys as asn1_keys
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from issuer.chip import keys
from issuer.chip.curves import CURVES, Curve
from issuer.chip.keys import EcKey, RsaKey
from tests.support.refusals import refused

DATA = b"a list of hash values"
IN_LIBRARY = [curve for curve in CURVES.values() if curve.library is not None]
NOT_IN_LIBRARY = [curve for curve in CURVES.values() if curve.library is None]


def times(curve: Curve, k: int, point: tuple[int, int] | None = None) -> tuple[int, int]:
    """Double and add in affine coordinates, as slow as it is plain: not the code under test."""
    total: tuple[int, int] | None = None
    step = point or curve.g
    while k:
        if k & 1:
            total = step if total is None else affine(curve, total, step)
        step = affine(curve, step, step)
        k >>= 1
    assert total is not None
    return total


def affine(curve: Curve, one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    (x1, y1), (x2, y2), p = one, other, curve.p
    slope = (3 * x1 * x1 + curve.a) * pow(2 * y1, -1, p) if one == other else (y2 - y1) * pow(x2 - x1, -1, p)
    x = (slope * slope - x1 - x2) % p
    return x, (slope * (x1 - x) - y1) % p


def sign(curve: Curve, private: int, k: int, hashed: bytes) -> tuple[int, int]:
    e = int.from_bytes(hashed, "big") >> max(0, 8 * len(hashed) - curve.n.bit_length())
    r = times(curve, k)[0] % curve.n
    return r, pow(k, -1, curve.n) * (e + r * private) % curve.n


@pytest.mark.parametrize("curve", CURVES.values(), ids=lambda one: one.name)
def test_a_curve_is_one(curve: Curve) -> None:
    assert curve.has(*curve.g)
    assert abs(curve.n - curve.p - 1) <= 2 * int(curve.p**0.5) + 2**300  # Hasse
    x, y = times(curve, curve.n - 1)
    assert (x, y) == (curve.g[0], curve.p - curve.g[1])


@pytest.mark.parametrize("digest", keys.DIGESTS)
@pytest.mark.parametrize("curve", IN_LIBRARY, ids=lambda one: one.name)
def test_the_equation_agrees_with_the_library(curve: Curve, digest: str) -> None:
    assert curve.library is not None
    private = ec.generate_private_key(curve.library)
    numbers = private.public_key().public_numbers()
    key = EcKey(curve, numbers.x, numbers.y)
    r, s = decode_dss_signature(private.sign(DATA, ec.ECDSA(keys.DIGESTS[digest])))
    hashed = hashlib.new(digest, DATA).digest()
    assert key.equation_holds(r, s, hashed)
    assert key.verify(r, s, DATA, digest)
    for wrong in ((r ^ 1, s), (r, s ^ 1), (s, r)):
        assert not key.equation_holds(*wrong, hashed)
        assert not key.verify(*wrong, DATA, digest)
    assert not key.verify(r, s, DATA + b"!", digest)


@pytest.mark.parametrize("curve", NOT_IN_LIBRARY, ids=lambda one: one.name)
def test_curves_that_the_library_has_not(curve: Curve) -> None:
    private = 0xC0FFEE_0123456789
    key = EcKey(curve, *times(curve, private))
    r, s = sign(curve, private, 0xBADCAFE_987654321, hashlib.sha256(DATA).digest())
    assert key.verify(r, s, DATA, "sha256")
    assert not key.verify(r, s, DATA, "sha384")
    assert not key.verify(r, s + 1, DATA, "sha256")


@pytest.mark.parametrize("curve", CURVES.values(), ids=lambda one: one.name)
def test_numbers_outside_their_range(curve: Curve) -> None:
    key = EcKey(curve, *curve.g)
    for r, s in ((0, 1), (1, 0), (curve.n, 1), (1, curve.n), (-1, 1), (0, 0)):
        assert not key.verify(r, s, DATA, "sha256")


def info(public: Any) -> Any:
    return asn1_keys.PublicKeyInfo.load(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def explicit(curve: Curve, **other: Any) -> Any:
    """A key that writes out its curve, each value as given."""
    size = curve.field_bytes
    base = b"\x04" + b"".join(one.to_bytes(size, "big") for one in other.get("g", curve.g))
    domain = {
        "version": "ecdpVer1",
        "field_id": {"field_type": "prime_field", "parameters": other.get("p", curve.p)},
        "curve": {
            "a": other.get("a", curve.a).to_bytes(size, "big"),
            "b": other.get("b", curve.b).to_bytes(size, "big"),
        },
        "base": asn1_keys.ECPoint(other.get("base", base)),
        "order": other.get("n", curve.n),
    }
    if other.get("h", 1) is not None:
        domain["cofactor"] = other.get("h", 1)
    point = b"\x04" + b"".join(one.to_bytes(size, "big") for one in curve.g)
    parameters = asn1_keys.ECDomainParameters("specified", asn1_keys.SpecifiedECDomain(domain))
    whole = asn1_keys.PublicKeyInfo(
        {
            "algorithm": {"algorithm": "ec", "parameters": parameters},
            "public_key": asn1_keys.ECPointBitString(point),
        }
    )
    return asn1_keys.PublicKeyInfo.load(whole.dump())


@pytest.mark.parametrize("curve", CURVES.values(), ids=lambda one: one.name)
def test_explicit_parameters_of_a_known_curve(curve: Curve) -> None:
    assert keys.read(explicit(curve), "chip.certificate", "") == EcKey(curve, *curve.g)
    short = bytes([2 + curve.g[1] % 2]) + curve.g[0].to_bytes(curve.field_bytes, "big")
    assert keys.read(explicit(curve, base=short), "chip.certificate", "") == EcKey(curve, *curve.g)


@pytest.mark.parametrize("curve", CURVES.values(), ids=lambda one: one.name)
def test_explicit_parameters_with_one_value_of_somebodys_own(curve: Curve) -> None:
    """With a generator of one's choice anybody's public key is one's own (CVE-2020-0601)."""
    twice = times(curve, 2)
    changed: list[dict[str, Any]] = [
        {"p": curve.p + 2}, {"a": curve.a ^ 1}, {"b": curve.b ^ 1}, {"g": twice}, {"n": curve.n + 2},
        {"h": 2}, {"h": None}, {"base": b"\x00"}, {"g": (curve.g[0], curve.p - curve.g[1])},
    ]  # fmt: skip
    for one in changed:
        with refused("chip.algorithm"):
            keys.read(explicit(curve, **one), "chip.certificate", "")


def test_points_that_are_none() -> None:
    curve = CURVES["1.2.840.10045.3.1.7"]
    x, y = (one.to_bytes(32, "big") for one in curve.g)
    assert keys.point(curve, b"\x04" + x + y, "chip.certificate", "").y == curve.g[1]
    too_large = (curve.g[0] + curve.p).to_bytes(33, "big")
    for data in (
        b"",
        b"\x00",
        b"\x04" + x + x,
        b"\x02" + x,
        b"\x04" + x + y + b"\0",
        b"\x06" + x + y,
        b"\x04" + too_large + y,
    ):
        with refused("chip.certificate"):
            keys.point(curve, data, "chip.certificate", "")


def rsa_info(n: int, e: int) -> Any:
    whole = asn1_keys.PublicKeyInfo(
        {
            "algorithm": {"algorithm": "rsa"},
            "public_key": asn1_keys.RSAPublicKey({"modulus": n, "public_exponent": e}),
        }
    )
    return asn1_keys.PublicKeyInfo.load(whole.dump())


def test_rsa() -> None:
    private = rsa.generate_private_key(65537, 2048)
    key = keys.read(info(private.public_key()), "chip.certificate", "")
    assert isinstance(key, RsaKey)
    assert key.name == "RSA-2048"
    signature = private.sign(DATA, padding.PKCS1v15(), hashes.SHA256())
    assert key.verify(signature, DATA, padding.PKCS1v15(), "sha256")
    assert not key.verify(signature, DATA, padding.PKCS1v15(), "sha512")
    assert not key.verify(signature[:-1], DATA, padding.PKCS1v15(), "sha256")
    assert not key.verify(b"", DATA, padding.PKCS1v15(), "sha256")


@pytest.mark.parametrize(
    ("n", "e"),
    [(2**1015 | 1, 65537), (2**8192 | 1, 65537), (2**2047 | 1, 1), (2**2047 | 1, 4), (2**2047, 3),
     (2**2047 | 1, 2**64 | 1), (-(2**2047) + 1, 3), (0, 3)],
    ids=["small", "large", "e 1", "e even", "n even", "e large", "below zero", "zero"],
)  # fmt: skip
def test_rsa_keys_that_are_not_accepted(n: int, e: int) -> None:
    with refused("chip.algorithm"):
        keys.read(rsa_info(n, e), "chip.certificate", "")


def test_keys_of_other_kinds_and_curves() -> None:
    with refused("chip.algorithm"):
        keys.read(info(ec.generate_private_key(ec.SECP256K1()).public_key()), "chip.certificate", "")
