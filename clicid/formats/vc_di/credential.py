"""A credential as it came, read strictly and hashed; nothing is verified yet (VC Data Model 2.0, 4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec import instant, shape
from clicid.did.syntax import Did
from clicid.errors import Refused
from clicid.formats import bitstring_entries
from clicid.formats.vc_di import document
from clicid.rdf.profile import Profile
from clicid.securing import data_integrity
from clicid.securing.data_integrity import Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.formats.base import StatusRef
    from clicid.rdf.contexts import Contexts
    from clicid.securing.data_integrity import Proof, UnverifiedDocument

MAX_SUBJECTS: Final = 16

_CHECKED: Final = (
    *(
        "@context",
        "type",
        "issuer",
        "credentialSubject",
        "validFrom",
        "validUntil",
        "credentialStatus",
        "proof",
    ),
)
# They say nothing that decides: whoever reads them reads what the issuer signed. A member that is in
# neither list (termsOfUse, say) could change what the credential means to who understands it.
_NOT_CHECKED: Final = ("id", "name", "description", "credentialSchema", "evidence", "refreshService")


@dataclass(frozen=True, slots=True)
class Credential:
    """A VC 2.0 with its proof.

    Args:
        unverified: The document with what its proof is over.
        proof: Its one proof's options.
        issuer: The issuer's DID.
        credential_type: The IRI of its own type, beside VerifiableCredential.
        subjects: `credentialSubject`, one or more.
        valid_from: `validFrom`, or None.
        valid_until: `validUntil`, or None.
        status: Its status entry, or None.
    """

    unverified: UnverifiedDocument
    proof: Proof
    issuer: str
    credential_type: str
    subjects: tuple[Mapping[str, Json], ...] = field(repr=False)
    valid_from: datetime | None
    valid_until: datetime | None
    status: StatusRef | None


def parse_credential(raw: bytes, contexts: Contexts) -> Credential:
    """Read a credential, in safe mode.

    Raises:
        Refused: `codec.*`, `did.syntax`, `vc.*`, `proof.*`, `rdf.*`.
    """
    secured = document.read(raw)
    shape.only(secured, (*_CHECKED, *_NOT_CHECKED))
    document.check_context(secured)
    document.types(secured, document.CREDENTIAL)
    unverified = data_integrity.parse(secured, contexts, profile=Profile.CLOSED)
    proof = document.only_proof(unverified, Purpose.ASSERTION_METHOD)
    return Credential(
        unverified=unverified,
        proof=proof,
        issuer=_issuer(secured),
        credential_type=_own_type(unverified.types),
        subjects=document.one_or_many(secured, "credentialSubject", maximum=MAX_SUBJECTS),
        valid_from=_time(secured, "validFrom"),
        valid_until=_time(secured, "validUntil"),
        status=bitstring_entries.parse(secured) if "credentialStatus" in secured else None,
    )


def _issuer(secured: Mapping[str, Json]) -> str:
    """4.7: a DID, by itself or as the id of an object."""
    value = shape.member(secured, "issuer")
    text = (
        shape.text(value, "id", "/issuer", maximum=document.MAX_URI)
        if isinstance(value, dict)
        else shape.as_text(value, "/issuer", maximum=document.MAX_URI)
    )
    return str(Did.parse(text, "/issuer"))


def _own_type(types: tuple[str, ...]) -> str:
    own = [iri for iri in types if iri != document.VOCABULARY + document.CREDENTIAL]
    if len(own) != 1:
        raise Refused("vc.type", "/type", "one type beside VerifiableCredential is wanted")
    return own[0]


def _time(secured: Mapping[str, Json], name: str) -> datetime | None:
    text = shape.optional_text(secured, name, maximum=64)
    return None if text is None else instant.parse(text, where=f"/{name}")
