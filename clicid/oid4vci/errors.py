"""The error codes of OpenID4VCI, their HTTP statuses, and the answers that carry them.

What the peer is told is the code and nothing else; reason, place and detail stay with us.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from clicid.codec import shape, strict_json

if TYPE_CHECKING:
    from collections.abc import Collection

    from clicid.codec.strict_json import Json
    from clicid.errors import RemoteError

_MAX_ERROR_BYTES: Final = 16_384


class Wire(StrEnum):
    """Codes that an issuer may answer with."""

    # Token endpoint (OpenID4VCI 6.3, RFC 6749 5.2)
    INVALID_REQUEST = "invalid_request"
    INVALID_GRANT = "invalid_grant"
    INVALID_CLIENT = "invalid_client"
    UNSUPPORTED_GRANT_TYPE = "unsupported_grant_type"
    UNAUTHORIZED_CLIENT = "unauthorized_client"
    INVALID_SCOPE = "invalid_scope"
    # Authorization and pushed request (RFC 6749 4.1.2.1, RFC 9126 2.3, RFC 9396 5, RFC 8707 2)
    ACCESS_DENIED = "access_denied"
    UNSUPPORTED_RESPONSE_TYPE = "unsupported_response_type"
    INVALID_AUTHORIZATION_DETAILS = "invalid_authorization_details"
    INVALID_TARGET = "invalid_target"
    TEMPORARILY_UNAVAILABLE = "temporarily_unavailable"
    # Client attestation (draft-ietf-oauth-attestation-based-client-auth 7.4)
    USE_ATTESTATION_CHALLENGE = "use_attestation_challenge"
    USE_FRESH_ATTESTATION = "use_fresh_attestation"
    # DPoP (RFC 9449 5, 8, 9)
    INVALID_DPOP_PROOF = "invalid_dpop_proof"
    USE_DPOP_NONCE = "use_dpop_nonce"
    # Credential endpoint (OpenID4VCI 8.3.1, RFC 6750 3.1)
    INVALID_TOKEN = "invalid_token"  # noqa: S105 - a code, no secret
    INSUFFICIENT_SCOPE = "insufficient_scope"
    INVALID_CREDENTIAL_REQUEST = "invalid_credential_request"
    UNKNOWN_CREDENTIAL_CONFIGURATION = "unknown_credential_configuration"
    UNKNOWN_CREDENTIAL_IDENTIFIER = "unknown_credential_identifier"
    INVALID_PROOF = "invalid_proof"
    INVALID_NONCE = "invalid_nonce"
    INVALID_ENCRYPTION_PARAMETERS = "invalid_encryption_parameters"
    CREDENTIAL_REQUEST_DENIED = "credential_request_denied"
    # Deferred credential endpoint (OpenID4VCI 9.3)
    INVALID_TRANSACTION_ID = "invalid_transaction_id"
    # Notification endpoint (OpenID4VCI 11.3)
    INVALID_NOTIFICATION_ID = "invalid_notification_id"
    INVALID_NOTIFICATION_REQUEST = "invalid_notification_request"


_OF_A_PROOF: Final = frozenset({Wire.INVALID_DPOP_PROOF, Wire.USE_DPOP_NONCE})
_STATUS: Final[dict[str, int]] = {
    Wire.TEMPORARILY_UNAVAILABLE: 429,
    Wire.INVALID_TOKEN: 401,
    Wire.INVALID_CLIENT: 401,
    Wire.INSUFFICIENT_SCOPE: 403,
}


def status(fault: RemoteError, authorization: str | None = None) -> int:
    """The HTTP status that goes with an error: 401 for client or token, 403 for its scope, else 400.

    Args:
        fault: What the request is refused for.
        authorization: Its `Authorization` header: with one, a DPoP proof goes with a token (RFC 9449 7.1, 9).
    """
    if authorization and fault.wire in _OF_A_PROOF:
        return 401
    return _STATUS.get(fault.wire, 400)


def to_wire(fault: RemoteError) -> dict[str, Json]:
    """The body of an error answer."""
    return {"error": fault.wire}


def challenges(fault: RemoteError, authorization: str | None, algs: Collection[str]) -> tuple[str, ...]:
    """The `WWW-Authenticate` values of a protected endpoint's 401 or 403 (RFC 6750 3, RFC 9449 7.1).

    Args:
        fault: What the request is refused for.
        authorization: Its `Authorization` header. Without one no error code is told, but what is taken.
        algs: JOSE algorithms of DPoP proofs that are taken.
    """
    taken = f'algs="{" ".join(algs)}"'
    if not authorization:
        return ("Bearer", f"DPoP {taken}")
    if authorization.partition(" ")[0].lower() == "dpop":
        return (f'DPoP error="{fault.wire}", {taken}',)
    return (f'Bearer error="{fault.wire}"',)


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """An error that an issuer answered with (RFC 6749 5.2; OpenID4VCI 6.3, 8.3.1.2, 9.3, 11.3)."""

    error: str

    @classmethod
    def parse(cls, raw: bytes) -> ErrorAnswer:
        """Read the body. The description is dropped: it is a stranger's free text.

        Raises:
            Refused: `codec.*`.
        """
        body = shape.as_object(strict_json.loads(raw, max_bytes=_MAX_ERROR_BYTES, max_depth=8))
        return cls(error=shape.text(body, "error", maximum=64))

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        return {"error": self.error}
