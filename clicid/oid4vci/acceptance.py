"""One issuance as the wallet sees it: its state, the events that move it, and the table.

The diagram in `docs/protocols.md` is made from the table, and `Wallet.step` refuses to leave it. What is to
be done next is a function of the state: a wallet that was stopped goes on from the last state it wrote down.
The state holds tokens and codes: it belongs into the wallet's vault.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

from clicid.codec import saved, shape, strict_json
from clicid.codec.web import HttpRequest
from clicid.errors import Refused
from clicid.oid4vci.metadata import AuthorizationServerMetadata, CredentialIssuerMetadata
from clicid.oid4vci.offer import CredentialOffer

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.codec.web import HttpAnswer
    from clicid.keys.public import PublicKey
    from clicid.oid4vci.configuration import CredentialConfiguration
    from clicid.oid4vci.credential import Credential
    from clicid.oid4vci.offer import TxCode

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
class Answered:
    """The answer to the last `HttpRequest`."""

    answer: HttpAnswer


@dataclass(frozen=True, slots=True)
class Consented:
    """The person wants these configurations; `tx_code` is None unless one is demanded."""

    configuration_ids: tuple[str, ...]
    tx_code: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Declined:
    """The person does not want them. The issuer is not told."""


@dataclass(frozen=True, slots=True)
class SessionKeyMade:
    """A fresh P-256 key for this authorization server alone."""

    key: PublicKey


@dataclass(frozen=True, slots=True)
class ClientAttested:
    """The wallet provider's word on this wallet, for the session key (ABCA 4), and whose client it is."""

    attestation: str = field(repr=False)
    client_id: str


@dataclass(frozen=True, slots=True)
class Redirected:
    """Where the browser was sent in the end: the whole address."""

    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeysMade:
    """Fresh keys for the credentials that are asked for next, and one to encrypt them to if wanted."""

    keys: tuple[PublicKey, ...]
    encryption: PublicKey | None = None


@dataclass(frozen=True, slots=True)
class KeysAttested:
    """A key attestation (annex D) of the keys last made."""

    attestation: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TimePassed:
    """It is time to ask again for what was not ready."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The wallet has looked at the credentials: kept them, or none of them."""

    kept: bool


Event: TypeAlias = (
    Answered
    | Consented
    | Declined
    | SessionKeyMade
    | ClientAttested
    | Redirected
    | KeysMade
    | KeysAttested
    | TimePassed
    | Checked
)


@dataclass(frozen=True, slots=True)
class ConsentWanted:
    """Show the person who offers what, and ask. `retry` says that the last code was wrong.

    `browser` says that the issuer will want to see the person in a browser. Logos are addresses or data of a
    stranger's: nothing is to be fetched for this question.
    """

    issuer: CredentialIssuerMetadata
    configurations: dict[str, CredentialConfiguration]
    tx_code: TxCode | None
    retry: bool = False
    browser: bool = False


@dataclass(frozen=True, slots=True)
class SessionKeyWanted:
    """Make a fresh P-256 key for this server, then send `SessionKeyMade`."""

    server: str


@dataclass(frozen=True, slots=True)
class ClientAttestationWanted:
    """Have the wallet's provider attest the session key for this server, then send `ClientAttested`."""

    server: str
    key: PublicKey


@dataclass(frozen=True, slots=True)
class BrowserWanted:
    """Open this in the person's browser; send `Redirected` once it comes to the redirect address.

    What comes there without this `state` was sent by somebody else, and may be passed over.
    """

    url: str = field(repr=False)
    redirect_uri: str
    state: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeysWanted:
    """Make so many fresh keys of an algorithm of `clicid.keys.algorithms`, then send `KeysMade`.

    `encryption` wants one more, on P-256, to which the issuer encrypts its answer.
    """

    configuration_id: str
    algorithm: str
    count: int
    encryption: bool


@dataclass(frozen=True, slots=True)
class KeyAttestationWanted:
    """Have the wallet's provider attest these keys (annex D), with the nonce in it, for this issuer.

    `key_storage` and `user_authentication` are what the issuer would accept; empty for anything. What cannot
    be attested truthfully is not.
    """

    issuer: str
    keys: tuple[PublicKey, ...]
    nonce: str = field(repr=False)
    key_storage: tuple[str, ...]
    user_authentication: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """The credentials are not ready: send `TimePassed`, not before this time. It may be days."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Received:
    """Check these credentials (issuer, signature, type, one of the keys in each), then send `Checked`.

    There are at most as many as keys, in no order; each must be bound to another one of the keys.
    """

    configuration_id: str
    configuration: CredentialConfiguration
    credentials: tuple[Credential, ...] = field(repr=False)
    keys: tuple[PublicKey, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """All is over; `kept` names the configurations of the credentials that the wallet kept."""

    kept: tuple[str, ...]


Reply: TypeAlias = (
    HttpRequest
    | ConsentWanted
    | SessionKeyWanted
    | ClientAttestationWanted
    | BrowserWanted
    | KeysWanted
    | KeyAttestationWanted
    | Waiting
    | Received
    | Finished
    | Refused
)
"""What `Wallet.step` answers: something to do, or why the issuance failed."""

_AUTHORIZATION: Final = frozenset({Phase.PUSHED, Phase.BROWSER, Phase.TOKEN})
_NEXT: Final = frozenset({Phase.KEYS, Phase.FINISHED})
_PROOF: Final = frozenset({Phase.KEY_ATTESTATION, Phase.CREDENTIAL})
_RESULT: Final = frozenset({Phase.CHECK, Phase.WAITING, Phase.FAILED})

TRANSITIONS: Final[dict[tuple[Phase, type], frozenset[Phase]]] = {
    (Phase.OFFER, Answered): frozenset({Phase.ISSUER_METADATA, Phase.FAILED}),
    (Phase.ISSUER_METADATA, Answered): frozenset({Phase.SERVER_METADATA, Phase.FAILED}),
    # Of several servers the next is looked at where one does not know the grant; to renew takes no consent.
    (Phase.SERVER_METADATA, Answered): frozenset(
        {Phase.SERVER_METADATA, Phase.CONSENT, Phase.ATTESTATION, Phase.TOKEN, Phase.FAILED}
    ),
    (Phase.CONSENT, Consented): _AUTHORIZATION | {Phase.SESSION_KEY},
    (Phase.CONSENT, Declined): frozenset({Phase.DECLINED}),
    (Phase.SESSION_KEY, SessionKeyMade): _AUTHORIZATION | {Phase.ATTESTATION},
    (Phase.ATTESTATION, ClientAttested): _AUTHORIZATION | {Phase.CHALLENGE},
    (Phase.CHALLENGE, Answered): _AUTHORIZATION | {Phase.FAILED},
    # A request is repeated with the nonce or the challenge that its answer brought, or a fresh attestation.
    (Phase.PUSHED, Answered): frozenset({Phase.PUSHED, Phase.ATTESTATION, Phase.BROWSER, Phase.FAILED}),
    (Phase.BROWSER, Redirected): frozenset({Phase.TOKEN, Phase.FAILED}),
    # A wrong transaction code leads back to the person, as long as the issuer suffers it.
    (Phase.TOKEN, Answered): frozenset(
        {Phase.TOKEN, Phase.ATTESTATION, Phase.CONSENT, Phase.KEYS, Phase.DEFERRED, Phase.FAILED}
    ),
    (Phase.KEYS, KeysMade): _PROOF | {Phase.NONCE},
    (Phase.NONCE, Answered): _PROOF | {Phase.FAILED},
    (Phase.KEY_ATTESTATION, KeysAttested): frozenset({Phase.CREDENTIAL}),
    # A nonce that ran out is fetched again, once a credential.
    (Phase.CREDENTIAL, Answered): _RESULT | {Phase.CREDENTIAL, Phase.NONCE},
    (Phase.WAITING, TimePassed): frozenset({Phase.DEFERRED}),
    # An access token that ran out meanwhile is got anew with the refresh token.
    (Phase.DEFERRED, Answered): _RESULT | {Phase.DEFERRED, Phase.ATTESTATION, Phase.TOKEN},
    (Phase.CHECK, Checked): _NEXT | {Phase.NOTIFICATION},
    (Phase.NOTIFICATION, Answered): _NEXT | {Phase.NOTIFICATION},
}


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
