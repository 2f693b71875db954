"""Client attestations: who may authenticate as a wallet, and each way in which somebody may not (ABCA 7)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from clicid.errors import RemoteError
from clicid.formats.base import StatusRef
from clicid.oid4vci import client_attestation, dpop
from tests.support import attesting
from tests.support.attesting import ALGS, CLIENT, INSTANCE, KEYS, MINUTE, PROVIDERS, SERVER, THIEF
from tests.support.world import DAY, NOW

VECTORS = json.loads(
    (Path(__file__).parents[2] / "vectors" / "oid4vci" / "client_attestations.json").read_text()
)
STATUS = StatusRef("https://provider.example/status/1", 17)


def attestation(**changes: Any) -> Any:
    said: dict[str, Any] = {
        "issuer": "https://provider.example",
        "client_id": CLIENT,
        "alg": "ES256",
        "kid": "",
        "chain": attesting.CHAINS["listed"],
        "now": NOW,
        "lifetime": DAY,
        "wallet_name": "A wallet",
        "wallet_link": "https://wallet.example/about",
        "status": STATUS,
    }
    return client_attestation.prepare_attestation(attesting.instance(), **said | changes)


def pop(**changes: Any) -> Any:
    said: dict[str, Any] = {"alg": "ES256", "audience": SERVER, "jti": "once", "now": NOW}
    return client_attestation.prepare_pop(**said | changes)


def verify(jwt: str, proof: Any, **changes: Any) -> client_attestation.VerifiedClient:
    rules: dict[str, Any] = {
        "audience": SERVER,
        "client_id": CLIENT,
        "providers": PROVIDERS,
        "algs": ALGS,
        "now": NOW,
    }
    return client_attestation.verify(jwt, proof, max_age=5 * MINUTE, leeway=MINUTE, **rules | changes)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_vector(vector: dict[str, Any]) -> None:
    changed = vector.get("pop", {})
    jwt = attesting.bent(*attesting.opened(attestation()), vector.get("attestation", {}), None)
    proof = "" if "empty" in changed else attesting.bent(*attesting.opened(pop()), changed, INSTANCE)
    providers = replace(PROVIDERS, haip=vector.get("haip", False))
    asked = {"client_id": vector.get("client_id", CLIENT), "providers": providers}
    if "code" not in vector:
        assert verify(jwt, proof, **asked).key == attesting.instance()
        return
    with pytest.raises(RemoteError) as caught:
        verify(jwt, proof, **asked)
    assert (caught.value.code, caught.value.where) == (vector["code"], vector.get("where", "")), caught.value
    assert caught.value.wire == vector.get("wire", "invalid_client")


def test_a_wallet_authenticates() -> None:
    found = verify(attesting.sign(attestation()), attesting.sign(pop(challenge="c"), INSTANCE))
    assert found == client_attestation.VerifiedClient(
        client_id=CLIENT,
        key=attesting.instance(),
        provider=attesting.BY_ROOT,
        status=STATUS,
        jti="once",
        challenge="c",
        until=NOW + 6 * MINUTE,
        wallet_name="A wallet",
        wallet_link="https://wallet.example/about",
    )
    assert "'c'" not in repr(found)


def dpop_proof(ref: Any) -> dpop.VerifiedDpop:
    to: dict[str, Any] = {"htm": "POST", "htu": f"{SERVER}/token"}
    key = KEYS.public(ref)
    prepared = dpop.prepare(key, alg="ES256", jti="d", now=NOW, nonce="c", **to)
    jwt = attesting.sign(prepared, ref)
    return dpop.verify(jwt, algs=ALGS, now=NOW, max_age=MINUTE, leeway=MINUTE, **to)


def test_the_dpop_proof_is_the_proof_of_possession() -> None:
    found = verify(attesting.sign(attestation()), dpop_proof(INSTANCE))
    assert (found.jti, found.challenge, found.until) == ("d", "c", NOW + 2 * MINUTE)


def test_a_stolen_attestation_with_a_dpop_key_of_the_thief() -> None:
    with pytest.raises(RemoteError) as caught:
        verify(attesting.sign(attestation()), dpop_proof(THIEF))
    assert (caught.value.wire, caught.value.code) == ("invalid_client", "oid4vci.attestation_pop")


def test_an_id_is_to_be_remembered_until_its_proof_is_too_old() -> None:
    """Twice used: the same proof passes here as long as the store does not know its id, and then no more."""
    jwt, proof = attesting.sign(attestation()), attesting.sign(pop(now=NOW + MINUTE), INSTANCE)
    until = verify(jwt, proof).until
    assert verify(jwt, proof, now=until).jti == "once"
    with pytest.raises(RemoteError) as caught:
        verify(jwt, proof, now=until + timedelta(seconds=1))
    assert caught.value.code == "oid4vci.attestation_time"
