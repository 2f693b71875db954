"""Credential Issuer metadata (OpenID4VCI 12.2) and authorization server metadata (RFC 8414)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec import shape, strict_json
from clicid.codec.web import web_url, well_known
from clicid.errors import Refused
from clicid.oid4vci.configuration import CredentialConfiguration, Display, displays

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json

ISSUER_DOCUMENT: Final = "openid-credential-issuer"
SERVER_DOCUMENT: Final = "oauth-authorization-server"

MAX_METADATA_BYTES: Final = 1 << 20
_MAX_CONFIGURATIONS: Final = 256
_MAX_SERVERS: Final = 16


def issuer_metadata_url(issuer: str) -> str:
    """Where an issuer's metadata stand (12.2.2)."""
    return well_known(issuer, ISSUER_DOCUMENT)


def server_metadata_url(server: str) -> str:
    """Where an authorization server's metadata stand (RFC 8414 3)."""
    return well_known(server, SERVER_DOCUMENT)


@dataclass(frozen=True, slots=True)
class CredentialIssuerMetadata:
    """What an issuer says about itself (12.2.4). Addresses that it does not have are "".

    `batch_size` is how many keys one request may prove: 1 without `batch_credential_issuance`.
    """

    credential_issuer: str
    credential_endpoint: str
    configurations: dict[str, CredentialConfiguration]
    authorization_servers: tuple[str, ...] = ()
    nonce_endpoint: str = ""
    deferred_credential_endpoint: str = ""
    notification_endpoint: str = ""
    batch_size: int = 1
    display: tuple[Display, ...] = field(default=())

    @classmethod
    def parse(cls, raw: bytes, *, issuer: str) -> CredentialIssuerMetadata:
        """Read the document fetched for an issuer; unknown members are ignored.

        Args:
            raw: The body.
            issuer: The identifier that the wallet started from; must stand in the document as is.

        Raises:
            Refused: `oid4vci.metadata` or `codec.*`; `oid4vci.unsupported` for an issuer that demands
                encrypted requests or answers.
        """
        obj = shape.as_object(strict_json.loads(raw, max_bytes=MAX_METADATA_BYTES))
        _refuse_encryption(obj)
        if web_url(shape.text(obj, "credential_issuer"), "/credential_issuer", bare=True) != issuer:
            raise Refused("oid4vci.metadata", "/credential_issuer", "not the issuer that was asked")
        found = shape.child(obj, "credential_configurations_supported")
        if len(found) > _MAX_CONFIGURATIONS:
            raise Refused("codec.size", "/credential_configurations_supported")
        servers = shape.optional_items(obj, "authorization_servers", minimum=1, maximum=_MAX_SERVERS)
        return cls(
            credential_issuer=issuer,
            credential_endpoint=web_url(shape.text(obj, "credential_endpoint"), "/credential_endpoint"),
            configurations=_configurations(found),
            authorization_servers=tuple(
                web_url(shape.as_text(server, where), where, bare=True)
                for index, server in enumerate(servers or ())
                for where in (f"/authorization_servers/{index}",)
            ),
            nonce_endpoint=_endpoint(obj, "nonce_endpoint"),
            deferred_credential_endpoint=_endpoint(obj, "deferred_credential_endpoint"),
            notification_endpoint=_endpoint(obj, "notification_endpoint"),
            batch_size=_batch_size(obj),
            display=displays(obj, ""),
        )

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        obj: dict[str, Json] = {
            "credential_issuer": self.credential_issuer,
            "credential_endpoint": self.credential_endpoint,
            "credential_configurations_supported": {
                name: configuration.to_wire() for name, configuration in self.configurations.items()
            },
        }
        for name in ("nonce_endpoint", "deferred_credential_endpoint", "notification_endpoint"):
            if address := getattr(self, name):
                obj[name] = address
        if self.authorization_servers:
            obj["authorization_servers"] = list(self.authorization_servers)
        if self.batch_size > 1:
            obj["batch_credential_issuance"] = {"batch_size": self.batch_size}
        if self.display:
            obj["display"] = [one.to_wire() for one in self.display]
        return obj


def _configurations(found: dict[str, Json]) -> dict[str, CredentialConfiguration]:
    where = "/credential_configurations_supported"
    return {
        name: CredentialConfiguration.parse(shape.as_object(value, place), place)
        for name, value in found.items()
        for place in (shape.pointer(where, name),)
    }


def _endpoint(obj: dict[str, Json], name: str) -> str:
    address = shape.optional_text(obj, name)
    return "" if address is None else web_url(address, f"/{name}")


def _batch_size(obj: dict[str, Json]) -> int:
    batch = shape.optional_child(obj, "batch_credential_issuance")
    if batch is None:
        return 1
    return shape.integer(batch, "batch_size", "/batch_credential_issuance", minimum=2)


def _refuse_encryption(obj: dict[str, Json]) -> None:
    for name in ("credential_request_encryption", "credential_response_encryption"):
        encryption = shape.optional_child(obj, name)
        if encryption is not None and shape.boolean(encryption, "encryption_required", f"/{name}"):
            raise Refused("oid4vci.unsupported", f"/{name}/encryption_required")


@dataclass(frozen=True, slots=True)
class AuthorizationServerMetadata:
    """The part of an authorization server's metadata that the pre-authorized code flow needs."""

    issuer: str
    token_endpoint: str
    grant_types_supported: tuple[str, ...]
    anonymous_access: bool = False

    @classmethod
    def parse(cls, raw: bytes, *, issuer: str) -> AuthorizationServerMetadata:
        """Read the document fetched for a server; unknown members are ignored.

        Args:
            raw: The body.
            issuer: The server's identifier; must stand in the document as is (RFC 8414 3.3).

        Raises:
            Refused: `oid4vci.metadata` or `codec.*`.
        """
        obj = shape.as_object(strict_json.loads(raw, max_bytes=MAX_METADATA_BYTES))
        if web_url(shape.text(obj, "issuer"), "/issuer", bare=True) != issuer:
            raise Refused("oid4vci.metadata", "/issuer", "not the server that was asked")
        anonymous = shape.optional_boolean(obj, "pre-authorized_grant_anonymous_access_supported")
        return cls(
            issuer=issuer,
            token_endpoint=web_url(shape.text(obj, "token_endpoint"), "/token_endpoint"),
            grant_types_supported=shape.texts(obj, "grant_types_supported", maximum=64)
            if "grant_types_supported" in obj
            else ("authorization_code", "implicit"),
            anonymous_access=bool(anonymous),
        )

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        return {
            "issuer": self.issuer,
            "token_endpoint": self.token_endpoint,
            "grant_types_supported": list(self.grant_types_supported),
            "pre-authorized_grant_anonymous_access_supported": self.anonymous_access,
        }
