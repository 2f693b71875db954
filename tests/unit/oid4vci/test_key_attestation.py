"""Key attestations: what is accepted, and each way in which one can be wrong (OpenID4VCI D.1)."""

from __future__ import annotations

from typing import Any

from clicid.formats.base import StatusRef
from clicid.oid4vci import key_attestation
from tests.support import attesting
from tests.support.attesting import ALGS, INSTANCE, KEYS, MINUTE, PROVIDERS, THIEF
from tests.support.world import DAY, NOW

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
