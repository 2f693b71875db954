"""The verifier's side: one proof, a set of them, or chains (VC Data Integrity 1.0, 4.4 and 4.5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from clicid.errors import LocalError, Refused
from clicid.securing.data_integrity import chains
from clicid.securing.data_integrity.disclosure import Received
from clicid.securing.data_integrity.parts import Parts, PlacedProof
from clicid.securing.data_integrity.table import SUITES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clicid.codec.strict_json import Json
    from clicid.keys.public import PublicKey
    from clicid.rdf.contexts import Contexts
    from clicid.rdf.profile import Profile
    from clicid.securing.data_integrity.options import Proof
    from clicid.securing.data_integrity.suite import UnverifiedProof


@dataclass(slots=True)  # Not frozen: to build that takes six times as long, and one is built in every check.
class UnverifiedDocument:
    """A document with its proofs, whose signatures nobody has checked yet.

    Args:
        document: The document without its proofs.
        types: The type IRIs of its root node; none if it has no context.
        proofs: At least one, in the order in which they stand.
    """

    document: Mapping[str, Json] = field(repr=False)
    types: tuple[str, ...]
    proofs: tuple[UnverifiedProof, ...]


@dataclass(frozen=True, slots=True)
class LaterProof:
    """A proof that includes others; an `UnverifiedProof`.

    What it is over is canonicalised only when it is verified, after those that include none: whoever
    has no good signature makes us canonicalise a document once, and not once for each proof.

    Args:
        proof: Its options.
        read: Its suite's reading of it, up to the check of its signature.
    """

    proof: Proof
    read: Callable[[], UnverifiedProof] = field(repr=False)

    def verify(self, key: PublicKey) -> None:
        """Return if `key` has made it.

        Raises:
            Refused: `proof.value`, `proof.context`, `codec.*`, `rdf.*`, `keys.*`.
        """
        self.read().verify(key)

    def issued(self) -> tuple[bytes, bytes] | None:
        """As its suite's reading of it says."""
        return self.read().issued()


def parse(secured: Mapping[str, Json], contexts: Contexts, *, profile: Profile) -> UnverifiedDocument:
    """Take a secured document apart, and find out what each of its proofs is over (4.4, 4.5).

    Args:
        secured: The document with its `proof`, one or many.
        contexts: The shipped contexts.
        profile: How much of JSON-LD the document may use.

    Raises:
        Refused: `proof.*`, `codec.*`, and the `rdf.*` of safe mode.
    """
    parts = Parts(secured, contexts, profile)
    unverified = []
    for one, matching in zip(parts.proofs, chains.matching(parts.proofs), strict=True):
        read = partial(_read, parts, one, matching)
        unverified.append(LaterProof(one.proof, read) if matching else read())
    return UnverifiedDocument(parts.document, parts.over(()).types(), tuple(unverified))


def verify(unverified: UnverifiedDocument, keys: Sequence[PublicKey]) -> Mapping[str, Json]:
    """The document, of which every proof is by its key (4.4, 4.5).

    Args:
        unverified: From `parse`.
        keys: One for each proof, in the same order.

    Raises:
        Refused: `keys.algorithm` for a key of another kind than its proof's; `keys.signature`; what
            a proof that includes others is refused for, as `parse` refuses the rest.
        LocalError: `securing.keys` unless there is one key for each proof.
    """
    if len(keys) != len(unverified.proofs):
        raise LocalError("securing.keys")
    if len(keys) == 1:
        unverified.proofs[0].verify(keys[0])
        return unverified.document
    pairs = list(zip(unverified.proofs, keys, strict=True))
    pairs.sort(key=lambda pair: bool(pair[0].proof.previous_proof))  # Those that include others come last.
    for proof, key in pairs:
        proof.verify(key)
    return unverified.document


def received(secured: Mapping[str, Json], suite: str, contexts: Contexts, *, profile: Profile) -> Received:
    """The one proof of a suite, as its holder has received it, over the document without any proof.

    Args:
        secured: The document with its `proof`, one or many.
        suite: The cryptosuite's identifier.
        contexts: The shipped contexts.
        profile: How much of JSON-LD the document may use.

    Raises:
        Refused: `proof.suite` unless there is one proof of that suite; `proof.*`, `codec.*`.
    """
    parts = Parts(secured, contexts, profile)
    found = [one for one in parts.proofs if one.proof.cryptosuite == suite]
    if len(found) != 1:
        raise Refused("proof.suite", "/proof", "one proof of it is wanted")
    (one,) = found
    return Received(parts.over(()), one.members, one.proof, one.where)


def _read(parts: Parts, one: PlacedProof, matching: tuple[int, ...]) -> UnverifiedProof:
    return SUITES[one.proof.cryptosuite].parse(parts.over(matching), one.members, one.proof, one.where)
