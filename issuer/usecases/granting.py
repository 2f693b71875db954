"""OpenID4VCI up to the access token, over the store: the core decides, this keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clicid.errors import LocalError, RemoteError
from clicid.oid4vci.errors import Wire
from clicid.oid4vci.issuance import TokenRequested
from clicid.oid4vci.token import PreAuthorizedRequest, TokenResponse
from issuer.usecases.walking import Walk

if TYPE_CHECKING:
    from clicid.oid4vci.issuer import Issuer
    from clicid.oid4vci.token import TokenRequest
    from issuer.usecases.environment import Environment


class Granting:
    """The token endpoint.

    Args:
        env: Store, time, randomness.
        core: The issuer's role of OpenID4VCI.
    """

    def __init__(self, env: Environment, core: Issuer) -> None:
        self._env = env
        self._core = core
        self._walk = Walk(env, core)

    def token(self, request: TokenRequest) -> TokenResponse:
        """Redeem a pre-authorized code (OpenID4VCI 6).

        Raises:
            RemoteError: With the wire code for the peer. A wrong transaction code is counted first.
        """
        if not isinstance(request, PreAuthorizedRequest):
            raise RemoteError(Wire.UNSUPPORTED_GRANT_TYPE, "oid4vci.grant_type", "grant_type")
        lookup = bytes.fromhex(self._core.digest(request.pre_authorized_code))
        with self._env.store.writing() as tx:
            reply = self._walk(tx, lookup, TokenRequested(request))
        if isinstance(reply, RemoteError):
            raise reply
        if not isinstance(reply, TokenResponse):
            raise LocalError("oid4vci.sequence", detail="no token")
        return reply
