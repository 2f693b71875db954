"""Envelopes taken apart: JWT, SD-JWT and COSE give the same parts (VC-JOSE-COSE 3). Nothing is verified."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from clicid.codec import shape, strict_json
from clicid.errors import Refused
from clicid.formats.base import FormatId
from clicid.formats.enveloping_proof import Opened
from clicid.formats.vc_jose import claims
from clicid.securing import cose, jws
from clicid.securing.sd_jwt import combined
from clicid.securing.sd_jwt import reveal as revealing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clicid.codec.strict_json import Json
    from clicid.securing.jws import UnverifiedJws
    from clicid.securing.sd_jwt.combined import Combined
    from clicid.securing.sd_jwt.reveal import Revealed

MAX_BYTES: Final = 1 << 18
MAX_DEPTH: Final = 16
MAX_URI: Final = 2048

NEVER_SELECTIVE: Final = frozenset(
    (
        *("iss", "iat", "nbf", "exp", "cnf", "aud"),
        *("issuer", "validFrom", "validUntil", "credentialStatus"),
        *("credentialSchema", "relatedResource", "termsOfUse"),
    )
)
"""What a verifier decides by: a holder who could leave it away would decide (3.2.1)."""
# Of several entries a holder would leave away the one that says revoked.
_COUNTED: Final = frozenset(("credentialStatus",))


class Kind(StrEnum):
    """What is in the envelope, as media types begin."""

    CREDENTIAL = "vc"
    PRESENTATION = "vp"


def open_envelope(raw: bytes, form: FormatId) -> Opened:
    """Take an envelope apart.

    Raises:
        Refused: `codec.*`, `securing.*`, `keys.*`, `sd_jwt.*`, `vc_jose.*`.
    """
    opener, kind = _OPENERS[form]
    return opener(raw, kind)


def reveal(parts: Combined) -> Revealed:
    """An SD-JWT's payload with what is disclosed in its place; raises `sd_jwt.*`, `codec.size`."""
    return revealing.reveal(
        parts.payload, parts.disclosures, never_selective=NEVER_SELECTIVE, counted=_COUNTED
    )


def _open_jwt(raw: bytes, kind: Kind) -> Opened:
    signed = jws.parse(raw, typ=f"{kind}+jwt", max_bytes=MAX_BYTES)
    return _jose(signed, _object(signed.unverified_payload), kind)


def _open_sd_jwt(raw: bytes, kind: Kind) -> Opened:
    parts = combined.parse(raw, typ=f"{kind}+sd-jwt")
    return _jose(parts.jws, _shown(reveal(parts)), kind, parts)


def _shown(revealed: Revealed) -> dict[str, Json]:
    """The claims without arrays of which nothing is shown: an issuer who signs an empty one says nothing."""
    for *above, name in revealed.emptied:
        holder: Any = revealed.claims
        for step in above:
            holder = holder[step]
        if isinstance(holder, dict):
            del holder[name]
    return revealed.claims


def _jose(
    signed: UnverifiedJws, payload: Mapping[str, Json], kind: Kind, parts: Combined | None = None
) -> Opened:
    _check_content_type(signed.header.get("cty"), kind, "/cty")
    registered, document = claims.split(payload)
    found = claims.parse(claims.with_header(registered, signed.header))
    key_id = shape.text(signed.header, "kid", maximum=MAX_URI)
    return Opened(signed, key_id, found, document, parts)


def _open_cose(raw: bytes, kind: Kind) -> Opened:
    signed = cose.parse(raw, typ=f"application/{kind}+cose", max_bytes=MAX_BYTES)
    _check_content_type(signed.header.get(cose.CONTENT_TYPE), kind, "protected/3")
    registered, document = claims.split(_object(signed.unverified_payload))
    found = claims.parse(registered, header=signed.header.get(cose.CWT_CLAIMS))
    return Opened(signed, _text(signed.key_id), found, document)


_OPENERS: Final[Mapping[FormatId, tuple[Callable[[bytes, Kind], Opened], Kind]]] = {
    FormatId.VC_JWT: (_open_jwt, Kind.CREDENTIAL),
    FormatId.VC_SD_JWT: (_open_sd_jwt, Kind.CREDENTIAL),
    FormatId.VC_COSE: (_open_cose, Kind.CREDENTIAL),
    FormatId.VP_JWT: (_open_jwt, Kind.PRESENTATION),
    FormatId.VP_SD_JWT: (_open_sd_jwt, Kind.PRESENTATION),
    FormatId.VP_COSE: (_open_cose, Kind.PRESENTATION),
}


def _object(raw: bytes) -> dict[str, Json]:
    return shape.as_object(strict_json.loads(raw, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH))


def _check_content_type(found: object, kind: Kind, where: str) -> None:
    """3.1.1, 3.3.1: optional; another one names content of another type, which we do not know."""
    if found not in (None, f"application/{kind}") and not (where == "/cty" and found == kind):
        raise Refused("vc_jose.content_type", where)


def _text(key_id: bytes | None) -> str:
    if key_id is None:
        raise Refused("codec.shape", "kid", "missing")
    try:
        text = key_id.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("codec.shape", "kid", "a DID URL is wanted") from error
    return shape.as_text(text, "kid", maximum=MAX_URI)
