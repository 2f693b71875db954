"""Proof values of bbs-2023 (VC Data Integrity BBS Cryptosuites 1.0, 3.3), and of its optional features.

The published values of the pseudonym features are of an older text: they have no `nym_domain`, one header
for both features, and a number under a tag for the signer's entropy. What is written and read here is
the text's; a domain is a text in CBOR, and the entropy 32 bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from clicid.keys.algorithms import ALGORITHMS, BLS12_381_G2
from clicid.securing.data_integrity import disclosure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.cbor import Writable
    from clicid.codec.strict_json import Json

MAX_DOMAIN: Final = 1024

_SIGNATURE_SIZE: Final = ALGORITHMS[BLS12_381_G2].signature_size
_KEY_SIZE: Final = ALGORITHMS[BLS12_381_G2].raw_size
_HEADER_SIZE: Final = 64
_SECRET_SIZE: Final = 32
_PSEUDONYM_SIZE: Final = 48


class Feature(StrEnum):
    """The `featureOption`: what a credential is bound to."""

    BASELINE = "baseline"
    HOLDER_BINDING = "anonymous_holder_binding"
    PSEUDONYM = "pseudonym"
    HOLDER_BINDING_PSEUDONYM = "holder_binding_pseudonym"

    @property
    def committed(self) -> int:
        """To how many messages the holder commits before issuance, not counting the nym."""
        return int(self in (Feature.HOLDER_BINDING, Feature.HOLDER_BINDING_PSEUDONYM))

    @property
    def has_nym(self) -> bool:
        """Whether derived proofs have a pseudonym."""
        return self in (Feature.PSEUDONYM, Feature.HOLDER_BINDING_PSEUDONYM)

    @property
    def is_blind(self) -> bool:
        """Whether the issuer signs something unseen."""
        return self is not Feature.BASELINE


def _headers(first: int) -> dict[bytes, Feature]:
    return {bytes((0xD9, 0x5D, first + 2 * place)): feature for place, feature in enumerate(Feature)}


BASE: Final = _headers(0x02)
DERIVED: Final = _headers(0x03)


@dataclass(frozen=True, slots=True)
class Pseudonym:
    """By which a verifier knows the holder again: one value for each name that the verifier goes by."""

    domain: str
    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class BaseValue:
    """The components of a base proof's value (3.3.1); all but the pointers are the holder's secret."""

    feature: Feature
    signature: bytes = field(repr=False)
    header: bytes = field(repr=False)
    public_key: bytes
    hmac_key: bytes = field(repr=False)
    mandatory_pointers: tuple[str, ...]
    signer_nym_entropy: bytes | None = field(default=None, repr=False)

    def encode(self) -> str:
        """As a `proofValue`."""
        components: list[Writable] = [
            self.signature, self.header, self.public_key, self.hmac_key, self.mandatory_pointers
        ]  # fmt: skip
        if self.feature.has_nym:
            components.append(self.signer_nym_entropy)
        return disclosure.encode(_header(BASE, self.feature), components)

    @classmethod
    def decode(cls, members: Mapping[str, Json], where: str) -> BaseValue:
        """From a proof's members (3.3.2).

        Raises:
            Refused: `proof.derived` for a derived one; `proof.value`, `rdf.pointer`, `codec.*`.
        """
        header, components = disclosure.decode(members, where)
        if header in DERIVED:
            raise Refused("proof.derived", disclosure.value_at(where))
        take = disclosure.Components(components, where)
        if header not in BASE:
            raise take.refused("another header")
        feature = BASE[header]
        value = cls(
            feature,
            take.octets(_SIGNATURE_SIZE),
            take.octets(_HEADER_SIZE),
            take.octets(_KEY_SIZE),
            take.octets(_SECRET_SIZE),
            take.pointers(),
            take.octets(_SECRET_SIZE) if feature.has_nym else None,
        )
        take.done()
        return value


@dataclass(frozen=True, slots=True)
class DerivedValue:
    """The components of a derived proof's value (3.3.6).

    Args:
        feature: What the credential is bound to.
        bbs_proof: That the holder has a signature.
        labels: For the number of each canonical label that of the issuer's label.
        mandatory: The indexes of the mandatory statements among those shown.
        selective: The indexes of the others among all that are not mandatory.
        presentation_header: What the holder bound the proof to.
        pseudonym: With its domain, if the feature has one.
        count: How many statements are not mandatory (`lengthBBSMessages`), if the issuer signed blindly.
    """

    feature: Feature
    bbs_proof: bytes = field(repr=False)
    labels: Mapping[int, int] = field(repr=False)
    mandatory: tuple[int, ...]
    selective: tuple[int, ...]
    presentation_header: bytes = field(repr=False)
    pseudonym: Pseudonym | None = None
    count: int | None = None

    def encode(self) -> str:
        """As a `proofValue`."""
        components: list[Writable] = [
            self.bbs_proof, self.labels, self.mandatory, self.selective, self.presentation_header
        ]  # fmt: skip
        if self.pseudonym is not None:
            components += (self.pseudonym.domain, self.pseudonym.value)
        if self.count is not None:
            components.append(self.count)
        return disclosure.encode(_header(DERIVED, self.feature), components)

    @classmethod
    def decode(cls, members: Mapping[str, Json], where: str) -> DerivedValue:
        """From a proof's members (3.3.7).

        Raises:
            Refused: `proof.base` for a base proof, which no verifier should have seen; `proof.value`,
                `codec.*`.
        """
        header, components = disclosure.decode(members, where)
        if header in BASE:
            raise Refused("proof.base", disclosure.value_at(where))
        take = disclosure.Components(components, where)
        if header not in DERIVED:
            raise take.refused("another header")
        feature = DERIVED[header]
        value = cls(
            feature,
            take.octets(),
            take.numbers_by_number(),
            take.indexes(),
            take.indexes(),
            take.octets(),
            Pseudonym(take.text(MAX_DOMAIN), take.octets(_PSEUDONYM_SIZE)) if feature.has_nym else None,
            take.number() if feature.is_blind else None,
        )
        take.done()
        return value


def _header(headers: Mapping[bytes, Feature], feature: Feature) -> bytes:
    return next(header for header, its in headers.items() if its is feature)
