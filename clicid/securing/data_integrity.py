"""Data Integrity proofs by eddsa-rdfc-2022 (VC Data Integrity EdDSA Cryptosuites 1.0, 3.2).

Only one proof, only the members below, each in one form: the graph of a proof is hashed, and what
JSON-LD would drop from it would be unsigned.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from clicid.codec import instant, multibase, shape, strict_json
from clicid.errors import LocalError, Refused
from clicid.keys.algorithms import ED25519
from clicid.rdf import flat, safe
from clicid.rdf.profile import Profile
from clicid.securing.signing import SigningOperation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.keys.public import PublicKey
    from clicid.rdf.contexts import Contexts

PROOF_TYPE: Final = "DataIntegrityProof"
CRYPTOSUITE: Final = "eddsa-rdfc-2022"
SIGNATURE_SIZE: Final = 64

_MAX_TEXT: Final = 1024
_REQUIRED: Final = ("type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue")
_OPTIONAL: Final = ("expires", "domain", "challenge")
# The members whose values differ from proof to proof; see `clicid.rdf.flat`.
_FREE: Final = frozenset(("created", "verificationMethod", "expires", "domain", "challenge"))


class Purpose(StrEnum):
    """What a proof is for (VC Data Integrity 1.0, 2.3)."""

    ASSERTION_METHOD = "assertionMethod"
    AUTHENTICATION = "authentication"


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof's options: everything but its value. Times are UTC.

    Args:
        verification_method: DID URL of the key.
        purpose: What it is for.
        created: When it says it was made.
        expires: When it ends, or None.
        domain: For whom it was made, or None.
        challenge: What it answers, or None.
    """

    verification_method: str
    purpose: Purpose
    created: datetime
    expires: datetime | None = None
    domain: str | None = None
    challenge: str | None = field(default=None, repr=False)

    def to_json(self) -> dict[str, Json]:
        """The proof configuration without a context (3.2.5)."""
        config: dict[str, Json] = {
            "type": PROOF_TYPE,
            "cryptosuite": CRYPTOSUITE,
            "created": instant.format_stamp(self.created),
            "verificationMethod": self.verification_method,
            "proofPurpose": self.purpose.value,
        }
        if self.expires is not None:
            config["expires"] = instant.format_stamp(self.expires)
        if self.domain is not None:
            config["domain"] = self.domain
        if self.challenge is not None:
            config["challenge"] = self.challenge
        return config


@dataclass(frozen=True, slots=True)
class UnverifiedDocument:
    """A document with its proof, whose signature nobody has checked yet.

    Args:
        document: The document without its proof.
        types: The type IRIs of its root node.
        proof: The proof's options.
        hash_data: The 64 bytes that were signed (3.2.4).
        signature: 64 bytes.
    """

    document: Mapping[str, Json] = field(repr=False)
    types: tuple[str, ...]
    proof: Proof
    hash_data: bytes
    signature: bytes


def parse(secured: Mapping[str, Json], contexts: Contexts) -> UnverifiedDocument:
    """Take a secured document apart and hash it (3.2.2, steps 1 to 6).

    Args:
        secured: The document with its one `proof`.
        contexts: The shipped contexts.

    Raises:
        Refused: `proof.format`, `proof.suite`, `proof.purpose`, `proof.value`, `codec.*`, and the
            `rdf.*` of safe mode.
    """
    members = shape.child(secured, "proof")
    proof = _options(members)
    document = {name: value for name, value in secured.items() if name != "proof"}
    config = {name: value for name, value in members.items() if name != "proofValue"}
    hash_data, types = _hash(document, config, contexts)
    return UnverifiedDocument(document, types, proof, hash_data, _signature(members))


def verify(unverified: UnverifiedDocument, key: PublicKey) -> Mapping[str, Json]:
    """The document, which `key` has signed (3.2.2, step 7; 3.2.7).

    Raises:
        Refused: `keys.algorithm` unless the key is Ed25519; `keys.signature`.
    """
    if key.algorithm.name != ED25519:
        raise Refused("keys.algorithm", "/proof/verificationMethod", "an Ed25519 key is wanted")
    key.verify(unverified.signature, unverified.hash_data)
    return unverified.document


@dataclass(frozen=True, slots=True)
class PreparedDocument:
    """A document that lacks its signature; a `Prepared[bytes]`."""

    document: Mapping[str, Json] = field(repr=False)
    proof: Proof
    hash_data: bytes

    @property
    def to_be_signed(self) -> tuple[SigningOperation]:
        """The one signature wanted."""
        return (SigningOperation(ED25519, self.hash_data),)

    def complete(self, signatures: Sequence[bytes]) -> bytes:
        """The secured document as JSON.

        Raises:
            LocalError: `securing.signatures` unless there is one signature of 64 bytes.
        """
        if [len(signature) for signature in signatures] != [SIGNATURE_SIZE]:
            raise LocalError("securing.signatures")
        proof = self.proof.to_json() | {"proofValue": multibase.encode(signatures[0])}
        return strict_json.dumps({**self.document, "proof": proof})


def prepare(document: Mapping[str, Json], proof: Proof, contexts: Contexts) -> PreparedDocument:
    """A document up to its signature (3.2.1, steps 1 to 5).

    Raises:
        Refused: `proof.format` if it has a proof already; the `rdf.*` of safe mode.
    """
    if "proof" in document:
        raise Refused("proof.format", "/proof", "there is a proof already")
    hash_data, _ = _hash(document, proof.to_json(), contexts)
    return PreparedDocument(document, proof, hash_data)


def _options(members: Mapping[str, Json]) -> Proof:
    where = "/proof"
    for name in _REQUIRED:
        if name not in members:
            raise Refused("proof.format", shape.pointer(where, name), "missing")
    for name in members:
        if name not in _REQUIRED and name not in _OPTIONAL:
            raise Refused("proof.format", shape.pointer(where, name[:80]), "not expected here")
    if (members["type"], members["cryptosuite"]) != (PROOF_TYPE, CRYPTOSUITE):
        raise Refused("proof.suite", where)
    purpose = shape.text(members, "proofPurpose", where, maximum=_MAX_TEXT)
    if purpose not in frozenset(Purpose):
        raise Refused("proof.purpose", "/proof/proofPurpose")
    expires = shape.optional_text(members, "expires", where, maximum=64)
    return Proof(
        verification_method=shape.text(members, "verificationMethod", where, maximum=_MAX_TEXT),
        purpose=Purpose(purpose),
        created=instant.parse(shape.text(members, "created", where, maximum=64), where="/proof/created"),
        expires=None if expires is None else instant.parse(expires, where="/proof/expires"),
        domain=shape.optional_text(members, "domain", where, maximum=_MAX_TEXT),
        challenge=shape.optional_text(members, "challenge", where, maximum=_MAX_TEXT),
    )


def _signature(members: Mapping[str, Json]) -> bytes:
    where = "/proof/proofValue"
    text = shape.text(members, "proofValue", "/proof", maximum=128)
    if not text.startswith(multibase.BASE58BTC):
        raise Refused("proof.value", where)
    signature = multibase.decode(text, where=where)
    if len(signature) != SIGNATURE_SIZE:
        raise Refused("proof.value", where)
    return signature


def _hash(
    document: Mapping[str, Json], config: Mapping[str, Json], contexts: Contexts
) -> tuple[bytes, tuple[str, ...]]:
    """Hash data (3.2.4): the proof configuration's digest, then the document's; and its types.

    The configuration takes the document's context, as 3.2.5 says.
    """
    canonical = safe.process(dict(document), contexts, profile=Profile.CLOSED)
    options = flat.canonicalize(
        {**config, "@context": document["@context"]}, _FREE, contexts, profile=Profile.CLOSED
    )
    return hashlib.sha256(options).digest() + hashlib.sha256(canonical.nquads).digest(), canonical.types
