from __future__ import annotations

import hashlib
import json
import socket
from pathlib import Path
from typing import Any

import pytest

from clicid.adapters import package_data
from clicid.errors import LocalError, Refused
from clicid.rdf import safe
from clicid.rdf.contexts import Contexts
from clicid.rdf.profile import Profile

ROOT = Path(__file__).resolve().parents[3]
URL = "https://vectors.example/context"


def contexts(**documents: Any) -> Contexts:
    raw = {f"https://vectors.example/{name}": json.dumps(value).encode() for name, value in documents.items()}
    return Contexts(raw, {url: hashlib.sha256(body).hexdigest() for url, body in raw.items()})


def test_a_changed_file_is_not_used() -> None:
    raw = b'{"@context": {"name": "https://schema.org/name"}}'
    digest = hashlib.sha256(raw).hexdigest()
    assert Contexts({URL: raw}, {URL: digest}).digest(URL) == digest
    with pytest.raises(LocalError) as caught:
        Contexts({URL: raw + b" "}, {URL: digest})
    assert (caught.value.code, caught.value.where) == ("rdf.context_digest", URL)


@pytest.mark.parametrize("digests", [{}, {URL: "00", "https://vectors.example/more": "00"}])
def test_files_and_manifest_must_name_the_same_urls(digests: dict[str, str]) -> None:
    with pytest.raises(LocalError, match=r"rdf\.context_digest"):
        Contexts({URL: b"{}"}, digests)


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"@context": "https://vectors.example/other"},
        {"@context": {"name": {"@id": "not an iri at all", "@type": "@never"}}},
        {"@context": {"@import": "https://vectors.example/other"}},
        {"@context": {"scoped": {"@id": "urn:x:s", "@context": "https://vectors.example/other"}}},
        {"@context": {"@forged": "urn:x:reserved"}},
        {"@context": {"@propagate": False}},
        {"@context": {"@vocab": None, "@language": None}},
    ],
)
def test_a_context_that_cannot_be_used_ends_the_start(document: Any) -> None:
    with pytest.raises(LocalError, match=r"rdf\.context_broken"):
        contexts(context=document)


def test_a_context_not_in_the_set_is_refused_and_never_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    monkeypatch.setattr(socket.socket, "connect", no_network)
    shipped = contexts(context={"@context": {"name": "https://schema.org/name"}})
    for named in ("https://www.w3.org/ns/did/v1", "http://localhost/", "file:///etc/passwd", "context", ""):
        with pytest.raises(Refused) as caught:
            safe.canonicalize({"@context": [URL, named], "name": "x"}, shipped, profile=Profile.CLOSED)
        assert caught.value.code == "rdf.context_unknown"
    with pytest.raises(Refused, match=r"rdf\.context_unknown"):
        shipped.digest("https://www.w3.org/ns/did/v1")


def test_sets_of_contexts_do_not_see_each_other() -> None:
    one = contexts(context={"@context": {"name": "https://one.example/name"}})
    two = contexts(context={"@context": {"name": "https://two.example/name"}})
    document: Any = {"@context": URL, "name": "x"}
    for _ in range(2):
        assert b"one.example" in safe.canonicalize(document, one, profile=Profile.CLOSED)
        assert b"two.example" in safe.canonicalize(document, two, profile=Profile.CLOSED)


def test_the_document_is_left_as_it_was() -> None:
    document = json.loads((ROOT / "tests/vectors/vc_di/credential.json").read_bytes())
    before = json.dumps(document)
    safe.canonicalize(document, package_data.contexts(), profile=Profile.CLOSED)
    assert json.dumps(document) == before


def test_every_shipped_context_has_a_row_and_every_row_a_file() -> None:
    shipped = ROOT / "schemas" / "contexts"
    urls: set[str] = set()
    for folder, load in (
        (shipped, package_data.contexts),
        (shipped / "open", package_data.open_contexts),
        (shipped / "examples", package_data.example_contexts),
    ):
        rows = json.loads((folder / "manifest.json").read_bytes())
        assert {row["file"] for row in rows} == {path.name for path in folder.glob("*.jsonld")}
        urls |= {row["url"] for row in rows}
        assert urls == load().urls
        for row in rows:
            assert set(row) - {"as_published"} == {"url", "file", "sha256", "origin", "licence"}
            assert all(row.values())


def test_no_shipped_context_has_two_names_for_a_property() -> None:
    """Else a member could be renamed under its signature, and its reader would not find it."""
    folder = ROOT / "schemas" / "contexts"
    for path in folder.glob("*.jsonld"):
        _check_names(json.loads(path.read_bytes())["@context"])


def _check_names(context: dict[str, Any]) -> None:
    seen: dict[str, str] = {}
    for name, definition in context.items():
        if name.startswith("@"):
            continue
        iri = definition["@id"] if isinstance(definition, dict) else definition
        assert seen.setdefault(iri, name) == name
        if isinstance(definition, dict) and isinstance(definition.get("@context"), dict):
            _check_names(definition["@context"])
