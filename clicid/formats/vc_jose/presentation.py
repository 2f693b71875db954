"""A presentation as it came in its envelope, read strictly; nothing is verified yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.codec import shape
from clicid.errors import Refused
from clicid.formats import data_model
from clicid.formats.data_model import Enveloped
from clicid.formats.data_model.credential import ISSUABLE
from clicid.formats.enveloping_proof import Presentation
from clicid.formats.registered import same
from clicid.formats.vc_jose.claims import CODE
from clicid.formats.vc_jose.opening import open_envelope

if TYPE_CHECKING:
    from clicid.formats.base import FormatId

_MEMBERS: Final = ("@context", "id", "type", "holder", "verifiableCredential")
_TYPE: Final = "VerifiablePresentation"


def parse_presentation(raw: bytes, form: FormatId) -> Presentation:
    """Read a presentation.

    It has only members that the base context defines, and its credentials are each in an envelope: no
    JSON-LD processor is needed to see that nothing else is in it.

    Raises:
        Refused: `codec.*`, `securing.*`, `keys.*`, `sd_jwt.*`, `vc_jose.*`, `vc.*`.
    """
    opened = open_envelope(raw, form)
    if opened.sd_jwt is not None and opened.sd_jwt.key_binding is not None:
        raise Refused("sd_jwt.structure", detail="a presentation is signed by its holder alone")
    shape.only(opened.document, _MEMBERS)
    model = data_model.parse_presentation(opened.document, versions=ISSUABLE)
    if model.types != (_TYPE,):
        raise Refused("vc.type", "/type", f"{_TYPE} alone is wanted")
    # Where none is named, the DID whose key is said to have signed.
    holder = opened.key_id.partition("#")[0] if model.holder is None else model.holder
    same(CODE, "iss", opened.claims.issuer, holder)
    same(CODE, "sub", opened.claims.subject, holder)
    same(CODE, "jti", opened.claims.id, model.id)
    return Presentation(
        opened,
        holder,
        named_at="/holder",
        made=opened.claims.issued_at,
        credentials=tuple(_enveloped(held, at) for at, held in enumerate(model.credentials)),
    )


def _enveloped(held: object, index: int) -> Enveloped:
    if not isinstance(held, Enveloped):
        raise Refused("vc_jose.embedded", shape.pointer("/verifiableCredential", index))
    return held
