"""Documents with contexts of their own before the same judges; PyLD processes them in the kernel too.

Where pyoxigraph abstains, it takes a scoped context's new meaning of a protected term for a fault.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import secrets
from typing import TYPE_CHECKING, Any

import pytest

from clicid.adapters import package_data
from clicid.errors import Refused
from clicid.rdf import quick, safe
from clicid.rdf.contexts import Contexts
from clicid.rdf.profile import Profile
from tests.differential import others
from tests.differential.judges import JUDGE, Jsonld, Oxigraph, Pyld
from tests.differential.written_contexts import BASE, BASE_URL, WrittenContexts
from tests.support import datasets, suites
from tests.support.node import install

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from tests.differential.judges import Judge

    Accepted = tuple[dict[str, Any], str]
    """A document and its canonical N-Quads."""

WHOLE = 100_000
COUNT = int(os.environ.get("CLICID_PROVE_DOCUMENTS", str(WHOLE // 50)))
RAW = json.dumps(BASE).encode()
_IN_A_LITERAL = '\\"@context\\"'
"""In a JSON literal it is no context, and a URL there stays a URL."""
CONTEXTS = Contexts({BASE_URL: RAW}, {BASE_URL: hashlib.sha256(RAW).hexdigest()})


def canonical(path: Any, document: dict[str, Any], contexts: Contexts) -> bytes | None:
    try:
        found: bytes = path(document, contexts, profile=Profile.OPEN).nquads
    except Refused:
        return None
    return found


def accepted(documents: Iterable[dict[str, Any]], contexts: Contexts, seed: int) -> list[Accepted]:
    """Those that both paths accept; both refuse the others."""
    found = []
    for document in itertools.islice(documents, COUNT):
        nquads = canonical(safe.process, document, contexts)
        assert canonical(quick.process, document, contexts) == nquads, f"seed {seed}: {json.dumps(document)}"
        if nquads is not None:
            found.append((document, nquads.decode()))
    print(f"seed {seed}: {len(found)} of {COUNT} accepted")
    return found


def check(judge: Judge, cases: Sequence[Accepted], seed: int) -> None:
    said = judge.canonical([document for document, _ in cases])
    for (document, ours), opinion in zip(cases, said, strict=True):
        abstains = opinion is None and judge.may_abstain
        assert abstains or opinion == ours, f"{judge.name}, seed {seed}: {json.dumps(document)}"
    assert said.count(None) <= len(cases) / 50


@pytest.mark.timeout(3600)
def test_what_is_accepted_every_judge_reads_likewise(tmp_path: Path) -> None:
    seed = int(os.environ.get("CLICID_PROVE_SEED", secrets.randbits(32)))
    inlined = [
        (datasets.inlined(document, {BASE_URL: BASE["@context"]}), nquads)
        for document, nquads in accepted(WrittenContexts(seed), CONTEXTS, seed)
        if _IN_A_LITERAL not in nquads
    ]
    assert len(inlined) > COUNT / 100
    with contextlib.ExitStack() as stack:
        judges: list[Judge] = [Pyld({}), Oxigraph({})]
        if not install(JUDGE):
            judges.append(stack.enter_context(Jsonld({}, tmp_path)))
        for judge in judges:
            beyond = _is_beyond_jsonld if isinstance(judge, Jsonld) else _nothing
            check(judge, [case for case in inlined if not beyond(case[0])], seed)


@pytest.mark.timeout(3600)
def test_documents_of_others_every_judge_reads_likewise(tmp_path: Path) -> None:
    published = others.published()
    if not published:
        pytest.skip(f"no vectors at {suites.folder(others.SUITES[0])}")
    seed = int(os.environ.get("CLICID_PROVE_SEED", secrets.randbits(32)))
    contexts, known = package_data.example_contexts(), others.contexts()
    assert all(canonical(safe.process, document, contexts) for document in published)
    found = accepted(others.Mutated(seed, published, contexts.names), contexts, seed)
    assert len(found) > COUNT / 10
    with contextlib.ExitStack() as stack:
        judges: list[Judge] = [Pyld(known), Oxigraph(known)]
        if not install(JUDGE):
            judges.append(stack.enter_context(Jsonld(known, tmp_path)))
        for judge in judges:
            beyond = {Jsonld: _is_beyond_jsonld, Oxigraph: _is_beyond_pyoxigraph}.get(type(judge), _nothing)
            cases = [case for case in found if not beyond(case[0])]
            if isinstance(judge, Oxigraph):  # It has no document loader: it is given the contexts inlined.
                cases = [case for case in cases if _IN_A_LITERAL not in case[1]]
            check(judge, cases, seed)


def _nothing(_document: dict[str, Any]) -> bool:
    return False


def _is_beyond_jsonld(document: dict[str, Any]) -> bool:
    """It takes a term whose `@prefix` is false for another than one that says nothing of it.

    So it refuses a protected term that is defined again in the other way (JSON-LD API 1.1, 4.2.2: the same
    definition, but for `@protected`, is allowed). Of a term that gets its IRI from `@vocab` it notes nothing
    either, and refuses it where its IRI was written out before.

    And it drops a list or value of a term that the term's own context makes a container of graphs, as
    if it stood free in a graph (5.1.2, 19: only below null and `@graph`).
    """
    text = json.dumps(document)
    unnoted = '"@prefix": false' in text or _redefines_by_vocab(document)
    return (unnoted and '"@protected": true' in text) or _makes_itself_a_graph(document)


def _redefines_by_vocab(document: dict[str, Any]) -> bool:
    """Whether a term that has its IRI written out is defined without one, too."""
    with_iri, without = set[str](), set[str]()
    for context in _contexts(document):
        for name, term in context.items():
            if isinstance(term, str) or (isinstance(term, dict) and "@id" in term):
                with_iri.add(name)
            elif isinstance(term, dict):
                without.add(name)
    return bool(with_iri & without)


def _contexts(value: Any) -> Iterator[dict[str, Any]]:
    """Every context in a document, those that terms bring included."""
    for name, child in value.items() if isinstance(value, dict) else enumerate(value):
        if name == "@context":
            several = child if isinstance(child, list) else [child]
            yield from (one for one in several if isinstance(one, dict))
        if isinstance(child, dict | list):
            yield from _contexts(child)


def _makes_itself_a_graph(value: Any) -> bool:
    """Whether a term's own context makes that very term a container of graphs."""
    if isinstance(value, list):
        return any(map(_makes_itself_a_graph, value))
    if not isinstance(value, dict):
        return False
    for name, term in value.items():
        brought = term.get("@context", []) if isinstance(term, dict) else []
        for context in brought if isinstance(brought, list) else [brought]:
            again = context.get(name) if isinstance(context, dict) else None
            if isinstance(again, dict) and "@graph" in json.dumps(again.get("@container")):
                return True
    return any(map(_makes_itself_a_graph, value.values()))


def _is_beyond_pyoxigraph(document: dict[str, Any]) -> bool:
    """Of two types with contexts of their own it forgets the first's.

    And the context of a type stays in force in an object whose term has a context of its own there, which
    of the terms in the vectors is the purpose of a proof.
    """
    for node in others.nodes(document):
        if any(isinstance(node.get(name), list) and len(node[name]) > 1 for name in ("type", "@type")):
            return True
        if isinstance(node.get("proofPurpose"), dict | list):
            return True
    return False
