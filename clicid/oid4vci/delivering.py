"""An issuance from its access token on: nonce, credentials, notification (OpenID4VCI 7, 8 and 11)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url
from clicid.errors import LocalError, RemoteError
from clicid.oid4vci import proof
from clicid.oid4vci.credential import CredentialResponse, NonceResponse, ProofType
from clicid.oid4vci.errors import Wire
from clicid.oid4vci.issuance import (
    CredentialRequested,
    CredentialsMade,
    Delivery,
    Grant,
    Issuance,
    NonceSpent,
    NonceWanted,
    Noted,
    NotificationSent,
    Phase,
    Reply,
    expired,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from clicid.oid4vci.proof import VerifiedProof
    from clicid.oid4vci.rules import IssuerRules
    from clicid.oid4vci.token import PresentedToken

_SECRET_BYTES: Final = 32
_ID_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class NewNonce:
    """A fresh nonce: note `digest` in the store until `expires_at`, then send `response`."""

    response: NonceResponse
    digest: str
    expires_at: datetime


def nonce(rules: IssuerRules, *, now: datetime, random: Callable[[int], bytes]) -> NewNonce:
    """Make a nonce for the nonce endpoint (OpenID4VCI 7)."""
    c_nonce = base64url.encode(random(_SECRET_BYTES))
    return NewNonce(NonceResponse(c_nonce), rules.digest(c_nonce), now + rules.nonce_life)


def consider(
    rules: IssuerRules, state: Issuance, event: CredentialRequested, now: datetime
) -> tuple[Issuance, Reply]:
    """What is asked for, up to the nonce.

    OpenID4VCI 8.2: (1) token, (2) configuration, (3) copies, (4) proofs; the nonce is spent only
    after all of it holds.
    """
    if fault := _refuse_token(rules, state, event.access_token, now):
        return expired(state, now), fault
    try:
        configuration_id = _configuration_id(state, event)
        holders = _holders(rules, state, configuration_id, _jwts(event), now)
    except RemoteError as fault:
        return state, fault
    return state, NonceWanted(rules.digest(holders[0].nonce), Grant(configuration_id, holders))


def _configuration_id(state: Issuance, event: CredentialRequested) -> str:
    if event.request.credential_identifier:
        raise RemoteError(
            Wire.UNKNOWN_CREDENTIAL_IDENTIFIER, "oid4vci.configuration", "/credential_identifier"
        )
    name = event.request.credential_configuration_id
    if name not in state.configuration_ids:
        raise RemoteError(
            Wire.UNKNOWN_CREDENTIAL_CONFIGURATION, "oid4vci.configuration", "/credential_configuration_id"
        )
    return name


def _jwts(event: CredentialRequested) -> tuple[str, ...]:
    proofs = event.request.proofs
    if proofs is None:
        return ()
    if proofs.kind is not ProofType.JWT:
        raise RemoteError(Wire.INVALID_PROOF, "oid4vci.unsupported", "/proofs")
    return tuple(str(value) for value in proofs.values)


def _holders(
    rules: IssuerRules, state: Issuance, configuration_id: str, jwts: tuple[str, ...], now: datetime
) -> tuple[VerifiedProof, ...]:
    metadata = rules.metadata
    if len(jwts) > metadata.batch_size:
        raise RemoteError(
            Wire.INVALID_CREDENTIAL_REQUEST, "oid4vci.request", "/proofs/jwt", "more than the batch size"
        )
    if state.copies(configuration_id) + max(len(jwts), 1) > rules.copies:
        raise RemoteError(Wire.CREDENTIAL_REQUEST_DENIED, "oid4vci.denied")
    return proof.verify_all(
        jwts,
        issuer=metadata.credential_issuer,
        algs=metadata.configurations[configuration_id].proof_algs.get("jwt", ()),
        binding_methods=metadata.configurations[configuration_id].binding_methods,
        max_age=rules.proof_age,
        leeway=rules.leeway,
        now=now,
    )


def permit(state: Issuance, event: NonceSpent, now: datetime) -> tuple[Issuance, Reply]:
    """The grant, if the store spent its nonce just now."""
    if not event.fresh:
        return state, RemoteError(Wire.INVALID_NONCE, "oid4vci.nonce")
    if expired(state, now).phase is Phase.EXPIRED:
        return expired(state, now), RemoteError(Wire.INVALID_TOKEN, "oid4vci.access_token")
    return state, event.grant


def deliver(
    rules: IssuerRules, state: Issuance, event: CredentialsMade, random: Callable[[int], bytes]
) -> tuple[Issuance, Reply]:
    """Hand out what was made for a grant."""
    grant = event.grant
    if len(event.credentials) != len(grant.holders):
        raise LocalError("oid4vci.sequence", detail="one credential for each proved key")
    if state.copies(grant.configuration_id) + len(event.credentials) > rules.copies:
        # Another request of the same wallet was faster; what was made for this one is dropped.
        return state, RemoteError(Wire.CREDENTIAL_REQUEST_DENIED, "oid4vci.denied")
    notification_id = base64url.encode(random(_ID_BYTES))
    delivery = Delivery(grant.configuration_id, len(event.credentials), notification_id)
    following = replace(state, deliveries=(*state.deliveries, delivery))
    if all(following.copies(name) >= rules.copies for name in state.configuration_ids):
        following = replace(following, phase=Phase.COMPLETED)
    return following, CredentialResponse(event.credentials, notification_id)


def note(
    rules: IssuerRules, state: Issuance, event: NotificationSent, now: datetime
) -> tuple[Issuance, Reply]:
    """What became of credentials (OpenID4VCI 11)."""
    if fault := _refuse_token(rules, state, event.access_token, now):
        return expired(state, now), fault
    named = event.request.notification_id
    if named not in {one.notification_id for one in state.deliveries}:
        return state, RemoteError(Wire.INVALID_NOTIFICATION_ID, "oid4vci.notification")
    deliveries = tuple(
        replace(one, outcome=event.request.event) if one.notification_id == named else one
        for one in state.deliveries
    )
    return replace(state, deliveries=deliveries), Noted()


def _refuse_token(
    rules: IssuerRules, state: Issuance, token: PresentedToken, now: datetime
) -> RemoteError | None:
    # A bound token is nothing without its key, and a key nothing with a token that is not bound to it
    # (RFC 9449 7.1, 7.2).
    known = hmac.compare_digest(rules.digest(token.value), state.token_digest)
    if known and hmac.compare_digest(token.jkt, state.jkt) and now < state.expires_at:
        return None
    return RemoteError(Wire.INVALID_TOKEN, "oid4vci.access_token")
