from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa, x25519
from joserfc.jwk import ECKey, OKPKey
from nacl.bindings import crypto_core_ed25519_add

from clicid.codec import multibase, multicodec
from clicid.keys import points
from clicid.keys.algorithms import ALGORITHMS, BLS12_381_G2, ED25519
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
