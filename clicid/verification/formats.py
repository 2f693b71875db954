"""The one place that knows all formats: a checker for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from clicid.errors import Refused
from clicid.formats.base import FormatId
from clicid.formats.data_model.shipped import NOTHING
from clicid.formats.jwt_vc import JwtVcChecker, JwtVpChecker
from clicid.formats.mdoc import DeviceResponseChecker, MdocChecker
from clicid.formats.sd_jwt_vc import SdJwtVcChecker
from clicid.formats.vc_di import LdpVcChecker, LdpVpChecker
from clicid.formats.vc_jose import EnvelopedVcChecker, EnvelopedVpChecker
from clicid.formats.vc_jose import credential_checker as enveloped
from clicid.formats.vc_jose import presentation_checker as enveloping
from clicid.rdf.profile import Profile
from clicid.securing import jws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.formats.base import Checker
    from clicid.formats.data_model.shipped import Shipped
    from clicid.formats.mdoc.document_type import DocumentType
    from clicid.rdf.contexts import Contexts
    from clicid.verification.walk import Checkers

_ENVELOPED: Final = {
    FormatId.JWT_VC: ("vc+jwt", FormatId.VC_JWT),
    FormatId.JWT_VP: ("vp+jwt", FormatId.VP_JWT),
}


def told_by_typ(form: FormatId, raw: bytes) -> FormatId:
    """As what to read what goes by the name of a format in OpenID4VC.

    Under `jwt_vc_json` two forms go about: the JWT encoding of VC Data Model 1.1, which the annexes mean, and
    the envelope of 2.0 (VC-JOSE-COSE). The header's `typ` says which it is, never what is in it.
    """
    typ, enveloped = _ENVELOPED.get(form, ("", form))
    if not typ:
        return form
    try:
        jws.parse(raw, typ=typ)
    except Refused:
        return form
    return enveloped


def checkers(
    contexts: Contexts,
    *,
    profile: Profile = Profile.CLOSED,
    shipped: Shipped = NOTHING,
    documents: Mapping[str, DocumentType] | None = None,
) -> Checkers:
    """Every format this kernel reads.

    Args:
        contexts: The JSON-LD contexts at hand; a document that names another is refused.
        profile: `CLOSED` for ClicID's own types, `OPEN` for everybody's documents.
        shipped: Resources and schemas at hand.
        documents: Types of mdocs that are known as a whole, by their names.
    """
    credentials = LdpVcChecker(contexts, profile=profile, shipped=shipped)
    found: tuple[Checker[Any], ...] = (
        SdJwtVcChecker(),
        credentials,
        LdpVpChecker(contexts, profile=profile, inside=credentials),
        *(EnvelopedVcChecker(form, contexts, profile, shipped) for form in enveloped.FORMATS),
        *(EnvelopedVpChecker(form) for form in enveloping.FORMATS),
        JwtVcChecker(contexts, profile, shipped),
        JwtVpChecker(),
        MdocChecker(documents or {}),
        DeviceResponseChecker(),
    )
    return {checker.format: checker for checker in found}
