"""RDF dataset canonicalisation (RDFC-1.0 with SHA-256) by PyLD, under a budget of steps.

Blank nodes that look alike are told apart by trying their permutations, which an attacker can make
as many as wished. PyLD asks its canonical issuer about every node of every permutation it tries, so
an issuer that counts the questions bounds the work whatever the graph's form.
"""

from __future__ import annotations

from typing import Any, Final

from pyld.canon import URDNA2015
from pyld.identifier_issuer import IdentifierIssuer

from clicid.errors import Refused
from clicid.rdf.limits import MAX_HASH_STEPS

Dataset = dict[str, list[dict[str, Any]]]
"""PyLD's form: graph name (``@default``, IRI or ``_:label``) to triples of typed terms."""

_FORMAT: Final = {"format": "application/n-quads"}


def to_nquads(dataset: Dataset, *, max_steps: int = MAX_HASH_STEPS) -> bytes:
    """The canonical N-Quads of a dataset, which is used up by it.

    Raises:
        Refused: `rdf.poison` when telling its blank nodes apart takes more than `max_steps`.
    """
    text: str = _Canonicaliser(max_steps).main(dataset, _FORMAT)
    return text.encode("utf-8")


class _CountingIssuer(IdentifierIssuer):  # type: ignore[misc]  # PyLD has no types
    def __init__(self, prefix: str, steps: int) -> None:
        super().__init__(prefix)
        self._left = steps

    def has_id(self, old: str) -> bool:
        self._left -= 1
        if self._left < 0:
            raise Refused("rdf.poison")
        return old in self.existing


class _Canonicaliser(URDNA2015):  # type: ignore[misc]  # PyLD has no types
    def __init__(self, max_steps: int) -> None:
        super().__init__()
        self.canonical_issuer = _CountingIssuer("_:c14n", max_steps)
