"""A credential as JWT, read strictly; nothing is verified yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.codec import shape
from clicid.errors import Refused
from clicid.formats import data_model, status_claim, w3c
from clicid.formats.data_model.shipped import NOTHING
from clicid.formats.data_model.version import Version
from clicid.formats.enveloping_proof import Credential
from clicid.formats.jwt_vc.opening import CODE, CREDENTIAL, open_jwt
from clicid.rdf import shapes
from clicid.rdf.profile import Profile

if TYPE_CHECKING:
    from clicid.formats.data_model.shipped import Shipped
    from clicid.rdf.contexts import Contexts

VERSIONS: Final = frozenset((Version.V1_1,))
# The base context knows validFrom and validUntil too, and nothing here would hold them against the clock.
_OWN_MEMBERS: Final = (
    *(name for name in w3c.OWN_MEMBERS if name not in ("validFrom", "validUntil", "relatedResource")),
    *("issuanceDate", "expirationDate"),
)


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
    opened, payload = open_jwt(raw, CREDENTIAL)  # 1
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
    listed = status_claim.parse(payload)  # 5
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
