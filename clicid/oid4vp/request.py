"""The presentation request (OpenID4VP 5): its parameters, and the link that leads to it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal

from clicid.codec import shape, strict_json
from clicid.codec.web import encode_query, parse_query, web_url
from clicid.errors import Refused, RemoteError, answered_with
from clicid.oid4vp import transaction_data
from clicid.oid4vp.client_id import ORIGIN, REDIRECT_URI, ClientId
from clicid.oid4vp.client_metadata import ClientMetadata
from clicid.oid4vp.dcql import Query
from clicid.oid4vp.errors import Wire

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json
    from clicid.oid4vp.transaction_data import TransactionData
    from clicid.securing.jwe import Recipient

SCHEME: Final = "openid4vp"
HAIP_SCHEME: Final = "haip-vp"
"""Of links to wallets that take part in HAIP (HAIP 1.0 5.1)."""
REGISTRATION_INFO: Final = "clicid_registration"
"""Format of our `verifier_info`: the public registration document and the purpose of this request."""

MAX_REQUEST_BYTES: Final = 1 << 18
MAX_STATE: Final = 2048
"""Of characters. OpenID4VP names no limit, and some verifiers keep their session in it, as a JWT."""
_MAX_NONCE: Final = 512
_MAX_INFO: Final = 16
_MAX_ORIGINS: Final = 16
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


class ResponseMode(StrEnum):
    """How the answer is returned (8.2, 8.3.1, A.2)."""

    DIRECT_POST = "direct_post"
    DIRECT_POST_JWT = "direct_post.jwt"
    DC_API = "dc_api"
    DC_API_JWT = "dc_api.jwt"

    @property
    def encrypted(self) -> bool:
        """Whether the answer must be encrypted; if not, it must not be."""
        return self in (ResponseMode.DIRECT_POST_JWT, ResponseMode.DC_API_JWT)

    @property
    def by_browser(self) -> bool:
        """Whether request and answer go through the Digital Credentials API."""
        return self in (ResponseMode.DC_API, ResponseMode.DC_API_JWT)


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A request for presentations.

    Args:
        client_id: Who asks.
        nonce: Fresh for this request.
        response_uri: Where the answer is posted; "" over the Digital Credentials API.
        query: What is asked for.
        response_mode: How the answer is returned.
        state: Returned with the answer; "" for none.
        verifier_info: What the asker attaches about itself.
        metadata: Keys to encrypt for, and formats that it reads.
        transaction_data: What is to be authorised.
        wallet_nonce: The wallet's own nonce, echoed; "" for none.
        expected_origins: In a signed request over the Digital Credentials API, whose pages may send it.
        origin: Over that API, the origin of the page, as the browser says it. It is in no message.
    """

    client_id: ClientId
    nonce: str
    response_uri: str
    query: Query
    response_mode: ResponseMode = ResponseMode.DIRECT_POST
    state: str = ""
    verifier_info: tuple[VerifierInfo, ...] = ()
    metadata: ClientMetadata = field(default_factory=ClientMetadata)
    transaction_data: tuple[TransactionData, ...] = ()
    wallet_nonce: str = ""
    expected_origins: tuple[str, ...] = ()
    origin: str = ""

    @classmethod
    def parse(cls, obj: dict[str, Json], *, origin: str = "") -> AuthorizationRequest:
        """Read the parameters; unknown ones are ignored (5).

        Args:
            obj: The parameters.
            origin: Of the page, for a request over the Digital Credentials API; "" for one that is not.

        Raises:
            RemoteError: `invalid_request`, `invalid_transaction_data`.
        """
        client_id = _client_id(obj, origin)
        with answered_with(Wire.INVALID_REQUEST, "oid4vp.request"):
            mode = _response_mode(obj, origin)
            nonce = shape.text(obj, "nonce", maximum=_MAX_NONCE)
            if not _NONCE.fullmatch(nonce):
                raise Refused("oid4vp.request", "/nonce", "URL-safe characters only")
            metadata = shape.optional_child(obj, "client_metadata")
            request = cls(
                client_id=client_id,
                nonce=nonce,
                response_uri="" if origin else _response_uri(obj, client_id),
                query=_query(obj),
                response_mode=mode,
                state="" if origin else shape.optional_text(obj, "state", maximum=MAX_STATE) or "",
                verifier_info=_verifier_info(obj),
                metadata=ClientMetadata() if metadata is None else ClientMetadata.parse(metadata),
                transaction_data=transaction_data.parse(obj),
                wallet_nonce=shape.optional_text(obj, "wallet_nonce", maximum=_MAX_NONCE) or "",
                expected_origins=shape.texts(obj, "expected_origins", minimum=1, maximum=_MAX_ORIGINS)
                if "expected_origins" in obj
                else (),
                origin=origin,
            )
            _check_consistency(request)
        return request

    def to_wire(self) -> dict[str, Json]:
        """The parameters as a JSON object: what a request object carries."""
        obj: dict[str, Json] = {
            "response_type": "vp_token",
            "response_mode": self.response_mode.value,
            "nonce": self.nonce,
            "dcql_query": self.query.to_wire(),
        }
        if self.client_id.prefix != ORIGIN:
            obj["client_id"] = str(self.client_id)
        metadata = self.metadata.to_wire()
        lists: dict[str, list[Json]] = {
            "verifier_info": [info.to_wire() for info in self.verifier_info],
            "transaction_data": [item.encoded for item in self.transaction_data],
            "expected_origins": [*self.expected_origins],
        }
        texts = {"response_uri": self.response_uri, "state": self.state, "wallet_nonce": self.wallet_nonce}
        obj |= {name: found for name, found in lists.items() if found}
        obj |= {name: text for name, text in texts.items() if text}
        return {**obj, "client_metadata": metadata} if metadata else obj

    def to_url(self) -> str:
        """The request by value in a link: only for clients whose requests are not signed."""
        fields = {
            name: value if isinstance(value, str) else strict_json.dumps(value).decode()
            for name, value in self.to_wire().items()
        }
        return encode_query(SCHEME, fields)

    @property
    def recipient(self) -> Recipient | None:
        """Whom the answer is encrypted for: the first of the keys that we can use; None for a plain one.

        Raises:
            RemoteError: `invalid_request` with `oid4vp.encryption` if there is none.
        """
        if not self.response_mode.encrypted:
            return None
        if not self.metadata.recipients:
            raise RemoteError(
                Wire.INVALID_REQUEST, "oid4vp.encryption", "/client_metadata/jwks", "no key that we can use"
            )
        return self.metadata.recipients[0]


def _client_id(obj: dict[str, Json], origin: str) -> ClientId:
    if origin and "client_id" not in obj:
        return ClientId(ORIGIN, origin)
    with answered_with(Wire.INVALID_REQUEST, "oid4vp.client_id"):
        return ClientId.parse(shape.text(obj, "client_id"))


def _response_uri(obj: dict[str, Json], client_id: ClientId) -> str:
    # Where it is the client's name, it need not be said twice (5.9.3).
    named = {"response_uri": client_id.rest} if client_id.prefix == REDIRECT_URI else {}
    return web_url(shape.text({**named, **obj}, "response_uri"), "/response_uri")


def _response_mode(obj: dict[str, Json], origin: str) -> ResponseMode:
    if shape.text(obj, "response_type", maximum=128) != "vp_token":
        raise Refused("oid4vp.unsupported", "/response_type", "only vp_token")
    text = shape.text(obj, "response_mode", maximum=128)
    mode = next((mode for mode in ResponseMode if mode.value == text), None)
    if mode is None or mode.by_browser != bool(origin):
        raise Refused("oid4vp.unsupported", "/response_mode", "not one for this way of asking")
    if "redirect_uri" in obj and not origin:
        raise Refused("oid4vp.request", "/redirect_uri", "may not be there (8.2)")
    return mode


def _query(obj: dict[str, Json]) -> Query:
    for name in ("presentation_definition", "presentation_definition_uri"):
        if name in obj and "dcql_query" not in obj:
            raise Refused("oid4vp.unsupported", f"/{name}", "of a draft; dcql_query is wanted")
    if "scope" in obj:
        # Beside a query it may not stand (5.1), and alone it stands for none that is known (5.5).
        raise Refused("oid4vp.unsupported", "/scope", "a query is wanted, and no scope")
    return Query.parse(shape.member(obj, "dcql_query"))


def _verifier_info(obj: dict[str, Json]) -> tuple[VerifierInfo, ...]:
    found = shape.optional_items(obj, "verifier_info", minimum=1, maximum=_MAX_INFO)
    return tuple(
        VerifierInfo.parse(shape.as_object(item, at), at)
        for index, item in enumerate(found or ())
        for at in (f"/verifier_info/{index}",)
    )


def _check_consistency(request: AuthorizationRequest) -> None:
    if request.client_id.prefix == REDIRECT_URI and request.client_id.rest != request.response_uri:
        raise Refused("oid4vp.client_id", "/response_uri", "must be the client identifier's (5.9.3)")
    bound = all(query.require_cryptographic_holder_binding for query in request.query.credentials)
    if not bound and not request.state and not request.origin:
        raise Refused("oid4vp.request", "/state", "required where a presentation needs no binding (5.3)")


@dataclass(frozen=True, slots=True)
class RequestReference:
    """A request by reference: where its request object is, and how to get it (5.10)."""

    client_id: ClientId
    request_uri: str
    method: Literal["get", "post"] = "get"

    def to_url(self, scheme: str = SCHEME) -> str:
        """The link or QR code that carries the reference."""
        fields = {"client_id": str(self.client_id), "request_uri": self.request_uri}
        if self.method == "post":
            fields["request_uri_method"] = "post"
        return encode_query(scheme, fields)


@dataclass(frozen=True, slots=True)
class RequestByValue:
    """A request object in the link itself (RFC 9101 5.1)."""

    client_id: ClientId
    request: str

    def to_url(self) -> str:
        """The link that carries the object."""
        return encode_query(SCHEME, {"client_id": str(self.client_id), "request": self.request})


def parse_request_url(url: str) -> RequestReference | RequestByValue | AuthorizationRequest:
    """Read an ``openid4vp://`` link, or a ``haip-vp://`` link, which says the same.

    Raises:
        RemoteError: `invalid_request`, `invalid_request_uri_method`, `invalid_transaction_data`, and
            `invalid_request` with `oid4vp.unsigned` for parameters in the open from a client whose
            requests must be signed, or a request object from one whose must not (8.5).
    """
    with answered_with(Wire.INVALID_REQUEST, "oid4vp.request"):
        fields = parse_query(url, schemes=(SCHEME, HAIP_SCHEME), max_bytes=4 * MAX_REQUEST_BYTES)
        with answered_with(Wire.INVALID_REQUEST, "oid4vp.client_id"):
            client_id = ClientId.parse(fields.get("client_id", ""))
        if "request" in fields and "request_uri" in fields:
            raise Refused("oid4vp.request", "request", "by value and by reference")
        if "request_uri_method" in fields and "request_uri" not in fields:
            raise Refused("oid4vp.request", "request_uri_method", "without a request_uri (5.1)")
        if client_id.signed != ("request" in fields or "request_uri" in fields):
            raise RemoteError(Wire.INVALID_REQUEST, "oid4vp.unsigned", "client_id")
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
