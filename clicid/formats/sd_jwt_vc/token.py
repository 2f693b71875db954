"""The token as it came: its parts, read strictly, nothing verified yet (RFC 9901 4, SD-JWT VC 2.2)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec import instant, shape, strict_json
from clicid.errors import Refused
from clicid.formats.base import StatusRef
from clicid.formats.sd_jwt_vc import disclosure
from clicid.formats.sd_jwt_vc.disclosure import Disclosure, digest_of
from clicid.keys.public import PublicKey
from clicid.securing import jws
from clicid.trust.x5c import MAX_CERTIFICATE_BYTES, MAX_CERTIFICATES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.securing.jws import UnverifiedJws

TYP: Final = "dc+sd-jwt"
KEY_BINDING_TYP: Final = "kb+jwt"
MAX_BYTES: Final = 1 << 18
MAX_DISCLOSURES: Final = 512
_MAX_URI: Final = 2048
_MAX_KEY_BINDING_BYTES: Final = 1 << 13
_MAX_KEY_BINDING_VALUE: Final = 2048


@dataclass(frozen=True, slots=True)
class KeyBinding:
    """The holder's proof (RFC 9901 4.3), not verified yet."""

    jws: UnverifiedJws
    issued_at: datetime
    audience: str
    nonce: str
    sd_hash: str

    def __repr__(self) -> str:
        return "<KeyBinding: not shown>"


@dataclass(frozen=True, slots=True)
class SdJwt:
    """An SD-JWT VC with or without key binding, its registered claims typed; nothing is verified.

    Args:
        jws: The issuer's part.
        payload: Its payload.
        disclosures: In the order in which they came.
        hashed: What the holder's `sd_hash` must be: over everything up to the last ``~``.
        key_binding: The holder's proof, if there is one.
        key_id: The header's `kid`, a DID URL.
        x5c: The header's certificates, DER, leaf first; empty if there are none.
        issuer: `iss`, or None.
        credential_type: `vct`.
        holder: The key of `cnf`, or None.
        status: The status entry, or None.
        issued_at: `iat`, or None.
        not_before: `nbf`, or None.
        expires: `exp`, or None.
    """

    jws: UnverifiedJws
    payload: Mapping[str, Json] = field(repr=False)
    disclosures: tuple[Disclosure, ...]
    hashed: str
    key_binding: KeyBinding | None
    key_id: str
    x5c: tuple[bytes, ...]
    issuer: str | None
    credential_type: str
    holder: PublicKey | None
    status: StatusRef | None
    issued_at: datetime | None
    not_before: datetime | None
    expires: datetime | None

    @property
    def issuer_did(self) -> str:
        """The DID whose key is said to have signed."""
        return self.key_id.partition("#")[0]


def parse(raw: bytes) -> SdJwt:
    """Take a token apart: ``JWS ~ disclosure ~ ... ~ [KB-JWT]``.

    Raises:
        Refused: `codec.*`, `securing.*`, `keys.*`, `sd_jwt.structure`, `sd_jwt.disclosure`,
            `sd_jwt.claim_name`.
    """
    if len(raw) > MAX_BYTES:
        raise Refused("codec.size", detail=f"more than {MAX_BYTES} bytes")
    try:
        text = raw.decode("ascii")
    except UnicodeDecodeError as error:
        raise Refused("sd_jwt.structure", detail="not ASCII") from error
    signed, *middle = text.split("~")
    if not 1 <= len(middle) <= MAX_DISCLOSURES + 1:
        raise Refused("sd_jwt.structure", detail="no ~, or too many disclosures")
    issuer_jws = jws.parse(signed, typ=TYP, max_bytes=MAX_BYTES)
    payload = _object(issuer_jws.unverified_payload)
    *shown, last = middle
    return SdJwt(
        jws=issuer_jws,
        payload=payload,
        disclosures=tuple(disclosure.read(item, f"~{index}") for index, item in enumerate(shown, 1)),
        hashed=digest_of(text[: len(text) - len(last)]),
        key_binding=_key_binding(last) if last else None,
        key_id=shape.text(issuer_jws.header, "kid", maximum=_MAX_URI),
        x5c=_x5c(issuer_jws.header),
        issuer=shape.optional_text(payload, "iss", maximum=_MAX_URI),
        credential_type=shape.text(payload, "vct", maximum=_MAX_URI),
        holder=_holder(payload),
        status=_status(payload),
        issued_at=_time(payload, "iat"),
        not_before=_time(payload, "nbf"),
        expires=_time(payload, "exp"),
    )


def _object(raw: bytes) -> dict[str, Json]:
    return shape.as_object(strict_json.loads(raw, max_bytes=MAX_BYTES))


def _key_binding(text: str) -> KeyBinding:
    holder_jws = jws.parse(text, typ=KEY_BINDING_TYP, max_bytes=_MAX_KEY_BINDING_BYTES)
    payload = _object(holder_jws.unverified_payload)
    return KeyBinding(
        jws=holder_jws,
        issued_at=instant.from_numeric_date(shape.member(payload, "iat"), where="/iat"),
        audience=shape.text(payload, "aud", maximum=_MAX_KEY_BINDING_VALUE),
        nonce=shape.text(payload, "nonce", maximum=_MAX_KEY_BINDING_VALUE),
        sd_hash=shape.text(payload, "sd_hash", maximum=64),
    )


def _x5c(header: Mapping[str, Json]) -> tuple[bytes, ...]:
    if "x5c" not in header:
        return ()
    found = shape.texts(header, "x5c", minimum=1, maximum=MAX_CERTIFICATES)
    return tuple(_certificate(text) for text in found)


def _certificate(text: str) -> bytes:
    # RFC 7515 4.1.6: base64 with padding, not base64url.
    try:
        der = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("sd_jwt.structure", "/x5c", "not base64") from error
    if len(der) > MAX_CERTIFICATE_BYTES or base64.b64encode(der).decode() != text:
        raise Refused("sd_jwt.structure", "/x5c", "not base64 in its one form, or too large")
    return der


def _holder(payload: Mapping[str, Json]) -> PublicKey | None:
    confirmation = shape.optional_child(payload, "cnf")
    if confirmation is None:
        return None
    return PublicKey.from_jwk(shape.child(confirmation, "jwk", "/cnf"), "/cnf/jwk")


def _status(payload: Mapping[str, Json]) -> StatusRef | None:
    status = shape.optional_child(payload, "status")
    if status is None:
        return None
    # Another mechanism than the list is one we could not check: the member is required.
    entry = shape.child(status, "status_list", "/status")
    where = "/status/status_list"
    return StatusRef(shape.text(entry, "uri", where, maximum=_MAX_URI), shape.integer(entry, "idx", where))


def _time(payload: Mapping[str, Json], name: str) -> datetime | None:
    return instant.from_numeric_date(payload[name], where=f"/{name}") if name in payload else None
