"""ecdsa-sd-2023 (VC Data Integrity ECDSA Cryptosuites 1.0, 3.5 and 3.6).

The issuer signs, with a P-256 key that lives for this one proof, each statement that is not mandatory;
and with its own key the proof configuration, that key's public half and the mandatory statements. The
holder shows some statements with their signatures. Derived proofs of one credential have the issuer's
signature in common: who shows it twice can be recognised.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url, multicodec
from clicid.errors import LocalError, Refused
from clicid.keys.algorithms import ALGORITHMS, P256
from clicid.keys.ephemeral import EphemeralKey
from clicid.keys.public import PublicKey
from clicid.rdf import selective
from clicid.securing.data_integrity import disclosure
from clicid.securing.data_integrity.disclosure import Received
from clicid.securing.data_integrity.suite import Unsigned
from clicid.securing.signing import SigningOperation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clicid.codec.strict_json import Json
    from clicid.rdf.selective import Separated
    from clicid.securing.data_integrity.disclosure import Split
    from clicid.securing.data_integrity.inputs import Input
    from clicid.securing.data_integrity.options import Proof

ECDSA_SD_2023: Final = "ecdsa-sd-2023"
BASE: Final = b"\xd9\x5d\x00"
DERIVED: Final = b"\xd9\x5d\x01"

_SIGNATURE_SIZE: Final = ALGORITHMS[P256].signature_size
_KEY_PREFIX: Final = multicodec.encode(multicodec.P256_PUB, b"")
_KEY_SIZE: Final = len(_KEY_PREFIX) + ALGORITHMS[P256].raw_size
_DIGEST_SIZE: Final = 32


@dataclass(frozen=True, slots=True)
class BaseValue:
    """The components of a base proof's value (3.5.2); all but the pointers are the holder's secret."""

    base_signature: bytes = field(repr=False)
    proof_key: bytes = field(repr=False)
    hmac_key: bytes = field(repr=False)
    signatures: tuple[bytes, ...] = field(repr=False)
    mandatory_pointers: tuple[str, ...]

    def encode(self) -> str:
        """As a `proofValue`."""
        return disclosure.encode(
            BASE,
            (self.base_signature, self.proof_key, self.hmac_key, self.signatures, self.mandatory_pointers),
        )

    @classmethod
    def decode(cls, members: Mapping[str, Json], where: str) -> BaseValue:
        """From a proof's members (3.5.3).

        Raises:
            Refused: `proof.derived` for a derived one; `proof.value`, `rdf.pointer`, `codec.*`.
        """
        header, components = disclosure.decode(members, where)
        if header == DERIVED:
            raise Refused("proof.derived", disclosure.value_at(where))
        take = disclosure.Components(components, where)
        if header != BASE:
            raise take.refused("another header")
        value = cls(
            take.octets(_SIGNATURE_SIZE),
            take.octets(_KEY_SIZE),
            take.octets(_DIGEST_SIZE),
            take.many_octets(_SIGNATURE_SIZE),
            take.pointers(),
        )
        take.done()
        return value


@dataclass(frozen=True, slots=True)
class DerivedValue:
    """The components of a derived proof's value (3.5.7).

    Args:
        base_signature: By the issuer's key.
        proof_key: The proof's own public key, behind its multicodec prefix.
        signatures: By that key, one for each statement shown that is not mandatory.
        labels: For the number of each canonical label the HMAC that the issuer's label is made of.
        mandatory: The indexes of the mandatory statements.
    """

    base_signature: bytes = field(repr=False)
    proof_key: bytes = field(repr=False)
    signatures: tuple[bytes, ...] = field(repr=False)
    labels: Mapping[int, bytes] = field(repr=False)
    mandatory: tuple[int, ...]

    def encode(self) -> str:
        """As a `proofValue`."""
        return disclosure.encode(
            DERIVED, (self.base_signature, self.proof_key, self.signatures, self.labels, self.mandatory)
        )

    @classmethod
    def decode(cls, members: Mapping[str, Json], where: str) -> DerivedValue:
        """From a proof's members (3.5.8).

        Raises:
            Refused: `proof.base` for a base proof, which no verifier should have seen; `proof.value`,
                `codec.*`.
        """
        header, components = disclosure.decode(members, where)
        if header == BASE:
            raise Refused("proof.base", disclosure.value_at(where))
        take = disclosure.Components(components, where)
        if header != DERIVED:
            raise take.refused("another header")
        value = cls(
            take.octets(_SIGNATURE_SIZE),
            take.octets(_KEY_SIZE),
            take.many_octets(_SIGNATURE_SIZE),
            take.octets_by_number(_DIGEST_SIZE),
            take.indexes(),
        )
        take.done()
        return value


@dataclass(frozen=True, slots=True)
class StatementsProof:
    """An `UnverifiedProof` of this suite, base or derived: one signature, and one for each statement.

    Args:
        received: As it came.
        signed: What the issuer's key has signed (3.5.1).
        base_signature: By that key.
        proof_key: The proof's own key.
        statements: What that has signed, one by one.
        signatures: As many.
    """

    received: Received
    signed: bytes = field(repr=False)
    base_signature: bytes = field(repr=False)
    proof_key: PublicKey = field(repr=False)
    statements: tuple[bytes, ...] = field(repr=False)
    signatures: tuple[bytes, ...] = field(repr=False)

    @property
    def proof(self) -> Proof:
        """Its options."""
        return self.received.proof

    def verify(self, key: PublicKey) -> None:
        """Return if `key` has signed the proof's own key, and that each statement (3.6.7, steps 5 to 8).

        Raises:
            Refused: `keys.algorithm`, `keys.signature`.
        """
        self.received.check_kind(key, P256)
        with disclosure.refused_at(self.received.where):
            key.verify(self.base_signature, self.signed)
            for signature, statement in zip(self.signatures, self.statements, strict=True):
                self.proof_key.verify(signature, statement)
        self.received.source.vouch(key.raw.hex())

    def issued(self) -> tuple[bytes, bytes] | None:
        """Proof hash, the proof's own key and the mandatory hash, and the base signature.

        Every part that is derived has them. What else may be shown is signed by the proof's own key,
        whose private half nobody has any more.
        """
        return self.signed, self.base_signature


class EcdsaSd2023:
    """The suite to a verifier: a `Suite` that takes derived proofs."""

    name = ECDSA_SD_2023
    members: frozenset[str] = frozenset()

    def parse(self, source: Input, members: Mapping[str, Json], proof: Proof, where: str) -> StatementsProof:
        """As `Suite.parse` says (createVerifyData, 3.5.9).

        Raises:
            Refused: `proof.base`, `proof.value`, `proof.previous`, `rdf.labels`, `codec.*`, `rdf.*`.
        """
        received = Received(source, members, proof, where)
        received.check_alone()
        value = DerivedValue.decode(members, where)
        labels = {number: _label(digest) for number, digest in value.labels.items()}
        parts = disclosure.split(received.statements(labels), value.mandatory, where)
        _check_count(value, parts, where)
        return _statements_proof(received, value, parts)

    def prepare(self, _source: Input, _proof: Proof, _alg: str) -> Unsigned:
        """An issuer has choices to make: `Issuing`.

        Raises:
            LocalError: `securing.suite`.
        """
        raise LocalError("securing.suite", detail=f"{self.name} has mandatory pointers to choose")


@dataclass(frozen=True, slots=True)
class Issuing(EcdsaSd2023):
    """The suite to an issuer.

    Args:
        mandatory_pointers: What every holder shows to every verifier.
        random: Gives so many secret random bytes.
    """

    mandatory_pointers: tuple[str, ...]
    random: Callable[[int], bytes] = field(repr=False)

    def prepare(self, source: Input, proof: Proof, alg: str) -> Unsigned:
        """A base proof up to the issuer's signature (3.6.1).

        The statements are signed here, with a key that is forgotten before this returns.

        Raises:
            Refused: `rdf.*`, `proof.previous`.
            LocalError: `securing.suite` for a key of another kind than P-256.
        """
        if alg != P256:
            raise LocalError("securing.suite", detail=f"{self.name} is not for keys of {alg}")
        disclosure.check_alone(proof, "")
        hmac_key = self.random(_DIGEST_SIZE)
        separated = _separated(source, hmac_key)
        mandatory = separated.part(self.mandatory_pointers)
        parts = disclosure.split(separated.nquads, mandatory.indexes, "")
        ephemeral = EphemeralKey(self.random)
        signatures = tuple(ephemeral.sign(statement) for statement in parts.others)
        proof_key = _KEY_PREFIX + ephemeral.public.raw
        members = proof.to_json()
        signed = disclosure.proof_hash(source, members, "") + proof_key + parts.mandatory_hash

        def value(by_issuer: Sequence[bytes]) -> str:
            if [len(signature) for signature in by_issuer] != [_SIGNATURE_SIZE]:
                raise LocalError("securing.signatures")
            return BaseValue(by_issuer[0], proof_key, hmac_key, signatures, self.mandatory_pointers).encode()

        return Unsigned(members, (SigningOperation(P256, signed),), value)


class BaseProof:
    """A base proof that a holder has received, over the whole document: an `UnverifiedProof`.

    Raises:
        Refused: `proof.derived`, `proof.value`, `proof.previous`, `codec.*`, `rdf.*`.
    """

    def __init__(self, received: Received) -> None:
        received.check_alone()
        self._received: Final = received
        self._value: Final = BaseValue.decode(received.members, received.where)
        self._separated: Final = _separated(received.source, self._value.hmac_key)
        self._mandatory: Final = self._separated.part(self._value.mandatory_pointers).indexes
        self._parts: Final = disclosure.split(self._separated.nquads, self._mandatory, received.where)
        _check_count(self._value, self._parts, received.where)

    @property
    def proof(self) -> Proof:
        """Its options."""
        return self._received.proof

    def verify(self, key: PublicKey) -> None:
        """Return if `key` has made it, and each statement can be shown.

        Raises:
            Refused: As `StatementsProof.verify` does; `proof.value`, `keys.format` for the proof's key.
        """
        _statements_proof(self._received, self._value, self._parts).verify(key)

    def issued(self) -> tuple[bytes, bytes] | None:
        """As of every part that is derived from it."""
        return _statements_proof(self._received, self._value, self._parts).issued()

    @property
    def mandatory_pointers(self) -> tuple[str, ...]:
        """What every part shows."""
        return self._value.mandatory_pointers

    def derive(self, selective_pointers: Sequence[str]) -> dict[str, Json]:
        """The part that the pointers select and what is mandatory, with a derived proof (3.6.6).

        Raises:
            Refused: `rdf.pointer`, `rdf.pointer_nothing`, `rdf.pointer_inside`.
        """
        value = self._value
        pointers = (*value.mandatory_pointers, *selective_pointers)
        shown = disclosure.show(self._separated, self._mandatory, pointers)
        derived = DerivedValue(
            value.base_signature,
            value.proof_key,
            tuple(value.signatures[place] for place in shown.chosen),
            {number: _digest(label) for number, label in shown.labels.items()},
            shown.mandatory,
        )
        return {**shown.document, "proof": {**self._received.members, "proofValue": derived.encode()}}


def _check_count(value: BaseValue | DerivedValue, parts: Split, where: str) -> None:
    if len(value.signatures) != len(parts.others):
        raise Refused("proof.value", disclosure.value_at(where), "not one signature for each statement")


def _statements_proof(received: Received, value: BaseValue | DerivedValue, parts: Split) -> StatementsProof:
    place = disclosure.value_at(received.where)
    if not value.proof_key.startswith(_KEY_PREFIX):
        raise Refused("proof.value", place, "a key of another kind")
    with disclosure.refused_at(place):
        proof_key = PublicKey.from_raw(P256, value.proof_key[len(_KEY_PREFIX) :])
    return StatementsProof(
        received,
        received.hash() + value.proof_key + parts.mandatory_hash,
        value.base_signature,
        proof_key,
        parts.others,
        value.signatures,
    )


def _separated(source: Input, hmac_key: bytes) -> Separated:
    return selective.separate(
        source.document, source.contexts, selective.hmac_labels, hmac_key, profile=source.profile
    )


def _label(digest: bytes) -> str:
    return "u" + base64url.encode(digest)


def _digest(label: str) -> bytes:
    return base64url.decode(label[1:])
