"""What an issuer decides once."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from clicid.errors import LocalError
from clicid.oid4vci.proving import Policy
from clicid.oid4vci.wallet_provider import WalletProviders

if TYPE_CHECKING:
    from clicid.oid4vci.clients import ClientRules
    from clicid.oid4vci.metadata import CredentialIssuerMetadata

_MIN_PEPPER_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class IssuerRules:
    """What an issuer decides once.

    Args:
        metadata: Its published metadata: identifier, configurations, batch size.
        pepper: At least 32 secret bytes, kept out of the database: keys the digests of secrets.
        clients: Which wallets are served, and how they show who they are.
        bound: Whether every access token is bound to a key by DPoP.
        offer_life: How long an offer may be redeemed.
        token_life: How long an access token may be used.
        nonce_life: How long a nonce may be used.
        request_life: How long a pushed request waits for the person's browser.
        asking_life: How long the person may take there.
        code_life: How long an authorization code may be redeemed.
        refresh_life: How long a refresh token may be used, from its last use; none is given without.
        proof_age: The oldest key proof accepted.
        leeway: Clock difference tolerated.
        tries: Wrong transaction codes before the offer is burnt.
        copies: Credentials of one configuration that one offer gives, and each renewal of it.
        renew_after: How long after copies were handed out others may be, by a token that was refreshed.
        interval: How long a wallet is to wait before it asks again for what was deferred.
        proofs: What is asked of key proofs.
        details: Whether wallets may ask by `authorization_details`, and not by scopes alone.
        rotated: Whether a refresh token is good for one use, and another takes its place.
    """

    metadata: CredentialIssuerMetadata
    pepper: bytes = field(repr=False)
    clients: ClientRules
    bound: bool
    offer_life: timedelta
    token_life: timedelta
    nonce_life: timedelta
    request_life: timedelta = timedelta(seconds=90)
    asking_life: timedelta = timedelta(hours=1)
    code_life: timedelta = timedelta(seconds=60)
    refresh_life: timedelta = timedelta()
    proof_age: timedelta = timedelta(minutes=5)
    leeway: timedelta = timedelta(seconds=60)
    tries: int = 5
    copies: int = 1
    renew_after: timedelta = timedelta(days=1)
    interval: timedelta = timedelta(minutes=1)
    proofs: Policy = field(default_factory=lambda: Policy(WalletProviders((), haip=False)))
    details: bool = True
    rotated: bool = True

    def __post_init__(self) -> None:
        if len(self.pepper) < _MIN_PEPPER_BYTES:
            raise LocalError("oid4vci.sequence", "pepper", f"{_MIN_PEPPER_BYTES} bytes are wanted")

    def digest(self, secret: str) -> str:
        """The keyed digest under which a code, token or nonce is stored and looked up (hex)."""
        return hmac.new(self.pepper, secret.encode(), hashlib.sha256).hexdigest()
