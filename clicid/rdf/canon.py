"""RDF dataset canonicalisation (RDFC-1.0) by PyLD, under a budget of steps.

Blank nodes that look alike are told apart by trying their permutations, which an attacker can make
as many as wished. PyLD asks its canonical issuer about every node of every permutation it tries, so
an issuer that counts the questions bounds the work whatever the graph's form.

Of PyLD it is the search alone that is used: it writes some characters otherwise than canonical
N-Quads wants them, and takes a label that looks canonical for one that it has issued.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pyld.canon import URDNA2015
from pyld.identifier_issuer import IdentifierIssuer

from clicid.errors import Refused
from clicid.rdf.limits import MAX_HASH_STEPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Dataset = dict[str, list[dict[str, Any]]]
"""PyLD's form: graph name (``@default``, IRI or ``_:label``) to triples of typed terms."""

BLANK: Final = "_:"
SHA_256: Final = "sha256"
SHA_384: Final = "sha384"
"""For ECDSA on P-384 (VC Data Integrity ECDSA Cryptosuites 1.0, 3.2.3)."""
ALGORITHMS: Final = (SHA_256, SHA_384)

_XSD_STRING: Final = "http://www.w3.org/2001/XMLSchema#string"
_QUOTED: Final = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_UNPLAIN: Final = re.compile(r'[\x00-\x1f\x7f"\\\ufffe\uffff]')


@dataclass(frozen=True, slots=True)
class Canonicalized:
    """A dataset's canonical N-Quads, and for each label it came with (``_:x``) the canonical one."""

    nquads: bytes
    labels: Mapping[str, str]


def canonicalize(
    dataset: Dataset, *, algorithm: str = SHA_256, max_steps: int = MAX_HASH_STEPS
) -> Canonicalized:
    """Canonicalise a dataset (RDFC-1.0 4.4), which is left as it is.

    Args:
        dataset: Its statements differ from each other.
        algorithm: The hash by which blank nodes are told apart, `SHA_256` or `SHA_384`.
        max_steps: The budget.

    Raises:
        Refused: `rdf.poison` when telling its blank nodes apart takes more than `max_steps`.
    """
    given: dict[str, str] = {}
    quads = [_relabelled(quad, given) for quad in _quads(dataset)]
    search = _Search(algorithm, max_steps)
    issued = search.labels(quads)
    lines = sorted(_line(quad, issued) for quad in quads)
    labels = {label: issued[ours] for label, ours in given.items()}
    return Canonicalized("".join(lines).encode("utf-8"), labels)


def escape(text: str) -> str:
    """A literal's text as canonical N-Quads has it between quotation marks (RDFC-1.0 5)."""
    return _UNPLAIN.sub(lambda found: _QUOTED.get(found[0]) or f"\\u{ord(found[0]):04X}", text)


def literal(value: str, datatype: str, language: str = "") -> str:
    """A literal as canonical N-Quads has it."""
    text = f'"{escape(value)}"'
    if language:
        return f"{text}@{language}"
    return text if datatype == _XSD_STRING else f"{text}^^<{datatype}>"


_Quad = dict[str, dict[str, str]]


def _quads(dataset: Dataset) -> Iterable[_Quad]:
    for name, triples in dataset.items():
        kind = "blank node" if name.startswith(BLANK) else "IRI"
        graph = {} if name == "@default" else {"name": {"type": kind, "value": name}}
        for triple in triples:
            yield {**triple, **graph}


def _relabelled(quad: _Quad, given: dict[str, str]) -> _Quad:
    return {
        role: {**term, "value": given.setdefault(term["value"], f"{BLANK}b{len(given)}")}
        if term["type"] == "blank node"
        else term
        for role, term in quad.items()
    }


def _line(quad: _Quad, labels: Mapping[str, str]) -> str:
    return " ".join((*(_term(quad[role], labels) for role in _ROLES if role in quad), ".\n"))


_ROLES: Final = ("subject", "predicate", "object", "name")


def _term(term: Mapping[str, str], labels: Mapping[str, str]) -> str:
    value = term["value"]
    if term["type"] == "IRI":
        return f"<{value}>"
    if term["type"] == "blank node":
        return labels[value]
    return literal(value, term["datatype"], term.get("language", ""))


class _CountingIssuer(IdentifierIssuer):  # type: ignore[misc]  # PyLD has no types
    def __init__(self, prefix: str, steps: int) -> None:
        super().__init__(prefix)
        self._left = steps

    def has_id(self, old: str) -> bool:
        self._left -= 1
        if self._left < 0:
            raise Refused("rdf.poison")
        return old in self.existing


class OneLabel(dict[str, str]):
    """For first-degree hashes: the node itself is ``_:a``, all others are ``_:z`` (RDFC-1.0 4.6)."""

    def __missing__(self, _label: str) -> str:
        return "_:z"


class _Search(URDNA2015):  # type: ignore[misc]  # PyLD has no types
    def __init__(self, algorithm: str, max_steps: int) -> None:
        super().__init__()
        self._algorithm = algorithm
        self.canonical_issuer = _CountingIssuer("_:c14n", max_steps)

    def labels(self, quads: list[_Quad]) -> Mapping[str, str]:
        """For each label in the quads the canonical one."""
        # PyLD relabels what it gets; copied shallowly, as a label's term is in one quad's role alone.
        graph = [{role: {**term} for role, term in quad.items()} for quad in quads]
        self.main({"@default": graph}, {"format": "application/n-quads"})
        labels: Mapping[str, str] = self.canonical_issuer.existing
        return labels

    def hash_first_degree_quads(self, id_: str) -> str:
        """RDFC-1.0 4.6."""
        info = self.blank_node_info[id_]
        if "hash" not in info:
            labels = OneLabel({id_: "_:a"})
            info["hash"] = self.hash_nquads(sorted(_line(quad, labels) for quad in info["quads"]))
        found: str = info["hash"]
        return found

    def create_hash(self) -> Any:
        """The hash that the caller asked for."""
        return hashlib.new(self._algorithm)
