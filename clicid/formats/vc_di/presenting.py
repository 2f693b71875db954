"""The holder's side: credentials in a presentation, up to the proof of holding them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.did.document import Relationship
from clicid.errors import LocalError
from clicid.formats.holder import holder_document
from clicid.formats.vc_di import document
from clicid.formats.vc_di.presentation import MAX_CREDENTIALS
from clicid.keys.algorithms import ED25519
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.securing.data_integrity import EDDSA_RDFC_2022, PreparedDocument, Proof, Purpose

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.formats.base import Binding
    from clicid.rdf.contexts import Contexts


def prepare_presentation(
    credentials: Sequence[bytes], holder: str, binding: Binding, contexts: Contexts, now: datetime
) -> PreparedDocument:
    """A presentation up to its signature (OpenID4VP 1.0 B.1.3.2.5).

    Args:
        credentials: As their issuers gave them, 1 to 16.
        holder: The did:key or did:jwk to which each is bound, of an Ed25519 key.
        binding: For whom and in answer to what.
        contexts: The shipped contexts.
        now: The time of the proof.

    Raises:
        LocalError: `vc.seal` for none or too many credentials.
        Refused: What is malformed in a credential: `codec.*`, `rdf.*`; `did.*` for the holder.
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
    return data_integrity.prepare(presentation, proof, ED25519, contexts, profile=Profile.CLOSED)
