"""An issuance from its access token on: nonce, credentials, notification (OpenID4VCI 7, 8 and 11)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url
from clicid.errors import LocalError, RemoteError
from clicid.oid4vci import encryption, proving
from clicid.oid4vci.credential import CredentialResponse, DeferredResponse, NonceResponse
from clicid.oid4vci.errors import Wire
from clicid.oid4vci.issuance import (
    CredentialRequested,
    CredentialsMade,
    DeferredRequested,
    Denied,
    Grant,
    Issuance,
    NonceSpent,
    NonceWanted,
    Noted,
    NotificationSent,
    NotReady,
    Phase,
    Reply,
    expired,
    seconds,
)
from clicid.oid4vci.kept import Delivery, Pending
from clicid.oid4vci.proof import Expected

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from clicid.oid4vci.credential import CredentialRequest, Proofs
    from clicid.oid4vci.proof import VerifiedProof
    from clicid.oid4vci.proving import Proved
    from clicid.oid4vci.rules import IssuerRules
    from clicid.oid4vci.token import PresentedToken

_SECRET_BYTES: Final = 32
_ID_BYTES: Final = 16
# A wallet that renews for years shall not make the state grow: of the oldest that count no more it is silent.
_MAX_DELIVERIES: Final = 64


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
    """What is asked for, up to the nonces.

    OpenID4VCI 8.2: (1) token, (2) configuration, (3) how the answer is encrypted, (4) copies, (5) proofs;
    nonces are spent only after all of it holds.
    """
    state, refusal = _by_token(rules, state, event.access_token, now)
    if refusal is not None:
        return state, refusal
    try:
        configuration_id = _configuration_id(rules, state, event.request)
        encryption.check_answer(
            event.request.answer_encryption, rules.metadata.response_encryption, encrypted=event.encrypted
        )
        left = _copies_left(rules, state, configuration_id, event.request.proofs, now)
        proved = _proved(rules, state, configuration_id, event.request.proofs, now)
        # Of more keys than there are copies left, the first ones get theirs (8.3).
        holders = proved.holders[:left]
        _check_not_pending(state, holders)
    except RemoteError as fault:
        return state, fault
    # Each that came is spent, also of a key that gets no copy: nothing of this request is good again.
    digests = tuple(map(rules.digest, proved.nonces))
    return state, NonceWanted(digests, Grant(configuration_id, holders, proved.attested))


def _configuration_id(rules: IssuerRules, state: Issuance, request: CredentialRequest) -> str:
    if named := request.credential_identifier:
        for name, identifiers in state.identifiers.items():
            if named in identifiers:
                return name
        raise RemoteError(
            Wire.UNKNOWN_CREDENTIAL_IDENTIFIER, "oid4vci.configuration", "/credential_identifier"
        )
    name = request.credential_configuration_id
    if name in state.identifiers:  # which must then be used (8.2)
        raise RemoteError(Wire.INVALID_CREDENTIAL_REQUEST, "oid4vci.request", "/credential_configuration_id")
    if name not in rules.metadata.configurations:
        raise RemoteError(
            Wire.UNKNOWN_CREDENTIAL_CONFIGURATION, "oid4vci.configuration", "/credential_configuration_id"
        )
    if name not in state.configuration_ids:
        raise RemoteError(Wire.INSUFFICIENT_SCOPE, "oid4vci.scope", "/credential_configuration_id")
    return name


def _copies_left(
    rules: IssuerRules, state: Issuance, configuration_id: str, proofs: Proofs | None, now: datetime
) -> int:
    if proofs is not None and len(proofs.values) > rules.metadata.batch_size:
        raise RemoteError(
            Wire.INVALID_CREDENTIAL_REQUEST, "oid4vci.request", "/proofs", "more than the batch size"
        )
    left = rules.copies - state.copies(configuration_id, now - rules.renew_after)
    if left <= 0:
        raise RemoteError(Wire.CREDENTIAL_REQUEST_DENIED, "oid4vci.denied", detail="no copies are left")
    return min(left, rules.metadata.batch_size)


def _proved(
    rules: IssuerRules, state: Issuance, configuration_id: str, proofs: Proofs | None, now: datetime
) -> Proved:
    configuration = rules.metadata.configurations[configuration_id]
    kind = "" if proofs is None else proofs.kind.value
    if kind and kind not in configuration.proof_algs:
        raise RemoteError(
            Wire.INVALID_PROOF, "oid4vci.proof_missing", "/proofs", "of a type that is not listed"
        )
    expected = Expected(
        issuer=rules.metadata.credential_issuer,
        client_id="" if state.client is None else state.client.id,
        algs=configuration.proof_algs.get(kind, ()),
        binding_methods=configuration.binding_methods,
        max_age=rules.proof_age,
        leeway=rules.leeway,
        now=now,
    )
    return proving.verify(proofs, expected, rules.proofs, configuration.attestations.get(kind))


def _check_not_pending(state: Issuance, holders: tuple[VerifiedProof, ...]) -> None:
    waiting = {one.holder for pending in state.pending for one in pending.holders}
    if any(one.holder in waiting for one in holders):
        raise RemoteError(Wire.INVALID_PROOF, "oid4vci.key_used", "/proofs", "in a request that was deferred")


def permit(state: Issuance, event: NonceSpent, now: datetime) -> tuple[Issuance, Reply]:
    """The grant, if the store spent its nonces just now."""
    if not event.fresh:
        return state, RemoteError(Wire.INVALID_NONCE, "oid4vci.nonce")
    if now >= state.expires_at:
        return expired(state, now), RemoteError(Wire.INVALID_TOKEN, "oid4vci.access_token")
    return state, event.grant


def deliver(
    rules: IssuerRules,
    state: Issuance,
    event: CredentialsMade,
    now: datetime,
    random: Callable[[int], bytes],
) -> tuple[Issuance, Reply]:
    """Hand out what was made for a grant; what was deferred is so no longer (OpenID4VCI 8.3, 9.2)."""
    grant = event.grant
    if len(event.credentials) != len(grant.holders):
        raise LocalError("oid4vci.sequence", detail="one credential for each proved key")
    if grant.transaction_id and _pending(rules, state, grant.transaction_id) is None:
        return state, RemoteError(Wire.INVALID_TRANSACTION_ID, "oid4vci.transaction", detail="just delivered")
    state, since = _without(rules, state, grant), now - rules.renew_after
    if state.copies(grant.configuration_id, since) + len(event.credentials) > rules.copies:
        # Another request of the same wallet was faster; what was made for this one is dropped.
        return state, RemoteError(Wire.CREDENTIAL_REQUEST_DENIED, "oid4vci.denied")
    notification_id = base64url.encode(random(_ID_BYTES))
    delivery = Delivery(grant.configuration_id, len(event.credentials), notification_id, at=seconds(now))
    old = tuple(one for one in state.deliveries if one.at <= since)[-_MAX_DELIVERIES:]
    # Whatever counts against the copies stays: else asking for one at a time brings as many as one likes.
    counting = tuple(one for one in state.deliveries if one.at > since)
    following = replace(state, deliveries=(*old, *counting, delivery))
    if all(following.copies(name, since) >= rules.copies for name in state.configuration_ids):
        following = _completed(following)
    return following, CredentialResponse(event.credentials, notification_id)


def _completed(state: Issuance) -> Issuance:
    return state if state.pending else replace(state, phase=Phase.COMPLETED)


def defer(
    rules: IssuerRules, state: Issuance, event: NotReady, now: datetime, random: Callable[[int], bytes]
) -> tuple[Issuance, Reply]:
    """Tell the wallet to come back: again under the same id, or under a new one (OpenID4VCI 8.3, 9.2)."""
    grant, interval = event.grant, int(rules.interval.total_seconds())
    if grant.transaction_id:
        return state, DeferredResponse(grant.transaction_id, interval)
    if state.copies(grant.configuration_id, now - rules.renew_after) + len(grant.holders) > rules.copies:
        return state, RemoteError(Wire.CREDENTIAL_REQUEST_DENIED, "oid4vci.denied")
    transaction_id = base64url.encode(random(_SECRET_BYTES))
    pending = Pending(
        grant.configuration_id,
        tuple(replace(one, nonce="") for one in grant.holders),
        rules.digest(transaction_id),
    )
    return replace(state, pending=(*state.pending, pending)), DeferredResponse(transaction_id, interval)


def deny(rules: IssuerRules, state: Issuance, event: Denied) -> tuple[Issuance, Reply]:
    """The final refusal (OpenID4VCI 8.3.1.2, 9.3); what was deferred is so no longer."""
    return _without(rules, state, event.grant), RemoteError(
        Wire.CREDENTIAL_REQUEST_DENIED, "oid4vci.denied", detail="by the issuer"
    )


def resume(
    rules: IssuerRules, state: Issuance, event: DeferredRequested, now: datetime
) -> tuple[Issuance, Reply]:
    """What was deferred, once more (OpenID4VCI 9.1): (1) token, (2) transaction, (3) how it is encrypted."""
    state, refusal = _by_token(rules, state, event.access_token, now)
    if refusal is not None:
        return state, refusal
    pending = _pending(rules, state, event.request.transaction_id)
    if pending is None:
        return state, RemoteError(Wire.INVALID_TRANSACTION_ID, "oid4vci.transaction", "/transaction_id")
    try:
        encryption.check_answer(
            event.request.answer_encryption, rules.metadata.response_encryption, encrypted=event.encrypted
        )
    except RemoteError as fault:
        return state, fault
    return state, Grant(
        pending.configuration_id, pending.holders, transaction_id=event.request.transaction_id
    )


def _pending(rules: IssuerRules, state: Issuance, transaction_id: str) -> Pending | None:
    digest = rules.digest(transaction_id)
    for one in state.pending:
        if hmac.compare_digest(one.transaction_digest, digest):
            return one
    return None


def _without(rules: IssuerRules, state: Issuance, grant: Grant) -> Issuance:
    found = _pending(rules, state, grant.transaction_id) if grant.transaction_id else None
    return replace(state, pending=tuple(one for one in state.pending if one is not found))


def note(
    rules: IssuerRules, state: Issuance, event: NotificationSent, now: datetime
) -> tuple[Issuance, Reply]:
    """What became of credentials (OpenID4VCI 11)."""
    state, refusal = _by_token(rules, state, event.access_token, now)
    if refusal is not None:
        return state, refusal
    named = event.request.notification_id
    if named not in {one.notification_id for one in state.deliveries}:
        return state, RemoteError(Wire.INVALID_NOTIFICATION_ID, "oid4vci.notification")
    deliveries = tuple(
        replace(one, outcome=event.request.event) if one.notification_id == named else one
        for one in state.deliveries
    )
    return replace(state, deliveries=deliveries), Noted()


def _by_token(
    rules: IssuerRules, state: Issuance, token: PresentedToken, now: datetime
) -> tuple[Issuance, RemoteError | None]:
    # A bound token is nothing without its key, and a key nothing with a token that is not bound to it
    # (RFC 9449 7.1, 7.2).
    known = hmac.compare_digest(rules.digest(token.value), state.token_digest)
    if not known or not hmac.compare_digest(token.jkt, state.jkt) or now >= state.expires_at:
        return expired(state, now), RemoteError(Wire.INVALID_TOKEN, "oid4vci.access_token")
    if state.refreshing is not None and state.refreshing.before:
        # Whoever has it has the refresh token that came with it.
        state = replace(state, refreshing=replace(state.refreshing, before=""))
    return state, None
