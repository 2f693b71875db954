"""Requests of the Digital Credentials API (OpenID4VP A): what a page hands over, and its origin."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url, shape, strict_json
from clicid.errors import Refused, RemoteError, answered_with
from clicid.oid4vp.client_id import ClientId
from clicid.oid4vp.errors import Wire
from clicid.oid4vp.request import MAX_REQUEST_BYTES, AuthorizationRequest

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json
    from clicid.oid4vp.rules import Terms

MAX_SIGNATURES: Final = 8
# An origin is compared as it is (A.2): what has a path, a user or a blank is none.
_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]{0,31}:[!-~]{1,1024}", re.ASCII)
_UNSAFE: Final = ("ftp:", "javascript:", "data:", "ws:", "wss:")
# What A.2 lists; the rest is ignored, and of a request that is not signed `client_id` too.
_UNSIGNED: Final = (
    *("response_type", "response_mode", "nonce", "client_metadata"),
    *("transaction_data", "dcql_query", "verifier_info"),
)


class Protocol(StrEnum):
    """Exchange protocols (A.1)."""

    UNSIGNED = "openid4vp-v1-unsigned"
    SIGNED = "openid4vp-v1-signed"
    MULTISIGNED = "openid4vp-v1-multisigned"


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request object, not verified yet, and the client that it says is asking."""

    client_id: ClientId
    raw: bytes = field(repr=False)


def read(protocol: str, data: Json, origin: str, terms: Terms) -> AuthorizationRequest | SignedRequest:
    """Read a request; one in the open whole, a signed one as far as whose it says it is.

    Args:
        protocol: The exchange protocol.
        data: What the page gave.
        origin: The page's, as the browser says it.
        terms: Which kinds of clients are listened to; of several signatures, the first of such a client
            counts, and no other is tried if it is wrong (A.3.2.2).

    Raises:
        RemoteError: `invalid_request`, `invalid_transaction_data`.
    """
    with answered_with(Wire.INVALID_REQUEST, "oid4vp.request"):
        if not _ORIGIN.fullmatch(origin) or origin.startswith(_UNSAFE):
            raise Refused("oid4vp.origin", "origin", "none that may ask")
        obj = shape.as_object(data, "data")
        match protocol:
            case Protocol.UNSIGNED:
                kept: dict[str, Json] = {name: value for name, value in obj.items() if name in _UNSIGNED}
                return AuthorizationRequest.parse(kept, origin=origin)
            case Protocol.SIGNED:
                text = shape.text(obj, "request", "data", maximum=MAX_REQUEST_BYTES)
                found = SignedRequest(_inner(text.split(".")[1:2]), text.encode())
            case Protocol.MULTISIGNED:
                found = _of_several(shape.child(obj, "request", "data"), terms)
            case _:
                raise Refused("oid4vp.unsupported", "protocol")
        terms.request.check_client(found.client_id, by_value=False)
        return found


def _inner(payload: list[str]) -> ClientId:
    obj = shape.as_object(_loaded("".join(payload)), "request")
    return ClientId.parse(shape.text(obj, "client_id", "request", maximum=2048))


def _of_several(jws: dict[str, Json], terms: Terms) -> SignedRequest:
    payload = shape.text(jws, "payload", "request", maximum=MAX_REQUEST_BYTES)
    for item in shape.items(jws, "signatures", "request", minimum=1, maximum=MAX_SIGNATURES):
        one = shape.as_object(item, "request/signatures")
        protected = shape.text(one, "protected", "request/signatures", maximum=MAX_REQUEST_BYTES)
        header = shape.as_object(_loaded(protected), "request/signatures/protected")
        text = shape.text(header, "client_id", "request/signatures/protected", maximum=2048)
        try:
            client_id = ClientId.parse(text)
        except Refused:
            continue
        if client_id.prefix in terms.request.prefixes:
            signature = shape.text(one, "signature", "request/signatures", maximum=1024)
            return SignedRequest(client_id, f"{protected}.{payload}.{signature}".encode())
    raise RemoteError(
        Wire.INVALID_REQUEST, "oid4vp.unsupported", "request/signatures", "by no client of a known kind"
    )


def _loaded(text: str) -> Json:
    return strict_json.loads(base64url.decode(text, where="request"), max_bytes=MAX_REQUEST_BYTES)
