"""A presentation as JWT, read strictly; nothing is verified yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.codec import shape
from clicid.errors import Refused
from clicid.formats import data_model
from clicid.formats.base import FormatId
from clicid.formats.data_model import Enveloped
from clicid.formats.data_model.presentation import MAX_CREDENTIALS, TYPE
from clicid.formats.enveloping_proof import Presentation
from clicid.formats.jwt_vc.credential import VERSIONS
from clicid.formats.jwt_vc.opening import PRESENTATION, open_jwt

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json

_HELD: Final = "verifiableCredential"
_MEMBERS: Final = ("@context", "id", "type", "holder", _HELD)


def parse_presentation(raw: bytes) -> Presentation:
    """Read a presentation.

    It has only members that the base context defines, and its credentials are each a JWT: no JSON-LD
    processor is needed to see that nothing else is in it.

    Raises:
        Refused: `codec.*`, `securing.*`, `keys.*`, `jwt_vc.*`, `vc.*`.
    """
    opened, payload = open_jwt(raw, PRESENTATION)
    shape.only(opened.document, _MEMBERS)
    around = {name: value for name, value in opened.document.items() if name != _HELD}
    model = data_model.parse_presentation(around, versions=VERSIONS)
    if model.types != (TYPE,):
        raise Refused("vc.type", "/vp/type", f"{TYPE} alone is wanted")
    claims = opened.claims
    return Presentation(
        opened,
        shape.text(payload, "iss"),
        named_at="/iss",
        made=claims.issued_at or claims.not_before,
        credentials=_credentials(opened.document.get(_HELD)),
    )


def _credentials(found: Json) -> tuple[Enveloped, ...]:
    """One JWT, or up to 16 of them."""
    items = found if isinstance(found, list) else [found]
    if not 1 <= len(items) <= MAX_CREDENTIALS:
        raise Refused("vc.credential", f"/vp/{_HELD}", f"1 to {MAX_CREDENTIALS} credentials are wanted")
    return tuple(_jwt(item, index) for index, item in enumerate(items))


def _jwt(item: Json, index: int) -> Enveloped:
    if not isinstance(item, str):
        raise Refused("jwt_vc.embedded", shape.pointer(f"/vp/{_HELD}", index))
    return Enveloped(FormatId.JWT_VC, item.encode())
