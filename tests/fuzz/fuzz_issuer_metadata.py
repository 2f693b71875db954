"""Metadata of issuers and authorization servers; what is read is written and read again."""

from __future__ import annotations

import contextlib

from clicid.codec import strict_json
from clicid.errors import ClicidError
from clicid.oid4vci.metadata import AuthorizationServerMetadata, CredentialIssuerMetadata
from tests.support.issuance import ISSUER, METADATA, SERVER

SEEDS = [strict_json.dumps(METADATA.to_wire()), strict_json.dumps(SERVER.to_wire())]


def target(data: bytes) -> None:
    with contextlib.suppress(ClicidError):
        issuer = CredentialIssuerMetadata.parse(data, issuer=ISSUER)
        assert CredentialIssuerMetadata.parse(strict_json.dumps(issuer.to_wire()), issuer=ISSUER) == issuer
    with contextlib.suppress(ClicidError):
        server = AuthorizationServerMetadata.parse(data, issuer=ISSUER)
        assert AuthorizationServerMetadata.parse(strict_json.dumps(server.to_wire()), issuer=ISSUER) == server
