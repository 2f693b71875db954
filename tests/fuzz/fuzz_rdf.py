"""JSON-LD in safe mode: any JSON object, with the contexts that ship."""

from __future__ import annotations

import json

from clicid.codec import shape, strict_json
from clicid.errors import ClicidError
from clicid.rdf import safe
from clicid.rdf.profile import Profile
from tests.support import w3c

SEEDS = [
    json.dumps(w3c.unsigned()).encode(),
    w3c.credential(),
    w3c.presentation(),
    b'{"@context": ["https://www.w3.org/ns/credentials/v2"], "type": "JsonSchema", "name": ["a", "b"]}',
    b'{"@context": "https://www.w3.org/ns/credentials/v2", "cnf": {"kid": "urn:x:a", "id": "urn:x:b"}}',
]


def target(data: bytes) -> None:
    try:
        canonical = safe.process(
            shape.as_object(strict_json.loads(data)), w3c.CONTEXTS, profile=Profile.CLOSED
        )
    except ClicidError:
        return
    assert canonical.nquads.endswith(b" .\n")
    assert canonical.nquads == b"".join(sorted(canonical.nquads.splitlines(keepends=True)))
