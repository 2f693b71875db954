"""What a proof is made over: the document without its proofs, or with those that it follows.

Several proofs of a set are over the same input, so its canonical forms are made once.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from clicid.codec import jcs
from clicid.rdf import safe
from clicid.rdf.canon import SHA_256

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.rdf.contexts import Contexts
    from clicid.rdf.profile import Profile
    from clicid.rdf.safe import Canonical


class Input:
    """The input document of a proof (VC Data Integrity 1.0, 4.3 and 4.5).

    Args:
        document: The document, with no `proof` but those that are to be included.
        contexts: The shipped contexts.
        profile: How much of JSON-LD it may use.
    """

    def __init__(self, document: Mapping[str, Json], contexts: Contexts, profile: Profile) -> None:
        self.document: Final = dict(document)
        self.contexts: Final = contexts
        self.profile: Final = profile
        self._canonical: Final[dict[str, Canonical]] = {}

    def canonical(self, algorithm: str = SHA_256) -> Canonical:
        """Its canonical N-Quads and its types.

        Args:
            algorithm: The hash by which blank nodes are told apart.

        Raises:
            Refused: The `rdf.*` of safe mode.
        """
        if algorithm not in self._canonical:
            self._canonical[algorithm] = safe.process(
                self.document, self.contexts, profile=self.profile, algorithm=algorithm
            )
        return self._canonical[algorithm]

    @cached_property
    def jcs(self) -> bytes:
        """Its JSON in the form of RFC 8785; `Refused` with `codec.jcs`."""
        return jcs.dumps(self.document)

    def with_context(self, context: Json) -> Input:
        """The same with another context at its root."""
        return Input({**self.document, "@context": context}, self.contexts, self.profile)
