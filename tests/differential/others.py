"""Documents of others under the contexts that are common: the vectors', and what mutation makes of them."""

from __future__ import annotations

import copy
import json
import random
from typing import TYPE_CHECKING, Any, Final

from clicid.adapters import package_data
from tests.differential.written_contexts import BASE_URL, WrittenContexts
from tests.support import suites

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDERS: Final = ("contexts", "contexts/open", "contexts/examples")
SUITES: Final = ("vc-di-eddsa", "vc-di-ecdsa", "vc-di-bbs")
_CREDENTIALS: Final = "https://www.w3.org/ns/credentials/v2"
_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_VALUES: Final[tuple[Any, ...]] = (
    *("x", "", "did:ex:1", "https://e.example/1", "2026-01-01T00:00:00Z", 5, 2.5, 1e21, 0.1, True, None),
    *({"@value": "x", "@language": "en-US"}, {"@value": 5}, {"@value": "2026-01-01", "@type": f"{_XSD}date"}),
    *(["a", "b"], [["a"], ["b"]], {"@list": ["a", 1]}, {"id": "urn:x:1", "type": "Foo"}, {"name": "x"}, {}),
)
_TYPES: Final[tuple[Any, ...]] = (
    *("Foo", "JsonSchema", "https://e.example/T", "DataIntegrityProof", "BitstringStatusListEntry"),
    ["VerifiableCredential", "Foo"],
)
_NAMES: Final = ("foo", "bar", "https://e.example/p", "name", "id", "type", "@id", "@type", "@list")


def contexts() -> dict[str, Any]:
    """Each URL's context, as a document."""
    found = {}
    for folder in FOLDERS:
        for row in json.loads(package_data.schema(f"{folder}/manifest.json")):
            found[row["url"]] = json.loads(package_data.schema(f"{folder}/{row['file']}"))
    return found


def published() -> list[dict[str, Any]]:
    """The documents in the vectors, without their proofs; none where the vectors are absent."""
    found = []
    for suite in SUITES:
        for path in sorted(suites.folder(suite).rglob("*.json")):
            found += _documents(json.loads(path.read_bytes()))
    return [{name: value for name, value in one.items() if name != "proof"} for one in found]


def _documents(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict) and "@context" in value:
        return [value]
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [one for child in children for one in _documents(child)]


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """The objects in a document that are no contexts, its root first."""
    if isinstance(value, dict):
        yield value
    children = (
        value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ())
    )
    for name, child in children:
        if name != "@context":
            yield from nodes(child)


class Mutated:
    """An endless series of documents, the same for one seed."""

    def __init__(self, seed: int, published: list[dict[str, Any]], names: frozenset[str]) -> None:
        self._draw = random.Random(seed)
        self._contexts = WrittenContexts(seed)
        self._published = published
        self._names = (*sorted(names), *_NAMES * 20)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        while True:
            document = copy.deepcopy(self._draw.choice(self._published))
            for _ in range(self._draw.randint(1, 3)):
                self._mutate(document)
            yield json.loads(json.dumps(document).replace(BASE_URL, _CREDENTIALS))

    def _mutate(self, document: dict[str, Any]) -> None:
        node = self._draw.choice(list(nodes(document)))
        member = self._draw.choice([name for name in node if name != "@context"] or ["name"])
        how = self._draw.random()
        if how < 0.3:
            node[self._draw.choice(self._names)] = copy.deepcopy(self._draw.choice(_VALUES))
        elif how < 0.5:
            node[member] = copy.deepcopy(self._draw.choice(_VALUES))
        elif how < 0.6:
            node.pop(member, None)
        elif how < 0.7:
            node[self._draw.choice(self._names)] = node.pop(member, "x")
        elif how < 0.8:
            node[member] = [node.get(member, "x")]
        elif how < 0.87:
            node["type"] = copy.deepcopy(self._draw.choice(_TYPES))
        else:
            self._add_context(document if self._draw.random() < 0.6 else node)

    def _add_context(self, node: dict[str, Any]) -> None:
        parts = []
        for context in (node.get("@context", []), self._contexts.context(1)):
            parts += context if isinstance(context, list) else [context]
        node["@context"] = parts
