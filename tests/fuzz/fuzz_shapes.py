"""Documents by compiled shapes: the reference path's answer, whatever the values are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.codec import shape, strict_json
from clicid.errors import ClicidError
from clicid.rdf import safe
from clicid.rdf.profile import Profile
from clicid.rdf.shapes import Budget, Shapes
from tests.support import w3c

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json

_DOCUMENTS: list[dict[str, Json]] = [
    w3c.unsigned(),
    w3c.unsigned(credentialStatus=None, issuer={"name": "Utfärdaren"}),
    {**w3c.unsigned(), "credentialSubject": [{"ageOver18": True}, {"ageOver18": False}, {"id": w3c.HOLDER}]},
]
_SHAPES = Shapes(w3c.CONTEXTS, Budget(cost=0))
for _document in _DOCUMENTS:
    for _ in range(2):
        _SHAPES.learn(_document, "anybody", profile=Profile.CLOSED)

SEEDS = [strict_json.dumps(document) for document in _DOCUMENTS]


def target(data: bytes) -> None:
    try:
        document = shape.as_object(strict_json.loads(data, max_depth=16))
    except ClicidError:
        return
    recalled = _SHAPES.recall(document, profile=Profile.CLOSED)
    try:
        expected = safe.process(document, w3c.CONTEXTS, profile=Profile.CLOSED)
    except ClicidError:
        assert recalled is None
        return
    assert recalled is None or recalled == expected
