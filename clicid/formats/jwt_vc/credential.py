"""A credential as JWT, read strictly; nothing is verified yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from clicid.codec import shape
from clicid.errors import Refused
from clicid.formats import data_model, status_claim, w3c
from clicid.formats.data_model.shipped import NOTHING
from clicid.formats.data_model.version import Version
from clicid.formats.jwt_vc.opening import CODE, CREDENTIAL, open_jwt
from clicid.rdf import shapes
from clicid.rdf.profile import Profile

if TYPE_CHECKING:
    from clicid.formats.base import Line, StatusRef
    from clicid.formats.data_model import CredentialDocument
    from clicid.formats.data_model.shipped import Shipped
    from clicid.formats.jwt_vc.opening import Opened
    from clicid.rdf.contexts import Contexts
    from clicid.status.entry import BitstringEntry

VERSIONS: Final = frozenset((Version.V1_1,))
# The base context knows validFrom and validUntil too, and nothing here would hold them against the clock.
_OWN_MEMBERS: Final = (
    *(name for name in w3c.OWN_MEMBERS if name not in ("validFrom", "validUntil", "relatedResource")),
    *("issuanceDate", "expirationDate"),
)


@dataclass(frozen=True, slots=True)
class Credential:
    """A VC 1.1 as JWT.

    Args:
        opened: Signature, key id, claims and document.
        model: What the data model says of it.
        types: The IRIs of its own types, beside VerifiableCredential.
        learnt: Whether the shape of the document was met before.
        status: Its status entries.
        schema: What the schemas that it names say of it, or None if it names none.
    """

    opened: Opened
    model: CredentialDocument
    types: tuple[str, ...]
    learnt: bool
    status: tuple[StatusRef | BitstringEntry, ...]
    schema: Line | None

    @property
    def issuer(self) -> str:
        """The issuer's URL: a DID, for ClicID's own types."""
        return self.model.issuer

    @property
    def credential_type(self) -> str:
        """The IRI of the first type of its own, or of VerifiableCredential if it has none."""
        return w3c.first_type(self.types)

    def issued(self) -> tuple[bytes, bytes]:
        """What the issuer's key has signed, and the signature."""
        return self.opened.issued()


def parse_credential(
    raw: bytes,
    contexts: Contexts,
    *,
    profile: Profile = Profile.CLOSED,
    shipped: Shipped = NOTHING,
) -> Credential:
    """Read a credential.

    1. The JWT, decoded: claims and members agree (VC Data Model 1.1, 6.3.1).
    2. Not for one audience, and with no second proof inside. Of ClicID's own types, no members that they
       do not define.
    3. The data model, version 1.1: another version has envelopes of its own.
    4. JSON-LD in safe mode, so that who reads the JSON reads what its contexts say.
    5. Status: the claim `status` (Token Status List 6.2), and the entries of the credential itself.

    Args:
        raw: What came.
        contexts: The contexts at hand.
        profile: `CLOSED` for ClicID's own types, `OPEN` for everybody's.
        shipped: Schemas at hand.

    Raises:
        Refused: `codec.*`, `securing.*`, `keys.*`, `jwt_vc.claims`, `vc.*`, `did.syntax`, `rdf.*`.
    """
    opened = open_jwt(raw, CREDENTIAL)  # 1
    document = opened.document
    if opened.claims.audience:  # 2
        # RFC 7519 4.1.3: who is not named must refuse, and whom a credential will meet nobody knows.
        raise Refused(CODE, "/aud", "a credential for one audience")
    if "proof" in document:
        raise Refused(CODE, "/vc/proof", "secured twice: only the JWT would be looked at")
    if profile is Profile.CLOSED:
        shape.only(document, _OWN_MEMBERS)
    model = data_model.parse_credential(document, versions=VERSIONS)  # 3
    if profile is Profile.CLOSED:
        w3c.check_own(model)
    types = shapes.of(contexts).types(document, profile=profile)  # 4
    listed = status_claim.parse(opened.payload)  # 5
    return Credential(
        opened=opened,
        model=model,
        types=w3c.credential_types(types.iris, profile),
        learnt=types.compiled,
        status=(
            *(() if listed is None else (listed,)),
            *w3c.status_entries(document, model, profile),
        ),
        schema=shipped.schema_line(model, document),
    )
