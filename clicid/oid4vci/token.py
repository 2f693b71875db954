"""Token request and response of the pre-authorized code flow (OpenID4VCI 6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec import shape, strict_json
from clicid.codec.web import encode_form, parse_form
from clicid.errors import Refused, RemoteError, answered_with
from clicid.oid4vci.errors import Wire
from clicid.oid4vci.offer import PRE_AUTHORIZED

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json

_MAX_REQUEST_BYTES: Final = 16_384
_MAX_RESPONSE_BYTES: Final = 65_536
_MAX_SECRET: Final = 8192
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A token request (6.1). `tx_code` is None when the parameter is absent; "" is a wrong code."""

    pre_authorized_code: str = field(repr=False)
    tx_code: str | None = field(default=None, repr=False)
    client_id: str = ""

    @classmethod
    def parse(cls, raw: bytes) -> TokenRequest:
        """Read the form; unknown parameters are ignored, as RFC 6749 3.2 says.

        Raises:
            RemoteError: `unsupported_grant_type` or `invalid_request`.
        """
        with answered_with(Wire.INVALID_REQUEST, "oid4vci.request"):
            fields = parse_form(raw, max_bytes=_MAX_REQUEST_BYTES)
            grant_type = shape.as_text(fields.get("grant_type"), "grant_type", maximum=128)
            if grant_type != PRE_AUTHORIZED:
                raise RemoteError(Wire.UNSUPPORTED_GRANT_TYPE, "oid4vci.grant_type", "grant_type")
            code = shape.as_text(
                fields.get("pre-authorized_code"), "pre-authorized_code", maximum=_MAX_SECRET
            )
        return cls(
            pre_authorized_code=code,
            tx_code=fields.get("tx_code"),
            client_id=fields.get("client_id", ""),
        )

    def to_form(self) -> bytes:
        """The encoded form."""
        fields = {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": self.pre_authorized_code}
        if self.tx_code is not None:
            fields["tx_code"] = self.tx_code
        if self.client_id:
            fields["client_id"] = self.client_id
        return encode_form(fields)


@dataclass(frozen=True, slots=True)
class TokenResponse:
    """A token response (6.2), sent with ``Cache-Control: no-store``.

    `credential_identifiers` maps a configuration to the identifiers that must then be used in the
    credential request; it is empty where the issuer hands out none, as ours does.
    """

    access_token: str = field(repr=False)
    expires_in: int
    credential_identifiers: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def parse(cls, raw: bytes) -> TokenResponse:
        """Read an answer of status 200.

        Raises:
            Refused: `oid4vci.unsupported` for a token that is not a bearer token, or `codec.*`.
        """
        obj = shape.as_object(strict_json.loads(raw, max_bytes=_MAX_RESPONSE_BYTES, max_depth=12))
        if shape.text(obj, "token_type", maximum=32).lower() != "bearer":
            raise Refused("oid4vci.unsupported", "/token_type", "only bearer tokens")
        expires_in = shape.optional_integer(obj, "expires_in")
        return cls(
            access_token=_token(shape.text(obj, "access_token", maximum=_MAX_SECRET)),
            expires_in=_DAY if expires_in is None else min(expires_in, _DAY),
            credential_identifiers=_identifiers(obj),
        )

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        obj: dict[str, Json] = {
            "access_token": self.access_token,
            "token_type": "Bearer",
            "expires_in": self.expires_in,
        }
        if self.credential_identifiers:
            obj["authorization_details"] = [
                {
                    "type": "openid_credential",
                    "credential_configuration_id": configuration,
                    "credential_identifiers": list(identifiers),
                }
                for configuration, identifiers in self.credential_identifiers.items()
            ]
        return obj


def _token(text: str) -> str:
    # It goes into a header: b64token of RFC 6750 2.1, loosely.
    if not text.isascii() or not text.isprintable() or " " in text:
        raise Refused("codec.shape", "/access_token", "not a bearer token")
    return text


def _identifiers(obj: dict[str, Json]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for index, item in enumerate(shape.optional_items(obj, "authorization_details", maximum=64) or ()):
        where = f"/authorization_details/{index}"
        details = shape.as_object(item, where)
        if shape.text(details, "type", where) == "openid_credential":
            configuration = shape.text(details, "credential_configuration_id", where)
            found[configuration] = shape.texts(
                details, "credential_identifiers", where, minimum=1, maximum=64
            )
    return found


def bearer_token(header: str | None) -> str:
    """The token of an `Authorization` header (RFC 6750 2.1).

    Raises:
        RemoteError: `invalid_token` when the header is missing or names another scheme.
    """
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not token or len(token) > _MAX_SECRET:
        raise RemoteError(Wire.INVALID_TOKEN, "oid4vci.access_token", "Authorization")
    return token
