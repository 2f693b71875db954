"""Proofs of a log: eddsa-jcs-2022 by the key that a did:key is (did:webvh 1.0, authorized keys)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.codec import multibase
from clicid.did import key as did_key
from clicid.errors import Refused
from clicid.keys.algorithms import ED25519
from clicid.keys.public import PublicKey
from clicid.rdf.contexts import Contexts
from clicid.rdf.profile import Profile
from clicid.securing.data_integrity import options
from clicid.securing.data_integrity.inputs import Input
from clicid.securing.data_integrity.options import Purpose
from clicid.securing.data_integrity.sealing import PreparedDocument
from clicid.securing.data_integrity.table import SUITES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.securing.data_integrity.options import Proof

SUITE: Final = "eddsa-jcs-2022"
MAX_PROOFS: Final = 32
"""Proofs of one entry, and of one entry in the witness file."""

_SUITES: Final[Mapping[str, frozenset[str]]] = {SUITE: frozenset()}
# What is signed here is JSON, and no graph: no context is ever asked for.
_NO_CONTEXTS: Final = Contexts({}, {})


def check_witness(did: str, where: str) -> None:
    """Return if it is the did:key of an Ed25519 key.

    Raises:
        Refused: `did.*`, `keys.*`, `codec.*`; `keys.algorithm` for another kind of key.
    """
    (method,) = did_key.document(did).methods
    if method.key.algorithm.name != ED25519:
        raise Refused("keys.algorithm", where, "an Ed25519 key is wanted")


class Unverified(NamedTuple):
    """A proof's options, and the multikey of who says to have made it."""

    proof: Proof
    multikey: str


def read(members: Mapping[str, Json], where: str) -> Unverified:
    """A proof whose signature is not checked.

    Raises:
        Refused: `did.log_proof` for another suite or purpose, for a method that is not
            ``did:key:<multikey>#<the same>``, and for what is malformed.
    """
    try:
        proof = options.read(members, where, _SUITES)
    except Refused as error:
        raise Refused("did.log_proof", where, f"{error.code}: {error.detail}") from error
    did, _, fragment = proof.verification_method.partition("#")
    body = did.removeprefix(f"did:{did_key.METHOD}:")
    if did == body or body != fragment or not body.startswith(multibase.BASE58BTC):
        raise Refused("did.log_proof", where, "the key must be a did:key, named twice alike")
    if proof.purpose is not Purpose.ASSERTION_METHOD:
        raise Refused("did.log_proof", where, "made for another purpose")
    return Unverified(proof, body)


def verify(document: Mapping[str, Json], members: Mapping[str, Json], where: str) -> str:
    """The multikey of who made a proof over a document.

    Args:
        document: What was signed, without any proof.
        members: The proof as it came.
        where: Its JSON pointer.

    Raises:
        Refused: `did.log_proof`, whatever is wrong with it.
    """
    proof, multikey = read(members, where)
    try:
        source = Input(document, _NO_CONTEXTS, Profile.CLOSED)
        SUITES[SUITE].parse(source, members, proof, where).verify(PublicKey.claimed(multikey))
    except Refused as error:
        raise Refused("did.log_proof", where, f"{error.code}: {error.detail}") from error
    return multikey


def prepare(document: Mapping[str, Json], key: PublicKey, now: datetime) -> PreparedDocument:
    """A document with its proof, up to the signature.

    Args:
        document: What is to be signed, without any proof.
        key: An Ed25519 key.
        now: The time of the proof.

    Raises:
        LocalError: `securing.suite` for a key of another kind.
        Refused: `codec.jcs`.
    """
    (method,) = did_key.document(did_key.create(key)).methods
    proof = options.Proof(
        verification_method=method.id, purpose=Purpose.ASSERTION_METHOD, cryptosuite=SUITE, created=now
    )
    source = Input(document, _NO_CONTEXTS, Profile.CLOSED)
    return PreparedDocument(document, proof, SUITES[SUITE].prepare(source, proof, key.algorithm.name), ())
