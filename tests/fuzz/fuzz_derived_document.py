"""Derived documents as they come: only the statements that were shown verify, whatever is changed."""

from __future__ import annotations

import json
from typing import Any

from clicid.codec import shape, strict_json
from clicid.errors import ClicidError
from clicid.rdf import safe
from clicid.rdf.profile import Profile
from tests.support import disclosures, w3c
from tests.support.disclosures import KINDS, Issued

ISSUED = {name: Issued(*kind) for name, kind in KINDS.items()}
SHOWN = {name: issued.derived() for name, issued in ISSUED.items()}


def statements(document: dict[str, Any]) -> bytes:
    plain = {name: value for name, value in document.items() if name != "proof"}
    return safe.canonicalize(plain, w3c.CONTEXTS, profile=Profile.CLOSED)


STATEMENTS = {statements(document) for document in SHOWN.values()}

SEEDS = [
    *(json.dumps(document).encode() for document in SHOWN.values()),
    *(json.dumps(issued.secured).encode() for issued in ISSUED.values()),
]


def target(data: bytes) -> None:
    try:
        secured = shape.as_object(strict_json.loads(data))
    except ClicidError:
        return
    for issued in ISSUED.values():
        try:
            disclosures.verify(secured, issued.key)
        except ClicidError:
            continue
        assert statements(secured) in STATEMENTS
