"""One issuance as the wallet sees it: its state. What moves it is in `dialogue`.

What is to be done next is a function of the state: a wallet that was stopped goes on from the last state it
wrote down. The state holds tokens and codes: it belongs into the wallet's vault.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from clicid.codec import saved, shape, strict_json
from clicid.errors import Refused
from clicid.oid4vci.metadata import AuthorizationServerMetadata, CredentialIssuerMetadata
from clicid.oid4vci.offer import CredentialOffer

if TYPE_CHECKING:
    from clicid.codec.strict_json import Json
    from clicid.oid4vci.credential import Credential

_KIND: Final = "oid4vci.acceptance"
_VERSION: Final = 2
"""No state of version 1 was ever kept: wallets of then took an offer in one go."""


class Phase(StrEnum):
    """What the wallet waits for."""

    OFFER = "offer"
    ISSUER_METADATA = "issuer_metadata"
    SERVER_METADATA = "server_metadata"
    CONSENT = "consent"
    SESSION_KEY = "session_key"
    ATTESTATION = "attestation"
    CHALLENGE = "challenge"
    PUSHED = "pushed"
    BROWSER = "browser"
    TOKEN = "token"  # noqa: S105 - a phase, no secret
    KEYS = "keys"
    NONCE = "nonce"
    KEY_ATTESTATION = "key_attestation"
    CREDENTIAL = "credential"
    WAITING = "waiting"
    DEFERRED = "deferred"
    CHECK = "check"
    NOTIFICATION = "notification"
    FINISHED = "finished"
    DECLINED = "declined"
    FAILED = "failed"


class Grant(StrEnum):
    """How the wallet comes to its access token."""

    PRE_AUTHORIZED = "pre_authorized"
    CODE = "code"
    REFRESH = "refresh"


@dataclass(frozen=True, slots=True)
class Wished:
    """One thing to be fetched: a configuration, and the credential identifier that stands for it, or ""."""

    configuration_id: str
    identifier: str = ""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The state of one issuance at the wallet. What there is not yet, or no more, is "", empty or None.

    Args:
        phase: What is waited for.
        grant: How the access token is got.
        offer_uri: Where the offer is.
        offer: The offer; of a renewal, what is renewed.
        issuer: The issuer's metadata.
        server: The authorization server's metadata.
        servers: Servers whose metadata may still be looked at, the first under way.
        chosen: Configurations that the person wants.
        tx_code: The transaction code until it is redeemed; None if none is demanded.
        retry: Whether the last transaction code was wrong.
        session_key: For DPoP and client attestation at this server, as Multikey.
        client_id: Whose client the wallet is; "" for anonymous access.
        attestation: The wallet provider's word on the session key.
        fresh: Whether that is the second one.
        challenge: What the server wants in the attestation's proof.
        server_nonce: What the authorization server wants in DPoP proofs.
        resource_nonce: The same of the issuer.
        repeated: The errors for which the request under way was repeated: a nonce, a challenge.
        redirect_uri: Where the browser comes back to.
        state: What it brings with it.
        code_verifier: What redeems the code.
        request_uri: The pushed request.
        code: The authorization code.
        access_token: The token.
        token_type: `Bearer` or `DPoP`.
        refresh_token: What gets another one, now or for a renewal.
        refreshed: Whether that was done while the credentials under way were waited for.
        wished: What is still to be fetched, in order; the first is under way.
        kept: Configurations whose credentials the wallet kept.
        keys: Those made for what is under way, as Multikey.
        encryption_key: To which it is encrypted, as Multikey.
        nonce: The c_nonce for the next proof.
        renewed: Whether that was already fetched anew.
        key_attestation: Of the keys.
        transaction_id: Under which a deferred credential is asked for.
        due: When to ask for it, in seconds since 1970.
        asked: How often it was asked for.
        credentials: What came, until it is checked.
        notification_id: Of what came.
        notified: What the issuer is told of it: whether it was kept.
    """

    phase: Phase
    grant: Grant = Grant.PRE_AUTHORIZED
    offer_uri: str = ""
    offer: CredentialOffer | None = None
    issuer: CredentialIssuerMetadata | None = None
    server: AuthorizationServerMetadata | None = None
    servers: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()
    tx_code: str | None = field(default=None, repr=False)
    retry: bool = False
    session_key: str = ""
    client_id: str = ""
    attestation: str = field(default="", repr=False)
    fresh: bool = False
    challenge: str = field(default="", repr=False)
    server_nonce: str = field(default="", repr=False)
    resource_nonce: str = field(default="", repr=False)
    repeated: tuple[str, ...] = ()
    redirect_uri: str = ""
    state: str = field(default="", repr=False)
    code_verifier: str = field(default="", repr=False)
    request_uri: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    token_type: str = ""
    refresh_token: str = field(default="", repr=False)
    refreshed: bool = False
    wished: tuple[Wished, ...] = ()
    kept: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    encryption_key: str = ""
    nonce: str = field(default="", repr=False)
    renewed: bool = False
    key_attestation: str = field(default="", repr=False)
    transaction_id: str = field(default="", repr=False)
    due: int = 0
    asked: int = 0
    credentials: tuple[Credential, ...] = field(default=(), repr=False)
    notification_id: str = ""
    notified: bool = False

    def to_bytes(self) -> bytes:
        """The state as versioned JSON."""
        return saved.dump(
            _KIND, _VERSION, {one.name: _written(getattr(self, one.name)) for one in fields(self)}
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> Acceptance:
        """Read a stored state.

        Raises:
            LocalError: `oid4vci.state`.
        """
        with saved.reading("oid4vci.state"):
            obj = saved.load(raw, _KIND, _VERSION)
            offer, issuer, server = (_part(obj, name) for name in ("offer", "issuer", "server"))
            texts = {name: saved.text(obj, name) for name in _TEXTS}
            return cls(
                phase=saved.choice(Phase, shape.text(obj, "phase"), "/phase"),
                grant=saved.choice(Grant, shape.text(obj, "grant"), "/grant"),
                offer=None if offer is None else CredentialOffer.parse(strict_json.dumps(offer)),
                issuer=None if issuer is None else _issuer(issuer),
                server=None if server is None else _server(server),
                tx_code=None if obj.get("tx_code") is None else saved.text(obj, "tx_code"),
                wished=tuple(map(_wished, shape.items(obj, "wished"))),
                credentials=tuple(map(_credential, shape.items(obj, "credentials"))),
                **texts,  # type: ignore[arg-type] # each by the table of its kind
                **{name: shape.texts(obj, name) for name in _LISTS},  # type: ignore[arg-type]
                **{name: shape.boolean(obj, name) for name in _FLAGS},  # type: ignore[arg-type]
                **{name: shape.integer(obj, name) for name in _NUMBERS},  # type: ignore[arg-type]
            )


_LISTS: Final = ("servers", "chosen", "repeated", "kept", "keys")
_FLAGS: Final = ("retry", "fresh", "refreshed", "renewed", "notified")
_NUMBERS: Final = ("due", "asked")
_OTHERS: Final = frozenset(
    {"phase", "grant", "offer", "issuer", "server", "tx_code", "wished", "credentials"}
)
_TEXTS: Final = tuple(
    one.name
    for one in fields(Acceptance)
    if one.name not in _OTHERS and one.name not in (*_LISTS, *_FLAGS, *_NUMBERS)
)


def _written(value: object) -> Json:
    if isinstance(value, CredentialOffer | CredentialIssuerMetadata | AuthorizationServerMetadata):
        return value.to_wire()
    if isinstance(value, tuple):
        return [_written(item) for item in value]
    if isinstance(value, Wished):
        return [value.configuration_id, value.identifier]
    return value if value is None or isinstance(value, str | int | dict) else str(value)


def _part(obj: dict[str, Json], name: str) -> dict[str, Json] | None:
    value = shape.member(obj, name)
    return None if value is None else shape.as_object(value, f"/{name}")


def _issuer(obj: dict[str, Json]) -> CredentialIssuerMetadata:
    identifier = shape.text(obj, "credential_issuer", "/issuer")
    return CredentialIssuerMetadata.parse(strict_json.dumps(obj), issuer=identifier)


def _server(obj: dict[str, Json]) -> AuthorizationServerMetadata:
    identifier = shape.text(obj, "issuer", "/server")
    return AuthorizationServerMetadata.parse(strict_json.dumps(obj), issuer=identifier)


def _wished(item: Json) -> Wished:
    pair = shape.as_items(item, "/wished", minimum=2, maximum=2)
    identifier = pair[1]
    if not isinstance(identifier, str):
        raise Refused("codec.shape", "/wished", "a string is wanted")
    return Wished(shape.as_text(pair[0], "/wished"), identifier)


def _credential(item: Json) -> Credential:
    return item if isinstance(item, dict) else shape.as_text(item, "/credentials", maximum=1 << 20)
