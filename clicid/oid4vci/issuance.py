"""One issuance as the issuer sees it: its state, the events that move it, and what may follow what.

The table below is all there is to know about order. The diagram in `docs/protocols.md` is made
from it, and `Issuer.step` refuses to leave it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from clicid.codec import instant, saved, shape
from clicid.errors import RemoteError
from clicid.oid4vci.authorization import PushedResponse
from clicid.oid4vci.clients import Client
from clicid.oid4vci.credential import CredentialResponse, DeferredResponse
from clicid.oid4vci.errors import Wire
from clicid.oid4vci.kept import Delivery, Invitation, Pending, Refreshing, Requested
from clicid.oid4vci.token import TokenResponse

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from clicid.codec.strict_json import Json
    from clicid.oid4vci.authorization import AuthorizationLink, AuthorizationRequest
    from clicid.oid4vci.credential import (
        Credential,
        CredentialRequest,
        DeferredRequest,
        NotificationRequest,
    )
    from clicid.oid4vci.proof import VerifiedProof
    from clicid.oid4vci.proving import Attested
    from clicid.oid4vci.token import PresentedToken, TokenRequest

P = TypeVar("P")
_KIND: Final = "oid4vci.issuance"
_VERSION: Final = 1


class Phase(StrEnum):
    """Where an issuance stands.

    OFFERED: a pre-authorized code is out. INVITED: an authorization may be asked for. PUSHED: it was asked
    for. ASKED: the person is at the authorization endpoint. GRANTED: an authorization code is out.
    """

    OFFERED = "offered"
    INVITED = "invited"
    PUSHED = "pushed"
    ASKED = "asked"
    GRANTED = "granted"
    AUTHORISED = "authorised"
    COMPLETED = "completed"
    BURNT = "burnt"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class RequestPushed:
    """A wallet pushes an authorization request; `jkt` as in `TokenRequested`."""

    request: AuthorizationRequest
    client: Client
    jkt: str = ""


@dataclass(frozen=True, slots=True)
class BrowserArrived:
    """A browser opens the link to the authorization endpoint."""

    link: AuthorizationLink


@dataclass(frozen=True, slots=True)
class Agreed:
    """The person agrees. Who that is, the application has found out."""


@dataclass(frozen=True, slots=True)
class Declined:
    """The person does not agree."""


@dataclass(frozen=True, slots=True)
class TokenRequested:
    """A wallet redeems a code or a refresh token.

    Args:
        request: What it sent.
        client: Who it is, authenticated; None for an anonymous one.
        jkt: Thumbprint of the key that a DPoP proof of the same request has shown, or "".
    """

    request: TokenRequest
    client: Client | None = None
    jkt: str = ""


@dataclass(frozen=True, slots=True)
class CredentialRequested:
    """The wallet asks for a credential; `encrypted` says whether the request was."""

    access_token: PresentedToken
    request: CredentialRequest
    encrypted: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """What may be issued once its nonces are spent: a configuration, one credential for each key.

    `attested` is where the keys' attestations have their status: one that is revoked makes it a
    refusal. `transaction_id` is of a request that was deferred, "" for one that was not.
    """

    configuration_id: str
    holders: tuple[VerifiedProof, ...]
    attested: tuple[Attested, ...] = ()
    transaction_id: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class NonceSpent:
    """The store has answered for the nonces of a grant.

    `fresh` is True exactly once: the store knew each, none had expired, and this call marked all
    of them as used, in one step. Otherwise it marked none.
    """

    grant: Grant
    fresh: bool


@dataclass(frozen=True, slots=True)
class CredentialsMade:
    """The application has made the credentials of a grant, in the order of its keys."""

    grant: Grant
    credentials: tuple[Credential, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class NotReady:
    """The application cannot make the credentials of a grant yet, nor refuse them."""

    grant: Grant


@dataclass(frozen=True, slots=True)
class Denied:
    """The application will never make the credentials of a grant."""

    grant: Grant


@dataclass(frozen=True, slots=True)
class DeferredRequested:
    """The wallet comes back for what was deferred; `encrypted` says whether the request was."""

    access_token: PresentedToken
    request: DeferredRequest
    encrypted: bool = False


@dataclass(frozen=True, slots=True)
class NotificationSent:
    """The wallet tells what became of credentials."""

    access_token: PresentedToken
    request: NotificationRequest


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The operator, or a new offer, takes this one back."""


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Nothing happened; look at the clock."""


Event: TypeAlias = (
    RequestPushed
    | BrowserArrived
    | Agreed
    | Declined
    | TokenRequested
    | CredentialRequested
    | NonceSpent
    | CredentialsMade
    | NotReady
    | Denied
    | DeferredRequested
    | NotificationSent
    | Withdraw
    | TimePassed
)


@dataclass(frozen=True, slots=True)
class NonceWanted:
    """Spend the nonces with these digests in the store, all or none (compare-and-set); send `NonceSpent`."""

    digests: tuple[str, ...]
    grant: Grant


@dataclass(frozen=True, slots=True)
class Noted:
    """Done; there is nothing to hand out (a notification is answered 204)."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """Send the browser there: the answer of the authorization endpoint."""

    url: str = field(repr=False)


Reply: TypeAlias = (
    PushedResponse
    | Redirect
    | TokenResponse
    | NonceWanted
    | Grant
    | CredentialResponse
    | DeferredResponse
    | Noted
    | RemoteError
)
"""What `Issuer.step` answers. A `RemoteError` is for the wire; `Grant` asks for credentials."""

TRANSITIONS: Final[dict[tuple[Phase, type], frozenset[Phase]]] = {
    # A wallet that was invited may begin anew, until the person has agreed.
    (Phase.INVITED, RequestPushed): frozenset({Phase.INVITED, Phase.PUSHED, Phase.EXPIRED}),
    (Phase.PUSHED, RequestPushed): frozenset({Phase.PUSHED, Phase.INVITED, Phase.EXPIRED}),
    (Phase.ASKED, RequestPushed): frozenset({Phase.ASKED, Phase.PUSHED, Phase.INVITED, Phase.EXPIRED}),
    (Phase.PUSHED, BrowserArrived): frozenset({Phase.PUSHED, Phase.ASKED, Phase.INVITED, Phase.EXPIRED}),
    (Phase.ASKED, Agreed): frozenset({Phase.GRANTED, Phase.INVITED, Phase.EXPIRED}),
    (Phase.ASKED, Declined): frozenset({Phase.DECLINED, Phase.INVITED, Phase.EXPIRED}),
    (Phase.GRANTED, TokenRequested): frozenset({Phase.GRANTED, Phase.AUTHORISED, Phase.BURNT, Phase.EXPIRED}),
    (Phase.INVITED, Withdraw): frozenset({Phase.WITHDRAWN}),
    (Phase.PUSHED, Withdraw): frozenset({Phase.WITHDRAWN}),
    (Phase.ASKED, Withdraw): frozenset({Phase.WITHDRAWN}),
    (Phase.GRANTED, Withdraw): frozenset({Phase.WITHDRAWN}),
    (Phase.INVITED, TimePassed): frozenset({Phase.INVITED, Phase.EXPIRED}),
    (Phase.PUSHED, TimePassed): frozenset({Phase.PUSHED, Phase.INVITED, Phase.EXPIRED}),
    (Phase.ASKED, TimePassed): frozenset({Phase.ASKED, Phase.INVITED, Phase.EXPIRED}),
    (Phase.GRANTED, TimePassed): frozenset({Phase.GRANTED, Phase.EXPIRED}),
    (Phase.OFFERED, TokenRequested): frozenset({Phase.OFFERED, Phase.AUTHORISED, Phase.BURNT, Phase.EXPIRED}),
    (Phase.OFFERED, Withdraw): frozenset({Phase.WITHDRAWN}),
    (Phase.OFFERED, TimePassed): frozenset({Phase.OFFERED, Phase.EXPIRED}),
    # The next refresh token; or a code or refresh token that was used before, which ends it all.
    (Phase.AUTHORISED, TokenRequested): frozenset({Phase.AUTHORISED, Phase.EXPIRED, Phase.WITHDRAWN}),
    (Phase.COMPLETED, TokenRequested): frozenset({Phase.COMPLETED, Phase.WITHDRAWN}),
    (Phase.AUTHORISED, CredentialRequested): frozenset({Phase.AUTHORISED, Phase.EXPIRED}),
    (Phase.AUTHORISED, NonceSpent): frozenset({Phase.AUTHORISED, Phase.EXPIRED}),
    (Phase.AUTHORISED, CredentialsMade): frozenset({Phase.AUTHORISED, Phase.COMPLETED}),
    (Phase.AUTHORISED, NotReady): frozenset({Phase.AUTHORISED}),
    (Phase.AUTHORISED, Denied): frozenset({Phase.AUTHORISED}),
    (Phase.AUTHORISED, DeferredRequested): frozenset({Phase.AUTHORISED, Phase.EXPIRED}),
    (Phase.AUTHORISED, NotificationSent): frozenset({Phase.AUTHORISED, Phase.EXPIRED}),
    (Phase.AUTHORISED, Withdraw): frozenset({Phase.WITHDRAWN}),
    (Phase.AUTHORISED, TimePassed): frozenset({Phase.AUTHORISED, Phase.EXPIRED}),
    # Everything is handed out. Another request is denied rather than unauthorised, and a
    # notification is still taken; what was made at the same moment elsewhere is dropped.
    (Phase.COMPLETED, CredentialRequested): frozenset({Phase.COMPLETED}),
    (Phase.COMPLETED, NonceSpent): frozenset({Phase.COMPLETED}),
    (Phase.COMPLETED, CredentialsMade): frozenset({Phase.COMPLETED}),
    (Phase.COMPLETED, NotReady): frozenset({Phase.COMPLETED}),
    (Phase.COMPLETED, Denied): frozenset({Phase.COMPLETED}),
    (Phase.COMPLETED, DeferredRequested): frozenset({Phase.COMPLETED}),
    (Phase.COMPLETED, NotificationSent): frozenset({Phase.COMPLETED}),
    (Phase.COMPLETED, TimePassed): frozenset({Phase.COMPLETED}),
}

# What a wallet is told when its message has no row above, or when its issuance ended while the application
# made up its mind or signed. Other events of our own have none here: out of order they are our mistake.
OUT_OF_PLACE: Final[dict[type, tuple[Wire, str]]] = {
    RequestPushed: (Wire.INVALID_REQUEST, "oid4vci.issuer_state"),
    BrowserArrived: (Wire.INVALID_REQUEST, "oid4vci.request_uri"),
    Agreed: (Wire.INVALID_REQUEST, "oid4vci.request_uri"),
    Declined: (Wire.INVALID_REQUEST, "oid4vci.request_uri"),
    TokenRequested: (Wire.INVALID_GRANT, "oid4vci.grant"),
    CredentialRequested: (Wire.INVALID_TOKEN, "oid4vci.access_token"),
    CredentialsMade: (Wire.INVALID_TOKEN, "oid4vci.access_token"),
    NotReady: (Wire.INVALID_TOKEN, "oid4vci.access_token"),
    Denied: (Wire.INVALID_TOKEN, "oid4vci.access_token"),
    DeferredRequested: (Wire.INVALID_TOKEN, "oid4vci.access_token"),
    NotificationSent: (Wire.INVALID_TOKEN, "oid4vci.access_token"),
}


@dataclass(frozen=True, slots=True)
class Issuance:
    """The state of one issuance. Secrets are in it only as keyed digests.

    Args:
        phase: Where it stands.
        configuration_ids: What was offered, or asked for.
        code_digest: Of the pre-authorized or the authorization code, or ""; look the state up by it at the
            token endpoint, also when the code was used: a code that comes twice ends the issuance.
        tx_code_digest: Of the transaction code, or "" when none is demanded.
        tries_left: How many wrong transaction codes are still suffered.
        expires_at: Of the phase, and from AUTHORISED on of the access token.
        token_digest: Of the access token, or ""; look the state up by it at the other endpoints.
        jkt: Thumbprint of the key that the access token is bound to (RFC 9449 6), or "" for a bearer token.
        deliveries: What was handed out.
        pending: What was asked for and deferred.
        client: Who redeemed the code, if it said so.
        invitation: The offer for an authorization, if there was one.
        requested: The authorization request.
        refreshing: The refresh token. Look the state up by earlier ones too: one that comes again ends it.
        identifiers: By configuration, the identifiers that its credentials must be asked for by.
    """

    phase: Phase
    configuration_ids: tuple[str, ...]
    code_digest: str
    tx_code_digest: str
    tries_left: int
    expires_at: datetime
    token_digest: str = ""
    jkt: str = ""
    deliveries: tuple[Delivery, ...] = ()
    pending: tuple[Pending, ...] = ()
    client: Client | None = None
    invitation: Invitation | None = None
    requested: Requested | None = None
    refreshing: Refreshing | None = None
    identifiers: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def copies(self, configuration_id: str, since: datetime) -> int:
        """How many credentials of a configuration were handed out after a time, or are to be."""
        waiting = sum(len(one.holders) for one in self.pending if one.configuration_id == configuration_id)
        return waiting + sum(
            one.copies
            for one in self.deliveries
            if one.configuration_id == configuration_id and one.at > since
        )

    def to_bytes(self) -> bytes:
        """The state as versioned JSON."""
        return saved.dump(
            _KIND,
            _VERSION,
            {
                "phase": self.phase.value,
                "configuration_ids": list(self.configuration_ids),
                "code_digest": self.code_digest,
                "tx_code_digest": self.tx_code_digest,
                "tries_left": self.tries_left,
                "expires_at": instant.to_numeric_date(self.expires_at),
                "token_digest": self.token_digest,
                "jkt": self.jkt,
                "deliveries": [one.to_json() for one in self.deliveries],
                "pending": [one.to_json() for one in self.pending],
                "identifiers": {name: list(found) for name, found in self.identifiers.items()},
                **{name: part.to_json() for name in _PARTS if (part := getattr(self, name)) is not None},
            },
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> Issuance:
        """Read a stored state.

        Raises:
            LocalError: `oid4vci.state`.
        """
        with saved.reading("oid4vci.state"):
            obj = saved.load(raw, _KIND, _VERSION)
            return cls(
                phase=saved.choice(Phase, shape.text(obj, "phase"), "/phase"),
                configuration_ids=shape.texts(obj, "configuration_ids", minimum=1),
                code_digest=saved.text(obj, "code_digest"),
                tx_code_digest=saved.text(obj, "tx_code_digest"),
                tries_left=shape.integer(obj, "tries_left"),
                expires_at=instant.from_numeric_date(shape.member(obj, "expires_at"), where="/expires_at"),
                token_digest=saved.text(obj, "token_digest"),
                jkt=saved.text(obj, "jkt") if "jkt" in obj else "",
                deliveries=tuple(
                    Delivery.from_json(shape.as_object(item, f"/deliveries/{index}"), f"/deliveries/{index}")
                    for index, item in enumerate(shape.items(obj, "deliveries"))
                ),
                pending=tuple(
                    Pending.from_json(shape.as_object(item, f"/pending/{index}"), f"/pending/{index}")
                    for index, item in enumerate(shape.optional_items(obj, "pending") or ())
                ),
                identifiers=_identifiers(shape.optional_child(obj, "identifiers") or {}),
                client=_part(obj, "client", lambda part, _: Client.from_json(part)),
                invitation=_part(obj, "invitation", Invitation.from_json),
                requested=_part(obj, "requested", lambda part, _: Requested.from_json(part)),
                refreshing=_part(obj, "refreshing", Refreshing.from_json),
            )


_PARTS: Final = ("client", "invitation", "requested", "refreshing")


def _part(obj: dict[str, Json], name: str, read: Callable[[dict[str, Json], str], P]) -> P | None:
    # Absent also in states that were stored before there was such a part.
    part = shape.optional_child(obj, name)
    return None if part is None else read(part, f"/{name}")


def _identifiers(obj: dict[str, Json]) -> dict[str, tuple[str, ...]]:
    return {name: shape.texts(obj, name, "/identifiers", minimum=1) for name in obj}


def expired(state: Issuance, now: datetime) -> Issuance:
    """The state as the clock leaves it: an authorization that came to nothing may be asked for again."""
    ends = state.expires_at
    if state.refreshing is not None:
        ends = max(ends, state.refreshing.until)
    if now < ends or state.phase is Phase.COMPLETED:
        return state
    invitation = state.invitation
    if state.phase in {Phase.PUSHED, Phase.ASKED} and invitation is not None and now < invitation.until:
        return replace(
            state,
            phase=Phase.INVITED,
            configuration_ids=invitation.configuration_ids,
            requested=None,
            expires_at=invitation.until,
        )
    return replace(state, phase=Phase.EXPIRED)


def seconds(at: datetime) -> datetime:
    """An instant as it is stored: whole seconds."""
    return at.replace(microsecond=0)
