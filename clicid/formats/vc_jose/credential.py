"""A credential as it came in its envelope, read strictly; nothing is verified yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.did.syntax import Did
from clicid.errors import Refused
from clicid.formats import bitstring_entries, data_model
from clicid.formats.data_model.credential import ISSUABLE
from clicid.formats.vc_jose.opening import open_envelope
from clicid.rdf import safe

if TYPE_CHECKING:
    from clicid.formats.base import FormatId, StatusRef
    from clicid.formats.data_model import CredentialDocument
    from clicid.formats.vc_jose.opening import Opened
    from clicid.rdf.contexts import Contexts
    from clicid.rdf.profile import Profile

BASE_TYPE: Final = "https://www.w3.org/2018/credentials#VerifiableCredential"


@dataclass(frozen=True, slots=True)
class Credential:
    """A VC 2.0 in an envelope.

    Args:
        opened: Signature, key id, claims and document.
        model: What the data model says of it.
        issuer: The issuer's DID.
        credential_type: The IRI of its own type, beside VerifiableCredential.
        status: Its status entry, or None.
    """

    opened: Opened
    model: CredentialDocument
    issuer: str
    credential_type: str
    status: StatusRef | None


def parse_credential(raw: bytes, form: FormatId, contexts: Contexts, profile: Profile) -> Credential:
    """Read a credential.

    1. The envelope: type, algorithm, claims; of an SD-JWT what is disclosed.
    2. The data model, version 2.0: there are no envelopes of this kind for 1.1.
    3. JSON-LD in safe mode, so that who reads the JSON reads what its contexts say.
    4. Claims and members agree.

    Raises:
        Refused: `codec.*`, `securing.*`, `keys.*`, `sd_jwt.*`, `vc_jose.*`, `vc.*`, `did.syntax`, `rdf.*`.
    """
    opened = open_envelope(raw, form)  # 1
    document = dict(opened.document)
    if "proof" in document:
        raise Refused("vc_jose.claims", "/proof", "secured twice: only the envelope would be looked at")
    model = data_model.parse_credential(document, versions=ISSUABLE)  # 2
    types = safe.types(document, contexts, profile=profile)  # 3
    _check_claims(opened, model)  # 4
    return Credential(
        opened=opened,
        model=model,
        issuer=str(Did.parse(model.issuer, "/issuer")),
        credential_type=_own_type(types),
        status=bitstring_entries.parse(document) if "credentialStatus" in document else None,
    )


def _check_claims(opened: Opened, model: CredentialDocument) -> None:
    claims = opened.claims
    claims.same("iss", claims.issuer, model.issuer)
    claims.same("jti", claims.id, model.id)
    for subject in model.subjects:
        name = subject.get("id")
        claims.same("sub", claims.subject, name if isinstance(name, str) else None)
    if claims.audience:
        # RFC 7519 4.1.3: who is not named must refuse, and whom a credential will meet nobody knows.
        raise Refused("vc_jose.claims", "/aud", "a credential for one audience")


def _own_type(types: tuple[str, ...]) -> str:
    own = [iri for iri in types if iri != BASE_TYPE]
    if len(own) != 1:
        raise Refused("vc.type", "/type", "one type beside VerifiableCredential is wanted")
    return own[0]
