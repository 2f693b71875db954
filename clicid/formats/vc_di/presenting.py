"""The holder's side: credentials in a presentation, up to the proof of holding them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.did.document import Relationship
from clicid.errors import LocalError
from clicid.formats import data_model
from clicid.formats.data_model.credential import ISSUABLE
from clicid.formats.data_model.presentation import MAX_CREDENTIALS
from clicid.formats.holder import holder_document
from clicid.formats.vc_di import document
from clicid.keys.algorithms import ED25519
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.securing.data_integrity import EDDSA_RDFC_2022, PreparedDocument, Proof, Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.formats.base import Binding
    from clicid.rdf.contexts import Contexts
    from clicid.securing.data_integrity import Suite


def prepare_presentation(
    credentials: Sequence[bytes], holder: str, binding: Binding, contexts: Contexts, now: datetime
) -> PreparedDocument:
    """A presentation up to its signature (OpenID4VP 1.0 B.1.3.2.5).

    Args:
        credentials: As their issuers gave them, 1 to 16.
        holder: The did:key, did:jwk or did:peer to which each is bound, of an Ed25519 key.
        binding: For whom and in answer to what.
        contexts: The shipped contexts.
        now: The time of the proof.

    Raises:
        LocalError: `vc.seal` for none or too many credentials.
        Refused: What is malformed in a credential: `codec.*`, `vc.*`, `rdf.*`; `did.*` for the holder.
    """
    if not 1 <= len(credentials) <= MAX_CREDENTIALS:
        raise LocalError("vc.seal", detail=f"1 to {MAX_CREDENTIALS} credentials are wanted")
    inside: list[Json] = [document.read(raw) for raw in credentials]
    presentation: dict[str, Json] = {
        "@context": [document.CONTEXT],
        "type": [document.PRESENTATION],
        "holder": holder,
        "verifiableCredential": inside,
    }
    (method, *_) = holder_document(holder, "/holder").related(Relationship.AUTHENTICATION)
    proof = Proof(
        verification_method=method,
        purpose=Purpose.AUTHENTICATION,
        cryptosuite=EDDSA_RDFC_2022,
        created=now,
        domain=(binding.audience,),
        challenge=binding.nonce,
    )
    return secure_presentation(presentation, proof, ED25519, contexts, profile=Profile.CLOSED)


def secure_presentation(
    unsigned: Mapping[str, Json],
    proof: Proof,
    alg: str,
    contexts: Contexts,
    *,
    profile: Profile,
    suite: Suite | None = None,
) -> PreparedDocument:
    """Any presentation, up to the signature of one more proof: what would not be verified is not made.

    Args:
        unsigned: The presentation; proofs that it has stay, and the new one joins them.
        proof: The new proof's options.
        alg: The key's row in `clicid.keys.algorithms`.
        contexts: The contexts at hand.
        profile: How much of JSON-LD it may use.
        suite: The signer's side of the suite if there is something to choose.

    Raises:
        LocalError: `vc.seal` for a proof that is not for authentication, or by another's key than the
            holder's whom the document names.
        Refused: `vc.*`, `rdf.*`, `proof.*`, `codec.*`.
    """
    model = data_model.parse_presentation(unsigned, versions=ISSUABLE)
    if proof.purpose is not Purpose.AUTHENTICATION:
        raise LocalError("vc.seal", detail="not for authentication")
    if model.holder is not None and proof.verification_method.partition("#")[0] != model.holder:
        raise LocalError("vc.seal", "/holder", "not a key of the holder's")
    add = data_integrity.prepare_another if "proof" in unsigned else data_integrity.prepare
    return add(unsigned, proof, alg, contexts, profile=profile, suite=suite)
