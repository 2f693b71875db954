"""JWE: what is encrypted here others read, and the reverse; and each way in which a message can be wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe as joserfc_jwe
from joserfc.jwk import ECKey
from jwcrypto import jwe as jwcrypto_jwe
from jwcrypto.jwk import JWK

from clicid.codec import base64url, strict_json
from clicid.errors import LocalError
from clicid.keys.algorithms import ED25519, P256, P384
from clicid.keys.ephemeral import EphemeralKey
from clicid.keys.public import PublicKey
from clicid.securing import jwe
from clicid.securing.jwe import ENCS, Recipient
from tests.support.memory_keystore import SIGNING, MemoryKeyStore
from tests.support.refusals import refused
from tests.support.world import Dice

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "securing" / "jwe.json").read_text())
STORE = MemoryKeyStore(b"jwe")
REFS = {name: STORE.generate(name, name) for name in SIGNING}
OTHER = STORE.generate(P256, "other")
RECIPIENT = Recipient(STORE.public(REFS[P256]), "key-1", "ECDH-ES")
CAP = 8192


def mine(key: PublicKey) -> bytes:
    return STORE.agree(REFS[P256], key)


def read(
    token: bytes | str, *, encs: tuple[str, ...] = tuple(ENCS), kid: str = "key-1", agree: Any = mine
) -> bytes:
    return jwe.decrypt(jwe.parse(token, max_bytes=CAP), agree=agree, kid=kid, encs=encs)


def sealed(header: dict[str, Any], content: bytes, raw: str = "") -> str:
    """A message over any header: by hand, as nothing here would make it."""
    ephemeral = EphemeralKey(Dice("hostile"))
    whole = {"alg": "ECDH-ES", "enc": "A128GCM", "epk": ephemeral.public.to_jwk(), "kid": "key-1"} | header
    encoded = base64url.encode(
        raw.encode() or strict_json.dumps({name: value for name, value in whole.items() if value is not None})
    )
    enc = whole["enc"] if whole["enc"] in ENCS else "A128GCM"
    parties = [base64url.decode(str(whole.get(name, "")).rstrip("=")) for name in ("apu", "apv")]
    key = jwe._derived(ephemeral.agree(RECIPIENT.key), enc, *parties)
    box = AESGCM(key).encrypt(bytes(range(12)), content, encoded.encode())
    return ".".join([encoded, "", *map(base64url.encode, (bytes(range(12)), box[:-16], box[-16:]))])


def hostile(vector: dict[str, Any]) -> str:
    header = dict(vector.get("header", {}))
    if "epk" in vector:
        header["epk"] = STORE.public(REFS[vector["epk"]]).to_jwk()
    if vector.get("private"):
        header["epk"] = EphemeralKey(Dice("hostile")).public.to_jwk() | {"d": base64url.encode(bytes(32))}
    if "long_kid" in vector:
        header["kid"] = "k" * vector["long_kid"]
    if "long_header" in vector:
        header["x5u"] = "u" * vector["long_header"]
    parts = sealed(header, bytes(vector.get("content_bytes", 5)), vector.get("raw_header", "")).split(".")
    if "after" in vector:
        parts[0] = base64url.encode(
            strict_json.dumps(json.loads(base64url.decode(parts[0])) | vector["after"])
        )
    for at, text in vector.get("parts", {}).items():
        parts[int(at)] = text
    return ".".join(parts[: len(parts) - vector.get("drop", 0)])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_vector(vector: dict[str, Any]) -> None:
    token = hostile(vector)
    encs = tuple(vector.get("encs", ENCS))
    agree = (lambda key: STORE.agree(OTHER, key)) if vector.get("other_key") else mine
    if "code" not in vector:
        assert read(token, encs=encs) == bytes(5)
        return
    with refused(vector["code"], vector.get("where", "")):
        read(token, encs=encs, agree=agree)


@pytest.mark.parametrize("enc", ENCS)
@given(payload=st.binary(max_size=200), apu=st.binary(max_size=40), apv=st.binary(max_size=40))
def test_what_is_encrypted_is_read(enc: str, payload: bytes, apu: bytes, apv: bytes) -> None:
    token = jwe.encrypt(payload, RECIPIENT, enc=enc, random=Dice(), apu=apu, apv=apv)
    parsed = jwe.parse(token, max_bytes=CAP)
    assert (parsed.kid, parsed.enc, parsed.apu, parsed.apv) == ("key-1", enc, apu, apv)
    assert jwe.decrypt(parsed, agree=mine, kid="key-1", encs=[enc]) == payload


@pytest.mark.parametrize("enc", ENCS)
def test_other_libraries_read_ours(enc: str) -> None:
    theirs = JWK.generate(kty="EC", crv="P-256", kid="k")
    to = Recipient.from_jwk(json.loads(theirs.export_public()) | {"alg": "ECDH-ES"})
    token = jwe.encrypt(b'{"a":1}', to, enc=enc, random=Dice(), apu=b"Alice", apv=b"Bob").decode()
    reader = jwcrypto_jwe.JWE(algs=["ECDH-ES", enc])
    reader.deserialize(token, theirs)
    assert reader.payload == b'{"a":1}'
    key = ECKey.import_key(json.loads(theirs.export()))
    assert joserfc_jwe.decrypt_compact(token, key, algorithms=["ECDH-ES", enc]).plaintext == b'{"a":1}'


@pytest.mark.parametrize("enc", ENCS)
def test_we_read_what_other_libraries_make(enc: str) -> None:
    header: Any = {"alg": "ECDH-ES", "enc": enc, "kid": "key-1"}
    jwk: Any = RECIPIENT.key.to_jwk()
    token = joserfc_jwe.encrypt_compact(
        dict(header), b"theirs", ECKey.import_key(jwk), algorithms=["ECDH-ES", enc]
    )
    assert read(token) == b"theirs"
    maker = jwcrypto_jwe.JWE(b"theirs", json.dumps(header | {"apu": "QWxpY2U", "apv": "Qm9i"}))
    maker.add_recipient(JWK(**jwk))
    assert read(maker.serialize(compact=True)) == b"theirs"


def test_the_key_of_rfc_7518_appendix_c() -> None:
    alice = base64url.decode("0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo")
    scalar = (int.from_bytes(alice, "big") - 1).to_bytes(40, "big")
    bob = PublicKey.from_jwk(
        {
            "kty": "EC",
            "crv": "P-256",
            "x": "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",
            "y": "e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck",
        }
    )
    token = jwe.encrypt(
        b"content",
        Recipient(bob, "", "ECDH-ES"),
        enc="A128GCM",
        random=lambda size: scalar if size == 40 else bytes(size),
        apu=b"Alice",
        apv=b"Bob",
    )
    header, _, iv, content, tag = token.decode().split(".")
    assert json.loads(base64url.decode(header))["epk"] == {
        "kty": "EC",
        "crv": "P-256",
        "x": "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",
        "y": "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps",
    }
    published = AESGCM(base64url.decode("VqqN6vgjbSBcIijNcacQGg"))
    box = base64url.decode(content) + base64url.decode(tag)
    assert published.decrypt(base64url.decode(iv), box, header.encode()) == b"content"


def test_two_messages_have_nothing_in_common() -> None:
    dice = Dice()
    first, second = (jwe.encrypt(b"x", RECIPIENT, enc="A128GCM", random=dice) for _ in range(2))
    assert not set(first.split(b".")) & set(second.split(b".")) - {b""}


def test_a_recipient_by_its_jwk() -> None:
    assert Recipient.from_jwk(RECIPIENT.to_jwk()) == RECIPIENT
    unnamed = {**RECIPIENT.key.to_jwk(), "alg": "ECDH-ES"}
    assert Recipient.from_jwk(unnamed).kid == ""
    token = jwe.encrypt(b"x", Recipient.from_jwk(unnamed), enc="A128GCM", random=Dice())
    assert "kid" not in jwe.parse(token, max_bytes=CAP).header
    assert read(token, kid="") == b"x"


@pytest.mark.parametrize(
    ("change", "code", "where"),
    [
        ({"alg": "RSA-OAEP"}, "securing.jwe_algorithm", "/alg"),
        ({"alg": "ECDH-ES+A256KW"}, "securing.jwe_algorithm", "/alg"),
        ({"use": "sig"}, "securing.jwe_algorithm", "/use"),
        ({"kid": 5}, "codec.shape", "/kid"),
        ({"d": "AA"}, "keys.format", ""),
    ],
)
def test_a_jwk_that_is_no_recipient(change: dict[str, Any], code: str, where: str) -> None:
    with refused(code, where):
        Recipient.from_jwk(RECIPIENT.to_jwk() | change)


def test_a_jwk_without_alg_is_no_recipient() -> None:
    with refused("codec.shape", "/alg"):
        Recipient.from_jwk(RECIPIENT.key.to_jwk())


@pytest.mark.parametrize("alg", [ED25519, P384])
def test_a_key_that_nothing_is_encrypted_to(alg: str) -> None:
    with refused("securing.jwe_algorithm", "/crv"):
        replace(RECIPIENT, key=STORE.public(REFS[alg]))


def test_our_own_mistake_is_no_refusal() -> None:
    with refused("securing.jwe_algorithm", "/enc", kind=LocalError):
        jwe.encrypt(b"", RECIPIENT, enc="A128CBC-HS256", random=Dice())


def test_an_ephemeral_key_agrees_as_a_store_does() -> None:
    ephemeral = EphemeralKey(Dice())
    assert ephemeral.agree(RECIPIENT.key) == mine(ephemeral.public)
    for alg in (ED25519, P384):
        with refused("keys.algorithm"):
            ephemeral.agree(STORE.public(REFS[alg]))


def test_nothing_secret_in_its_repr() -> None:
    assert "sealed" not in repr(jwe.parse(sealed({}, b"secret"), max_bytes=CAP))
