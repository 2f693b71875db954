"""The error codes of OpenID4VP (8.5) and what a verifier answers a wallet that broke a rule."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json
    from clicid.errors import RemoteError


class Wire(StrEnum):
    """Codes that a wallet may send to the response address (8.5), or a verifier answer with."""

    ACCESS_DENIED = "access_denied"
    INVALID_REQUEST = "invalid_request"
    INVALID_CLIENT = "invalid_client"
    VP_FORMATS_NOT_SUPPORTED = "vp_formats_not_supported"
    INVALID_REQUEST_URI_METHOD = "invalid_request_uri_method"
    INVALID_TRANSACTION_DATA = "invalid_transaction_data"
    WALLET_UNAVAILABLE = "wallet_unavailable"


def to_wire(fault: RemoteError) -> dict[str, Json]:
    """The body of an error answer (status 400): the code and nothing else."""
    return {"error": fault.wire}
