"""Keys that an issuer publishes below its identifier: a document of them, or our error."""

from __future__ import annotations

import json

from clicid.errors import ClicidError
from clicid.keys.algorithms import ED25519, P256
from clicid.trust import issuer_metadata
from tests.support.memory_keystore import MemoryKeyStore

_ISSUER = "https://pid.example/se"
_STORE = MemoryKeyStore(b"fuzz")
_KEYS = [_STORE.public(_STORE.generate(kind, kind)) for kind in (ED25519, P256)]

SEEDS = [
    json.dumps(
        {
            "issuer": _ISSUER,
            "jwks": {"keys": [{**key.to_jwk(), "kid": str(n)} for n, key in enumerate(_KEYS)]},
        }
    ).encode(),
    json.dumps({"issuer": _ISSUER, "jwks_uri": "https://pid.example/keys"}).encode(),
]


def target(data: bytes) -> None:
    try:
        found = issuer_metadata.document(_ISSUER, data)
    except ClicidError:
        pass
    else:
        assert all(method.id.startswith(f"{_ISSUER}#") for method in found.methods)
    try:
        elsewhere = issuer_metadata.keys_url(_ISSUER, data)
    except ClicidError:
        return
    assert not elsewhere or elsewhere.startswith(("https://", "http://"))
