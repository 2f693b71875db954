"""The error codes of OpenID4VP (8.5) and what a verifier answers a wallet that broke a rule."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from clicid.errors import REASONS, RemoteError

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json


class Wire(StrEnum):
    """Codes that a wallet may send to the response address (8.5), or a verifier answer with."""

    ACCESS_DENIED = "access_denied"
    INVALID_REQUEST = "invalid_request"
    INVALID_CLIENT = "invalid_client"
    VP_FORMATS_NOT_SUPPORTED = "vp_formats_not_supported"
    INVALID_REQUEST_URI_METHOD = "invalid_request_uri_method"
    INVALID_TRANSACTION_DATA = "invalid_transaction_data"
    WALLET_UNAVAILABLE = "wallet_unavailable"


# What a holder may know of why a presentation was refused: what is wrong with it by itself. What a policy
# says, whom a verifier trusts and what it has looked up, stays with the verifier.
TOLD: Final = frozenset(
    {
        *("oid4vp.answer", "oid4vp.transaction_data", "oid4vp.encryption"),
        *("holder.nonce", "holder.audience", "holder.binding_missing", "holder.device_auth"),
        *("validity.expired", "status.revoked", "status.suspended"),
    }
)
_UNTOLD: Final = "The presentation was not accepted."


class PresentationRefused(RemoteError):
    """A presentation that was checked and not accepted (8.2, 8.6).

    Args:
        code: The reason.
        redirect_uri: Where the person's browser goes on, or "".
    """

    def __init__(self, code: str, redirect_uri: str) -> None:
        super().__init__(Wire.INVALID_REQUEST, code)
        self.redirect_uri: Final = redirect_uri


def to_wire(fault: RemoteError) -> dict[str, Json]:
    """The body of an error answer (status 400): the code, and nothing else but for a refused presentation.

    Of that the wallet's person learns what was the matter, as far as it is the credential's or the wallet's,
    and where to go on.
    """
    body: dict[str, Json] = {"error": fault.wire}
    if isinstance(fault, PresentationRefused):
        body["error_description"] = REASONS[fault.code].en if fault.code in TOLD else _UNTOLD
        body |= {"redirect_uri": fault.redirect_uri} if fault.redirect_uri else {}
    return body
