"""The token as it came: its parts, read strictly, nothing verified yet (RFC 9901 4, SD-JWT VC 2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from clicid.codec import instant, shape
from clicid.errors import Refused
from clicid.formats import status_claim
from clicid.formats.sd_jwt_vc.recognised import NEVER_SELECTIVE, REGISTERED, Registered
from clicid.keys import confirmation
from clicid.securing.sd_jwt import combined
from clicid.securing.sd_jwt import reveal as revealing
from clicid.trust import x5c

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.formats.base import StatusRef
    from clicid.formats.sd_jwt_vc.recognised import Recalled, Recognised
    from clicid.keys.public import PublicKey
    from clicid.securing.sd_jwt.combined import Combined
    from clicid.securing.sd_jwt.reveal import Revealed

TYP: Final = "dc+sd-jwt"

_MAX_URI: Final = 2048
_MAX_TYPES: Final = 16


class SdJwt(NamedTuple):
    """An SD-JWT VC with or without key binding; nothing is verified.

    Args:
        combined: The token's parts.
        key_id: The header's `kid`, or "".
        x5c: The header's certificates, DER, leaf first; empty if there are none.
        registered: Its registered claims.
        recalled: The payload, if it is of a known layout.
    """

    combined: Combined
    key_id: str
    x5c: tuple[bytes, ...]
    registered: Registered
    recalled: Recalled | None = None

    def __repr__(self) -> str:
        return "<SdJwt: not shown>"

    @property
    def issuer(self) -> str | None:
        """`iss`, or None."""
        return self.registered.issuer

    @property
    def credential_type(self) -> str:
        """`vct`."""
        return self.registered.credential_type

    @property
    def also(self) -> frozenset[str]:
        """`aka_vcts`: other types that the issuer says it is of."""
        return self.registered.also

    @property
    def integrity(self) -> str:
        """`vct#integrity`, or ""."""
        return self.registered.integrity

    @property
    def holder(self) -> PublicKey | None:
        """The key of `cnf`, or None."""
        return self.registered.holder

    @property
    def status(self) -> StatusRef | None:
        """The status entry, or None."""
        return self.registered.status

    @property
    def expires(self) -> datetime | None:
        """`exp`, or None."""
        return self.registered.expires

    def issued(self) -> tuple[bytes, bytes]:
        """What the issuer's key has signed, and the signature."""
        return self.combined.jws.signing_input, self.combined.jws.signature


def parse(raw: bytes, recognised: Recognised | None = None) -> SdJwt:
    """Read a token: its parts, and the claims that every SD-JWT VC has.

    Args:
        raw: The token.
        recognised: Layouts of payloads that were met before.

    Raises:
        Refused: `codec.*`, `securing.*`, `keys.*`, `sd_jwt.structure`, `sd_jwt.disclosure`,
            `sd_jwt.claim_name`.
    """
    parts = combined.parse(raw, typ=TYP)
    recalled = None if recognised is None else recognised.read(parts.jws.unverified_payload)
    return SdJwt(
        parts,
        shape.optional_text(parts.jws.header, "kid", maximum=_MAX_URI) or "",
        x5c.from_header(parts.jws.header, code="sd_jwt.structure"),
        _registered(parts.payload) if recalled is None else recalled.registered,
        recalled,
    )


def _registered(payload: Mapping[str, Json]) -> Registered:
    return Registered(
        issuer=shape.optional_text(payload, "iss", maximum=_MAX_URI),
        credential_type=shape.text(payload, "vct", maximum=_MAX_URI),
        also=_also(payload),
        integrity=shape.optional_text(payload, "vct#integrity", maximum=_MAX_URI) or "",
        holder=confirmation.holder_key(payload),
        status=status_claim.parse(payload),
        issued_at=_time(payload, "iat"),
        not_before=_time(payload, "nbf"),
        expires=_time(payload, "exp"),
    )


def _also(payload: Mapping[str, Json]) -> frozenset[str]:
    """SD-JWT VC 2.2.2.2: not empty, and without the type itself."""
    if "aka_vcts" not in payload:
        return frozenset()
    found = shape.texts(payload, "aka_vcts", minimum=1, maximum=_MAX_TYPES)
    if payload.get("vct") in found:
        raise Refused("codec.shape", "/aka_vcts", "the credential's own type among the others")
    return frozenset(found)


def reveal(parsed: SdJwt) -> Revealed:
    """The payload with what is disclosed in its place.

    Raises:
        Refused: what `clicid.securing.sd_jwt.reveal.reveal` refuses.
    """
    parts = parsed.combined
    return revealing.reveal(parts.payload, parts.disclosures, never_selective=NEVER_SELECTIVE)


def claims(parsed: SdJwt) -> dict[str, Json]:
    """What is shown about the person.

    Raises:
        Refused: As `reveal`.
    """
    shown = None if parsed.recalled is None else parsed.recalled.claims(parsed.combined.disclosures)
    if shown is not None:
        return shown
    return {name: value for name, value in reveal(parsed).claims.items() if name not in REGISTERED}


def _time(payload: Mapping[str, Json], name: str) -> datetime | None:
    return instant.from_numeric_date(payload[name], where=f"/{name}") if name in payload else None
