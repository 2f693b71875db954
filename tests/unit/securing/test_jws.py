from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from joserfc import jws as joserfc_jws
from joserfc.jwk import ECKey, OKPKey

from clicid.codec import base64url
from clicid.errors import LocalError, Refused
from clicid.keys.algorithms import ALGORITHMS, ED25519, JOSE_ALGORITHMS, P256, SECP256K1
from clicid.keys.public import PublicKey
from clicid.securing import jws
from tests.support.memory_keystore import SIGNING, MemoryKeyStore
from tests.support.refusals import refused

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json
    from clicid.formats.base import Prepared

TYP = "test+jwt"
STORE = MemoryKeyStore(b"jws")
REFS = {alg: STORE.generate(alg, alg) for alg in SIGNING}


def sign(name: str, payload: bytes = b'{"a":1}', **header: Json) -> bytes:
    prepared: Prepared[bytes] = jws.prepare({"typ": TYP, "alg": ALGORITHMS[name].jose} | header, payload)
    return prepared.complete([STORE.sign(REFS[op.alg], op.message, op.alg) for op in prepared.to_be_signed])


def compact(header: Any, payload: bytes = b"{}", signature: bytes = bytes(64)) -> str:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return ".".join(base64url.encode(part) for part in (raw, payload, signature))


@pytest.mark.parametrize("alg", SIGNING)
def test_sign_and_verify(alg: str) -> None:
    token = sign(alg, b"\x00any bytes", kid="did:example:1#k")
    for raw in (token, token.decode()):
        parsed = jws.parse(raw, typ=TYP)
        assert parsed.header["kid"] == "did:example:1#k"
        assert parsed.unverified_payload == b"\x00any bytes"
        assert jws.verify(parsed, STORE.public(REFS[alg])) == b"\x00any bytes"


@pytest.mark.parametrize("alg", ["EdDSA", "ES256", "ES384"])
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_another_library_reads_ours_and_we_read_theirs(alg: str) -> None:
    row = JOSE_ALGORITHMS[alg]
    jwk: Any = STORE.public(REFS[row.name]).to_jwk()
    theirs = OKPKey.import_key(jwk) if row.kty == "OKP" else ECKey.import_key(jwk)
    assert joserfc_jws.deserialize_compact(sign(row.name), theirs, algorithms=[alg]).payload == b'{"a":1}'
    private = OKPKey.generate_key("Ed25519") if row.kty == "OKP" else ECKey.generate_key(row.crv)
    token = joserfc_jws.serialize_compact({"typ": TYP, "alg": alg}, b"x", private, algorithms=[alg])
    public: Any = private.as_dict(private=False)
    assert jws.verify(jws.parse(token, typ=TYP), PublicKey.from_jwk(public)) == b"x"


def test_the_newer_name_of_eddsa() -> None:
    token = sign(ED25519, alg="Ed25519")
    assert jws.verify(jws.parse(token, typ=TYP), STORE.public(REFS[ED25519])) == b'{"a":1}'


def test_any_byte_altered() -> None:
    token = sign(P256)
    key = STORE.public(REFS[P256])
    for at in range(len(token)):
        for flip in (1, 2, 0x20, 0x80):
            altered = token[:at] + bytes([token[at] ^ flip]) + token[at + 1 :]
            with pytest.raises(Refused):
                jws.verify(jws.parse(altered, typ=TYP), key)


def test_the_key_decides_the_algorithm() -> None:
    for signer in SIGNING:
        for alg in SIGNING:
            if alg != signer:
                with refused("keys.algorithm", "/alg"):
                    jws.verify(jws.parse(sign(signer), typ=TYP), STORE.public(REFS[alg]))
    other = MemoryKeyStore(b"other")
    with refused("keys.signature"):
        jws.verify(jws.parse(sign(P256), typ=TYP), other.public(other.generate(P256, "k")))


@pytest.mark.parametrize("alg", ["none", "None", "HS256", "RS256", "ES512", "dir", "es256"])
def test_algorithms_outside_the_table(alg: str) -> None:
    with refused("keys.algorithm", "/alg"):
        jws.parse(compact({"typ": TYP, "alg": alg}), typ=TYP)
    with refused("keys.algorithm", "/alg"):
        jws.prepare({"typ": TYP, "alg": alg}, b"")


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("", "securing.jws"),
        ("..", "codec.json"),
        ("a.b", "securing.jws"),
        (compact({"typ": TYP, "alg": "ES256"}) + ".AA", "securing.jws"),
        (compact({"typ": TYP, "alg": "ES256", "crit": ["exp"]}), "securing.jws"),
        (compact({"typ": TYP, "alg": "ES256", "crit": []}), "securing.jws"),
        (compact({"alg": "ES256"}), "securing.jws_typ"),
        (compact({"typ": "JWT", "alg": "ES256"}), "securing.jws_typ"),
        (compact({"typ": TYP.upper(), "alg": "ES256"}), "securing.jws_typ"),
        (compact({"typ": f"application/{TYP}", "alg": "ES256"}), "securing.jws_typ"),
        (compact({"typ": [TYP], "alg": "ES256"}), "securing.jws_typ"),
        (compact({"typ": TYP}), "codec.shape"),
        (compact({"typ": TYP, "alg": ["ES256"]}), "codec.shape"),
        (compact([]), "codec.shape"),
        (compact(b'{"typ":"test+jwt","alg":"ES256","alg":"none"}'), "codec.json"),
        (compact(b'{"typ":"test+jwt","alg":"ES256","a":[[[[1]]]]}'), "codec.size"),
        (compact(b"\xff"), "codec.json"),
        ("e30=.e30.AA", "codec.base64url"),
        ("å.e30.AA", "codec.base64url"),
        (compact({"typ": TYP, "alg": "ES256"}).replace(".e30.", ".e31."), "codec.base64url"),
        (compact({"typ": TYP, "alg": "ES256"}, signature=bytes(200)), "codec.size"),
        (compact({"typ": TYP, "alg": "ES256", "x": "a" * (1 << 16)}), "codec.size"),
        ("A" * ((1 << 20) + 1), "codec.size"),
    ],
)
def test_malformed(token: str, code: str) -> None:
    for raw in (token, token.encode()):
        with refused(code):
            jws.parse(raw, typ=TYP)


@pytest.mark.parametrize("size", [0, 1, 63, 65])
def test_a_signature_of_another_size(size: int) -> None:
    parsed = jws.parse(compact({"typ": TYP, "alg": "ES256"}, signature=bytes(size)), typ=TYP)
    with refused("keys.signature"):
        jws.verify(parsed, STORE.public(REFS[P256]))


def test_a_header_needs_typ_and_alg() -> None:
    for header in ({"alg": "ES256"}, {"typ": TYP}):
        with refused("codec.shape"):
            jws.prepare(header, b"")


@pytest.mark.parametrize("signatures", [[], [bytes(64)] * 2, [bytes(63)], [b""]])
def test_complete_wants_one_signature(signatures: list[bytes]) -> None:
    with refused("securing.signatures", kind=LocalError):
        jws.prepare({"typ": TYP, "alg": "ES256K"}, b"").complete(signatures)


def test_what_is_to_be_signed() -> None:
    prepared = jws.prepare({"typ": TYP, "alg": "ES256K"}, b"{}")
    (operation,) = prepared.to_be_signed
    assert operation.alg == SECP256K1
    assert operation.message.endswith(b".e30")
