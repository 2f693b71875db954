"""How a document and a proof configuration become the bytes that are hashed: as a graph, or as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.codec import jcs, shape
from clicid.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clicid.codec.strict_json import Json
    from clicid.securing.data_integrity.inputs import Input


class Forms(NamedTuple):
    """The proof configuration and the input document as bytes."""

    config: bytes
    document: bytes


@dataclass(frozen=True, slots=True)
class Transform:
    """One way to bytes.

    Args:
        members: Members of a proof that only this way has.
        complete: From an input and a new proof's options to its configuration as it will stand there.
        forms: From an input, a configuration, the hash by which blank nodes are told apart and the
            proof's JSON pointer to bytes.
    """

    members: frozenset[str]
    complete: Callable[[Input, Mapping[str, Json]], dict[str, Json]]
    forms: Callable[[Input, Mapping[str, Json], str, str], Forms]


def _rdfc_complete(_source: Input, options: Mapping[str, Json]) -> dict[str, Json]:
    return dict(options)


def _rdfc_forms(source: Input, config: Mapping[str, Json], algorithm: str, where: str) -> Forms:
    """RDF Dataset Canonicalization of both; the configuration takes the document's context."""
    canonical = source.canonical(algorithm)
    return Forms(rdfc_config(source, config, where), canonical.nquads)


def rdfc_config(source: Input, config: Mapping[str, Json], where: str) -> bytes:
    """RDF Dataset Canonicalization of a configuration alone, under the document's context.

    Raises:
        Refused: The `rdf.*` of safe mode, at their place in the proof whose JSON pointer is `where`.
    """
    node = {**config, "@context": source.document["@context"]}
    try:
        return source.process(node).nquads
    except Refused as error:
        raise Refused(error.code, where + error.where, error.detail) from error


def _jcs_complete(source: Input, options: Mapping[str, Json]) -> dict[str, Json]:
    """The context goes into the proof, so that a later proof of a set may bring more contexts."""
    context = source.document.get("@context")
    return dict(options) if context is None else {**options, "@context": context}


def _jcs_forms(source: Input, config: Mapping[str, Json], _algorithm: str, where: str) -> Forms:
    """JSON Canonicalization of both; the document takes the configuration's context if it has one."""
    if "@context" in config:
        source = _under(config["@context"], source, shape.pointer(where, "@context"))
    return Forms(jcs.dumps(config), source.jcs)


def _under(context: Json, source: Input, where: str) -> Input:
    """The input under the context that a proof was made under.

    The document's must start with it. What came after it was not signed, so it must not make the
    document say anything else: the graph is the same with it and without.
    """
    ours, theirs = (_items(one) for one in (source.document.get("@context"), context))
    if not theirs or ours[: len(theirs)] != theirs:
        raise Refused("proof.context", where)
    under = source.with_context(context)
    if ours != theirs and under.canonical().nquads != source.canonical().nquads:
        raise Refused("proof.context", where, "contexts added later change the document")
    return under


def _items(context: Json) -> list[bytes]:
    """The contexts in order, as bytes: Python takes 1 and true for equal."""
    items = context if isinstance(context, list) else [] if context is None else [context]
    return [jcs.dumps(item) for item in items]


RDFC: Final = Transform(frozenset(), _rdfc_complete, _rdfc_forms)
JCS: Final = Transform(frozenset(("@context",)), _jcs_complete, _jcs_forms)
