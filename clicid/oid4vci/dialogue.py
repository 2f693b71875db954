"""What the wallet's role is told (events), what it answers (replies), and the table of what may follow.

The diagram in `docs/protocols.md` is made from the table, and `Wallet.step` refuses to leave it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from clicid.codec.web import HttpRequest
from clicid.errors import Refused
from clicid.oid4vci.acceptance import Phase

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.codec.web import HttpAnswer
    from clicid.keys.public import PublicKey
    from clicid.oid4vci.configuration import CredentialConfiguration
    from clicid.oid4vci.credential import Credential
    from clicid.oid4vci.metadata import CredentialIssuerMetadata
    from clicid.oid4vci.offer import TxCode


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
