"""JSON-LD in the open profile: any JSON object, contexts of its own among it, with those that are common."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from clicid.adapters import package_data
from clicid.codec import shape, strict_json
from clicid.errors import ClicidError
from clicid.rdf import quick, safe
from clicid.rdf.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from clicid.codec.strict_json import Json

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "rdf" / "open_profile.json").read_bytes())
CONTEXTS = package_data.example_contexts()
CREDENTIALS = "https://www.w3.org/ns/credentials/v2"
SEEDS = [
    json.dumps(case["document"]).replace("https://vectors.example/context", CREDENTIALS).encode()
    for kind in ("accepted", "refused")
    for case in VECTORS[kind][::3]
]


def target(data: bytes) -> None:
    try:
        document = shape.as_object(strict_json.loads(data))
    except ClicidError:
        return
    reference, faster = (ending(path, document) for path in (safe.process, quick.process))
    assert reference == faster
    if isinstance(reference, safe.Canonical):
        lines = reference.nquads.splitlines(keepends=True)
        assert lines == sorted(lines)
        assert all(line.endswith(b" .\n") for line in lines)


def ending(path: Callable[..., safe.Canonical], document: dict[str, Json]) -> safe.Canonical | str:
    try:
        return path(document, CONTEXTS, profile=Profile.OPEN)
    except ClicidError as error:
        return error.code
