"""Random documents whose contexts are written out in them, for the open profile.

Two thirds of them name one shipped context before their own, whose protected terms theirs may hit. A
small part of what a document may say comes up often, so that terms, prefixes and types collide.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

BASE_URL: Final = "https://vectors.example/base"
BASE: Final[dict[str, Any]] = {
    "@context": {
        "@protected": True,
        "id": "@id",
        "type": "@type",
        "name": "https://s.example/name",
        "Thing": {"@id": "https://s.example/Thing", "@context": {"inner": "https://s.example/inner"}},
        "graph": {"@id": "https://s.example/graph", "@container": "@graph", "@type": "@id"},
        "list": {"@id": "https://s.example/list", "@container": "@list"},
        "ref": {"@id": "https://s.example/ref", "@type": "@id"},
        "clear": {"@id": "https://s.example/clear", "@type": "@id", "@container": "@graph", "@context": None},
    }
}

_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_IRIS: Final = (
    *("https://q.example/1", "https://q.example/2", "https://q.example/3", "urn:q:4", "urn:q:5"),
    *("https://e.example/", "https://e.example/ns#", "urn:x:", "did:ex:", "https://s.example/name"),
    *("https://s.example/", "https://s.example/Thing", "@id", "@type", "a:x", "b:y", "https:", "name"),
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#type",
)
_OWN: Final = ("a", "b", "c", "d", "did", "urn", "https", "A", "B", "ex", "s", "T")
_SHIPPED: Final = ("id", "type", "name", "Thing", "ref", "list", "inner", "graph")
_ODD: Final = ("x y", "a:x", "b:z", "https://e.example/p", "ex:p", "a:p", "p", "q", "@age", "")
_COERCIONS: Final = (
    *("@id", "@vocab", "@json", "@none", "a:T", "T"),
    *(_XSD + name for name in ("double", "integer", "boolean", "date", "decimal", "float")),
)
_CONTAINERS: Final = ("@set", "@list", "@graph", ["@graph", "@set"], ["@set"])
_VOCABULARIES: Final = ("https://v.example/#", "https://s.example/", "urn:v:", "a:", "did:x:")
_VALUES: Final = (
    *("x", "y", "https://e.example/1", "did:ex:1", "urn:x:1", "a:1", "b", "Thing", "name", "", "T", "A"),
    *(True, False, 1, 0, -5, 2.5, 1e-3, 1e21, 3.0, 12.25, 0.1, 1e-7, 0.1 + 0.2, -0.0, 123456.789, None),
)
# One term in a list: of two types with contexts of their own, pyoxigraph forgets the first's.
_LISTS: Final = (["Thing", "https://e.example/T"], ["urn:e:T", "B"], ["https://e.example/T", "A", "urn:e:T"])
_KINDS: Final = ("Thing", "A", "B", "T", "https://e.example/T", "a:T", *_LISTS)
_DATATYPES: Final = (
    *("a:T", "T", "@json", "Thing"),
    *(_XSD + name for name in ("double", "integer", "date", "string", "boolean")),
)


class WrittenContexts:
    """An endless series of documents, the same for one seed."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        while True:
            own = self.context(2)
            parts = own if isinstance(own, list) else [own]
            yield {**self._node(3), "@context": [BASE_URL, *parts] if self._now_and_then(0.7) else own}

    def _now_and_then(self, part: float) -> bool:
        return self._draw.random() < part

    def context(self, depth: int) -> Any:
        """A context, or several in an array."""
        context: dict[str, Any] = {}
        for keyword, part, values in (
            ("@vocab", 0.3, _VOCABULARIES),
            ("@language", 0.15, ("en", "De-DE")),
            ("@protected", 0.2, (True,)),
            ("@version", 0.2, (1.1,)),
            ("@base", 0.01, ("https://e.example/", None)),
        ):
            if self._now_and_then(part):
                context[keyword] = self._draw.choice(values)
        for _ in range(self._draw.randint(0, 5)):
            names = (*_SHIPPED, *_ODD) if self._now_and_then(0.05) else _OWN
            context[self._draw.choice(names)] = self._term(depth)
        if depth and self._now_and_then(0.15):
            return [context, self.context(depth - 1)]
        return [BASE_URL, context] if self._now_and_then(0.1) else context

    def _term(self, depth: int) -> Any:
        if self._now_and_then(0.35):
            return self._iri()
        if self._now_and_then(0.03):
            return None
        term: dict[str, Any] = {}
        if self._now_and_then(0.8):
            term["@id"] = self._iri()
        for member, part, values in (
            ("@type", 0.4, _COERCIONS),
            ("@container", 0.3, _CONTAINERS),
            ("@language", 0.06, ("en", None, "SV-se")),
            ("@protected", 0.1, (True, False)),
            ("@prefix", 0.2, (True, False)),
        ):
            if self._now_and_then(part):
                term[member] = self._draw.choice(values)
        if depth and self._now_and_then(0.25):
            term["@context"] = self.context(depth - 1)
        return term

    def _iri(self) -> str:
        return self._draw.choice(_IRIS[:5] if self._now_and_then(0.7) else _IRIS)

    def _node(self, depth: int) -> dict[str, Any]:
        node: dict[str, Any] = {}
        if self._now_and_then(0.2):
            node["@context"] = self.context(1)
        if self._now_and_then(0.4):
            some = ("urn:x:", "did:ex:", "https://e.example/", "a:", "x y")
            node[self._draw.choice(("id", "id", "@id", "d"))] = self._draw.choice(some) + str(
                self._draw.randint(0, 9)
            )
        if self._now_and_then(0.4):
            node[self._draw.choice(("type", "type", "@type", "c"))] = self._draw.choice(_KINDS)
        for _ in range(self._draw.randint(0, 4)):
            names = (
                (*_SHIPPED, *_ODD) if self._now_and_then(0.25) else (*_OWN, "name", "graph", "list", "ref")
            )
            node[self._draw.choice((*names, "clear"))] = self._value(depth)
        return node

    def _value(self, depth: int) -> Any:
        kind = self._draw.random()
        if kind < 0.5 or not depth:
            return self._draw.choice(_VALUES)
        if kind < 0.6:
            return [self._value(depth - 1) for _ in range(self._draw.randint(0, 3))]
        if kind < 0.65:
            return {"@list": [self._value(depth - 1) for _ in range(self._draw.randint(0, 3))]}
        return self._value_object() if kind < 0.78 else self._node(depth - 1)

    def _value_object(self) -> dict[str, Any]:
        value: dict[str, Any] = {"@value": self._draw.choice(_VALUES)}
        if self._now_and_then(0.3):
            value["@type"] = self._draw.choice(_DATATYPES)
        elif self._now_and_then(0.4):
            value["@language"] = self._draw.choice(("en", "EN-us", "fr"))
        if self._now_and_then(0.1):
            value["@value"] = {"z": [1, 2.5, None], "a": "€"}
        return value
