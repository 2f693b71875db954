"""Canonical N-Quads of a document of which the JSON-LD processor drops nothing."""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pyld.jsonld import JsonLdError

from clicid.errors import Refused
from clicid.rdf import canon, reading
from clicid.rdf.canon import SHA_256
from clicid.rdf.reading import DEFAULT_GRAPH, Placed, Reading, Statement
from clicid.rdf.terms import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clicid.codec.strict_json import Json
    from clicid.rdf.contexts import Contexts
    from clicid.rdf.profile import Profile


STUMBLES: Final = (AttributeError, LookupError, TypeError, ValueError, RecursionError)
"""What PyLD raises over some contexts instead of refusing them."""


@dataclass(frozen=True, slots=True)
class Canonical:
    """A document's canonical N-Quads, and the type IRIs of its root node in the order given."""

    nquads: bytes
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Located:
    """A document's canonical N-Quads, its statements, and the canonical label of each blank node in them.

    `keywords` are the names that its ids and types have.
    """

    nquads: bytes
    placed: tuple[Placed, ...]
    labels: Mapping[str, str]
    keywords: frozenset[str]


def process(
    document: dict[str, Json], contexts: Contexts, *, profile: Profile, algorithm: str = SHA_256
) -> Canonical:
    """Read a document twice, by our own walk and by PyLD, and canonicalise it if both agree.

    1. Walk it: each key and value becomes a statement, or the document is refused (`reading`).
    2. Expand and convert it to RDF with PyLD (JSON-LD 1.1 API 5.1, 8.1).
    3. Compare the two sets of statements: what PyLD dropped, merged or made up refuses it.
    4. Canonicalise PyLD's dataset (RDFC-1.0 with the hash named) under a budget.

    Raises:
        Refused: An `rdf.*` code.
    """
    read, dataset = _read(document, contexts, profile)  # 1 to 3
    return Canonical(canon.canonicalize(dataset, algorithm=algorithm).nquads, read.types)  # 4


def locate(document: dict[str, Json], contexts: Contexts, *, profile: Profile) -> Located:
    """The same with SHA-256, and the place and the blank nodes of each statement.

    They are those of our own reading, whose canonical form must be that of PyLD's dataset.

    Raises:
        Refused: As `process` does.
    """
    read, dataset = _read(document, contexts, profile)
    ours = canon.canonicalize(reading.dataset(statement for _, statement in read.placed))
    if canon.canonicalize(dataset).nquads != ours.nquads:
        raise Refused("rdf.dropped")
    return Located(ours.nquads, tuple(read.placed), ours.labels, frozenset(read.keywords))


def canonicalize(
    document: dict[str, Json], contexts: Contexts, *, profile: Profile, algorithm: str = SHA_256
) -> bytes:
    """The canonical N-Quads of a document in safe mode; raises as `process` does."""
    return process(document, contexts, profile=profile, algorithm=algorithm).nquads


def types(document: dict[str, Json], contexts: Contexts, *, profile: Profile) -> tuple[str, ...]:
    """The type IRIs of the root node of a document whose bytes are signed as they are.

    Step 1 of `process` alone: whoever reads the JSON reads what a JSON-LD processor would, and as no graph
    is hashed, no second reading has to agree on one. In an open document a context may direct texts.

    Raises:
        Refused: An `rdf.*` code.
    """
    return _read_once(document, contexts, profile).types


def inner_types(document: dict[str, Json], contexts: Contexts, *, profile: Profile) -> frozenset[str]:
    """The type IRIs of all other nodes of its graph; raises as `types` does."""
    return frozenset(_read_once(document, contexts, profile).inner)


def _read_once(document: dict[str, Json], contexts: Contexts, profile: Profile) -> Reading:
    with contexts.lock:
        vocabulary = Vocabulary(contexts, profile)
        with _refusing(vocabulary):
            return reading.read(document, contexts, vocabulary, hashed=False)


def _read(document: dict[str, Json], contexts: Contexts, profile: Profile) -> tuple[Reading, canon.Dataset]:
    with contexts.lock:
        vocabulary = Vocabulary(contexts, profile)
        with _refusing(vocabulary):
            read = reading.read(document, contexts, vocabulary)
            dataset = vocabulary.dataset(document)
    # Two values may differ in JSON and be one statement: `true`, and an object of it typed xsd:boolean.
    if len({statement for _, statement in read.placed}) != len(read.placed):
        raise Refused("rdf.dropped")
    if _statements(dataset) != read.statements:
        raise Refused("rdf.dropped")
    return read, dataset


@contextlib.contextmanager
def _refusing(vocabulary: Vocabulary) -> Iterator[None]:
    """Turns PyLD's errors into refusals."""
    try:
        yield
    except JsonLdError as error:
        raise Refused("rdf.invalid", detail=str(error.code or "")) from error
    except STUMBLES as error:
        # The contexts that ship have been tried out, so over them it is we who stumble.
        if not vocabulary.apart:
            raise
        raise Refused("rdf.invalid", detail=type(error).__name__) from error


def _statements(dataset: canon.Dataset) -> Counter[Statement]:
    return Counter(
        _statement(DEFAULT_GRAPH if name == "@default" else name, triple).anonymous()
        for name, triples in dataset.items()
        for triple in triples
    )


def _statement(graph: str, triple: dict[str, Any]) -> Statement:
    subject, predicate = triple["subject"]["value"], triple["predicate"]["value"]
    value = triple["object"]
    if value["type"] != "literal":
        return Statement(graph, subject, predicate, value["value"])
    return Statement(graph, subject, predicate, value["value"], value["datatype"], value.get("language", ""))
