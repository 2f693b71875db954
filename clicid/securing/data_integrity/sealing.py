"""The issuer's side: a document up to the signature of its first proof, or of one more (4.2, 4.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clicid.codec import strict_json
from clicid.errors import LocalError, Refused
from clicid.securing.data_integrity import chains
from clicid.securing.data_integrity.inputs import Input
from clicid.securing.data_integrity.parts import Parts, PlacedProof
from clicid.securing.data_integrity.table import SUITES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clicid.codec.strict_json import Json
    from clicid.rdf.contexts import Contexts
    from clicid.rdf.profile import Profile
    from clicid.securing.data_integrity.inputs import Ready
    from clicid.securing.data_integrity.options import Proof
    from clicid.securing.data_integrity.suite import Suite, Unsigned
    from clicid.securing.signing import SigningOperation


@dataclass(frozen=True, slots=True)
class PreparedDocument:
    """A document whose newest proof lacks its value; a `Prepared[bytes]`.

    Args:
        document: The document without proofs.
        proof: The new proof's options.
        unsigned: The new proof.
        others: The proofs that stand before it; None if it is to stand alone and not in an array.
        text: The document as compact JSON; empty if nobody has written it yet.
    """

    document: Mapping[str, Json] = field(repr=False)
    proof: Proof
    unsigned: Unsigned
    others: tuple[Json, ...] | None = field(default=None, repr=False)
    text: str = field(default="", repr=False)

    @property
    def to_be_signed(self) -> tuple[SigningOperation, ...]:
        """The signatures wanted."""
        return self.unsigned.to_be_signed

    def complete(self, signatures: Sequence[bytes]) -> bytes:
        """The secured document as JSON.

        Raises:
            LocalError: `securing.signatures` unless the signatures are those that were asked for.
        """
        proof: dict[str, Json] = {**self.unsigned.members, "proofValue": self.unsigned.value(signatures)}
        value: Json = proof if self.others is None else [*self.others, proof]
        if self.text:
            return b'%b,"proof":%b}' % (self.text[:-1].encode(), strict_json.dumps(value))
        return strict_json.dumps({**self.document, "proof": value})


def prepare(
    document: Mapping[str, Json],
    proof: Proof,
    alg: str,
    contexts: Contexts,
    *,
    profile: Profile,
    suite: Suite | None = None,
    ready: Ready | None = None,
) -> PreparedDocument:
    """A document up to the signature of its first proof (4.2).

    Args:
        document: The document, without a proof.
        proof: The new proof's options.
        alg: The key's row in `clicid.keys.algorithms`.
        contexts: The shipped contexts.
        profile: How much of JSON-LD the document may use.
        suite: The issuer's side of the suite if there is something to choose; else the table's.
        ready: What is known of the document.

    Raises:
        Refused: `proof.format` if it has a proof already; `proof.previous` if the new one names
            another; the `rdf.*` of safe mode, `codec.jcs`.
        LocalError: `securing.suite` for an unknown suite, or a key of another kind than its own.
    """
    if "proof" in document:
        raise Refused("proof.format", "/proof", "there is a proof already")
    if proof.previous_proof:
        raise Refused("proof.previous", "/proof/previousProof", "no such proof")
    source = Input(document, contexts, profile, ready)
    unsigned = _suite(proof, suite).prepare(source, proof, alg)
    source.types()  # what would be refused when it is verified is not signed
    return PreparedDocument(document, proof, unsigned, text="" if ready is None else ready.text)


def prepare_another(
    secured: Mapping[str, Json],
    proof: Proof,
    alg: str,
    contexts: Contexts,
    *,
    profile: Profile,
    suite: Suite | None = None,
) -> PreparedDocument:
    """A secured document up to the signature of one more proof (4.3).

    Whoever signs answers for the document, and for the proofs that the new one names: they are not
    verified here.

    Args:
        secured: The document with its `proof`, one or many.
        proof: The new proof's options; `previous_proof` names the proofs that it follows.
        alg: As for `prepare`, like the rest.
        contexts: The shipped contexts.
        profile: How much of JSON-LD the document may use.
        suite: The issuer's side of the suite if there is something to choose; else the table's.

    Raises:
        Refused: `proof.*`, `codec.*`, `rdf.*`.
        LocalError: `securing.suite`.
    """
    parts = Parts(secured, contexts, profile, room=1)
    *_, matching = chains.matching([*parts.proofs, PlacedProof(proof, {}, "")])
    unsigned = _suite(proof, suite).prepare(parts.over(matching), proof, alg)
    parts.over(()).types()
    others = tuple(dict(one.members) for one in parts.proofs)
    return PreparedDocument(parts.document, proof, unsigned, others)


def _suite(proof: Proof, given: Suite | None) -> Suite:
    suite = given or SUITES.get(proof.cryptosuite)
    if suite is None or suite.name != proof.cryptosuite:
        raise LocalError("securing.suite", detail=proof.cryptosuite[:80])
    return suite
