"""An issuer in memory that answers `HttpRequest`s as its HTTP shell would."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from clicid.codec import strict_json
from clicid.codec.web import JSON_TYPE, HttpAnswer, HttpRequest
from clicid.errors import RemoteError
from clicid.oid4vci import errors
from clicid.oid4vci.clients import ClientRules
from clicid.oid4vci.configuration import ClaimDescription, CredentialConfiguration, Display
from clicid.oid4vci.credential import CredentialRequest, CredentialResponse, NotificationRequest
from clicid.oid4vci.errors import Wire
from clicid.oid4vci.issuance import (
    CredentialRequested,
    CredentialsMade,
    Event,
    Grant,
    Issuance,
    NonceSpent,
    NonceWanted,
    Noted,
    NotificationSent,
    Reply,
    TokenRequested,
)
from clicid.oid4vci.issuer import Issuer
from clicid.oid4vci.metadata import (
    AuthorizationServerMetadata,
    CredentialIssuerMetadata,
    issuer_metadata_url,
    server_metadata_url,
)
from clicid.oid4vci.offer import PRE_AUTHORIZED, TxCode
from clicid.oid4vci.rules import IssuerRules
from clicid.oid4vci.token import (
    PresentedToken,
    TokenResponse,
    authorization,
    parse_request,
)
from tests.support.world import Dice

if TYPE_CHECKING:
    from collections.abc import Callable

    from clicid.codec.strict_json import Json
    from clicid.oid4vci.granting import NewOffer

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ISSUER = "https://issuer.example/tenant"
IDENTITY = "ClicIdentity_sd_jwt"
AGE = "ClicAge_ldp_vc"

METADATA = CredentialIssuerMetadata(
    credential_issuer=ISSUER,
    credential_endpoint=f"{ISSUER}/credential",
    nonce_endpoint=f"{ISSUER}/nonce",
    notification_endpoint=f"{ISSUER}/notification",
    batch_size=2,
    display=(Display("ClicID", "en"), Display("ClicID på svenska", "sv")),
    configurations={
        IDENTITY: CredentialConfiguration(
            format="dc+sd-jwt",
            scope="identity",
            signing_algs=("ES256",),
            binding_methods=("jwk", "did:jwk"),
            proof_algs={"jwt": ("ES256",)},
            vct="https://schemas.example/identity/v1",
            display=(Display("Identity", "en", "Who somebody is"),),
            claims=(ClaimDescription(("family_name",), mandatory=True, display=(Display("Name", "en"),)),),
        ),
        AGE: CredentialConfiguration(
            format="ldp_vc",
            signing_algs=("eddsa-rdfc-2022",),
            binding_methods=("did:key",),
            proof_algs={"jwt": ("EdDSA",)},
            context=("https://www.w3.org/ns/credentials/v2",),
            types=("VerifiableCredential", "ClicAge"),
        ),
    },
)
SERVER = AuthorizationServerMetadata(ISSUER, f"{ISSUER}/token", (PRE_AUTHORIZED,), anonymous_access=True)
CLIENTS = ClientRules(listed={"wallet": frozenset({"https://wallet.example/cb"})}, anonymous=True)
TX_CODE = TxCode("numeric", 6, "By SMS")
RULES = IssuerRules(
    metadata=METADATA,
    pepper=bytes(32),
    clients=CLIENTS,
    bound=False,
    offer_life=timedelta(minutes=30),
    token_life=timedelta(minutes=10),
    nonce_life=timedelta(minutes=5),
)


@dataclass
class MemoryNonces:
    """The nonces that an issuer remembers, by digest: each is spent once."""

    entries: dict[str, tuple[datetime, bool]] = field(default_factory=dict)

    def add(self, digest: str, expires_at: datetime) -> None:
        self.entries[digest] = (expires_at, False)

    def spend(self, digests: tuple[str, ...], now: datetime) -> bool:
        found = [self.entries.get(digest, (now, True)) for digest in digests]
        if any(used or now >= expires_at for expires_at, used in found):
            return False
        self.entries |= {digest: (until, True) for digest, (until, _) in zip(digests, found, strict=True)}
        return True


def made(grant: Grant) -> tuple[str, ...]:
    """Stand-ins for credentials that name the key they are bound to: the cores never look inside."""
    return tuple(f"{grant.configuration_id} {proof.holder.to_multikey()}" for proof in grant.holders)


@dataclass
class IssuerServer:
    """Routes requests to the role as the issuer's HTTP shell does, with a store of stored bytes."""

    rules: IssuerRules = RULES
    now: datetime = NOW
    random: Callable[[int], bytes] = field(default_factory=Dice)
    make: Callable[[Grant], tuple[Any, ...]] = made
    nonces: MemoryNonces = field(default_factory=MemoryNonces)
    stored: bytes = b""
    offers: dict[str, dict[str, Json]] = field(default_factory=dict)
    seen: list[HttpRequest] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.role = Issuer(self.rules)

    @property
    def state(self) -> Issuance:
        return Issuance.from_bytes(self.stored)

    def offer(self, *names: str, tx_code: TxCode | None = TX_CODE) -> NewOffer:
        new = self.role.offer(names or (IDENTITY, AGE), tx_code=tx_code, now=self.now, random=self.random)
        self.stored = new.issuance.to_bytes()
        self.offers[f"{ISSUER}/offer/1"] = new.offer.to_wire()
        return new

    def step(self, event: Event) -> Reply:
        state, reply = self.role.step(self.state, event, now=self.now, random=self.random)
        self.stored = state.to_bytes()
        return reply

    def send(self, request: HttpRequest) -> HttpAnswer:
        self.seen.append(request)
        try:
            status, body = self._route(request)
        except RemoteError as fault:
            status, body = errors.status(fault), errors.to_wire(fault)
        return HttpAnswer(status, JSON_TYPE, b"" if body is None else strict_json.dumps(body))

    def _route(self, request: HttpRequest) -> tuple[int, Json]:
        documents = {
            issuer_metadata_url(ISSUER): self.rules.metadata.to_wire(),
            server_metadata_url(ISSUER): SERVER.to_wire(),
            **self.offers,
        }
        endpoints = {
            SERVER.token_endpoint: self._token,
            METADATA.nonce_endpoint: self._nonce,
            METADATA.credential_endpoint: self._credential,
            METADATA.notification_endpoint: self._notification,
        }
        if request.method == "GET" and request.url in documents:
            return 200, documents[request.url]
        if request.method == "POST" and request.url in endpoints:
            return endpoints[request.url](request)
        return 404, {"error": "not_found"}

    def _token(self, request: HttpRequest) -> tuple[int, Json]:
        return 200, _ok(self.step(TokenRequested(parse_request(request.body))))

    def _nonce(self, _request: HttpRequest) -> tuple[int, Json]:
        new = self.role.nonce(now=self.now, random=self.random)
        self.nonces.add(new.digest, new.expires_at)
        return 200, new.response.to_wire()

    def _notification(self, request: HttpRequest) -> tuple[int, Json]:
        token = PresentedToken(authorization(request.authorization)[1])
        reply = self.step(NotificationSent(token, NotificationRequest.parse(request.body)))
        return (204, None) if isinstance(reply, Noted) else (200, _ok(reply))

    def _credential(self, request: HttpRequest) -> tuple[int, Json]:
        token = PresentedToken(authorization(request.authorization)[1])
        parsed = CredentialRequest.parse(request.body)
        if self.role.digest(token.value) != self.state.token_digest:
            raise RemoteError(Wire.INVALID_TOKEN, "oid4vci.access_token")
        reply = self.step(CredentialRequested(token, parsed))
        if isinstance(reply, NonceWanted):
            reply = self.step(NonceSpent(reply.grant, self.nonces.spend(reply.digests, self.now)))
        if isinstance(reply, Grant):
            reply = self.step(CredentialsMade(reply, self.make(reply)))
        return 200, _ok(reply)


def _ok(reply: Reply) -> Json:
    if isinstance(reply, RemoteError):
        raise reply
    assert isinstance(reply, TokenResponse | CredentialResponse)
    return reply.to_wire()


def without(rules: IssuerRules, **changes: Any) -> IssuerRules:
    """Rules whose metadata differ."""
    return replace(rules, metadata=replace(rules.metadata, **changes))
