"""What a proof is made over: the document without its proofs, or with those that it follows.

Several proofs of a set are over the same input, so its canonical forms are made once.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.codec import jcs
from clicid.rdf import quick, safe, shapes
from clicid.rdf.canon import SHA_256
from clicid.rdf.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.rdf.contexts import Contexts
    from clicid.rdf.safe import Canonical


class Ready(NamedTuple):
    """A document without proofs of which somebody has its compact JSON and its canonical form by SHA-256."""

    text: str
    canonical: Canonical


class Input:
    """The input document of a proof (VC Data Integrity 1.0, 4.3 and 4.5).

    Args:
        document: The document, with no `proof` but those that are to be included.
        contexts: The shipped contexts.
        profile: How much of JSON-LD it may use.
        ready: What is known of it.
    """

    def __init__(
        self,
        document: Mapping[str, Json],
        contexts: Contexts,
        profile: Profile,
        ready: Ready | None = None,
    ) -> None:
        self.document: Final = dict(document)
        self.contexts: Final = contexts
        self.profile: Final = profile
        self._canonical: Final[dict[str, Canonical]] = {} if ready is None else {SHA_256: ready.canonical}
        self._unknown: Final[list[tuple[Mapping[str, Json], str]]] = []

    def canonical(self, algorithm: str = SHA_256) -> Canonical:
        """Its canonical N-Quads and its types.

        Args:
            algorithm: The hash by which blank nodes are told apart.

        Raises:
            Refused: The `rdf.*` of safe mode.
        """
        if algorithm not in self._canonical:
            self._canonical[algorithm] = self.process(self.document, algorithm)
        return self._canonical[algorithm]

    def types(self) -> tuple[str, ...]:
        """The type IRIs of its root node; none if it has no context.

        Where nothing asks for its graph, everybody's document is read once and not hashed: then its
        texts may have a base direction, which is in no graph (`safe.types`).

        Raises:
            Refused: The `rdf.*` of safe mode.
        """
        if "@context" not in self.document:
            return ()
        if not self._canonical and self.profile is Profile.OPEN:
            return safe.types(self.document, self.contexts, profile=self.profile)
        made = next(iter(self._canonical.values()), None)
        return (made or self.canonical()).types

    def process(self, document: Mapping[str, Json], algorithm: str = SHA_256) -> Canonical:
        """The same of another document that belongs to this one: a proof's configuration."""
        known = shapes.of(self.contexts)
        recalled = known.recall(document, profile=self.profile, algorithm=algorithm)
        if recalled is not None:
            return recalled
        self._unknown.append((document, algorithm))
        return quick.process(dict(document), self.contexts, profile=self.profile, algorithm=algorithm)

    def vouch(self, voucher: str) -> None:
        """Documents like those that were processed are to be processed sooner from now on.

        Args:
            voucher: Whose signature over them was good, or who is about to sign them.
        """
        for document, algorithm in self._unknown:
            shapes.of(self.contexts).learn(document, voucher, profile=self.profile, algorithm=algorithm)
        self._unknown.clear()

    @cached_property
    def jcs(self) -> bytes:
        """Its JSON in the form of RFC 8785; `Refused` with `codec.jcs`."""
        return jcs.dumps(self.document)

    def with_context(self, context: Json) -> Input:
        """The same with another context at its root."""
        return Input({**self.document, "@context": context}, self.contexts, self.profile)
