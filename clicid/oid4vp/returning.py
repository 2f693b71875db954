"""How an answer goes back: in the open or encrypted, by form or browser (OpenID4VP 8.2, 8.3, A.4).

What was asked to be encrypted is never taken in the open, nor the reverse: nobody would have chosen it.
Only an error may come in the open to who asked for encryption, as a wallet may be unable to encrypt (8.3.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.codec import shape, strict_json
from clicid.codec.web import encode_form, parse_form
from clicid.errors import RemoteError, answered_with
from clicid.oid4vp.errors import Wire
from clicid.oid4vp.response import MAX_RESPONSE_BYTES, ErrorResponse, from_fields, from_object
from clicid.securing import jwe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clicid.codec.strict_json import Json
    from clicid.keys.public import PublicKey
    from clicid.oid4vp.request import AuthorizationRequest
    from clicid.oid4vp.response import AuthorizationResponse
    from clicid.oid4vp.rules import RequestRules
    from clicid.securing.jwe import Recipient

_MAX_DEPTH: Final = 64


def form(
    request: AuthorizationRequest,
    response: AuthorizationResponse | ErrorResponse,
    *,
    rules: RequestRules,
    random: Callable[[int], bytes],
) -> bytes:
    """The form that is posted to the response URI (8.2, 8.3.1).

    Args:
        request: What is answered.
        response: With what.
        rules: With what encryption.
        random: So many random bytes.

    Raises:
        RemoteError: `invalid_request` with `oid4vp.encryption` where it cannot be encrypted.
    """
    recipient = request.recipient
    if recipient is None:
        return response.to_form()
    return encode_form({"response": _encrypted(response, recipient, rules.enc(request), random)})


def data(
    request: AuthorizationRequest,
    response: AuthorizationResponse | ErrorResponse,
    *,
    rules: RequestRules,
    random: Callable[[int], bytes],
) -> dict[str, Json]:
    """The object that the Digital Credentials API gives to the page (A.4); arguments and errors of `form`."""
    recipient = request.recipient
    if recipient is None:
        return response.to_wire()
    return {"response": _encrypted(response, recipient, rules.enc(request), random)}


def _encrypted(
    response: AuthorizationResponse | ErrorResponse,
    recipient: Recipient,
    enc: str,
    random: Callable[[int], bytes],
) -> str:
    payload = strict_json.dumps(response.to_wire())
    return jwe.encrypt(payload, recipient, enc=enc, random=random).decode()


def read_form(
    raw: bytes, request: AuthorizationRequest, agree: Callable[[PublicKey], bytes] | None
) -> AuthorizationResponse | ErrorResponse:
    """Read what was posted in answer to a request.

    Args:
        raw: The form.
        request: What was asked.
        agree: What the key that the request names and another agree on (ECDH); None where it names none.

    Raises:
        RemoteError: `invalid_request` with `oid4vp.response`, or with `oid4vp.encryption` for an answer in
            the open to who asked for an encrypted one, the reverse, and one that the key does not open.
    """
    with answered_with(Wire.INVALID_REQUEST, "oid4vp.response"):
        fields = parse_form(raw, max_bytes=MAX_RESPONSE_BYTES)
        token = _jwe(fields, request)
        return from_fields(fields) if token is None else _decrypted(token, request, agree)


def read_data(
    found: Json, request: AuthorizationRequest, agree: Callable[[PublicKey], bytes] | None
) -> AuthorizationResponse | ErrorResponse:
    """Read what a page got from the Digital Credentials API; arguments and errors of `read_form`.

    Args:
        found: The object.
        request: What was asked.
        agree: As in `read_form`.
    """
    with answered_with(Wire.INVALID_REQUEST, "oid4vp.response"):
        obj = shape.as_object(found)
        token = _jwe(obj, request)
        return from_object(obj) if token is None else _decrypted(token, request, agree)


def _jwe(obj: Mapping[str, Json], request: AuthorizationRequest) -> str | None:
    """The encrypted answer, or None for one that may be in the open, and is."""
    wanted = request.response_mode.encrypted
    if wanted and "error" in obj and obj.keys().isdisjoint({"vp_token", "response"}):
        return None
    if ("response" in obj) != wanted or (wanted and "vp_token" in obj):
        raise RemoteError(Wire.INVALID_REQUEST, "oid4vp.encryption", detail="not as was asked")
    return shape.text(obj, "response", maximum=MAX_RESPONSE_BYTES) if wanted else None


def _decrypted(
    token: str, request: AuthorizationRequest, agree: Callable[[PublicKey], bytes] | None
) -> AuthorizationResponse | ErrorResponse:
    recipient = request.recipient
    if recipient is None or agree is None:
        raise RemoteError(Wire.INVALID_REQUEST, "oid4vp.encryption", detail="no key to read it")
    with answered_with(Wire.INVALID_REQUEST, "oid4vp.encryption"):
        message = jwe.parse(token, max_bytes=MAX_RESPONSE_BYTES)
        payload = jwe.decrypt(message, agree=agree, kid=recipient.kid, encs=request.metadata.enc_values)
    return from_object(
        shape.as_object(strict_json.loads(payload, max_bytes=MAX_RESPONSE_BYTES, max_depth=_MAX_DEPTH))
    )
