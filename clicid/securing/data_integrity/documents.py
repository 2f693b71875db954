"""Secured documents: one proof, a set of them, or chains (VC Data Integrity 1.0, 4.2 to 4.5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec import shape, strict_json
from clicid.errors import LocalError, Refused
from clicid.rdf.profile import Profile
from clicid.securing.data_integrity import chains, options
from clicid.securing.data_integrity.disclosure import Received
from clicid.securing.data_integrity.inputs import Input
from clicid.securing.data_integrity.table import SUITES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clicid.codec.strict_json import Json
    from clicid.keys.public import PublicKey
    from clicid.rdf.contexts import Contexts
    from clicid.securing.data_integrity.options import Proof
    from clicid.securing.data_integrity.suite import Suite, Unsigned, UnverifiedProof
    from clicid.securing.signing import SigningOperation

MAX_PROOFS: Final = 16


@dataclass(frozen=True, slots=True)
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
class PreparedDocument:
    """A document whose newest proof lacks its value; a `Prepared[bytes]`.

    Args:
        document: The document without proofs.
        proof: The new proof's options.
        unsigned: The new proof.
        others: The proofs that stand before it; None if it is to stand alone and not in an array.
    """

    document: Mapping[str, Json] = field(repr=False)
    proof: Proof
    unsigned: Unsigned
    others: tuple[Json, ...] | None = field(default=None, repr=False)

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
        return strict_json.dumps({**self.document, "proof": value})


def parse(secured: Mapping[str, Json], contexts: Contexts, *, profile: Profile) -> UnverifiedDocument:
    """Take a secured document apart, and find out what each of its proofs is over (4.4, 4.5).

    Args:
        secured: The document with its `proof`, one or many.
        contexts: The shipped contexts.
        profile: How much of JSON-LD the document may use.

    Raises:
        Refused: `proof.*`, `codec.*`, and the `rdf.*` of safe mode.
    """
    document, members, places = _taken_apart(secured)
    proofs = _options(members, places, profile)
    inputs = _Inputs(document, members, contexts, profile)
    unverified = tuple(
        SUITES[proof.cryptosuite].parse(inputs.over(matching), members[index], proof, places[index])
        for index, (proof, matching) in enumerate(zip(proofs, chains.matching(proofs, places), strict=True))
    )
    types = inputs.over(()).canonical().types if "@context" in document else ()
    return UnverifiedDocument(document, types, unverified)


def verify(unverified: UnverifiedDocument, keys: Sequence[PublicKey]) -> Mapping[str, Json]:
    """The document, of which every proof is by its key (4.4, 4.5).

    Args:
        unverified: From `parse`.
        keys: One for each proof, in the same order.

    Raises:
        Refused: `keys.algorithm` for a key of another kind than its proof's; `keys.signature`.
        LocalError: `securing.keys` unless there is one key for each proof.
    """
    if len(keys) != len(unverified.proofs):
        raise LocalError("securing.keys")
    for proof, key in zip(unverified.proofs, keys, strict=True):
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
    document, members, places = _taken_apart(secured)
    proofs = _options(members, places, profile)
    found = [index for index, proof in enumerate(proofs) if proof.cryptosuite == suite]
    if len(found) != 1:
        raise Refused("proof.suite", "/proof", "one proof of it is wanted")
    (index,) = found
    return Received(Input(document, contexts, profile), members[index], proofs[index], places[index])


def prepare(
    document: Mapping[str, Json],
    proof: Proof,
    alg: str,
    contexts: Contexts,
    *,
    profile: Profile,
    suite: Suite | None = None,
) -> PreparedDocument:
    """A document up to the signature of its first proof (4.2).

    Args:
        document: The document, without a proof.
        proof: The new proof's options.
        alg: The key's row in `clicid.keys.algorithms`.
        contexts: The shipped contexts.
        profile: How much of JSON-LD the document may use.
        suite: The issuer's side of the suite if there is something to choose; else the table's.

    Raises:
        Refused: `proof.format` if it has a proof already; `proof.previous` if the new one names
            another; the `rdf.*` of safe mode, `codec.jcs`.
        LocalError: `securing.suite` for an unknown suite, or a key of another kind than its own.
    """
    if "proof" in document:
        raise Refused("proof.format", "/proof", "there is a proof already")
    if proof.previous_proof:
        raise Refused("proof.previous", "/proof/previousProof", "no such proof")
    unsigned = _suite(proof, suite).prepare(Input(document, contexts, profile), proof, alg)
    return PreparedDocument(document, proof, unsigned)


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
    document, members, places = _taken_apart(secured, room=1)
    proofs = _options(members, places, profile)
    *_, matching = chains.matching([*proofs, proof], [*places, ""])
    source = _Inputs(document, members, contexts, profile).over(matching)
    return PreparedDocument(document, proof, _suite(proof, suite).prepare(source, proof, alg), tuple(members))


def _options(members: Sequence[Mapping[str, Json]], places: Sequence[str], profile: Profile) -> list[Proof]:
    assume_utc = profile is Profile.OPEN
    return [
        options.read(one, place, _MEMBERS, assume_utc=assume_utc)
        for one, place in zip(members, places, strict=True)
    ]


_MEMBERS: Final = {name: suite.members for name, suite in SUITES.items()}


class _Inputs:
    """The inputs of a document's proofs; those that follow the same ones have the same."""

    def __init__(
        self,
        document: Mapping[str, Json],
        members: Sequence[Mapping[str, Json]],
        contexts: Contexts,
        profile: Profile,
    ) -> None:
        self._document = document
        self._members = members
        self._contexts = contexts
        self._profile = profile
        self._made: dict[tuple[int, ...], Input] = {}

    def over(self, matching: tuple[int, ...]) -> Input:
        """The document with the proofs of these indices; with no `proof` at all for none."""
        if matching not in self._made:
            included: list[Json] = [dict(self._members[index]) for index in matching]
            document = {**self._document, "proof": included} if included else self._document
            self._made[matching] = Input(document, self._contexts, self._profile)
        return self._made[matching]


def _taken_apart(
    secured: Mapping[str, Json], *, room: int = 0
) -> tuple[dict[str, Json], list[dict[str, Json]], list[str]]:
    """The document without its proofs, the proofs, and the JSON pointer of each."""
    value = shape.member(secured, "proof")
    document = {name: member for name, member in secured.items() if name != "proof"}
    if not isinstance(value, list):
        return document, [shape.as_object(value, "/proof")], ["/proof"]
    items = shape.as_items(value, "/proof", minimum=1, maximum=MAX_PROOFS - room)
    places = [shape.pointer("/proof", index) for index in range(len(items))]
    return document, [shape.as_object(one, place) for one, place in zip(items, places, strict=True)], places


def _suite(proof: Proof, given: Suite | None) -> Suite:
    suite = given or SUITES.get(proof.cryptosuite)
    if suite is None or suite.name != proof.cryptosuite:
        raise LocalError("securing.suite", detail=proof.cryptosuite[:80])
    return suite
