"""Elements of a type that is known as a whole, and such types: claims that go back, or our error."""

from __future__ import annotations

import contextlib
import json

from clicid.adapters import package_data
from clicid.codec import cbor
from clicid.errors import ClicidError
from clicid.formats.mdoc import fields
from clicid.formats.mdoc.document_type import DocumentType

_TYPES = package_data.document_types()
_IDENTITY = f"{package_data.EXAMPLE}/identity/v1"
_AGE = f"{package_data.EXAMPLE}/age/v1"

SEEDS = [
    cbor.dumps({"age_over_18": True}),
    cbor.dumps(
        {
            "birth_date": cbor.Tagged(fields.FULL_DATE, "1990-02-28"),
            "evidence": {
                "methods": ["face"],
                "engines": [],
                "day": cbor.Tagged(fields.FULL_DATE, "2026-11-22"),
            },
        }
    ),
    package_data.published("published/age/v1/mdoc.json", package_data.EXAMPLE),
    json.dumps({"doctype": "d", "namespaces": {"n": {}}}).encode(),
]


def target(data: bytes) -> None:
    with contextlib.suppress(ClicidError):
        DocumentType.parse(data)
    try:
        elements = fields.as_map(fields.read(data, "fuzz"), "fuzz")
    except ClicidError:
        return
    named = {str(name): value for name, value in elements.items()}
    for uri in (_IDENTITY, _AGE):
        try:
            claims = _TYPES[uri].to_claims({uri: named})
        except ClicidError:
            continue
        required = {one.claim for one in _TYPES[uri].namespaces[uri].values() if one.mandatory}
        if required <= claims.keys():
            assert _TYPES[uri].of_claims(claims).get(uri, {}) == named
