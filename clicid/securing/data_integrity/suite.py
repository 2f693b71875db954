"""What a cryptosuite is to the rest of this room: a row of the table, for verifiers and for issuers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clicid.codec.strict_json import Json
    from clicid.keys.public import PublicKey
    from clicid.securing.data_integrity.inputs import Input
    from clicid.securing.data_integrity.options import Proof
    from clicid.securing.signing import SigningOperation


class UnverifiedProof(Protocol):
    """A proof with what it was made over, whose signature nobody has checked yet."""

    @property
    def proof(self) -> Proof:
        """Its options."""

    def verify(self, key: PublicKey) -> None:
        """Return if `key` has made it.

        Raises:
            Refused: `keys.algorithm` for another kind of key than the proof's; `keys.signature`.
        """

    def issued(self) -> tuple[bytes, bytes] | None:
        """What the issuer's key has signed, and the signature, where every showing has the same.

        Raises:
            Refused: As `verify` does before it comes to the signature.
        """


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A proof that lacks its value.

    Args:
        members: The proof without `proofValue`.
        to_be_signed: The signatures wanted.
        value: From those signatures to the `proofValue`; `LocalError` (`securing.signatures`) if
            they are not what was asked for.
    """

    members: Mapping[str, Json] = field(repr=False)
    to_be_signed: tuple[SigningOperation, ...] = field(repr=False)
    value: Callable[[Sequence[bytes]], str] = field(repr=False)


class Suite(Protocol):
    """A row of the table of suites.

    A suite whose issuer chooses more than the options say (what is mandatory, a secret for labels)
    is given to `prepare` as an object of its own, which carries those choices.
    """

    @property
    def name(self) -> str:
        """The cryptosuite's identifier."""

    @property
    def members(self) -> frozenset[str]:
        """Members of its proofs that other suites' have not."""

    def parse(self, source: Input, members: Mapping[str, Json], proof: Proof, where: str) -> UnverifiedProof:
        """A proof over `source`, up to the check of its signature.

        Args:
            source: What it is over.
            members: The proof as it came.
            proof: Its options.
            where: Its JSON pointer.

        Raises:
            Refused: `proof.value`, `proof.context`, `codec.*`, `rdf.*`.
        """

    def prepare(self, source: Input, proof: Proof, alg: str) -> Unsigned:
        """A new proof over `source` up to its signatures.

        Args:
            source: What it is to be over.
            proof: Its options.
            alg: The key's row in `clicid.keys.algorithms`.

        Raises:
            LocalError: `securing.suite` if the suite does not go with such a key.
            Refused: `codec.*`, `rdf.*`.
        """
