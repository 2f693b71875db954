"""Writes what is published about each credential type from its one source in `schemas/types/`.

From ``schemas/types/<type>.json`` come the JSON Schema (2020-12) of the claims and the SD-JWT VC
type metadata, under ``schemas/published/<type>/v<version>/``. A published version never changes:
`tests/unit/schemas` compares the committed files with what this program would write, and holds the
JSON-LD context against the same source.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent / "schemas"
LOCALES = {"en": "en", "sv": "sv-SE"}


def sources() -> list[dict[str, Any]]:
    """All credential types, by file name."""
    return [json.loads(path.read_bytes()) for path in sorted((ROOT / "types").glob("*.json"))]


def json_schema(source: dict[str, Any]) -> dict[str, Any]:
    """The claims as a closed JSON Schema 2020-12 object; registered JWT claims stay outside it."""
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{source['vct']}/schema.json",
        "title": source["name"],
        "description": source["description"]["en"],
        "type": "object",
        "additionalProperties": False,
        "properties": {claim["name"]: claim["schema"] for claim in source["claims"]},
        "required": [claim["name"] for claim in source["claims"] if claim["required"]],
    }
    if one_of := source.get("exactly_one_of"):
        schema["oneOf"] = [{"required": [name]} for name in one_of]
    return schema


def type_metadata(source: dict[str, Any]) -> dict[str, Any]:
    """SD-JWT VC type metadata (draft-ietf-oauth-sd-jwt-vc, section 4)."""
    return {
        "vct": source["vct"],
        "name": source["name"],
        "description": source["description"]["en"],
        "display": [
            {"locale": locale, "name": source["display"][key], "description": source["description"][key]}
            for key, locale in LOCALES.items()
        ],
        "claims": [
            {
                "path": [claim["name"]],
                "display": [
                    {"locale": locale, "label": claim["display"][key]} for key, locale in LOCALES.items()
                ],
                "mandatory": claim["required"],
                "sd": "always" if claim["disclosure"] == "selective" else "never",
            }
            for claim in source["claims"]
        ],
    }


def published() -> dict[Path, bytes]:
    """Every generated file with its content."""
    files: dict[Path, bytes] = {}
    for source in sources():
        folder = ROOT / "published" / source["vct"].split("/", 3)[3]
        for name, body in (
            ("schema.json", json_schema(source)),
            ("type-metadata.json", type_metadata(source)),
        ):
            files[folder / name] = (json.dumps(body, ensure_ascii=False, indent=1) + "\n").encode()
    return files


def main() -> None:
    """Write them."""
    for path, body in published().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)


if __name__ == "__main__":
    main()
