"""A proof of any form under a good document: only the one that was made verifies."""

from __future__ import annotations

import json

from clicid.codec import strict_json
from clicid.errors import ClicidError
from clicid.securing import data_integrity
from tests.support import w3c

_PROOF = json.loads(w3c.credential())["proof"]
_KEY = w3c.STORE.public(w3c.ISSUER_REF)

SEEDS = [
    json.dumps(_PROOF).encode(),
    json.dumps({**_PROOF, "expires": "2027-01-01T00:00:00Z", "domain": "x", "challenge": "y"}).encode(),
    json.dumps([_PROOF]).encode(),
    b"{}",
]


def target(data: bytes) -> None:
    try:
        proof = strict_json.loads(data)
        data_integrity.verify(data_integrity.parse({**w3c.unsigned(), "proof": proof}, w3c.CONTEXTS), _KEY)
    except ClicidError:
        return
    assert proof == _PROOF
