from __future__ import annotations

import hashlib
import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OKPKey
from nacl.bindings import crypto_core_ed25519_add

from clicid.codec import base64url, multibase, multicodec
from clicid.keys import algorithms, p256, points
from clicid.keys.algorithms import ALGORITHMS, BLS12_381_G2, ED25519, P256
from clicid.keys.public import PublicKey
from tests.support.memory_keystore import SIGNING, MemoryKeyStore
from tests.support.refusals import refused

if TYPE_CHECKING:
    from collections.abc import Callable

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "keys"
DER = serialization.Encoding.DER
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo


def cases(name: str) -> list[Any]:
    rows = json.loads((VECTORS / f"{name}.json").read_bytes())["cases"]
    return [pytest.param(row, id=row["name"]) for row in rows]


def expect(code: str, make: Callable[[], object]) -> None:
    if code:
        with refused(code):
            make()
    else:
        make()


@pytest.mark.parametrize("case", cases("raw"))
def test_raw_keys(case: dict[str, Any]) -> None:
    expect(case["code"], lambda: PublicKey.from_raw(case["alg"], bytes.fromhex(case["raw"])))


@pytest.mark.parametrize("case", cases("jwk"))
def test_jwks(case: dict[str, Any]) -> None:
    expect(case["code"], lambda: PublicKey.from_jwk(case["jwk"]))


@pytest.mark.parametrize("case", cases("multikey"))
def test_multikeys(case: dict[str, Any]) -> None:
    expect(case["code"], lambda: PublicKey.from_multikey(case["multikey"]))


@pytest.mark.parametrize("case", cases("signature"))
def test_signatures(case: dict[str, Any]) -> None:
    key = PublicKey.from_multikey(case["multikey"])
    signature, message = bytes.fromhex(case["signature"]), bytes.fromhex(case["message"])
    expect(case["code"], lambda: key.verify(signature, message))


@pytest.mark.parametrize("case", cases("signature"))
def test_a_claimed_key_verifies_the_same(case: dict[str, Any]) -> None:
    key = PublicKey.claimed(case["multikey"])
    signature, message = bytes.fromhex(case["signature"]), bytes.fromhex(case["message"])
    expect(case["code"], lambda: key.verify(signature, message))
    assert key == PublicKey.from_multikey(case["multikey"])


@pytest.mark.parametrize(
    "case", [case for case in cases("raw") if case.values[0]["alg"] == ED25519 and case.values[0]["code"]]
)
def test_a_claimed_key_that_is_none_verifies_nothing(case: dict[str, Any]) -> None:
    raw = bytes.fromhex(case["raw"])
    text = multibase.encode(multicodec.encode(multicodec.ED25519_PUB, raw))
    if len(raw) != 32:
        with refused("keys.format"):
            PublicKey.claimed(text)
        return
    # R = s B - h A with s = 0 and h A as A itself, its negative or nothing: what small orders make of it.
    for r in (raw, bytes([*raw[:-1], raw[-1] ^ 128]), (1).to_bytes(32, "little"), bytes(32)):
        for number in range(16):
            with refused("keys.format"):
                PublicKey.claimed(text).verify(r + bytes(32), number.to_bytes(1))
    with refused("keys.format"):
        _ = PublicKey.claimed(text).handle


@pytest.mark.parametrize(
    "case", [case for case in cases("signature") if case.values[0]["name"].startswith("Ed25519")]
)
def test_openssl_agrees_on_ed25519(case: Any) -> None:
    key = PublicKey.from_multikey(case["multikey"])
    signature, message = bytes.fromhex(case["signature"]), bytes.fromhex(case["message"])
    openssl = ed25519.Ed25519PublicKey.from_public_bytes(key.raw)
    if case["code"]:
        with pytest.raises(InvalidSignature):
            openssl.verify(signature, message)
    else:
        openssl.verify(signature, message)


@pytest.fixture(params=["AWS-LC", "OpenSSL"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What checks: AWS-LC is here for the tests, and not everywhere."""
    assert p256.AwsLc is not None
    if request.param == "OpenSSL":
        monkeypatch.setattr(p256, "AwsLc", None)


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    "case", [case for case in cases("signature") if case.values[0]["name"].startswith("P-256")]
)
def test_either_library_checks_p256_alike(case: Any) -> None:
    key = PublicKey.from_multikey(case["multikey"])
    signature, message = bytes.fromhex(case["signature"]), bytes.fromhex(case["message"])
    expect(case["code"], lambda: key.verify(signature, message))
    expect(case["code"], lambda: PublicKey.from_jwk(key.to_jwk()).verify(signature, message))


@pytest.mark.parametrize(
    "case", [case for case in cases("signature") if case.values[0]["name"].startswith("P-256")]
)
def test_openssl_agrees_on_p256(case: Any) -> None:
    key = PublicKey.from_multikey(case["multikey"])
    signature, message = bytes.fromhex(case["signature"]), bytes.fromhex(case["message"])
    assert _openssl_verifies(key, signature, message) == (not case["code"])


@given(st.binary(max_size=80), st.integers(0, 511), st.sampled_from(("signature", "message", "none")))
def test_two_libraries_agree_on_p256(message: bytes, bit: int, changed: str) -> None:
    store = MemoryKeyStore(b"agree")
    ref = store.generate(P256, "key")
    signature = store.sign(ref, message, P256)
    if changed == "signature":
        signature = (int.from_bytes(signature, "big") ^ 1 << bit).to_bytes(64, "big")
    signed = message + b"." if changed == "message" else message
    # One that came as both coordinates, and one whose y was found.
    short = store.public(ref)
    for key in (short, PublicKey.from_jwk(short.to_jwk())):
        assert _openssl_verifies(key, signature, signed) == (changed == "none")
        expect("" if changed == "none" else "keys.signature", partial(key.verify, signature, signed))


_P: Final = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B: Final = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


@pytest.mark.usefixtures("library")
def test_points_of_p256_are_those_of_the_equation() -> None:
    """Also where a coordinate is written with p added, which fits into its bytes for small ones."""
    tried = 0
    for x in range(40):
        y = pow(x**3 - 3 * x + _B, (_P + 1) // 4, _P)
        on_curve = y * y % _P == (x**3 - 3 * x + _B) % _P
        for at, other in ((x, y), (x, _P - y), (x + _P, y), (x, y ^ 1), (0, 0)):
            point = b"\x04" + at.to_bytes(32, "big") + other.to_bytes(32, "big")
            if on_curve and at == x and other in (y, _P - y):
                found = PublicKey.from_point(algorithms.by_name(P256), point)
                assert found == PublicKey.from_spki(found.to_spki()), "the same by both libraries"
                tried += 1
            else:
                with refused("keys.format", "/x"):
                    PublicKey.from_point(algorithms.by_name(P256), point, "/x")
    assert tried > 20


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("first", [0, 5, 6, 7, 0x30])
def test_p256_points_are_taken_in_two_forms_only(first: int) -> None:
    """The hybrid form (SEC 1 2.3.3, 06 and 07) is one that libraries take for the uncompressed one."""
    store = MemoryKeyStore(b"forms")
    jwk = store.public(store.generate(P256, "key")).to_jwk()
    rest = base64url.decode(str(jwk["x"])) + base64url.decode(str(jwk["y"]))
    for point in (bytes((first,)) + rest, bytes((first,)), b"", b"\x04" + rest[:-1], b"\x04" + rest + b"\0"):
        with refused("keys.format"):
            PublicKey.from_point(algorithms.by_name(P256), point)
        with refused("keys.format"):
            p256.load(point)


def _openssl_verifies(key: PublicKey, signature: bytes, message: bytes) -> bool:
    openssl = serialization.load_der_public_key(key.to_spki())
    assert isinstance(openssl, ec.EllipticCurvePublicKey)
    half = len(signature) // 2
    r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
    try:
        openssl.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return len(signature) == 64


def test_the_size_of_a_point() -> None:
    with refused("keys.format", "/x"):
        points.load(ED25519, bytes(31), "/x")


def test_there_are_eight_points_of_small_order() -> None:
    # Each y but 1 and -1 belongs to two points that differ in the sign of x.
    ys = points._SMALL_ORDER_YS
    p = 2**255 - 19
    assert sum(1 if y in (1, p - 1) else 2 for y in ys) == 8
    for y in ys:
        point = y.to_bytes(32, "little")
        for _ in range(3):
            point = crypto_core_ed25519_add(point, point)
        assert point == (1).to_bytes(32, "little")


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_every_form_reads_as_the_same_key(alg: str) -> None:
    store = MemoryKeyStore(b"forms")
    key = store.public(store.generate(alg, "key"))
    if alg != BLS12_381_G2:
        assert PublicKey.from_jwk(key.to_jwk()) == key
        assert PublicKey.from_spki(key.to_spki()) == key
    assert PublicKey.from_multikey(key.to_multikey()) == key
    assert PublicKey.from_raw(alg, key.raw) == key
    assert len({key, PublicKey.from_raw(alg, key.raw)}) == 1
    assert key != store.public(store.generate(alg, "other"))


@pytest.mark.parametrize("alg", SIGNING)
def test_another_library_agrees(alg: str) -> None:
    store = MemoryKeyStore(b"joserfc")
    key = store.public(store.generate(alg, "key"))
    kind = OKPKey if alg == ED25519 else ECKey
    other = kind.import_key({name: str(value) for name, value in key.to_jwk().items()})
    assert other.thumbprint() == key.thumbprint()
    assert other.as_dict(private=False) | {"kid": ""} == key.to_jwk() | {"kid": ""}


def test_places_in_a_jwk() -> None:
    with refused("codec.base64url", "/cnf/jwk/x"):
        PublicKey.from_jwk({"kty": "OKP", "crv": "Ed25519", "x": "!"}, "/cnf/jwk")
    with refused("keys.format", "/cnf/jwk/y"):
        PublicKey.from_jwk({"kty": "EC", "crv": "P-256", "x": "A" * 42 + "E", "y": "AA"}, "/cnf/jwk")


def test_spki_of_keys_outside_the_table() -> None:
    for private in (
        rsa.generate_private_key(65537, 1024),
        ec.generate_private_key(ec.SECP521R1()),
        x25519.X25519PrivateKey.generate(),
        dsa.generate_private_key(1024),
    ):
        with refused("keys.algorithm"):
            PublicKey.from_spki(private.public_key().public_bytes(DER, SPKI))


def test_spki_that_is_none() -> None:
    der = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(DER, SPKI)
    for raw in (b"", b"0", der[:-1], der + b"\0"):
        with refused("keys.format"):
            PublicKey.from_spki(raw)


def test_spki_of_small_order() -> None:
    der = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(DER, SPKI)
    with refused("keys.format"):
        PublicKey.from_spki(der[:-32] + bytes(32))


def test_a_key_of_another_algorithm_does_not_verify() -> None:
    store = MemoryKeyStore(b"mixed")
    refs = {alg: store.generate(alg, alg) for alg in ALGORITHMS}
    for signer in SIGNING:
        signature = store.sign(refs[signer], b"m", signer)
        for alg in SIGNING:
            if alg != signer:
                with refused("keys.signature"):
                    store.public(refs[alg]).verify(signature, b"m")


def test_what_a_bbs_key_has_not() -> None:
    store = MemoryKeyStore(b"bbs")
    key = store.public(store.generate(BLS12_381_G2, "key"))
    for make in (key.to_jwk, key.to_spki, key.thumbprint, lambda: key.verify(bytes(80), b"")):
        with refused("keys.algorithm"):
            make()


def test_edwards_points_are_those_of_eulers_criterion() -> None:
    p = 2**255 - 19
    d = -121665 * pow(121666, -1, p) % p
    found = {False: 0, True: 0}
    for number in range(200):
        raw = hashlib.sha256(number.to_bytes(4)).digest()
        y = int.from_bytes(raw, "little") & (1 << 255) - 1
        on_curve = pow((y * y - 1) * (d * y * y + 1) % p, (p - 1) // 2, p) in {0, 1}
        found[on_curve] += 1
        if on_curve:
            assert PublicKey.from_raw(ED25519, raw).raw == raw
        else:
            with refused("keys.format"):
                PublicKey.from_raw(ED25519, raw)
    assert min(found.values()) > 50
