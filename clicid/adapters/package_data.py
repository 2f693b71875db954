"""What ships with the code: JSON-LD contexts, schemas, and the contracts' artifacts.

In an installed wheel they lie in ``clicid/data``; in a checkout, where their sources are.
"""

from __future__ import annotations

import functools
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clicid.codec import shape, strict_json
from clicid.errors import LocalError, Refused
from clicid.formats.data_model import resources
from clicid.formats.data_model.json_schema import Schemas
from clicid.formats.data_model.resources import Digest
from clicid.formats.data_model.shipped import Shipped
from clicid.formats.mdoc.document_type import DocumentType
from clicid.rdf.contexts import Contexts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clicid.codec.strict_json import Json
    from clicid.formats.data_model.resources import AtHand

_PACKAGE: Final = Path(__file__).resolve().parents[1]
_INSTALLED: Final = _PACKAGE / "data"
_CHECKOUT: Final = _PACKAGE.parent

# No leading dot and no "..": a name never leads out of its folder.
_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*", re.ASCII)


CONTEXTS: Final = "contexts"
"""Below the vocabulary: where the types' contexts have their ids."""
W3C_SCHEMA: Final = "credential-schema.json"
MDOC: Final = "mdoc.json"
EXAMPLE: Final = "https://schemas.clicid.example"
"""Below it the published files have their ids as they ship; a network's own vocabulary takes its place."""


@functools.lru_cache(maxsize=8)
def contexts(vocabulary: str = EXAMPLE) -> Contexts:
    """The JSON-LD contexts of ClicID's own types, each held against the manifest's digest.

    Args:
        vocabulary: Where the network's own contexts have their ids.

    Raises:
        LocalError: `config.file` when a file is missing or a manifest malformed;
            `rdf.context_digest` when a file is not the one the manifest names.
    """
    return _placed(vocabulary, "contexts")


@functools.lru_cache(maxsize=8)
def open_contexts(vocabulary: str = EXAMPLE) -> Contexts:
    """Those and the ones that are common in everybody's documents; raises as `contexts` does."""
    return _placed(vocabulary, "contexts", "contexts/open")


@functools.lru_cache(maxsize=8)
def example_contexts(vocabulary: str = EXAMPLE) -> Contexts:
    """Those and the examples' context, under which every word is a term: for test suites alone."""
    return _placed(vocabulary, "contexts", "contexts/open", "contexts/examples")


def _placed(vocabulary: str, *folders: str) -> Contexts:
    documents, digests = _shipped(*folders)
    shipped = Contexts(documents, digests)
    if vocabulary == EXAMPLE:
        return shipped
    placed = {url.replace(EXAMPLE, vocabulary): place(raw, vocabulary) for url, raw in documents.items()}
    return Contexts(placed, {url: hashlib.sha256(raw).hexdigest() for url, raw in placed.items()})


def place(raw: bytes, vocabulary: str) -> bytes:
    """A published file with its ids below a network's vocabulary."""
    return raw.replace(EXAMPLE.encode(), vocabulary.encode())


def published(name: str, vocabulary: str) -> bytes:
    """A file of ``schemas/published`` or ``schemas/contexts``, as a network publishes it.

    Raises:
        LocalError: `config.file`.
    """
    return place(schema(name), vocabulary)


@functools.cache
def at_hand() -> AtHand:
    """What is used here in the name of a URL, by its digests: for the `relatedResource` of a document.

    A document that others publish has those of its publisher's own bytes beside those of ours.

    Raises:
        LocalError: As `contexts`.
    """
    folders = ("contexts", "contexts/open")
    documents, _ = _shipped(*folders)
    found = {url: resources.digests(raw) for url, raw in documents.items()}
    for folder in folders:
        for row in _rows(folder):
            published = shape.optional_child(row, "as_published") or {}
            found[shape.text(row, "url")] |= {
                Digest(name, bytes.fromhex(shape.text(published, name))) for name in published
            }
    return found


@functools.lru_cache(maxsize=8)
def shipped(vocabulary: str = EXAMPLE) -> Shipped:
    """What credentials of a network's types name and is at hand: contexts, and schemas of the W3C form.

    Args:
        vocabulary: Where the network's types have their ids.

    Raises:
        LocalError: As `contexts`.
    """
    schemas = {
        f"{vocabulary}/{name}/{W3C_SCHEMA}": published(f"published/{name}/{W3C_SCHEMA}", vocabulary)
        for name in TYPES
    }
    ours = {f"{vocabulary}/{CONTEXTS}/{name}": context_of(name, vocabulary) for name in TYPES} | schemas
    digests = {url: resources.digests(raw) for url, raw in ours.items()}
    return Shipped({**at_hand(), **digests}, Schemas(schemas))


@functools.lru_cache(maxsize=8)
def document_types(vocabulary: str = EXAMPLE) -> dict[str, DocumentType]:
    """A network's types as mdocs, by the names of their document types.

    Raises:
        LocalError: `config.file`.
    """
    found = (DocumentType.parse(published(f"published/{name}/{MDOC}", vocabulary)) for name in TYPES)
    return {one.doctype: one for one in found}


def context_of(name: str, vocabulary: str) -> bytes:
    """The JSON-LD context of a type of `TYPES`, as a network publishes it."""
    kind, version = name.split("/")
    return published(f"contexts/clicid-{kind}-{version}.jsonld", vocabulary)


def _rows(folder: str) -> list[dict[str, Json]]:
    rows = shape.as_items(strict_json.loads(schema(f"{folder}/manifest.json")))
    return [shape.as_object(row) for row in rows]


def _shipped(*folders: str) -> tuple[dict[str, bytes], dict[str, str]]:
    """URL to document and URL to digest, as the folders' manifests have them."""
    documents: dict[str, bytes] = {}
    digests: dict[str, str] = {}
    for folder in folders:
        try:
            for file in _rows(folder):
                url = shape.text(file, "url")
                digests[url] = shape.text(file, "sha256")
                documents[url] = schema(f"{folder}/{shape.text(file, 'file')}")
        except Refused as error:
            raise LocalError("config.file", f"{folder}/manifest.json", error.code) from error
    return documents, digests


def schema(name: str) -> bytes:
    """A file of ``schemas``, by its path there, such as ``published/age/v1/schema.json``.

    Raises:
        LocalError: `config.file`.
    """
    return _read(_INSTALLED / "schemas", _CHECKOUT / "schemas", name)


TYPES: Final = ("identity/v1", "age/v1")
"""The credential types that this version knows, by their place among the published schemas."""


@functools.lru_cache(maxsize=8)
def schema_digests(vocabulary: str = EXAMPLE) -> dict[str, bytes]:
    """For each credential type URI, SHA-256 of the schema by which it is read: what a policy names.

    Args:
        vocabulary: Where the network's types have their ids.

    Raises:
        LocalError: `config.file`.
    """
    found = {name: published(f"published/{name}/schema.json", vocabulary) for name in TYPES}
    return {f"{vocabulary}/{name}": hashlib.sha256(raw).digest() for name, raw in found.items()}


def read_by(vocabulary: str = EXAMPLE) -> dict[str, list[tuple[str, bytes]]]:
    """By what a network's types are read: URL and bytes of each context, schema and type metadata.

    Raises:
        LocalError: As `contexts`.
    """
    documents, _ = _shipped("contexts")
    contexts = {url.replace(EXAMPLE, vocabulary): place(raw, vocabulary) for url, raw in documents.items()}
    files = ("schema.json", "type-metadata.json", W3C_SCHEMA, MDOC)
    schemas = {
        f"{vocabulary}/{name}/{file}": published(f"published/{name}/{file}", vocabulary)
        for name in TYPES
        for file in files
    }
    return {"contexts": sorted(contexts.items()), "schemas": sorted(schemas.items())}


def type_metadata(vocabulary: str = EXAMPLE) -> dict[str, bytes]:
    """What a network publishes of its SD-JWT types, by their URIs.

    Raises:
        LocalError: `config.file`.
    """
    return {
        f"{vocabulary}/{name}": published(f"published/{name}/type-metadata.json", vocabulary)
        for name in TYPES
    }


def vocabulary_of(types: Iterable[str]) -> str:
    """The vocabulary to which type URIs belong: those of a saved policy, say.

    Raises:
        LocalError: `config.file` if it is none whose types this version knows.
    """
    bases = {uri.removesuffix(f"/{name}") for uri in types for name in TYPES if uri.endswith(f"/{name}")}
    if len(bases) != 1:
        raise LocalError("config.file", detail="the types are not those of one vocabulary")
    return bases.pop()


def artifact(name: str) -> bytes:
    """The compiled artifact of a contract, by the contract's name: ABI, bytecode and their origin.

    Raises:
        LocalError: `config.file`.
    """
    return _read(_INSTALLED / "contracts", _CHECKOUT / "contracts" / "artifacts", f"{name}.json")


def _read(installed: Path, checkout: Path, name: str) -> bytes:
    if not _NAME.fullmatch(name):
        raise LocalError("config.file", name)
    root = installed if installed.is_dir() else checkout
    try:
        return (root / name).read_bytes()
    except OSError as error:
        raise LocalError("config.file", name, error.strerror or "") from error
