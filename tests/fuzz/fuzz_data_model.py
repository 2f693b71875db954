"""A document from a stranger held against the W3C data model: well-formed, or our error."""

from __future__ import annotations

import json

from clicid.codec import shape, strict_json
from clicid.errors import ClicidError
from clicid.formats.data_model import envelope, parse_credential, parse_enveloped, parse_presentation
from tests.support import model_rows

SEEDS = [
    json.dumps(document).encode()
    for base in (model_rows.load(name)["base"] for name in ("credential", "presentation", "credential_1_1"))
    for document in (base, *base.get("verifiableCredential", ()))
]


def target(data: bytes) -> None:
    try:
        document = shape.as_object(strict_json.loads(data))
    except ClicidError:
        return
    for parse in (
        parse_credential,
        parse_presentation,
        lambda read: parse_enveloped(read, kind=envelope.CREDENTIAL),
        lambda read: parse_enveloped(read, kind=envelope.PRESENTATION),
    ):
        try:
            parse(document)
        except ClicidError as error:
            assert error.code.startswith("vc.")  # noqa: PT017 - the point is which error
