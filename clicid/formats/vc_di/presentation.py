"""A presentation as it came, read strictly and hashed; nothing is verified yet (VC Data Model 2.0, 4.13)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec import shape, strict_json
from clicid.errors import Refused
from clicid.formats.vc_di import document
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.securing.data_integrity import Purpose

if TYPE_CHECKING:
    from clicid.rdf.contexts import Contexts
    from clicid.securing.data_integrity import Proof, UnverifiedDocument

MAX_CREDENTIALS: Final = 16
_MEMBERS: Final = ("@context", "id", "type", "holder", "verifiableCredential", "proof")


@dataclass(frozen=True, slots=True)
class Presentation:
    """A VP 2.0 with its proof.

    Args:
        unverified: The document with what its proof is over.
        proof: Its one proof's options.
        holder: The holder's DID.
        credentials: The bytes of each credential, in order.
    """

    unverified: UnverifiedDocument
    proof: Proof
    holder: str
    credentials: tuple[bytes, ...] = field(repr=False)


def parse_presentation(raw: bytes, contexts: Contexts) -> Presentation:
    """Read a presentation, in safe mode.

    A credential inside is handed on as JSON of our own writing: its proof is over what it says.

    Raises:
        Refused: `codec.*`, `vc.*`, `proof.*`, `rdf.*`.
    """
    secured = document.read(raw)
    shape.only(secured, _MEMBERS)
    document.check_context(secured)
    if document.types(secured, document.PRESENTATION) != (document.PRESENTATION,):
        raise Refused("vc.type", "/type", "VerifiablePresentation alone is wanted")
    inside = document.one_or_many(secured, "verifiableCredential", maximum=MAX_CREDENTIALS)
    unverified = data_integrity.parse(secured, contexts, profile=Profile.CLOSED)
    proof = document.only_proof(unverified, Purpose.AUTHENTICATION)
    return Presentation(
        unverified=unverified,
        proof=proof,
        holder=shape.text(secured, "holder", maximum=document.MAX_URI),
        credentials=tuple(strict_json.dumps(credential) for credential in inside),
    )
