"""What a wallet asks of its provider: what is accepted, and each way in which a request can be wrong."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from clicid.codec import base64url, strict_json
from clicid.codec.web import HttpAnswer
from clicid.errors import Refused, RemoteError
from clicid.keys.algorithms import P256
from clicid.oid4vci import attesting
from clicid.oid4vci.attesting import Action, Attested, AttestingRequest
from tests.support import attesting as world
from tests.support.attesting import ALGS, INSTANCE, KEYS, MINUTE, THIEF
from tests.support.refusals import refused
from tests.support.world import NOW

PROVIDER = "https://provider.example"
CHALLENGE = "ch4llenge"
REFS = {name: KEYS.generate(P256, f"attested {name}") for name in ("a", "b")}


def proof(ref: Any, **changes: Any) -> str:
    said: dict[str, Any] = {"alg": "ES256", "provider": PROVIDER, "challenge": CHALLENGE, "now": NOW}
    return world.sign(attesting.prepare_key(KEYS.public(ref), **said | changes), ref)


def prepared(request: AttestingRequest, **changes: Any) -> Any:
    said: dict[str, Any] = {"alg": "ES256", "provider": PROVIDER, "challenge": CHALLENGE, "now": NOW}
    return request.prepare(KEYS.public(INSTANCE), **said | changes)


def verify(jwt: str, action: Action = Action.ATTEST_KEYS, **changes: Any) -> attesting.VerifiedAsking:
    rules: dict[str, Any] = {"provider": PROVIDER, "algs": ALGS, "now": NOW, "max_age": 5 * MINUTE}
    return attesting.verify(jwt, action=action, leeway=MINUTE, **rules | changes)


REQUESTS = {
    Action.REGISTER: AttestingRequest(Action.REGISTER, code="c0de"),
    Action.ATTEST_CLIENT: AttestingRequest(Action.ATTEST_CLIENT, keys=(proof(REFS["a"]),)),
    Action.ATTEST_KEYS: AttestingRequest(
        Action.ATTEST_KEYS, keys=tuple(map(proof, REFS.values())), nonce="n0nce"
    ),
}


@pytest.mark.parametrize("action", Action)
def test_a_request(action: Action) -> None:
    request = REQUESTS[action]
    found = verify(world.sign(prepared(request), INSTANCE), action)
    assert (found.instance, found.challenge, found.request) == (KEYS.public(INSTANCE), CHALLENGE, request)
    assert len(found.keys) == len(request.keys)
    for secret in ("c0de", "n0nce", CHALLENGE):
        assert secret not in repr(found)


BENT: list[tuple[str, dict[str, Any]]] = [
    ("a request to register in place of one to attest", {"payload": {"action": "instances"}}),
    ("no action", {"payload": {"action": None}}),
    ("for another provider", {"payload": {"aud": "https://evil.example"}}),
    ("for nobody", {"payload": {"aud": None}}),
    ("too old", {"times": {"iat": -361}}),
    ("of the future", {"times": {"iat": 61}}),
    ("no time", {"payload": {"iat": None}}),
    ("no challenge", {"payload": {"challenge": None}}),
    ("no keys", {"payload": {"keys": None}}),
    ("keys that are no list", {"payload": {"keys": "x"}}),
    ("another type", {"header": {"typ": "JWT"}}),
    ("a proof in its place", {"header": {"typ": "wallet-provider-key+jwt"}}),
    ("alg none", {"header": {"alg": "none"}, "signed_by": "nobody"}),
    ("alg HS256", {"header": {"alg": "HS256"}}),
    (
        "an algorithm that is not accepted",
        {"key_in": {"jwk": "secp256k1"}, "header": {"alg": "ES256K"}, "signed_by": "secp256k1"},
    ),
    ("a private key", {"key_in": {"jwk": "P-256!"}}),
    ("no key", {"header": {"jwk": None}}),
    ("another's signature", {"signed_by": "thief"}),
    ("a member twice", {"raw_payload": '{"aud":"a","aud":"b"}'}),
    ("oversized", {"long": 1 << 16}),
]


@pytest.mark.parametrize(("name", "vector"), BENT, ids=[name for name, _ in BENT])
def test_a_bent_request(name: str, vector: dict[str, Any]) -> None:
    header, payload = world.opened(prepared(REQUESTS[Action.ATTEST_KEYS]))
    with pytest.raises(RemoteError) as caught:
        verify(world.bent(header, payload, vector, INSTANCE))
    assert (caught.value.wire, attesting.status(caught.value)) == ("invalid_request", 400)


def _bent_proof(**vector: Any) -> str:
    ref = REFS["a"]
    said: dict[str, Any] = {"alg": "ES256", "provider": PROVIDER, "challenge": CHALLENGE, "now": NOW}
    return world.bent(*world.opened(attesting.prepare_key(KEYS.public(ref), **said)), vector, ref)


@pytest.mark.parametrize(
    "proofs",
    [
        (proof(REFS["a"]), proof(REFS["a"])),
        (proof(INSTANCE),),
        (proof(REFS["a"], challenge="another"),),
        (proof(REFS["a"], provider="https://issuer.example"),),
        (proof(REFS["a"], now=NOW - timedelta(minutes=7)),),
        (_bent_proof(signed_by="thief"),),
        (_bent_proof(header={"typ": "openid4vci-proof+jwt"}),),
        (_bent_proof(header={"alg": "none"}, signed_by="nobody"),),
        (_bent_proof(key_in={"jwk": "thief"}),),
        ("x",),
    ],
    ids=["twice", "the instance's own", "challenge", "provider", "old", "thief", "type", "none", "key", "no"],
)
def test_a_key_that_is_not_proved(proofs: tuple[str, ...]) -> None:
    request = AttestingRequest(Action.ATTEST_KEYS, keys=proofs)
    with pytest.raises(RemoteError) as caught:
        verify(world.sign(prepared(request), INSTANCE))
    assert (caught.value.wire, attesting.status(caught.value)) == ("invalid_key", 403)


@pytest.mark.parametrize(
    ("action", "keys"),
    [
        (Action.REGISTER, (proof(REFS["a"]),)),
        (Action.ATTEST_CLIENT, ()),
        (Action.ATTEST_CLIENT, (proof(REFS["a"]), proof(REFS["b"]))),
        (Action.ATTEST_KEYS, ()),
    ],
)
def test_more_or_fewer_keys_than_are_wanted(action: Action, keys: tuple[str, ...]) -> None:
    with pytest.raises(RemoteError) as caught:
        verify(world.sign(prepared(AttestingRequest(action, keys=keys)), INSTANCE), action)
    assert (caught.value.wire, caught.value.where) == ("invalid_request", "/keys")


def test_what_a_wallet_proves_to_its_provider_is_no_proof_to_an_issuer() -> None:
    header = json.loads(base64url.decode(proof(THIEF).partition(".")[0]))
    assert header["typ"] == "wallet-provider-key+jwt"


def test_an_answer() -> None:
    answer = Attested("jwt", "client", 60)
    assert Attested.parse(strict_json.dumps(answer.to_wire())) == answer
    assert "jwt'" not in repr(answer)


@pytest.mark.parametrize(
    "change", [{"attestation": ""}, {"client_id": 1}, {"expires_in": 0}, {"expires_in": 1 << 40}]
)
def test_a_bent_answer(change: dict[str, Any]) -> None:
    with refused("codec.shape"):
        Attested.parse(strict_json.dumps(Attested("jwt", "client", 60).to_wire() | change))


def test_what_a_provider_turns_down() -> None:
    json_type = "application/json"
    assert attesting.read_challenge(HttpAnswer(200, json_type, b'{"challenge":"c"}')) == "c"
    for answer, detail in (
        (HttpAnswer(403, json_type, b'{"error":"unknown_instance"}'), "status 403 unknown_instance"),
        (HttpAnswer(403, json_type, b'{"error":"<script>"}'), "status 403"),
        (HttpAnswer(502, "text/html", b"<html>"), "status 502"),
        (HttpAnswer(200, "text/html", b"{}"), "status 200"),
    ):
        with pytest.raises(Refused) as caught:
            attesting.read_challenge(answer)
        assert (caught.value.code, caught.value.detail) == ("wallet_provider.remote", detail)
