"""A proof's options (VC Data Integrity 1.0, 2.1): each member in one form, and no other member.

What is hashed is what came, never what we read in it; a member that the table here does not know
would be signed by some suites and dropped by others, so there is none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from clicid.codec import instant, shape
from clicid.errors import Refused
from clicid.rdf import iri

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from clicid.codec.strict_json import Json

PROOF_TYPE: Final = "DataIntegrityProof"
MAX_TEXT: Final = 1024
MAX_MANY: Final = 16
"""Domains of one proof, and proofs that one follows."""

_REQUIRED: Final = ("type", "cryptosuite", "verificationMethod", "proofPurpose", "proofValue")
_OPTIONAL: Final = ("id", "created", "expires", "domain", "challenge", "nonce", "previousProof")


class Purpose(StrEnum):
    """What a proof is for (2.3): named as the verification relationship that its key must have."""

    ASSERTION_METHOD = "assertionMethod"
    AUTHENTICATION = "authentication"
    KEY_AGREEMENT = "keyAgreement"
    CAPABILITY_INVOCATION = "capabilityInvocation"
    CAPABILITY_DELEGATION = "capabilityDelegation"


_PURPOSES: Final[dict[str, Purpose]] = {purpose.value: purpose for purpose in Purpose}


# Not frozen: to build that takes six times as long, and one is built in every check.
@dataclass(unsafe_hash=True, slots=True, kw_only=True)
class Proof:
    """A proof's options: everything but its value. Times are UTC.

    Args:
        verification_method: URL of the key.
        purpose: What it is for.
        cryptosuite: A key of the table of suites.
        id: Its own URL, by which later proofs of a chain name it, or None.
        created: When it says it was made, or None.
        expires: When it ends, or None.
        domain: For whom it was made; empty for everybody. A set: the order says nothing.
        challenge: What it answers, or None.
        nonce: What its maker put in so that no two proofs are equal, or None.
        previous_proof: The ids of the proofs that it includes. A set as well.
    """

    verification_method: str
    purpose: Purpose
    cryptosuite: str
    id: str | None = None
    created: datetime | None = None
    expires: datetime | None = None
    domain: tuple[str, ...] = ()
    challenge: str | None = field(default=None, repr=False)
    nonce: str | None = field(default=None, repr=False)
    previous_proof: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """The proof configuration without a context."""
        config: dict[str, Json | None] = {
            "id": self.id,
            "type": PROOF_TYPE,
            "cryptosuite": self.cryptosuite,
            "created": None if self.created is None else instant.format_stamp(self.created),
            "expires": None if self.expires is None else instant.format_stamp(self.expires),
            "verificationMethod": self.verification_method,
            "proofPurpose": self.purpose.value,
            "domain": _one_or_many(self.domain),
            "challenge": self.challenge,
            "nonce": self.nonce,
            "previousProof": _one_or_many(self.previous_proof),
        }
        return {name: value for name, value in config.items() if value is not None}


def read(
    members: Mapping[str, Json],
    where: str,
    suites: Mapping[str, Collection[str]],
    *,
    assume_utc: bool = False,
) -> Proof:
    """The options among a proof's members.

    Args:
        members: The proof as it came.
        where: Its JSON pointer.
        suites: The cryptosuites that are accepted, each with the members that it alone has.
        assume_utc: Whether a time without an offset is UTC, as the standard lets us take it (2.1).

    Raises:
        Refused: `proof.format` for members that lack or are not expected, and for a repeated one of
            several values; `proof.suite`, `proof.purpose`, `codec.shape`, `codec.time`; `rdf.id`
            for what is not a URL.
    """
    for name in _REQUIRED:
        if name not in members:
            raise Refused("proof.format", shape.pointer(where, name), "missing")
    cryptosuite = members["cryptosuite"]
    if members["type"] != PROOF_TYPE or not isinstance(cryptosuite, str) or cryptosuite not in suites:
        raise Refused("proof.suite", where)
    for name in members:
        if name not in _REQUIRED and name not in _OPTIONAL and name not in suites[cryptosuite]:
            raise Refused("proof.format", shape.pointer(where, name[:80]), "not expected here")
    previous = _texts(members, "previousProof", where)
    for url in previous:
        _check_url(url, shape.pointer(where, "previousProof"))
    return Proof(
        verification_method=_url(members, "verificationMethod", where),
        purpose=_purpose(members, where),
        cryptosuite=cryptosuite,
        id=_url(members, "id", where) if "id" in members else None,
        created=_time(members, "created", where, assume_utc=assume_utc),
        expires=_time(members, "expires", where, assume_utc=assume_utc),
        domain=_texts(members, "domain", where),
        challenge=shape.optional_text(members, "challenge", where, maximum=MAX_TEXT),
        nonce=shape.optional_text(members, "nonce", where, maximum=MAX_TEXT),
        previous_proof=previous,
    )


def _purpose(members: Mapping[str, Json], where: str) -> Purpose:
    purpose = _PURPOSES.get(shape.text(members, "proofPurpose", where, maximum=MAX_TEXT))
    if purpose is None:
        raise Refused("proof.purpose", shape.pointer(where, "proofPurpose"))
    return purpose


def _time(members: Mapping[str, Json], name: str, where: str, *, assume_utc: bool) -> datetime | None:
    text = shape.optional_text(members, name, where, maximum=64)
    if text is None:
        return None
    return instant.parse(text, where=shape.pointer(where, name), assume_utc=assume_utc)


def _url(members: Mapping[str, Json], name: str, where: str) -> str:
    text = shape.text(members, name, where, maximum=MAX_TEXT)
    _check_url(text, shape.pointer(where, name))
    return text


def _check_url(text: str, where: str) -> None:
    if not iri.is_absolute(text):
        raise Refused("rdf.id", where)


def _texts(members: Mapping[str, Json], name: str, where: str) -> tuple[str, ...]:
    """A member that is a text or a set of several; one that is not there is an empty set."""
    if name not in members:
        return ()
    value = members[name]
    place = shape.pointer(where, name)
    if not isinstance(value, list):
        return (shape.as_text(value, place, maximum=MAX_TEXT),)
    items = shape.as_items(value, place, minimum=1, maximum=MAX_MANY)
    found = tuple(
        shape.as_text(item, shape.pointer(place, index), maximum=MAX_TEXT) for index, item in enumerate(items)
    )
    if len(frozenset(found)) < len(found):
        raise Refused("proof.format", place, "one value twice")
    return found


def _one_or_many(values: tuple[str, ...]) -> Json | None:
    if not values:
        return None
    return values[0] if len(values) == 1 else list(values)
