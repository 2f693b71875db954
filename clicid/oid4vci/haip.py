"""What a wallet that takes part in HAIP 1.0 wants of an issuer and its server before it asks anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from clicid.oid4vci import client_attestation
from clicid.oid4vci.authorization import S256

if TYPE_CHECKING:
    from collections.abc import Collection

    from clicid.oid4vci.configuration import CredentialConfiguration
    from clicid.oid4vci.metadata import AuthorizationServerMetadata, CredentialIssuerMetadata

_ES256: Final = "ES256"


def check_issuer(issuer: CredentialIssuerMetadata, offered: Collection[CredentialConfiguration]) -> None:
    """Return if an issuer's metadata are as the profile has them, as far as what was offered goes.

    1. Each configuration has a scope, by which it is asked for (4.1, 4.2, 4.3).
    2. Where a key is bound, there is a nonce endpoint (4.1).

    Raises:
        Refused: `oid4vci.haip`.
    """
    if not all(one.scope for one in offered):  # 1
        raise Refused("oid4vci.haip", "/credential_configurations_supported", "a configuration without scope")
    if any(one.binding_methods for one in offered) and not issuer.nonce_endpoint:  # 2
        raise Refused("oid4vci.haip", "/nonce_endpoint", "missing")


def check_server(server: AuthorizationServerMetadata, *, attested: bool, by_code: bool) -> None:
    """Return if a token can be got from a server as the profile has it.

    1. The wallet is attested, and the server takes that for its authentication (4.4.1).
    2. Access tokens are bound to a key by DPoP, with ES256 (4, 7).
    3. By authorization code: the request is pushed, PKCE is by S256, and the answer has `iss` (4).

    Args:
        server: Its metadata.
        attested: Whether a wallet provider attests the wallet.
        by_code: Whether the authorization endpoint is used; a pre-authorized code goes past it.

    Raises:
        Refused: `oid4vci.haip`.
    """
    methods = {client_attestation.METHOD, client_attestation.COMBINED_METHOD}
    faults = (
        (not attested, "", "the wallet has no provider that attests it"),  # 1
        (
            methods.isdisjoint(server.token_endpoint_auth_methods_supported),
            "/token_endpoint_auth_methods_supported",
            "no attestation of wallets",
        ),
        (
            _ES256 not in server.dpop_signing_alg_values_supported,  # 2
            "/dpop_signing_alg_values_supported",
            "no ES256",
        ),
        (
            by_code and not server.pushed_authorization_request_endpoint,  # 3
            "/pushed_authorization_request_endpoint",
            "missing",
        ),
        (
            by_code and S256 not in server.code_challenge_methods_supported,
            "/code_challenge_methods_supported",
            "no S256",
        ),
        (
            by_code and not server.authorization_response_iss_parameter_supported,
            "/authorization_response_iss_parameter_supported",
            "no iss",
        ),
    )
    for wrong, where, detail in faults:
        if wrong:
            raise Refused("oid4vci.haip", where, detail)
