"""Writes what is published about each credential type from its one source in `schemas/types/`.

From ``schemas/types/<type>.json`` come the JSON Schema (2020-12) of the claims, the SD-JWT VC type
metadata, the JSON Schema of the W3C form and the data elements of the mdoc, under
``schemas/published/<type>/v<version>/``, and the JSON-LD context. All ids lie below one example origin; an
operator's own takes its place when they are served (`clicid.adapters.vocabulary`). A published version never
changes: `tests/unit/schemas` compares the committed files with what this program would write, and with their
digests in ``schemas/published/digests.json``, to which a new version is added and in which no line is
altered.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent / "schemas"
LOCALES = {"en": "en", "sv": "sv-SE"}
XSD = "http://www.w3.org/2001/XMLSchema#"
DIGESTS = ROOT / "published" / "digests.json"


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


def credential_schema(source: dict[str, Any]) -> dict[str, Any]:
    """The W3C form as JSON Schema 2020-12 (VC JSON Schema 1.0, 2.1): what `credentialSchema` names.

    A derived credential shows a part, so no claim is required; one that is none of the type's is refused.
    """
    subject: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"id": {"type": "string"}} | {c["term"]: _w3c_schema(c) for c in source["claims"]},
    }
    if one_of := source.get("exactly_one_of"):
        terms = {claim["name"]: claim["term"] for claim in source["claims"]}
        subject["oneOf"] = [{"required": [terms[name]]} for name in one_of]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{source['vct']}/credential-schema.json",
        "title": f"{source['name']} as a W3C credential",
        "description": source["description"]["en"],
        "type": "object",
        "required": ["credentialSubject"],
        "properties": {"credentialSubject": subject},
    }


def _w3c_schema(claim: dict[str, Any]) -> dict[str, Any]:
    """A claim's schema with the terms of the W3C form for the names of its members."""
    schema: dict[str, Any] = claim["schema"]
    members: dict[str, str] = claim.get("members", {})
    if not members:
        return schema
    properties = {members[name]: value for name, value in schema["properties"].items()}
    return {key: value for key, value in schema.items() if key != "required"} | {"properties": properties}


def context(source: dict[str, Any]) -> dict[str, Any]:
    """The JSON-LD context: the type, and a term for each claim and each member of one."""
    vocabulary = source["vct"].rpartition(f"/{source['vct'].split('/')[-2]}/")[0] + "/vocab#"
    terms: dict[str, Any] = {"@protected": True, source["name"]: {"@id": source["vct"]}}
    for claim in source["claims"]:
        terms[claim["term"]] = {"@id": vocabulary + claim["term"]} | _coercion(claim["schema"])
        for name, term in claim.get("members", {}).items():
            terms[term] = {"@id": vocabulary + term} | _coercion(claim["schema"]["properties"][name])
    return {"@context": terms}


def _coercion(schema: dict[str, Any]) -> dict[str, Any]:
    if schema.get("const") is True or schema.get("type") == "boolean":
        return {"@type": XSD + "boolean"}
    if schema.get("format") == "date":
        return {"@type": XSD + "date"}
    if schema.get("type") == "array":
        return {"@container": "@set"}
    return {}


def document_type(source: dict[str, Any]) -> dict[str, Any]:
    """The mdoc: its type, and of each element the claim that it holds and its type (CDDL, RFC 8610)."""
    return {
        "doctype": source["doctype"],
        "name": source["name"],
        "description": source["description"]["en"],
        "display": [{"locale": locale, "name": source["display"][key]} for key, locale in LOCALES.items()],
        "namespaces": {
            source["namespace"]: {
                claim["element"]["name"]: {
                    "claim": claim["name"],
                    "type": claim["element"]["type"],
                    "mandatory": claim["required"],
                    "display": [
                        {"locale": locale, "name": claim["display"][key]} for key, locale in LOCALES.items()
                    ],
                }
                for claim in source["claims"]
            }
        },
    }


def published() -> dict[Path, bytes]:
    """Every generated file with its content."""
    files: dict[Path, bytes] = {}
    for source in sources():
        folder = ROOT / "published" / source["vct"].split("/", 3)[3]
        for name, body in (
            ("schema.json", json_schema(source)),
            ("type-metadata.json", type_metadata(source)),
            ("credential-schema.json", credential_schema(source)),
            ("mdoc.json", document_type(source)),
        ):
            files[folder / name] = (json.dumps(body, ensure_ascii=False, indent=1) + "\n").encode()
        kind, version = source["vct"].split("/")[-2:]
        files[ROOT / "contexts" / f"clicid-{kind}-{version}.jsonld"] = (
            json.dumps(context(source), ensure_ascii=False, indent=2) + "\n"
        ).encode()
    return files


def digests() -> dict[str, str]:
    """SHA-256 of every published file by its path below `schemas`: what must never change."""
    return {
        path.relative_to(ROOT).as_posix(): hashlib.sha256(body).hexdigest()
        for path, body in sorted(published().items())
    }


def main() -> None:
    """Write them, unless one that stands already would change."""
    known = json.loads(DIGESTS.read_bytes()) if DIGESTS.exists() else {}
    altered = [name for name, digest in digests().items() if known.get(name, digest) != digest]
    if altered:
        sys.exit(f"published already, and never to change; make a new version: {', '.join(altered)}")
    for path, body in published().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    DIGESTS.write_text(json.dumps(known | digests(), indent=1, sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()
