"""The presentation request (OpenID4VP 5): its parameters, and the link that leads to it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from clicid.codec import shape, strict_json
from clicid.codec.web import encode_query, parse_query, web_url
from clicid.errors import Refused, RemoteError, answered_with
from clicid.oid4vp.client_id import REDIRECT_URI, ClientId
from clicid.oid4vp.dcql import Query
from clicid.oid4vp.errors import Wire

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json

SCHEME: Final = "openid4vp"
REGISTRATION_INFO: Final = "clicid_registration"
"""Format of our `verifier_info`: the public registration document and the purpose of this request."""

MAX_REQUEST_BYTES: Final = 1 << 18
_MAX_NAME: Final = 512
_MAX_NONCE: Final = 512
_MAX_INFO: Final = 16
# Unreserved characters: what needs no encoding anywhere (5.2).
_NONCE: Final = re.compile(r"[A-Za-z0-9._~-]+", re.ASCII)
_JSON_PARAMETERS: Final = ("dcql_query", "client_metadata", "verifier_info", "transaction_data")


@dataclass(frozen=True, slots=True)
class VerifierInfo:
    """What a verifier attaches about itself (5.11); `credential_ids` empty: for the whole request."""

    format: str
    data: str | dict[str, Json]
    credential_ids: tuple[str, ...] = ()

    @classmethod
    def parse(cls, obj: dict[str, Json], where: str) -> VerifierInfo:
        """Read one element of `verifier_info`."""
        data = shape.member(obj, "data", where)
        return cls(
            format=shape.text(obj, "format", where, maximum=128),
            data=data if isinstance(data, dict) else shape.as_text(data, f"{where}/data"),
            credential_ids=shape.texts(obj, "credential_ids", where, minimum=1, maximum=64)
            if "credential_ids" in obj
            else (),
        )

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        obj: dict[str, Json] = {"format": self.format, "data": self.data}
        if self.credential_ids:
            obj["credential_ids"] = list(self.credential_ids)
        return obj


def registration_info(document: dict[str, Json], purpose: str) -> VerifierInfo:
    """Our own `verifier_info`: the registration document, and the purpose of this request in it."""
    return VerifierInfo(REGISTRATION_INFO, {"document": document, "purpose": purpose})


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A request for presentations in response mode direct_post.

    Args:
        client_id: Who asks.
        nonce: Fresh for this request.
        response_uri: Where the answer is posted.
        query: What is asked for.
        state: Returned with the answer; "" for none.
        verifier_info: What the asker attaches about itself.
        vp_formats: `client_metadata.vp_formats_supported`, as written; None where it is absent.
        wallet_nonce: The wallet's own nonce, echoed; "" for none.
    """

    client_id: ClientId
    nonce: str
    response_uri: str
    query: Query
    state: str = ""
    verifier_info: tuple[VerifierInfo, ...] = ()
    vp_formats: dict[str, Json] | None = field(default=None)
    wallet_nonce: str = ""

    @classmethod
    def parse(cls, obj: dict[str, Json]) -> AuthorizationRequest:
        """Read the parameters; unknown ones are ignored (5).

        Raises:
            RemoteError: `invalid_request`, `invalid_client`, `invalid_transaction_data`.
        """
        with answered_with(Wire.INVALID_CLIENT, "oid4vp.client_id"):
            client_id = ClientId.parse(shape.text(obj, "client_id"))
        with answered_with(Wire.INVALID_REQUEST, "oid4vp.request"):
            _refuse_unsupported(obj)
            nonce = shape.text(obj, "nonce", maximum=_MAX_NONCE)
            if not _NONCE.fullmatch(nonce):
                raise Refused("oid4vp.request", "/nonce", "URL-safe characters only")
            request = cls(
                client_id=client_id,
                nonce=nonce,
                response_uri=web_url(shape.text(obj, "response_uri"), "/response_uri"),
                query=Query.parse(shape.member(obj, "dcql_query")),
                state=shape.optional_text(obj, "state", maximum=_MAX_NAME) or "",
                verifier_info=_verifier_info(obj),
                vp_formats=_vp_formats(obj),
                wallet_nonce=shape.optional_text(obj, "wallet_nonce", maximum=_MAX_NONCE) or "",
            )
            _check_consistency(request)
        return request

    def to_wire(self) -> dict[str, Json]:
        """The parameters as a JSON object: what a request object carries."""
        obj: dict[str, Json] = {
            "response_type": "vp_token",
            "response_mode": "direct_post",
            "client_id": str(self.client_id),
            "nonce": self.nonce,
            "response_uri": self.response_uri,
            "dcql_query": self.query.to_wire(),
        }
        if self.state:
            obj["state"] = self.state
        if self.verifier_info:
            obj["verifier_info"] = [info.to_wire() for info in self.verifier_info]
        if self.vp_formats is not None:
            obj["client_metadata"] = {"vp_formats_supported": self.vp_formats}
        if self.wallet_nonce:
            obj["wallet_nonce"] = self.wallet_nonce
        return obj

    def to_url(self) -> str:
        """The request by value in a link: only for clients whose requests are not signed."""
        fields = {
            name: value if isinstance(value, str) else strict_json.dumps(value).decode()
            for name, value in self.to_wire().items()
        }
        return encode_query(SCHEME, fields)


def _refuse_unsupported(obj: dict[str, Json]) -> None:
    if "transaction_data" in obj:
        raise RemoteError(Wire.INVALID_TRANSACTION_DATA, "oid4vp.unsupported", "/transaction_data")
    for name, wanted in (("response_type", "vp_token"), ("response_mode", "direct_post")):
        if shape.text(obj, name, maximum=128) != wanted:
            raise Refused("oid4vp.unsupported", f"/{name}", f"only {wanted}")
    for name in ("redirect_uri", "scope"):
        if name in obj:
            raise Refused("oid4vp.request", f"/{name}", "may not be there")


def _verifier_info(obj: dict[str, Json]) -> tuple[VerifierInfo, ...]:
    found = shape.optional_items(obj, "verifier_info", minimum=1, maximum=_MAX_INFO)
    return tuple(
        VerifierInfo.parse(shape.as_object(item, at), at)
        for index, item in enumerate(found or ())
        for at in (f"/verifier_info/{index}",)
    )


def _vp_formats(obj: dict[str, Json]) -> dict[str, Json] | None:
    metadata = shape.optional_child(obj, "client_metadata")
    if metadata is None:
        return None
    formats = shape.child(metadata, "vp_formats_supported", "/client_metadata")
    for name in formats:
        shape.child(formats, name, "/client_metadata/vp_formats_supported")
    return formats


def _check_consistency(request: AuthorizationRequest) -> None:
    if request.client_id.prefix == REDIRECT_URI and request.client_id.rest != request.response_uri:
        raise Refused("oid4vp.client_id", "/response_uri", "must be the client identifier's (5.9.3)")
    bound = all(query.require_cryptographic_holder_binding for query in request.query.credentials)
    if not bound and not request.state:
        raise Refused("oid4vp.request", "/state", "required where a presentation needs no binding (5.3)")


@dataclass(frozen=True, slots=True)
class RequestReference:
    """A request by reference: where its request object is, and how to get it (5.10)."""

    client_id: ClientId
    request_uri: str
    method: Literal["get", "post"] = "get"

    def to_url(self) -> str:
        """The link or QR code that carries the reference."""
        fields = {"client_id": str(self.client_id), "request_uri": self.request_uri}
        if self.method == "post":
            fields["request_uri_method"] = "post"
        return encode_query(SCHEME, fields)


@dataclass(frozen=True, slots=True)
class RequestByValue:
    """A request object in the link itself (RFC 9101 5.1)."""

    client_id: ClientId
    request: str

    def to_url(self) -> str:
        """The link that carries the object."""
        return encode_query(SCHEME, {"client_id": str(self.client_id), "request": self.request})


def parse_request_url(url: str) -> RequestReference | RequestByValue | AuthorizationRequest:
    """Read an ``openid4vp://`` link.

    Raises:
        RemoteError: `invalid_request`, `invalid_request_uri_method`, `invalid_client`, and
            `invalid_client` with `oid4vp.unsigned` for parameters in the open from a client whose
            requests must be signed, or a request object from one whose must not.
    """
    with answered_with(Wire.INVALID_REQUEST, "oid4vp.request"):
        fields = parse_query(url, scheme=SCHEME, max_bytes=4 * MAX_REQUEST_BYTES)
        with answered_with(Wire.INVALID_CLIENT, "oid4vp.client_id"):
            client_id = ClientId.parse(fields.get("client_id", ""))
        if "request" in fields and "request_uri" in fields:
            raise Refused("oid4vp.request", "request", "by value and by reference")
        if client_id.signed != ("request" in fields or "request_uri" in fields):
            raise RemoteError(Wire.INVALID_CLIENT, "oid4vp.unsigned", "client_id")
        if "request_uri" in fields:
            return _reference(client_id, fields)
        if "request" in fields:
            return RequestByValue(client_id, fields["request"])
        return AuthorizationRequest.parse(_from_fields(fields))


def _reference(client_id: ClientId, fields: dict[str, str]) -> RequestReference:
    address = web_url(fields["request_uri"], "request_uri")
    match fields.get("request_uri_method", "get"):
        case "get":
            return RequestReference(client_id, address, "get")
        case "post":
            return RequestReference(client_id, address, "post")
        case _:
            raise RemoteError(Wire.INVALID_REQUEST_URI_METHOD, "oid4vp.request", "request_uri_method")


def _from_fields(fields: dict[str, str]) -> dict[str, Json]:
    return {
        name: strict_json.loads(value, max_bytes=MAX_REQUEST_BYTES) if name in _JSON_PARAMETERS else value
        for name, value in fields.items()
    }
