"""Service providers' registration documents."""

from __future__ import annotations

import json

from clicid.errors import ClicidError
from clicid.trust import registration

_PURPOSE = {
    "id": "adult",
    "text": {"sv": "Ålder", "en": "Age"},
    "claims": {"https://schemas.example/age/v1": [["age_over_18"], ["methods", None, 0]]},
}
_GOOD = {
    "legal_name": "Systemet AB",
    "identifier": "did:ethr:0x1:0x" + "ab" * 20,
    "purposes": [_PURPOSE],
    "privacy_policy": "https://shop.example/privacy",
    "erasure_contact": "dpo@shop.example",
}
SEEDS = [
    json.dumps(_GOOD).encode(),
    json.dumps(_GOOD | {"purposes": [_PURPOSE, _PURPOSE]}).encode(),
    json.dumps(_GOOD | {"extra": None}).encode(),
]


def target(data: bytes) -> None:
    try:
        document = registration.parse(data)
    except ClicidError:
        return
    for purpose in document.purposes:
        assert document.purpose(purpose.id) == purpose
        for kind, paths in purpose.claims.items():
            # What is registered is never over-asked, and nothing is registered for nobody.
            assert document.over_asking(purpose.id, kind, paths) == ()
            assert document.over_asking("", kind, paths) == paths
