"""Token requests of all grants, the response, and the token as it is presented (OpenID4VCI 6; RFC 9449 7)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from clicid.codec import shape, strict_json
from clicid.codec.web import encode_form
from clicid.errors import Refused, RemoteError, answered_with
from clicid.oid4vci import offer, parameters
from clicid.oid4vci.authorization import AuthorizationDetail, read_details, write_details
from clicid.oid4vci.errors import Wire

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json

REFRESH_TOKEN: Final = "refresh_token"  # noqa: S105 - the name of a grant
BEARER: Final = "Bearer"
DPOP: Final = "DPoP"

_MAX_REQUEST_BYTES: Final = 16_384
_MAX_RESPONSE_BYTES: Final = 65_536
_MAX_SECRET: Final = 8192
_MAX_NAME: Final = 2048
_DAY: Final = 86_400
# RFC 7636 4.1
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")


@dataclass(frozen=True, slots=True)
class PreAuthorizedRequest:
    """A pre-authorized code is redeemed (6.1). `tx_code` is None when absent; `details` as in 6.1.1."""

    pre_authorized_code: str = field(repr=False)
    tx_code: str | None = field(default=None, repr=False)
    client_id: str = ""
    details: tuple[AuthorizationDetail, ...] = ()

    def to_form(self) -> bytes:
        """The encoded form."""
        fields = {"grant_type": offer.PRE_AUTHORIZED, "pre-authorized_code": self.pre_authorized_code}
        if self.tx_code is not None:
            fields["tx_code"] = self.tx_code
        return _form(fields, self.client_id, self.details)


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """An authorization code is redeemed (RFC 6749 4.1.3, RFC 7636 4.5); `details` as in OpenID4VCI 6.1.1."""

    code: str = field(repr=False)
    redirect_uri: str
    code_verifier: str = field(repr=False)
    client_id: str = ""
    details: tuple[AuthorizationDetail, ...] = ()

    def to_form(self) -> bytes:
        """The encoded form."""
        fields = {
            "grant_type": offer.AUTHORIZATION_CODE,
            "code": self.code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.code_verifier,
        }
        return _form(fields, self.client_id, self.details)


@dataclass(frozen=True, slots=True)
class RefreshRequest:
    """A refresh token is exchanged (RFC 6749 6), for all that was granted with it."""

    refresh_token: str = field(repr=False)
    client_id: str = ""

    def to_form(self) -> bytes:
        """The encoded form."""
        return _form({"grant_type": REFRESH_TOKEN, "refresh_token": self.refresh_token}, self.client_id)


TokenRequest: TypeAlias = PreAuthorizedRequest | CodeRequest | RefreshRequest


def parse_request(raw: bytes) -> TokenRequest:
    """Read the form of a token request; unknown parameters are ignored, as RFC 6749 3.2 says.

    Raises:
        RemoteError: `unsupported_grant_type`, `invalid_authorization_details` or `invalid_request`.
    """
    with answered_with(Wire.INVALID_REQUEST, "oid4vci.request"):
        fields = parameters.read(raw, max_bytes=_MAX_REQUEST_BYTES)
        client_id = fields.get("client_id", "")
        if len(client_id) > _MAX_NAME:
            raise Refused("codec.size", "client_id")
        match shape.as_text(fields.get("grant_type"), "grant_type", maximum=128):
            case offer.PRE_AUTHORIZED:
                code = _secret(fields, "pre-authorized_code")
                return PreAuthorizedRequest(code, fields.get("tx_code"), client_id, read_details(fields))
            case offer.AUTHORIZATION_CODE:
                redirect_uri = shape.as_text(fields.get("redirect_uri"), "redirect_uri", maximum=_MAX_NAME)
                code, verifier = _secret(fields, "code"), _verifier(fields)
                return CodeRequest(code, redirect_uri, verifier, client_id, read_details(fields))
            case "refresh_token":
                return RefreshRequest(_secret(fields, "refresh_token"), client_id)
            case _:
                raise RemoteError(Wire.UNSUPPORTED_GRANT_TYPE, "oid4vci.grant_type", "grant_type")


def _form(fields: dict[str, str], client_id: str, details: tuple[AuthorizationDetail, ...] = ()) -> bytes:
    more = {"client_id": client_id, "authorization_details": write_details(details) if details else ""}
    return encode_form(fields | {name: value for name, value in more.items() if value})


def _secret(fields: dict[str, str], name: str) -> str:
    return shape.as_text(fields.get(name), name, maximum=_MAX_SECRET)


def _verifier(fields: dict[str, str]) -> str:
    if not _VERIFIER.fullmatch(fields.get("code_verifier", "")):
        raise Refused("oid4vci.request", "code_verifier", "43 to 128 unreserved characters are wanted")
    return fields["code_verifier"]


@dataclass(frozen=True, slots=True)
class PresentedToken:
    """An access token as a request carried it.

    Args:
        value: The token.
        jkt: Thumbprint of the key that a DPoP proof of the same request has shown; "" for a bearer token.
    """

    value: str = field(repr=False)
    jkt: str = ""


@dataclass(frozen=True, slots=True)
class TokenResponse:
    """A token response (6.2), sent with ``Cache-Control: no-store``.

    Args:
        access_token: The token.
        expires_in: Seconds that it lives.
        credential_identifiers: By configuration, what must then be used in the credential request; empty
            where `authorization_details` were not used.
        token_type: ``Bearer`` or ``DPoP``.
        refresh_token: "" where there is none.
        scope: The scopes that the token is for, or ""; where it is not what was asked for, it is there.
    """

    access_token: str = field(repr=False)
    expires_in: int
    credential_identifiers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    token_type: str = BEARER
    refresh_token: str = field(default="", repr=False)
    scope: str = ""

    @classmethod
    def parse(cls, raw: bytes) -> TokenResponse:
        """Read an answer of status 200.

        Raises:
            Refused: `oid4vci.unsupported` for a token of another type, or `codec.*`.
        """
        obj = shape.as_object(strict_json.loads(raw, max_bytes=_MAX_RESPONSE_BYTES, max_depth=12))
        named = shape.text(obj, "token_type", maximum=32).lower()
        token_type = {BEARER.lower(): BEARER, DPOP.lower(): DPOP}.get(named)
        if token_type is None:
            raise Refused("oid4vci.unsupported", "/token_type", "only Bearer and DPoP")
        expires_in = shape.optional_integer(obj, "expires_in")
        refresh = shape.optional_text(obj, "refresh_token", maximum=_MAX_SECRET)
        return cls(
            access_token=_token(shape.text(obj, "access_token", maximum=_MAX_SECRET)),
            expires_in=_DAY if expires_in is None else min(expires_in, _DAY),
            credential_identifiers=_identifiers(obj),
            token_type=token_type,
            refresh_token=refresh or "",
            scope=shape.optional_text(obj, "scope", maximum=_MAX_SECRET) or "",
        )

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        obj: dict[str, Json] = {
            "access_token": self.access_token,
            "token_type": self.token_type,
            "expires_in": self.expires_in,
        }
        if self.refresh_token:
            obj["refresh_token"] = self.refresh_token
        if self.scope:
            obj["scope"] = self.scope
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


def authorization(header: str | None) -> tuple[str, str]:
    """Scheme (``Bearer`` or ``DPoP``) and token of an `Authorization` header (RFC 6750 2.1, RFC 9449 7.1).

    Raises:
        RemoteError: `invalid_token` when the header is missing or names another scheme.
    """
    scheme, _, token = (header or "").partition(" ")
    named = {BEARER.lower(): BEARER, DPOP.lower(): DPOP}.get(scheme.lower())
    if named is None or not token or len(token) > _MAX_SECRET:
        raise RemoteError(Wire.INVALID_TOKEN, "oid4vci.access_token", "Authorization")
    return named, token
