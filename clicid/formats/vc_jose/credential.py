"""A credential as it came in its envelope, read strictly; nothing is verified yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.codec import shape
from clicid.errors import Refused
from clicid.formats import data_model, w3c
from clicid.formats.data_model import resources
from clicid.formats.data_model.credential import ISSUABLE
from clicid.formats.data_model.shipped import NOTHING
from clicid.formats.enveloping_proof import Credential
from clicid.formats.registered import same
from clicid.formats.vc_jose.claims import CODE
from clicid.formats.vc_jose.opening import open_envelope
from clicid.rdf import shapes
from clicid.rdf.profile import Profile

if TYPE_CHECKING:
    from clicid.formats.base import FormatId
    from clicid.formats.data_model import CredentialDocument
    from clicid.formats.data_model.shipped import Shipped
    from clicid.formats.enveloping_proof import Opened
    from clicid.rdf.contexts import Contexts


def parse_credential(
    raw: bytes,
    form: FormatId,
    contexts: Contexts,
    *,
    profile: Profile = Profile.CLOSED,
    shipped: Shipped = NOTHING,
) -> Credential:
    """Read a credential.

    1. The envelope: type, algorithm, claims; of an SD-JWT what is disclosed.
    2. Of ClicID's own types, no members that they do not define; of any, no second proof inside.
    3. The data model, version 2.0: there are no envelopes of this kind for 1.1.
    4. JSON-LD in safe mode, so that who reads the JSON reads what its contexts say.
    5. Claims and members agree.

    Args:
        raw: What came.
        form: In which envelope.
        contexts: The contexts at hand.
        profile: `CLOSED` for ClicID's own types, `OPEN` for everybody's.
        shipped: Resources and schemas at hand.

    Raises:
        Refused: `codec.*`, `securing.*`, `keys.*`, `sd_jwt.*`, `vc_jose.*`, `vc.*`, `did.syntax`, `rdf.*`.
    """
    opened = open_envelope(raw, form)  # 1
    document = opened.document
    if "proof" in document:  # 2
        raise Refused("vc_jose.claims", "/proof", "secured twice: only the envelope would be looked at")
    if profile is Profile.CLOSED:
        shape.only(document, w3c.OWN_MEMBERS)
    model = data_model.parse_credential(document, versions=ISSUABLE)  # 3
    if profile is Profile.CLOSED:
        w3c.check_own(model)
    resources.check(model.related, shipped.at_hand)
    types = shapes.of(contexts).types(document, profile=profile)  # 4
    _check_claims(opened, model)  # 5
    return Credential(
        opened=opened,
        model=model,
        types=w3c.credential_types(types.iris, profile),
        learnt=types.compiled,
        status=w3c.status_entries(document, model, profile),
        schema=shipped.schema_line(model, document),
    )


def _check_claims(opened: Opened, model: CredentialDocument) -> None:
    claims = opened.claims
    same(CODE, "iss", claims.issuer, model.issuer)
    same(CODE, "jti", claims.id, model.id)
    for subject in model.subjects:
        name = subject.get("id")
        same(CODE, "sub", claims.subject, name if isinstance(name, str) else None)
    if claims.audience:
        # RFC 7519 4.1.3: who is not named must refuse, and whom a credential will meet nobody knows.
        raise Refused("vc_jose.claims", "/aud", "a credential for one audience")
