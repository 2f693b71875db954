"""Key proofs: what is accepted, and each way in which one can be wrong (OpenID4VCI F.4)."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clicid.codec import base64url, strict_json
from clicid.errors import RemoteError
from clicid.keys.algorithms import ALGORITHMS, ED25519, P256
from clicid.oid4vci import proof
from tests.support.issuance import NOW
from tests.support.memory_keystore import SIGNING, MemoryKeyStore
from tests.support.peer import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

ISSUER = "https://issuer.example"
VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "oid4vci" / "proofs.json").read_text())
KEYS = MemoryKeyStore(b"proofs")
REFS = {name: KEYS.generate(name, name) for name in SIGNING}
OTHER = KEYS.generate(P256, "other")


def _jws(header: dict[str, Any], payload: bytes, ref: Any, alg: str) -> str:
    signed = ".".join(base64url.encode(part) for part in (strict_json.dumps(header), payload))
    return f"{signed}.{base64url.encode(KEYS.sign(ref, signed.encode(), alg))}"


def _prepared(vector: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and payload of a good proof; for keys that are never prepared, written by hand."""
    name = vector.get("key", P256)
    key = KEYS.public(REFS[name])
    if name != P256:
        return {"typ": proof.TYP, "alg": "ES256K", "jwk": key.to_jwk()}, {"aud": ISSUER, "nonce": "n0nce"}
    prepared = proof.prepare(
        key, alg="ES256", binding=vector.get("binding", "jwk"), issuer=ISSUER, nonce="n0nce", now=NOW
    )
    header, payload = (
        json.loads(base64url.decode(part)) for part in prepared.signing_input.decode().split(".")
    )
    return header, payload


def _changed(obj: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**obj, **changes}.items() if value is not None}


def _proof(vector: dict[str, Any]) -> str:
    header, payload = _prepared(vector)
    changes = dict(vector.get("payload", {}))
    payload["iat"] = int(NOW.timestamp()) + changes.pop("iat_offset", 0)
    header, payload = _changed(header, vector.get("header", {})), _changed(payload, changes)
    if vector.get("private"):
        header["jwk"]["d"] = base64url.encode(bytes(32))
    if vector.get("strip_fragment"):
        header["kid"] = header["kid"].partition("#")[0]
    raw = vector["raw_payload"].encode() if "raw_payload" in vector else strict_json.dumps(payload)
    name = vector.get("key", P256)
    return _jws(header, raw, OTHER if vector.get("signer") else REFS[name], name)


def _verify(jwt: str, vector: dict[str, Any]) -> proof.VerifiedProof:
    return proof.verify(proof.parse(jwt), _expected(**vector))


def _expected(
    methods: Sequence[str] = ("jwk", "did:key", "did:jwk"), client: str = "", **_: object
) -> proof.Expected:
    return proof.Expected(
        issuer=ISSUER,
        client_id=client,
        algs=("ES256", "EdDSA"),
        binding_methods=methods,
        max_age=timedelta(minutes=5),
        leeway=timedelta(minutes=1),
        now=NOW,
    )


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_vector(vector: dict[str, Any]) -> None:
    jwt = _proof(vector)
    if "code" not in vector:
        verified = _verify(jwt, vector)
        assert verified.holder == KEYS.public(REFS[P256])
        assert verified.nonce == "n0nce"
        assert verified.did.startswith(vector.get("binding", "") if vector.get("binding") != "jwk" else "")
        assert bool(verified.did) == ("binding" in vector)
        return
    with pytest.raises(RemoteError) as caught:
        _verify(jwt, vector)
    assert (caught.value.wire, caught.value.code) == ("invalid_proof", vector["code"])
    assert caught.value.where == vector["where"]
    assert "n0nce" not in str(caught.value)


@pytest.mark.parametrize("name", [ED25519, P256])
def test_a_prepared_proof_is_accepted_under_each_algorithm(name: str) -> None:
    key = KEYS.public(REFS[name])
    prepared = proof.prepare(
        key, alg=ALGORITHMS[name].jose, binding="did:key", issuer=ISSUER, nonce="n", now=NOW
    )
    (operation,) = prepared.to_be_signed
    jwt = prepared.complete([KEYS.sign(REFS[name], operation.message, operation.alg)]).decode()
    assert _verify(jwt, {}).holder == key


def test_a_did_peer_names_a_key_by_which_it_authenticates() -> None:
    keys = [KEYS.public(ref) for ref in (REFS[ED25519], REFS[P256])]
    did = listed(("A", keys[0]), ("V", keys[1]))
    payload = strict_json.dumps({"aud": ISSUER, "iat": int(NOW.timestamp()), "nonce": "n0nce"})
    header = {"typ": proof.TYP, "alg": "ES256", "kid": f"{did}#key-2"}
    methods = {"methods": ("did:peer",)}
    verified = _verify(_jws(header, payload, REFS[P256], P256), methods)
    assert (verified.holder, verified.did) == (keys[1], did)
    other = {"typ": proof.TYP, "alg": "EdDSA", "kid": f"{did}#key-1"}
    for jwt, allowed in (
        (_jws(other, payload, REFS[ED25519], ED25519), methods),  # A key for something else.
        (_jws(header, payload, REFS[P256], P256), {}),  # A way that the configuration does not list.
    ):
        with pytest.raises(RemoteError) as caught:
            _verify(jwt, allowed)
        assert caught.value.code == "oid4vci.proof_header"


def test_without_a_nonce_endpoint_a_proof_has_no_nonce() -> None:
    prepared = proof.prepare(
        KEYS.public(REFS[P256]), alg="ES256", binding="jwk", issuer=ISSUER, nonce="", now=NOW
    )
    payload = json.loads(base64url.decode(prepared.signing_input.decode().split(".")[1]))
    assert payload == {"aud": ISSUER, "iat": int(NOW.timestamp())}
