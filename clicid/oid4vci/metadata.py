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
_MAX_NAMES: Final = 64
_MAX_KEYS: Final = 16


def issuer_metadata_url(issuer: str) -> str:
    """Where an issuer's metadata stand (12.2.2)."""
    return well_known(issuer, ISSUER_DOCUMENT)


def server_metadata_url(server: str) -> str:
    """Where an authorization server's metadata stand (RFC 8414 3)."""
    return well_known(server, SERVER_DOCUMENT)


@dataclass(frozen=True, slots=True)
class RequestEncryption:
    """How credential requests may be encrypted, or must (12.2.4).

    Args:
        jwks: The issuer's public keys as JWKs, each with `kid`; which of them can be used is for the sender.
        enc_values: Content encryption algorithms.
        required: Whether each request must be encrypted.
    """

    jwks: tuple[dict[str, Json], ...]
    enc_values: tuple[str, ...]
    required: bool = False

    @classmethod
    def parse(cls, obj: dict[str, Json], where: str) -> RequestEncryption:
        """Read `credential_request_encryption`. We compress nothing."""
        found = shape.items(
            shape.child(obj, "jwks", where), "keys", f"{where}/jwks", minimum=1, maximum=_MAX_KEYS
        )
        keys = tuple(shape.as_object(key, f"{where}/jwks/keys/{index}") for index, key in enumerate(found))
        kids = [shape.text(key, "kid", f"{where}/jwks/keys/{index}") for index, key in enumerate(keys)]
        if len(set(kids)) != len(kids):
            raise Refused("oid4vci.metadata", f"{where}/jwks", "two keys of one name")
        return cls(
            keys, _names(obj, "enc_values_supported", where), shape.boolean(obj, "encryption_required", where)
        )

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        return {
            "jwks": {"keys": list(self.jwks)},
            "enc_values_supported": list(self.enc_values),
            "encryption_required": self.required,
        }


@dataclass(frozen=True, slots=True)
class ResponseEncryption:
    """How credential responses may be encrypted, or must be (12.2.4).

    Args:
        alg_values: Key management algorithms.
        enc_values: Content encryption algorithms.
        required: Whether each response must be encrypted.
    """

    alg_values: tuple[str, ...]
    enc_values: tuple[str, ...]
    required: bool = False

    @classmethod
    def parse(cls, obj: dict[str, Json], where: str) -> ResponseEncryption:
        """Read `credential_response_encryption`. We ask for no compression."""
        return cls(
            _names(obj, "alg_values_supported", where),
            _names(obj, "enc_values_supported", where),
            shape.boolean(obj, "encryption_required", where),
        )

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        return {
            "alg_values_supported": list(self.alg_values),
            "enc_values_supported": list(self.enc_values),
            "encryption_required": self.required,
        }


def _names(obj: dict[str, Json], key: str, where: str = "") -> tuple[str, ...]:
    return shape.texts(obj, key, where, minimum=1, maximum=_MAX_NAMES)


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
    request_encryption: RequestEncryption | None = None
    response_encryption: ResponseEncryption | None = None

    @classmethod
    def parse(cls, raw: bytes, *, issuer: str) -> CredentialIssuerMetadata:
        """Read the document fetched for an issuer; unknown members are ignored.

        Args:
            raw: The body.
            issuer: The identifier that the wallet started from; must stand in the document as is.

        Raises:
            Refused: `oid4vci.metadata` or `codec.*`.
        """
        obj = shape.as_object(strict_json.loads(raw, max_bytes=MAX_METADATA_BYTES))
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
            request_encryption=None
            if (asked := shape.optional_child(obj, "credential_request_encryption")) is None
            else RequestEncryption.parse(asked, "/credential_request_encryption"),
            response_encryption=None
            if (answered := shape.optional_child(obj, "credential_response_encryption")) is None
            else ResponseEncryption.parse(answered, "/credential_response_encryption"),
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
        if self.request_encryption is not None:
            obj["credential_request_encryption"] = self.request_encryption.to_wire()
        if self.response_encryption is not None:
            obj["credential_response_encryption"] = self.response_encryption.to_wire()
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


@dataclass(frozen=True, slots=True)
class AuthorizationServerMetadata:
    """What an authorization server says about itself (RFC 8414; 12.3), under the names of the members.

    Addresses that it does not have are "", lists that it leaves out are empty but for
    `grant_types_supported`, which then is what RFC 8414 2 says.

    Args:
        anonymous_access: `pre-authorized_grant_anonymous_access_supported`.
    """

    issuer: str
    token_endpoint: str
    grant_types_supported: tuple[str, ...]
    anonymous_access: bool = False
    authorization_endpoint: str = ""
    pushed_authorization_request_endpoint: str = ""
    challenge_endpoint: str = ""
    require_pushed_authorization_requests: bool = False
    authorization_response_iss_parameter_supported: bool = False
    response_types_supported: tuple[str, ...] = ()
    code_challenge_methods_supported: tuple[str, ...] = ()
    authorization_details_types_supported: tuple[str, ...] = ()
    dpop_signing_alg_values_supported: tuple[str, ...] = ()
    token_endpoint_auth_methods_supported: tuple[str, ...] = ()
    client_attestation_signing_alg_values_supported: tuple[str, ...] = ()
    client_attestation_pop_signing_alg_values_supported: tuple[str, ...] = ()

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
        lists = {name: shape.texts(obj, name, maximum=_MAX_NAMES) for name in _LISTS if name in obj}
        endpoints = {name: _endpoint(obj, name) for name in _ENDPOINTS}
        flags = {name: bool(shape.optional_boolean(obj, name)) for name in _FLAGS}
        return cls(
            issuer=issuer,
            token_endpoint=web_url(shape.text(obj, "token_endpoint"), "/token_endpoint"),
            grant_types_supported=lists.pop("grant_types_supported", ("authorization_code", "implicit")),
            anonymous_access=bool(shape.optional_boolean(obj, _ANONYMOUS)),
            **endpoints,  # type: ignore[arg-type] # each by its own table
            **flags,  # type: ignore[arg-type]
            **lists,  # type: ignore[arg-type]
        )

    def to_wire(self) -> dict[str, Json]:
        """The JSON form."""
        obj: dict[str, Json] = {
            "issuer": self.issuer,
            "token_endpoint": self.token_endpoint,
            _ANONYMOUS: self.anonymous_access,
        }
        obj |= {name: getattr(self, name) for name in (*_ENDPOINTS, *_FLAGS) if getattr(self, name)}
        return obj | {name: list(getattr(self, name)) for name in _LISTS if getattr(self, name)}


_ANONYMOUS: Final = "pre-authorized_grant_anonymous_access_supported"
_ENDPOINTS: Final = (
    "authorization_endpoint",
    "pushed_authorization_request_endpoint",
    "challenge_endpoint",
)
_FLAGS: Final = ("require_pushed_authorization_requests", "authorization_response_iss_parameter_supported")
_LISTS: Final = (
    "grant_types_supported",
    "response_types_supported",
    "code_challenge_methods_supported",
    "authorization_details_types_supported",
    "dpop_signing_alg_values_supported",
    "token_endpoint_auth_methods_supported",
    "client_attestation_signing_alg_values_supported",
    "client_attestation_pop_signing_alg_values_supported",
)
