"""Type metadata of SD-JWT VCs: a type with what it extends, an address that is wanted, or our error."""

from __future__ import annotations

import json

from clicid.errors import ClicidError
from clicid.formats.sd_jwt_vc import type_metadata
from clicid.formats.sd_jwt_vc.type_metadata import TypeMetadata
from clicid.securing.sd_jwt.reveal import reveal

_VCT = "https://types.example/child"
_CLAIMS = reveal({"a": {"b": [1, {"c": "d"}]}, "name": "x"}, (), never_selective=frozenset())

SEEDS = [
    json.dumps(
        {
            "vct": _VCT,
            "display": [{"locale": "sv", "name": "Intyg"}],
            "claims": [
                {"path": ["a", "b", None], "sd": "never", "display": [{"locale": "en", "label": "B"}]},
                {"path": ["name"], "mandatory": True},
            ],
        }
    ).encode(),
    json.dumps({"vct": _VCT, "extends": _VCT, "extends#integrity": "sha256-AAAA"}).encode(),
    json.dumps({"vct": _VCT, "extends": "https://types.example/base"}).encode(),
]


def target(data: bytes) -> None:
    try:
        found = type_metadata.collect(_VCT, "", {_VCT: data})
    except ClicidError:
        return
    if not isinstance(found, TypeMetadata):
        assert found.startswith(("https://", "http://"))
        return
    try:
        type_metadata.check(found, _CLAIMS)
    except ClicidError:
        return
