"""Key attestations: what is accepted, and each way in which one can be wrong (OpenID4VCI D.1)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clicid.errors import RemoteError
from clicid.formats.base import StatusRef
from clicid.oid4vci import key_attestation
from tests.support import attesting
from tests.support.attesting import ALGS, INSTANCE, KEYS, MINUTE, PROVIDERS, THIEF
from tests.support.world import DAY, NOW
from tests.support.x509 import Party

VECTORS = json.loads(
    (Path(__file__).parents[2] / "vectors" / "oid4vci" / "key_attestations.json").read_text()
)
STATUS = StatusRef("https://provider.example/status/1", 17)
ATTESTED = (KEYS.public(INSTANCE), KEYS.public(THIEF))


def attestation(**changes: Any) -> Any:
    said: dict[str, Any] = {
        "alg": "ES256",
        "kid": "",
        "chain": attesting.CHAINS["listed"],
        "now": NOW,
        "lifetime": DAY,
        "key_storage": [key_attestation.BASIC],
        "user_authentication": [key_attestation.HIGH],
        "nonce": "n",
        "status": STATUS,
    }
    return key_attestation.prepare(ATTESTED, **said | changes)


def verify(jwt: str, **changes: Any) -> key_attestation.VerifiedKeyAttestation:
    rules: dict[str, Any] = {
        "providers": PROVIDERS,
        "algs": ALGS,
        "now": NOW,
        "max_age": 5 * MINUTE,
        "need_exp": True,
    }
    return key_attestation.verify(jwt, leeway=MINUTE, **rules | changes)


def test_what_a_provider_says_of_keys() -> None:
    found = verify(attesting.sign(attestation()))
    assert found == key_attestation.VerifiedKeyAttestation(
        keys=ATTESTED,
        key_storage=("iso_18045_basic",),
        user_authentication=("iso_18045_high",),
        nonce="n",
        status=STATUS,
        provider=attesting.BY_ROOT,
    )
    assert "'n'" not in repr(found)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_vector(vector: dict[str, Any]) -> None:
    header, payload = attesting.opened(attestation())
    if "attested" in vector:
        payload["attested_keys"] = [attesting.key_of(name) for name in vector["attested"]]
    if "many" in vector:
        payload["attested_keys"] = [Party("", 100 + at).key.to_jwk() for at in range(vector["many"])]
    if "long_level" in vector:
        payload["key_storage"] = ["l" * vector["long_level"]]
    jwt = attesting.bent(header, payload, vector, None)
    rules = {
        "need_exp": vector.get("need_exp", True),
        "providers": replace(PROVIDERS, haip=vector.get("haip", False)),
    }
    if "code" not in vector:
        assert verify(jwt, **rules).keys == ATTESTED
        return
    with pytest.raises(RemoteError) as caught:
        verify(jwt, **rules)
    assert (caught.value.code, caught.value.where) == (vector["code"], vector.get("where", "")), caught.value
    assert caught.value.wire == "invalid_proof"
