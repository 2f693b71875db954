"""Other people's processors: PyLD as it is, pyoxigraph, and jsonld.js where node is installed."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

import pyoxigraph as ox
from pyld import jsonld

from clicid.rdf import canon, quick
from clicid.rdf.reading import Statement
from tests.support import datasets
from tests.support.node import installed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HERE = Path(__file__).resolve().parent
JUDGE = HERE / "judge"


class Judge(Protocol):
    """Says what a document's canonical N-Quads are; None where it cannot process it."""

    name: str
    may_abstain: bool
    """Whether it refuses what RDF leaves open (percent signs in IRIs, one letter as a language)."""

    def canonical(self, documents: Sequence[dict[str, Any]]) -> list[str | None]:
        """One opinion a document."""


class Pyld:
    """PyLD's own `normalize`, without anything of ours."""

    name = "PyLD"
    may_abstain = False

    def __init__(self, contexts: Mapping[str, Any]) -> None:
        self._contexts = contexts

    def canonical(self, documents: Sequence[dict[str, Any]]) -> list[str | None]:
        """See `Judge`."""
        return [self._one(document) for document in documents]

    def _one(self, document: dict[str, Any]) -> str | None:
        options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": self._load}
        try:
            found: str = jsonld.normalize(document, options)
        except jsonld.JsonLdError:
            return None
        return found

    def _load(self, url: str, _options: object) -> dict[str, Any]:
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": self._contexts[url],
        }


class Oxigraph:
    """pyoxigraph's JSON-LD parser and RDFC-1.0. It loads nothing, so contexts are written out.

    Blank nodes with equal first-degree hashes it labels otherwise than PyLD and jsonld.js, so that of
    such a document it is asked for its reading only, which the reference canonicaliser labels. Where a node
    has several types with contexts of their own it heeds the last alone (JSON-LD 1.1 API 5.1.2, 11 says
    all), so of those it is not asked.
    """

    name = "pyoxigraph"
    may_abstain = True

    def __init__(self, contexts: Mapping[str, Any]) -> None:
        self._contexts = contexts

    def canonical(self, documents: Sequence[dict[str, Any]]) -> list[str | None]:
        """See `Judge`."""
        return [self._one(document) for document in documents]

    def _one(self, document: dict[str, Any]) -> str | None:
        written_out = self._written_out(document)
        text = json.dumps(written_out)
        if _has_several(written_out, set(_scoped(written_out))):
            return None
        try:
            dataset = ox.Dataset(ox.parse(text, format=ox.RdfFormat.JSON_LD))
        except (SyntaxError, ValueError):
            return None
        plain = _lines(dataset)
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        if quick.canonicalize(list(_statements(datasets.parsed(plain))), canon.SHA_256) is None:
            return canon.canonicalize(datasets.parsed(plain)).nquads.decode()
        return _lines(dataset).decode()

    def _written_out(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._written_out(item) for item in value]
        if not isinstance(value, dict):
            return value
        return {
            name: self._context(child) if name == "@context" else self._written_out(child)
            for name, child in value.items()
        }

    def _context(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._context(item) for item in value]
        return self._contexts[value]["@context"] if isinstance(value, str) else value


def _scoped(value: Any, *, in_context: bool = False) -> Iterator[str]:
    """The names that a context, written out anywhere, gives a context of their own."""
    for key, child in value.items() if isinstance(value, dict) else enumerate(value):
        if in_context and isinstance(child, dict) and "@context" in child:
            yield str(key)
        if isinstance(child, dict | list):
            yield from _scoped(child, in_context=in_context or key == "@context")


def _has_several(value: Any, scoped: set[str]) -> bool:
    """Whether a node has more than one type of those."""
    if isinstance(value, list):
        return any(_has_several(item, scoped) for item in value)
    if not isinstance(value, dict):
        return False
    types = [value.get(name) for name in ("type", "@type")]
    found = [text for one in types for text in (one if isinstance(one, list) else [one])]
    several = len({text for text in found if isinstance(text, str)} & scoped) > 1
    return several or any(_has_several(child, scoped) for name, child in value.items() if name != "@context")


def _lines(dataset: ox.Dataset) -> bytes:
    return b"".join(sorted(ox.serialize([quad], format=ox.RdfFormat.N_QUADS) or b"" for quad in dataset))


def _statements(dataset: canon.Dataset) -> Iterator[Statement]:
    for name, triples in dataset.items():
        for triple in triples:
            value = triple["object"]
            yield Statement(
                "" if name == "@default" else name,
                triple["subject"]["value"],
                triple["predicate"]["value"],
                value["value"],
                value.get("datatype", ""),
                value.get("language", ""),
            )


class Jsonld:
    """jsonld.js in one long-running node process; used as a context manager."""

    name = "jsonld.js"
    may_abstain = False

    def __init__(self, contexts: Mapping[str, Any], folder: Path) -> None:
        node = shutil.which("node")
        assert node is not None
        known = folder / "contexts.json"
        known.write_text(json.dumps(contexts))
        self._process = subprocess.Popen(
            [node, str(JUDGE / "judge.cjs"), str(installed(JUDGE)), str(known)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=30)

    def canonical(self, documents: Sequence[dict[str, Any]]) -> list[str | None]:
        """See `Judge`. No more documents at a time than a pipe takes answers for."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        found: list[str | None] = []
        for document in documents:
            self._process.stdin.write(json.dumps(document).encode() + b"\n")
            self._process.stdin.flush()
            found.append(json.loads(self._process.stdout.readline()))
        return found
