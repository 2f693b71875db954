"""The faster path for a document of no known shape: our own reading, without PyLD's beside it.

Our walk (`reading`) records every statement of a document with its blank nodes, and refuses whatever
it cannot; PyLD's expansion of the same document finds the same statements, or the reference path
would refuse it (`rdf.dropped`), and the differential test holds the two against each other. What is
out of the ordinary still goes the reference path: statements made twice, contexts written out in the
document, and blank nodes that their first-degree hashes (RDFC-1.0 4.6) do not tell apart.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING

from pyld.jsonld import JsonLdError

from clicid.rdf import reading, safe
from clicid.rdf.canon import BLANK, SHA_256, Canonicalized, OneLabel
from clicid.rdf.reading import nquad
from clicid.rdf.safe import Canonical, Located
from clicid.rdf.terms import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clicid.codec.strict_json import Json
    from clicid.rdf.contexts import Contexts
    from clicid.rdf.profile import Profile
    from clicid.rdf.reading import Placed, Reading, Statement


def process(
    document: dict[str, Json], contexts: Contexts, *, profile: Profile, algorithm: str = SHA_256
) -> Canonical:
    """What `safe.process` says of a document, sooner.

    Raises:
        Refused: As `safe.process` does.
    """
    read = _read(document, contexts, profile)
    found = None if read is None else _canonicalized(read.placed, algorithm)
    if read is None or found is None:
        return safe.process(document, contexts, profile=profile, algorithm=algorithm)
    return Canonical(found.nquads, read.types)


def locate(document: dict[str, Json], contexts: Contexts, *, profile: Profile) -> Located:
    """What `safe.locate` says of a document, sooner.

    Raises:
        Refused: As `safe.locate` does.
    """
    read = _read(document, contexts, profile)
    found = None if read is None else _canonicalized(read.placed, SHA_256)
    if read is None or found is None:
        return safe.locate(document, contexts, profile=profile)
    return Located(found.nquads, tuple(read.placed), found.labels, frozenset(read.keywords))


def canonicalize(statements: Sequence[Statement], algorithm: str) -> bytes | None:
    """The canonical N-Quads of statements; None unless all differ, and their blank nodes by their hashes."""
    found = labelled(statements, algorithm)
    return None if found is None else found.nquads


def labelled(statements: Sequence[Statement], algorithm: str) -> Canonicalized | None:
    """The same, with the labels."""
    if len(set(statements)) < len(statements):
        return None
    own: defaultdict[str, list[Statement]] = defaultdict(list)
    for statement in statements:
        for name in {statement.subject, statement.graph, "" if statement.datatype else statement.object}:
            if name.startswith(BLANK):
                own[name].append(statement)
    labels = dict.fromkeys(own, f"{BLANK}c14n0") if len(own) < 2 else _labels(own, algorithm)
    if labels is None:
        return None
    lines = sorted(nquad(statement, labels) for statement in statements)
    return Canonicalized("".join(lines).encode(), labels)


def _read(document: dict[str, Json], contexts: Contexts, profile: Profile) -> Reading | None:
    """Our reading of a document; None if PyLD is to be asked."""
    vocabulary = Vocabulary(contexts, profile)
    try:
        with contexts.lock:
            read = reading.read(document, contexts, vocabulary)
    except (JsonLdError, *safe.STUMBLES):
        return None
    # What a stranger's context does to PyLD, nobody but PyLD can tell.
    return None if vocabulary.apart else read


def _canonicalized(placed: Sequence[Placed], algorithm: str) -> Canonicalized | None:
    return labelled([one.statement for one in placed], algorithm)


def _labels(own: Mapping[str, list[Statement]], algorithm: str) -> dict[str, str] | None:
    """The canonical label of each blank node, from its own statements (RDFC-1.0 4.4, steps 3 and 4)."""
    by_hash = {_first_degree_hash(name, statements, algorithm): name for name, statements in own.items()}
    if len(by_hash) < len(own):
        return None
    return {by_hash[digest]: f"{BLANK}c14n{place}" for place, digest in enumerate(sorted(by_hash))}


def _first_degree_hash(name: str, statements: list[Statement], algorithm: str) -> str:
    labels = OneLabel({name: f"{BLANK}a"})
    lines = sorted(nquad(statement, labels) for statement in statements)
    return hashlib.new(algorithm, "".join(lines).encode()).hexdigest()
