"""The authorization request and its answer (OpenID4VCI 5; RFC 6749 4.1, 7636, 9126, 9207, 9396).

A request is pushed (RFC 9126) and never stands in a link; its answer is the query of a redirect.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url, shape, strict_json
from clicid.codec.web import encode_form, parse_form, web_url
from clicid.errors import Refused, RemoteError, answered_with
from clicid.oid4vci import parameters
from clicid.oid4vci.errors import Wire

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json

REQUEST_URI: Final = "urn:ietf:params:oauth:request_uri:"
DETAILS_TYPE: Final = "openid_credential"
S256: Final = "S256"

_MAX_REQUEST_BYTES: Final = 32_768
_MAX_RESPONSE_BYTES: Final = 16_384
_MAX_SECRET: Final = 1024
_MAX_TEXT: Final = 2048
_MAX_NAMES: Final = 16
_MAX_LIFE: Final = 86_400
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_DETAIL_MEMBERS: Final = frozenset({"type", "credential_configuration_id", "locations", "claims"})


def code_challenge(verifier: str) -> str:
    """What is told of a code verifier before its code is redeemed (RFC 7636 4.2, S256)."""
    return base64url.encode(hashlib.sha256(verifier.encode("ascii")).digest())


@dataclass(frozen=True, slots=True)
class AuthorizationDetail:
    """One credential that is asked for (OpenID4VCI 5.1.1). `claims` wishes are passed over."""

    credential_configuration_id: str
    locations: tuple[str, ...] = ()

    @classmethod
    def parse(cls, obj: dict[str, Json], where: str) -> AuthorizationDetail:
        """Read it. RFC 9396 5 wants members that the type does not have refused."""
        if shape.text(obj, "type", where) != DETAILS_TYPE or not obj.keys() <= _DETAIL_MEMBERS:
            raise Refused("oid4vci.request", where, "another type, or a member that it does not have")
        shape.optional_items(obj, "claims", where, maximum=256)
        locations = shape.texts(obj, "locations", where, maximum=_MAX_NAMES) if "locations" in obj else ()
        return cls(shape.text(obj, "credential_configuration_id", where, maximum=512), locations)

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        obj: dict[str, Json] = {
            "type": DETAILS_TYPE,
            "credential_configuration_id": self.credential_configuration_id,
        }
        return obj | ({"locations": list(self.locations)} if self.locations else {})


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What a wallet pushes (RFC 9126 2.1): always for a code, with PKCE by S256. What is absent is "".

    Args:
        client_id: Who asks.
        redirect_uri: Where the answer goes.
        code_challenge: Of the verifier (RFC 7636 4.2).
        scope: Scopes of configurations.
        details: `authorization_details`.
        state: Given back as it came.
        issuer_state: From the offer.
        resource: The issuer's identifier (RFC 8707).
        dpop_jkt: Thumbprint of the key that the code is bound to (RFC 9449 10).
        ui_locales: Languages that the person reads, the best first.
    """

    client_id: str
    redirect_uri: str
    code_challenge: str
    scope: tuple[str, ...] = ()
    details: tuple[AuthorizationDetail, ...] = ()
    state: str = field(default="", repr=False)
    issuer_state: str = field(default="", repr=False)
    resource: str = ""
    dpop_jkt: str = ""
    ui_locales: str = ""

    @classmethod
    def parse(cls, raw: bytes) -> AuthorizationRequest:
        """Read the form; unknown parameters are ignored, as RFC 6749 3.1 says.

        Raises:
            RemoteError: `unsupported_response_type`, `invalid_authorization_details`, or
                `invalid_request`: also for a `request_uri`, which may not be pushed (RFC 9126 2.1), a
                `request` (nobody signs one for us) and a challenge that is missing or not S256.
        """
        with answered_with(Wire.INVALID_REQUEST, "oid4vci.request"):
            fields = parameters.read(raw, max_bytes=_MAX_REQUEST_BYTES)
            if unwanted := sorted({"request_uri", "request"} & fields.keys()):
                raise Refused("oid4vci.request", unwanted[0], "may not be pushed")
            if shape.text(dict(fields), "response_type", maximum=64) != "code":
                raise RemoteError(Wire.UNSUPPORTED_RESPONSE_TYPE, "oid4vci.request", "response_type")
            if fields.get("response_mode", "query") != "query":
                raise Refused("oid4vci.request", "response_mode", "only query")
            return cls(
                client_id=_text(fields, "client_id"),
                redirect_uri=_text(fields, "redirect_uri"),
                code_challenge=_challenge(fields),
                scope=_scope(fields),
                details=read_details(fields),
                state=_text(fields, "state", optional=True),
                issuer_state=_text(fields, "issuer_state", optional=True),
                resource=_text(fields, "resource", optional=True),
                dpop_jkt=_text(fields, "dpop_jkt", optional=True),
                ui_locales=_text(fields, "ui_locales", optional=True),
            )

    def to_form(self) -> bytes:
        """The encoded form."""
        fields = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "code_challenge": self.code_challenge,
            "code_challenge_method": S256,
        }
        if self.scope:
            fields["scope"] = " ".join(self.scope)
        if self.details:
            fields["authorization_details"] = write_details(self.details)
        for name in ("state", "issuer_state", "resource", "dpop_jkt", "ui_locales"):
            if value := getattr(self, name):
                fields[name] = value
        return encode_form(fields)


def write_details(details: tuple[AuthorizationDetail, ...]) -> str:
    """The same as a parameter's value."""
    return strict_json.dumps([one.to_wire() for one in details]).decode()


def _text(fields: dict[str, str], name: str, *, optional: bool = False) -> str:
    if optional and name not in fields:
        return ""
    return shape.as_text(fields.get(name), name, maximum=_MAX_TEXT)


def _challenge(fields: dict[str, str]) -> str:
    # A challenge without a method is a plain one (RFC 7636 4.3).
    if fields.get("code_challenge_method") != S256:
        raise Refused("oid4vci.request", "code_challenge_method", "S256 is wanted")
    if not _CHALLENGE.fullmatch(fields.get("code_challenge", "")):
        raise Refused("oid4vci.request", "code_challenge", "no digest")
    return fields["code_challenge"]


def _scope(fields: dict[str, str]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(fields.get("scope", "").split(" ")) if fields.get("scope") else ())
    if len(names) > _MAX_NAMES or "" in names:
        raise RemoteError(Wire.INVALID_SCOPE, "oid4vci.request", "scope")
    return names


def read_details(fields: dict[str, str]) -> tuple[AuthorizationDetail, ...]:
    """The `authorization_details` among a request's parameters; none where there are none.

    Raises:
        RemoteError: `invalid_authorization_details`.
    """
    raw = fields.get("authorization_details")
    if raw is None:
        return ()
    with answered_with(Wire.INVALID_AUTHORIZATION_DETAILS, "oid4vci.request"):
        items = shape.as_items(
            strict_json.loads(raw, max_bytes=_MAX_REQUEST_BYTES, max_depth=12),
            "authorization_details",
            minimum=1,
            maximum=_MAX_NAMES,
        )
        found = tuple(
            AuthorizationDetail.parse(shape.as_object(item, where), where)
            for index, item in enumerate(items)
            for where in (f"authorization_details/{index}",)
        )
        if len({one.credential_configuration_id for one in found}) != len(found):
            raise Refused("oid4vci.request", "authorization_details", "a configuration stands twice")
        return found


@dataclass(frozen=True, slots=True)
class PushedResponse:
    """What a pushed request is answered with (RFC 9126 2.2), status 201 and not to be stored."""

    request_uri: str = field(repr=False)
    expires_in: int

    @classmethod
    def parse(cls, raw: bytes) -> PushedResponse:
        """Read an answer of status 201; `Refused` `codec.*`."""
        obj = shape.as_object(strict_json.loads(raw, max_bytes=_MAX_RESPONSE_BYTES, max_depth=8))
        return cls(
            shape.text(obj, "request_uri", maximum=_MAX_TEXT),
            shape.integer(obj, "expires_in", minimum=1, maximum=_MAX_LIFE),
        )

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        return {"request_uri": self.request_uri, "expires_in": self.expires_in}


@dataclass(frozen=True, slots=True)
class AuthorizationLink:
    """What stands in the link to the authorization endpoint (RFC 9126 4): a request that was pushed."""

    client_id: str
    request_uri: str = field(repr=False)

    @classmethod
    def parse(cls, query: str) -> AuthorizationLink:
        """Read the query; whatever else is in it has no force.

        Raises:
            RemoteError: `invalid_request`.
        """
        with answered_with(Wire.INVALID_REQUEST, "oid4vci.request"):
            fields = parameters.read(query, max_bytes=_MAX_REQUEST_BYTES)
            return cls(_text(fields, "client_id"), _text(fields, "request_uri"))

    def to_url(self, endpoint: str) -> str:
        """The link for the person's browser."""
        return _with_query(endpoint, {"client_id": self.client_id, "request_uri": self.request_uri})


@dataclass(frozen=True, slots=True)
class AuthorizationResponse:
    """The answer that the browser carries back (RFC 6749 4.1.2): a code or an error, and who says so.

    Args:
        iss: The authorization server (RFC 9207 2); "" where it does not say so.
        code: "" with an error.
        error: "" with a code.
        state: As it came.
    """

    iss: str
    code: str = field(default="", repr=False)
    error: str = ""
    state: str = field(default="", repr=False)

    @classmethod
    def parse(cls, query: str) -> AuthorizationResponse:
        """Read the query of the address that was opened; an error's description is dropped.

        The caller compares `iss` with the server that was asked, and `state` with what it sent.

        Raises:
            Refused: `oid4vci.request` without exactly one of code and error; `codec.*`.
        """
        fields = parse_form(query, max_bytes=_MAX_RESPONSE_BYTES)
        iss = _text(fields, "iss", optional=True)
        found = cls(
            iss=web_url(iss, "iss", bare=True) if iss else "",
            code=fields.get("code", ""),
            error=fields.get("error", ""),
            state=fields.get("state", ""),
        )
        if bool(found.code) == bool(found.error) or len(found.code) > _MAX_SECRET or len(found.error) > 64:
            raise Refused("oid4vci.request", detail="exactly one of code and error")
        return found

    def to_url(self, redirect_uri: str) -> str:
        """Where the browser is sent; a query that the address has stays (RFC 6749 3.1.2)."""
        fields = {"code": self.code, "error": self.error, "state": self.state, "iss": self.iss}
        return _with_query(redirect_uri, {name: value for name, value in fields.items() if value})


def _with_query(url: str, fields: dict[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{encode_form(fields).decode()}"
