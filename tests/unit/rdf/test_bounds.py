"""The worst documents and graphs that we could make: each ends, accepted or refused, within a second.

``pytest -s tests/unit/rdf/test_bounds.py`` prints what each takes; the limit leaves room for a tracer.
"""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import package_data
from clicid.errors import Refused
from clicid.rdf import canon, limits, quick, safe
from clicid.rdf.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Callable

CONTEXTS = package_data.example_contexts()
MAX_SECONDS = 10
P = {"type": "IRI", "value": "urn:x:p"}


def blank(name: object) -> dict[str, str]:
    return {"type": "blank node", "value": f"_:{name}"}


def triples(edges: list[tuple[int, int]]) -> canon.Dataset:
    return {"@default": [{"subject": blank(a), "predicate": P, "object": blank(b)} for a, b in edges]}


def clique(size: int) -> canon.Dataset:
    return triples(list(itertools.permutations(range(size), 2)))


def cycle(size: int) -> canon.Dataset:
    return triples([(number, (number + 1) % size) for number in range(size)])


def grid(size: int) -> canon.Dataset:
    cells = list(itertools.product(range(size), repeat=2))
    number = {cell: index for index, cell in enumerate(cells)}
    right = [(number[x, y], number[(x + 1) % size, y]) for x, y in cells]
    return triples(right + [(number[x, y], number[x, (y + 1) % size]) for x, y in cells])


def timed(what: str, work: Callable[[], object]) -> object:
    started = time.process_time()
    try:
        ended = work()
    except Refused as error:
        ended = error.code
    taken = time.process_time() - started
    print(f"{what}: {taken * 1000:.0f} ms, {ended if isinstance(ended, str) else 'accepted'}")
    assert taken < MAX_SECONDS
    return ended


@pytest.mark.parametrize("algorithm", [canon.SHA_256, canon.SHA_384])
@pytest.mark.parametrize("size", [7, 8, 9, 10])
def test_a_clique_of_blank_nodes_is_refused(size: int, algorithm: str) -> None:
    ended = timed(f"clique of {size}", lambda: canon.canonicalize(clique(size), algorithm=algorithm))
    assert ended == "rdf.poison"


@pytest.mark.parametrize(
    "dataset",
    [cycle(250), grid(6), triples([(a, b) for a in range(5) for b in range(5, 60)])],
    ids=["cycle", "torus", "bipartite"],
)
def test_graphs_that_look_the_same_from_everywhere_are_refused(dataset: canon.Dataset) -> None:
    assert timed("graph", lambda: canon.canonicalize(dataset)) == "rdf.poison"


def own(prefix: str, count: int) -> dict[str, Any]:
    return {f"{prefix}{number}": f"urn:{prefix}:{number}" for number in range(count)}


def tree(levels: int, width: int) -> dict[str, Any]:
    return {f"p{way}": tree(levels - 1, width) for way in range(width)} if levels else {"end": "x"}


def scoped(count: int, each: int) -> dict[str, Any]:
    terms = {f"p{n}": {"@id": f"urn:p:{n}", "@context": own(f"s{n}_", each)} for n in range(count)}
    return {"end": "urn:x:end", **terms}


TYPES = {f"T{n}": {"@id": f"urn:T:{n}", "@context": own(f"s{n}_", 14)} for n in range(16)}
ORDERS = [
    [f"T{n}" for n in order] for order in itertools.islice(itertools.permutations(range(16), 4), 0, None, 99)
]
URLS = sorted(CONTEXTS.urls)
VALUE = {"@context": {"v": "urn:x:v", "w": "urn:x:w", "l": {"@id": "urn:x:l", "@container": "@list"}}}
JSON_VALUE = {str(n): n / 7 for n in range(8000)}
DOCUMENTS: dict[str, dict[str, Any]] = {
    "thousands of terms": {"@context": own("t", 5000), "t0": "x"},
    "as many terms as may be": {"@context": own("t", limits.MAX_TERMS), "t0": "x"},
    "a chain of prefixes": {
        "@context": {**{f"a{n}": f"a{n - 1}:y/" for n in range(250, 0, -1)}, "a0": "urn:x/"},
        "a250": "x",
    },
    "scopes in a binary tree": {"@context": scoped(2, 100), **tree(7, 2)},
    "scopes in a ternary tree": {"@context": scoped(3, 80), **tree(5, 3)},
    "scopes in a wide tree": {"@context": scoped(8, 25), **tree(2, 8)},
    "deep scopes": {"@context": {"p": {"@id": "urn:p", "@context": scoped(8, 20)}}, "p": tree(2, 8)},
    "types in many orders": {
        "@context": {**TYPES, "n": "urn:n"},
        "n": [{"@type": order, "n": str(number)} for number, order in enumerate(ORDERS[:200])],
    },
    "contexts by name in many orders": {
        "@context": "https://www.w3.org/ns/credentials/undefined-terms/v2",
        "n": [{"@context": list(urls)} for urls in itertools.islice(itertools.permutations(URLS, 4), 200)],
    },
    "many values": {**VALUE, "v": [str(number) for number in range(1000)]},
    "many objects": {**VALUE, "v": [{"w": str(number)} for number in range(250)]},
    "a long list": {**VALUE, "l": [str(number) for number in range(250)]},
    "a long list of one value": {**VALUE, "l": ["a"] * 250},
    "lists in a list": {**VALUE, "l": [{"@list": [{"@list": ["a"]}] * 5}] * 15},
    "objects that look alike": {**VALUE, "v": [{"w": [{"@type": "urn:T"}] * 60} for _ in range(4)]},
    "a large JSON literal": {"@context": {"j": {"@id": "urn:x:j", "@type": "@json"}}, "j": JSON_VALUE},
    "many words": {"@context": {"@vocab": "urn:v:", **own("t", 200)}, **own("w", 1000)},
}


@pytest.mark.parametrize("what", DOCUMENTS)
def test_hostile_documents_end_alike_by_both_paths(what: str) -> None:
    def by(path: Callable[..., object]) -> object:
        return timed(what, lambda: path(DOCUMENTS[what], CONTEXTS, profile=Profile.OPEN))

    assert by(safe.process) == by(quick.process)
