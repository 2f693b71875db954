"""bbs-2023 (VC Data Integrity BBS Cryptosuites 1.0, 3.4 and 4).

The issuer signs the statements that are not mandatory as the messages of one BBS signature, under a
header of the proof configuration and the mandatory ones. The holder proves that it has a signature and
shows some messages: two such proofs have nothing in common but what both of them show.

A credential may be bound to a secret of the holder's, so that nobody else can show it, and to one from
which each verifier gets a pseudonym of its own; then the issuer signs what it does not see (`Feature`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.errors import LocalError, Refused
from clicid.keys import bbs
from clicid.keys.algorithms import ALGORITHMS, BLS12_381_G2
from clicid.keys.public import PublicKey
from clicid.rdf import selective
from clicid.securing.data_integrity import disclosure
from clicid.securing.data_integrity.bbs_binding import HolderSecrets, Signed, verify_derived
from clicid.securing.data_integrity.bbs_values import BaseValue, DerivedValue, Feature
from clicid.securing.data_integrity.disclosure import Received
from clicid.securing.data_integrity.suite import Unsigned
from clicid.securing.signing import BbsOperation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clicid.codec.strict_json import Json
    from clicid.rdf.selective import Separated
    from clicid.securing.data_integrity.inputs import Input
    from clicid.securing.data_integrity.options import Proof

BBS_2023: Final = "bbs-2023"

_HMAC_KEY_SIZE: Final = 32


@dataclass(frozen=True, slots=True)
class DerivedProof:
    """An `UnverifiedProof` that its holder has a signature.

    Args:
        received: As it came.
        value: The components of its value; what it is bound to is for the caller to judge.
        header: What the issuer's signature is under.
        statements: Those shown that are not mandatory.
    """

    received: Received
    value: DerivedValue
    header: bytes = field(repr=False)
    statements: tuple[bytes, ...] = field(repr=False)

    @property
    def proof(self) -> Proof:
        """Its options."""
        return self.received.proof

    def verify(self, key: PublicKey) -> None:
        """Return if whoever made it has a signature by `key`, and the pseudonym if there is one (3.4.7).

        Raises:
            Refused: `keys.algorithm`, `keys.signature`, `keys.bbs_messages`.
        """
        self.received.check_kind(key, BLS12_381_G2)
        with disclosure.refused_at(self.received.where):
            verify_derived(key, self.value, self.statements, self.header)
        self.received.source.vouch(key.raw.hex())

    def issued(self) -> None:
        """Nothing: what every showing had in common would link them."""


class Bbs2023:
    """The suite to a verifier: a `Suite` that takes derived proofs."""

    name = BBS_2023
    members: frozenset[str] = frozenset()

    def parse(self, source: Input, members: Mapping[str, Json], proof: Proof, where: str) -> DerivedProof:
        """As `Suite.parse` says (createVerifyData, 3.3.8).

        Raises:
            Refused: `proof.base`, `proof.value`, `proof.previous`, `rdf.labels`, `codec.*`, `rdf.*`.
        """
        received = Received(source, members, proof, where)
        received.check_alone()
        value = DerivedValue.decode(members, where)
        labels = {number: f"b{other}" for number, other in value.labels.items()}
        parts = disclosure.split(received.statements(labels), value.mandatory, where)
        if len(value.selective) != len(parts.others):
            raise Refused("proof.value", disclosure.value_at(where), "not one index for each statement")
        return DerivedProof(received, value, received.hash() + parts.mandatory_hash, parts.others)

    def prepare(self, _source: Input, _proof: Proof, _alg: str) -> Unsigned:
        """An issuer has choices to make: `Issuing`.

        Raises:
            LocalError: `securing.suite`.
        """
        raise LocalError("securing.suite", detail=f"{self.name} has mandatory pointers to choose")


@dataclass(frozen=True, slots=True)
class Issuing(Bbs2023):
    """The suite to an issuer.

    Args:
        mandatory_pointers: What every holder shows to every verifier.
        random: Gives so many secret random bytes.
        key: The public half of the key that will sign.
        feature: What the credential is bound to.
        commitment_with_proof: From the holder, if it is bound to anything.
        signer_nym_entropy: As in an earlier credential, if the holder is to keep its pseudonyms.
        unmarking: Whether labels are drawn that are the same for all documents of one form.
    """

    mandatory_pointers: tuple[str, ...]
    random: Callable[[int], bytes] = field(repr=False)
    key: PublicKey
    feature: Feature = Feature.BASELINE
    commitment_with_proof: bytes | None = field(default=None, repr=False)
    signer_nym_entropy: bytes | None = field(default=None, repr=False)
    unmarking: bool = False

    def prepare(self, source: Input, proof: Proof, alg: str) -> Unsigned:
        """A base proof up to the issuer's signature (3.4.1).

        Raises:
            Refused: `rdf.*`, `proof.previous`.
            LocalError: `securing.suite` for a key of another kind than BLS12-381-G2, and for a
                commitment where the feature has none, or none where it has one.
        """
        if alg != BLS12_381_G2 or self.key.algorithm.name != alg:
            raise LocalError("securing.suite", detail=f"{self.name} is not for keys of {alg}")
        if (self.commitment_with_proof is not None) != self.feature.is_blind:
            raise LocalError("securing.suite", detail=f"the commitment for {self.feature}")
        disclosure.check_alone(proof, "")
        hmac_key = self._hmac_key(source)
        entropy = (self.signer_nym_entropy or bbs.draw_nym(self.random)) if self.feature.has_nym else None
        separated = _separated(source, hmac_key)
        mandatory = separated.part(self.mandatory_pointers)
        parts = disclosure.split(separated.nquads, mandatory.indexes, "")
        members = proof.to_json()
        header = disclosure.proof_hash(source, members, "") + parts.mandatory_hash
        blinded = None
        if self.commitment_with_proof is not None:
            blinded = bbs.Blinded(self.commitment_with_proof, self.feature.committed, entropy)

        def value(by_issuer: Sequence[bytes]) -> str:
            if [len(signature) for signature in by_issuer] != [ALGORITHMS[BLS12_381_G2].signature_size]:
                raise LocalError("securing.signatures")
            return BaseValue(
                self.feature, by_issuer[0], header, self.key.raw, hmac_key, self.mandatory_pointers, entropy
            ).encode()

        return Unsigned(members, (BbsOperation(BLS12_381_G2, header, parts.others, blinded),), value)

    def _hmac_key(self, source: Input) -> bytes:
        if not self.unmarking:
            return self.random(_HMAC_KEY_SIZE)
        return selective.unmarking_key(
            source.document, source.contexts, lambda: self.random(_HMAC_KEY_SIZE), profile=source.profile
        )


class BaseProof:
    """A base proof that a holder has received, over the whole document: an `UnverifiedProof`.

    Args:
        received: As it came.
        secrets: The holder's, if the issuer has signed what it did not see.

    Raises:
        Refused: `proof.derived`, `proof.value`, `proof.previous`, `codec.*`, `rdf.*`; `keys.format` for
            what the value has for the issuer's key.
        LocalError: `securing.secrets` unless the secrets are those that the feature takes.
    """

    def __init__(self, received: Received, secrets: HolderSecrets | None = None) -> None:
        received.check_alone()
        self.proof: Final = received.proof
        self._received: Final = received
        self._value: Final = BaseValue.decode(received.members, received.where)
        self._separated: Final = _separated(received.source, self._value.hmac_key)
        self._mandatory: Final = self._separated.part(self._value.mandatory_pointers).indexes
        parts = disclosure.split(self._separated.nquads, self._mandatory, received.where)
        if self._value.header != received.hash() + parts.mandatory_hash:
            raise Refused("proof.value", disclosure.value_at(received.where), "another header than its own")
        with disclosure.refused_at(disclosure.value_at(received.where)):
            key = PublicKey.from_raw(BLS12_381_G2, self._value.public_key)
        self._signed: Final = Signed(key, self._value, parts.others, secrets)

    @property
    def feature(self) -> Feature:
        """What the credential is bound to."""
        return self._value.feature

    def verify(self, key: PublicKey) -> None:
        """Return if `key` has signed the document for this holder.

        Raises:
            Refused: `keys.algorithm`, `keys.signature`, `keys.bbs_messages`; `proof.value` if the proof
                names another key; `keys.format` for secrets that are none.
        """
        self._received.check_kind(key, BLS12_381_G2)
        if key.raw != self._value.public_key:
            raise Refused("proof.value", disclosure.value_at(self._received.where), "another key")
        with disclosure.refused_at(self._received.where):
            self._signed.verify()

    def issued(self) -> None:
        """Nothing, as of every part that is derived from it."""

    def derive(
        self,
        selective_pointers: Sequence[str],
        *,
        presentation_header: bytes,
        random: Callable[[int], bytes],
        nym_domain: str | None = None,
    ) -> dict[str, Json]:
        """The part that the pointers select and what is mandatory, with a derived proof (3.4.6).

        Args:
            selective_pointers: What the holder shows.
            presentation_header: What the proof is bound to, as the verifier asks.
            random: Gives so many secret random bytes.
            nym_domain: The name by which the verifier goes, if there is to be a pseudonym.

        Raises:
            Refused: `rdf.pointer`, `rdf.pointer_nothing`, `rdf.pointer_inside`, `keys.signature`.
            LocalError: `securing.secrets` for a domain where the feature has no pseudonym, or none
                where it has one.
        """
        pointers = (*self._value.mandatory_pointers, *selective_pointers)
        shown = disclosure.show(self._separated, self._mandatory, pointers)
        presented = self._signed.present(shown.chosen, nym_domain, presentation_header, random)
        derived = DerivedValue(
            self.feature,
            presented.bbs_proof,
            {number: int(label[1:]) for number, label in shown.labels.items()},
            shown.mandatory,
            shown.chosen,
            presentation_header,
            presented.pseudonym,
            presented.count,
        )
        return {**shown.document, "proof": {**self._received.members, "proofValue": derived.encode()}}


def _separated(source: Input, hmac_key: bytes) -> Separated:
    return selective.separate(
        source.document, source.contexts, selective.shuffled_labels, hmac_key, profile=source.profile
    )
