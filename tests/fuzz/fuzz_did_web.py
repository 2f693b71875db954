"""did:web: where a document lies, and whatever a web server may answer."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from clicid.did import web
from clicid.errors import ClicidError
from clicid.keys.algorithms import ED25519, P256
from tests.support.memory_keystore import MemoryKeyStore

_DID = "did:web:issuer.example"
_NOW = datetime(2026, 11, 25, tzinfo=UTC)
_STORE = MemoryKeyStore(b"fuzz")
_DOCUMENT = {
    "id": _DID,
    "verificationMethod": [
        {
            "id": "#a",
            "type": "Multikey",
            "controller": _DID,
            "publicKeyMultibase": _STORE.public(_STORE.generate(ED25519, "a")).to_multikey(),
            "expires": "2027-01-01T00:00:00Z",
        },
        {
            "id": f"{_DID}#b",
            "type": "JsonWebKey",
            "controller": _DID,
            "publicKeyJwk": _STORE.public(_STORE.generate(P256, "b")).to_jwk(),
        },
    ],
    "assertionMethod": ["#a", f"{_DID}#b"],
}
SEEDS = [json.dumps(_DOCUMENT).encode(), b"did:web:example.com%3A3000:user:alice", b"did:web:a.b:%41"]


def target(data: bytes) -> None:
    try:
        where = web.url(data.decode("utf-8", errors="surrogateescape"))
        assert where.startswith("https://")
        assert where.endswith("/did.json")
    except ClicidError:
        pass
    try:
        document = web.document(_DID, data, _NOW)
    except ClicidError:
        return
    assert document.id == _DID
    assert all(method.controller == _DID for method in document.methods)
