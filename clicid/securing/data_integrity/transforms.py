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
        confirm: What is left to find out once the signature has been found good: the costly part.
    """

    members: frozenset[str]
    complete: Callable[[Input, Mapping[str, Json]], dict[str, Json]]
    forms: Callable[[Input, Mapping[str, Json], str, str], Forms]
    confirm: Callable[[Input, Mapping[str, Json], str], None]


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


def _rdfc_confirm(_source: Input, _config: Mapping[str, Json], _where: str) -> None:
    """Nothing is left."""


def _jcs_complete(source: Input, options: Mapping[str, Json]) -> dict[str, Json]:
    """The context goes into the proof, so that a later proof of a set may bring more contexts."""
    context = source.document.get("@context")
    return dict(options) if context is None else {**options, "@context": context}


def _jcs_forms(source: Input, config: Mapping[str, Json], _algorithm: str, where: str) -> Forms:
    """JSON Canonicalization of both; the document takes the configuration's context if it has one."""
    if "@context" not in config:
        return Forms(jcs.dumps(config), source.jcs)
    ours, theirs = _contexts(source, config)
    if not theirs or ours[: len(theirs)] != theirs:
        raise Refused("proof.context", shape.pointer(where, "@context"))
    return Forms(jcs.dumps(config), source.with_context(config["@context"]).jcs)


def _jcs_confirm(source: Input, config: Mapping[str, Json], where: str) -> None:
    """Contexts that came after those of the proof were not signed: the graph must be the same without."""
    if "@context" not in config:
        return
    ours, theirs = _contexts(source, config)
    if ours == theirs:
        return
    under = source.with_context(config["@context"])
    if under.canonical().nquads != source.canonical().nquads:
        raise Refused("proof.context", shape.pointer(where, "@context"), "what came later changes it")


def _contexts(source: Input, config: Mapping[str, Json]) -> tuple[list[bytes], list[bytes]]:
    """The contexts of the document and of the configuration."""
    return _items(source.document.get("@context")), _items(config["@context"])


def _items(context: Json) -> list[bytes]:
    """The contexts in order, as bytes: Python takes 1 and true for equal."""
    items = context if isinstance(context, list) else [] if context is None else [context]
    return [jcs.dumps(item) for item in items]


RDFC: Final = Transform(frozenset(), _rdfc_complete, _rdfc_forms, _rdfc_confirm)
JCS: Final = Transform(frozenset(("@context",)), _jcs_complete, _jcs_forms, _jcs_confirm)
