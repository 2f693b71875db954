"""An issuance up to its authorization code: the invitation, the pushed request, the person's word.

OpenID4VCI 4.1 and 5; RFC 9126 (pushed requests), 7636 (PKCE), 9207 (`iss`), 9449 10 (a code bound to a key).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url
from clicid.errors import LocalError, RemoteError
from clicid.oid4vci.authorization import REQUEST_URI, AuthorizationResponse, PushedResponse
from clicid.oid4vci.clients import check_redirect
from clicid.oid4vci.errors import Wire
from clicid.oid4vci.issuance import (
    Agreed,
    BrowserArrived,
    Declined,
    Issuance,
    Noted,
    Phase,
    Redirect,
    Reply,
    RequestPushed,
    expired,
    seconds,
)
from clicid.oid4vci.kept import Invitation, Requested
from clicid.oid4vci.offer import AuthorizationCode, CredentialOffer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from clicid.oid4vci.authorization import AuthorizationDetail, AuthorizationRequest
    from clicid.oid4vci.rules import IssuerRules

_SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """A fresh offer for the authorization code grant; `digest` is that of its `issuer_state`."""

    issuance: Issuance
    offer: CredentialOffer
    digest: str


def invite(
    rules: IssuerRules,
    configuration_ids: tuple[str, ...],
    *,
    now: datetime,
    random: Callable[[int], bytes],
) -> NewInvitation:
    """Make an offer for the authorization code grant.

    Args:
        rules: The issuer's.
        configuration_ids: Keys of the metadata's configurations.
        now: The time.
        random: So many random bytes.

    Raises:
        LocalError: `oid4vci.configuration` for an identifier that the metadata do not have.
    """
    if not set(configuration_ids) <= rules.metadata.configurations.keys():
        raise LocalError("oid4vci.configuration", detail="not in the metadata")
    issuer_state = base64url.encode(random(_SECRET_BYTES))
    until = seconds(now + rules.offer_life)
    made = CredentialOffer(
        credential_issuer=rules.metadata.credential_issuer,
        credential_configuration_ids=configuration_ids,
        authorization_code=AuthorizationCode(issuer_state),
    )
    return NewInvitation(
        _open(configuration_ids, until, Invitation(configuration_ids, until)),
        made,
        rules.digest(issuer_state),
    )


def uninvited(rules: IssuerRules, *, now: datetime) -> Issuance:
    """The state of an issuance that a wallet asks for without an offer, just before it does."""
    return _open(tuple(rules.metadata.configurations), seconds(now + rules.request_life), None)


def _open(configuration_ids: tuple[str, ...], until: datetime, invitation: Invitation | None) -> Issuance:
    return Issuance(
        phase=Phase.INVITED,
        configuration_ids=configuration_ids,
        code_digest="",
        tx_code_digest="",
        tries_left=0,
        expires_at=until,
        invitation=invitation,
    )


def push(
    rules: IssuerRules, state: Issuance, event: RequestPushed, now: datetime, random: Callable[[int], bytes]
) -> tuple[Issuance, Reply]:
    """Take a pushed request (RFC 9126 2.1), in place of an earlier one of the same invitation.

    1. The invitation holds.
    2. The answer may go where the request wants it (RFC 6749 3.1.2.4).
    3. It is for this issuer (RFC 8707 2), and for configurations that were offered (OpenID4VCI 5.1).
    4. The key of its DPoP proof is the one it names (RFC 9449 10).
    """
    state = expired(state, now)
    if state.phase is Phase.EXPIRED:  # 1
        return state, RemoteError(Wire.INVALID_REQUEST, "oid4vci.issuer_state", "issuer_state", "expired")
    request = event.request
    try:
        check_redirect(rules.clients, event.client, request.redirect_uri)  # 2
        names = _configurations(rules, state, request)  # 3
        jkt = _key(event)  # 4
    except RemoteError as fault:
        return state, fault
    request_uri = REQUEST_URI + base64url.encode(random(_SECRET_BYTES))
    following = replace(
        state,
        phase=Phase.PUSHED,
        configuration_ids=names,
        expires_at=seconds(now + rules.request_life),
        requested=Requested(
            client=event.client,
            redirect_uri=request.redirect_uri,
            code_challenge=request.code_challenge,
            request_digest=rules.digest(request_uri),
            state=request.state,
            dpop_jkt=jkt,
            detailed=tuple(one.credential_configuration_id for one in request.details),
            ui_locales=request.ui_locales,
        ),
    )
    return following, PushedResponse(request_uri, int(rules.request_life.total_seconds()))


def _configurations(rules: IssuerRules, state: Issuance, request: AuthorizationRequest) -> tuple[str, ...]:
    issuer = rules.metadata.credential_issuer
    if request.resource not in ("", issuer):
        raise RemoteError(Wire.INVALID_TARGET, "oid4vci.request", "resource", "another issuer")
    offered = state.configuration_ids if state.invitation is None else state.invitation.configuration_ids
    scopes = {name: rules.metadata.configurations[name].scope for name in offered}
    if not request.scope and not request.details:
        raise RemoteError(Wire.INVALID_SCOPE, "oid4vci.request", "scope", "nothing is asked for")
    if not request.details and set(request.scope).isdisjoint(scopes.values()):
        # Beside one that is known, others are ignored (OpenID4VCI 5.1.2); the token says what it is for.
        raise RemoteError(Wire.INVALID_SCOPE, "oid4vci.configuration", "scope")
    if request.details and not rules.details:  # HAIP 1.0 4.3
        raise RemoteError(
            Wire.INVALID_AUTHORIZATION_DETAILS, "oid4vci.haip", "authorization_details", "scope is wanted"
        )
    check_details(rules, request.details, offered)
    detailed = {one.credential_configuration_id for one in request.details}
    return tuple(name for name in offered if name in detailed or scopes[name] in request.scope)


def check_details(
    rules: IssuerRules, details: tuple[AuthorizationDetail, ...], offered: tuple[str, ...]
) -> None:
    """See that `authorization_details` are for this issuer, and for what was offered (OpenID4VCI 5.1.1).

    Raises:
        RemoteError: `invalid_authorization_details`.
    """
    for one in details:
        foreign = set(one.locations) - {rules.metadata.credential_issuer}
        if one.credential_configuration_id not in offered or foreign:
            raise RemoteError(
                Wire.INVALID_AUTHORIZATION_DETAILS, "oid4vci.configuration", "authorization_details"
            )


def _key(event: RequestPushed) -> str:
    named = event.request.dpop_jkt
    if named and event.jkt not in ("", named):
        raise RemoteError(Wire.INVALID_DPOP_PROOF, "oid4vci.dpop", "dpop_jkt")
    return named or event.jkt


def arrive(
    rules: IssuerRules, state: Issuance, event: BrowserArrived, now: datetime
) -> tuple[Issuance, Reply]:
    """A browser comes with the link of a pushed request: once, and for the client that pushed it."""
    state = expired(state, now)
    requested = state.requested
    if state.phase is not Phase.PUSHED or requested is None:
        return state, RemoteError(Wire.INVALID_REQUEST, "oid4vci.request_uri", detail="expired")
    known = hmac.compare_digest(rules.digest(event.link.request_uri), requested.request_digest)
    if not known or event.link.client_id != requested.client.id:
        return state, RemoteError(Wire.INVALID_REQUEST, "oid4vci.request_uri", detail="of another client")
    return replace(state, phase=Phase.ASKED, expires_at=seconds(now + rules.asking_life)), Noted()


def answer(
    rules: IssuerRules,
    state: Issuance,
    event: Agreed | Declined,
    now: datetime,
    random: Callable[[int], bytes],
) -> tuple[Issuance, Reply]:
    """What the person says goes back to the wallet, with who says it (RFC 9207): a code, or an error."""
    state = expired(state, now)
    if state.phase is not Phase.ASKED or state.requested is None:
        return state, RemoteError(Wire.INVALID_REQUEST, "oid4vci.request_uri", detail="expired")
    back = AuthorizationResponse(rules.metadata.credential_issuer, state=state.requested.state)
    if isinstance(event, Declined):
        back = replace(back, error=Wire.ACCESS_DENIED)
        return replace(state, phase=Phase.DECLINED), Redirect(back.to_url(state.requested.redirect_uri))
    code = base64url.encode(random(_SECRET_BYTES))
    following = replace(
        state,
        phase=Phase.GRANTED,
        code_digest=rules.digest(code),
        expires_at=seconds(now + rules.code_life),
    )
    return following, Redirect(replace(back, code=code).to_url(state.requested.redirect_uri))
