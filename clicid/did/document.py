"""What a DID resolves to: its keys, what each may be used for, and how each ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from clicid.errors import Refused

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.keys.public import PublicKey

CONTEXTS: Final = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1")


class Relationship(StrEnum):
    """What a key may be used for (DID Core 5.3)."""

    AUTHENTICATION = "authentication"
    ASSERTION_METHOD = "assertionMethod"
    KEY_AGREEMENT = "keyAgreement"
    CAPABILITY_INVOCATION = "capabilityInvocation"
    CAPABILITY_DELEGATION = "capabilityDelegation"


@dataclass(frozen=True, slots=True)
class VerificationMethod:
    """One key of a document.

    A key that is over stays in the document as we see it, so that a verifier can say why it
    refuses: `retired_at` is when its time ran out as planned, `ended_at` when it was revoked.

    Args:
        id: Absolute DID URL.
        controller: The DID that the key speaks for.
        key: The key.
        relationships: What it may, or might, be used for.
        retired_at: The end of its validity, if that is past.
        ended_at: When it was revoked, if it was.
        compromised_from: Number of the block from which on it may have been in other hands, if its
            controller says so.
    """

    id: str
    controller: str
    key: PublicKey
    relationships: frozenset[Relationship]
    retired_at: datetime | None = None
    ended_at: datetime | None = None
    compromised_from: int | None = None

    @property
    def retired(self) -> bool:
        """Its validity has run out."""
        return self.retired_at is not None

    @property
    def ended(self) -> bool:
        """It was revoked, or was in other hands: nothing counts that it signs."""
        return self.ended_at is not None or self.compromised_from is not None


@dataclass(frozen=True, slots=True)
class DidDocument:
    """A DID document with its keys in order; one that is deactivated has none."""

    id: str
    methods: tuple[VerificationMethod, ...]
    deactivated: bool = False

    def method(self, did_url: str) -> VerificationMethod | None:
        """The method of that id, over or not."""
        for method in self.methods:
            if method.id == did_url:
                return method
        return None

    def has(self, key: PublicKey) -> bool:
        """Whether a method, over or not, is of that key."""
        for method in self.methods:  # noqa: SIM110 - `any` would make a call of each
            if method.key == key:
                return True
        return False

    def related(self, relationship: Relationship) -> tuple[str, ...]:
        """The ids of the methods of a relationship, over or not."""
        return tuple(method.id for method in self.methods if relationship in method.relationships)

    @property
    def assertion_method(self) -> tuple[str, ...]:
        """The ids of the keys that sign credentials, over or not."""
        return self.related(Relationship.ASSERTION_METHOD)

    def to_json(self) -> dict[str, Json]:
        """The document as others resolve it: keys that are over are not in it."""
        live = [method for method in self.methods if not (method.retired or method.ended)]
        document: dict[str, Json] = {
            "@context": list(CONTEXTS),
            "id": self.id,
            "verificationMethod": [
                method_json(method.id, method.controller, method.key.to_multikey()) for method in live
            ],
        }
        for relationship in Relationship:
            ids: list[Json] = [method.id for method in live if relationship in method.relationships]
            if ids:
                document[relationship.value] = ids
        return document


def method_json(name: str, controller: str, multikey: str) -> dict[str, Json]:
    """A method as others resolve it (Controlled Identifiers 1.0, 2.2.2)."""
    return {"id": name, "type": "Multikey", "controller": controller, "publicKeyMultibase": multikey}


def lookup(document: DidDocument, did_url: str, relationship: Relationship) -> VerificationMethod:
    """The key that `did_url` names, if it may be used for `relationship` now.

    Raises:
        Refused: `did.deactivated`; `did.key_unknown` if the document has no such key for this use;
            `did.key_over` if it has run out or was revoked.
    """
    if document.deactivated:
        raise Refused("did.deactivated")
    found = document.method(did_url)
    if found is None or relationship not in found.relationships:
        raise Refused("did.key_unknown", detail=f"no such key for {relationship}")
    if found.retired or found.ended:
        raise Refused("did.key_over")
    return found
