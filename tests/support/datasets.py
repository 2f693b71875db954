"""N-Quads and JSON-LD by pyoxigraph, the second opinion of these tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.rdf.canon import Dataset

_BASE = "https://w3c.github.io/json-ld-api/tests/"


def parsed(nquads: bytes) -> Dataset:
    """A dataset in PyLD's form; a quad that stands twice is one."""
    dataset: Dataset = {}
    for quad in dict.fromkeys(ox.parse(nquads, format=ox.RdfFormat.N_QUADS)):
        name = "@default" if isinstance(quad.graph_name, ox.DefaultGraph) else _term(quad.graph_name)["value"]
        terms = {"subject": quad.subject, "predicate": quad.predicate, "object": quad.object}
        dataset.setdefault(name, []).append({role: _term(term) for role, term in terms.items()})
    return dataset


def _term(term: Any) -> dict[str, str]:
    if isinstance(term, ox.NamedNode):
        return {"type": "IRI", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "blank node", "value": f"_:{term.value}"}
    tag = {"language": term.language} if term.language else {}
    return {"type": "literal", "value": term.value, "datatype": term.datatype.value, **tag}


def inlined(value: Any, contexts: Mapping[str, Any]) -> Any:
    """A JSON-LD document with the contexts themselves where their URLs stand: pyoxigraph loads none."""
    if isinstance(value, list):
        return [inlined(one, contexts) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _inlined_context(child, contexts) if name == "@context" else inlined(child, contexts)
        for name, child in value.items()
    }


def _inlined_context(context: Any, contexts: Mapping[str, Any]) -> Any:
    if isinstance(context, list):
        parts = [_inlined_context(part, contexts) for part in context]
        return [one for part in parts for one in (part if isinstance(part, list) else [part])]
    if isinstance(context, str):
        return _inlined_context(contexts[context], contexts)
    return inlined(context, contexts)


def canonical(data: bytes, form: ox.RdfFormat) -> bytes:
    """pyoxigraph's canonical N-Quads of a document."""
    dataset = ox.Dataset(ox.parse(data, format=form, base_iri=_BASE))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return b"".join(sorted(ox.serialize([quad], format=ox.RdfFormat.N_QUADS) or b"" for quad in dataset))
