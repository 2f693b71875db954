"""What the wallet asks in each phase of an issuance: the request with all that proves who asks, or a task.

All of it follows from the state alone, so that whoever was stopped asks again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url, strict_json
from clicid.codec.web import FORM_TYPE, JSON_TYPE, HttpRequest
from clicid.keys.public import PublicKey
from clicid.oid4vci import binding, client_attestation, dpop, encryption, signed_metadata
from clicid.oid4vci.acceptance import Acceptance, Grant, Phase
from clicid.oid4vci.authorization import (
    AuthorizationDetail,
    AuthorizationLink,
    AuthorizationRequest,
    code_challenge,
)
from clicid.oid4vci.credential import (
    CredentialRequest,
    DeferredRequest,
    NotificationEvent,
    NotificationRequest,
)
from clicid.oid4vci.dialogue import (
    BrowserWanted,
    ClientAttestationWanted,
    ConsentWanted,
    Finished,
    KeyAttestationWanted,
    KeysWanted,
    Received,
    SessionKeyWanted,
    Waiting,
)
from clicid.oid4vci.holding import (
    ES256,
    Hands,
    answer_encryption,
    combined,
    current,
    made,
    offered,
    planned,
    present,
    sealed,
    uses_dpop,
)
from clicid.oid4vci.metadata import issuer_metadata_url, server_metadata_url
from clicid.oid4vci.token import CodeRequest, PreAuthorizedRequest, RefreshRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from clicid.oid4vci.dialogue import Reply
    from clicid.oid4vci.token import TokenRequest
    from clicid.securing.jws import PreparedJws

_JTI_BYTES: Final = 16


def reply(state: Acceptance, hands: Hands, now: datetime) -> Reply:
    """What is to be done in a state.

    Raises:
        LocalError: `oid4vci.state` for a state that was tampered with.
    """
    ask = _REQUESTS.get(state.phase)
    if ask is not None:
        return ask(state, hands, now)
    task = _TASKS.get(state.phase)
    # FINISHED and DECLINED; whoever stored a FAILED state has seen why.
    return Finished(state.kept) if task is None else task(state, hands)


# Before the access token ----------------------------------------------------------------------------


def _offer(state: Acceptance, _hands: Hands, _now: datetime) -> HttpRequest:
    return HttpRequest("GET", state.offer_uri)


def _issuer(state: Acceptance, hands: Hands, _now: datetime) -> HttpRequest:
    signed = f"{signed_metadata.MEDIA_TYPE}, {JSON_TYPE};q=0.5"
    accept = signed if hands.rules.signed_metadata else JSON_TYPE
    url = issuer_metadata_url(present(state.offer).credential_issuer)
    return HttpRequest("GET", url, accept=accept)


def _server(state: Acceptance, _hands: Hands, _now: datetime) -> HttpRequest:
    return HttpRequest("GET", server_metadata_url(present(next(iter(state.servers), None))))


def _consent(state: Acceptance, hands: Hands) -> ConsentWanted:
    issuer, by_code = present(state.issuer), state.grant is Grant.PRE_AUTHORIZED
    grant = present(state.offer).pre_authorized
    tx_code = grant.tx_code if by_code and grant is not None else None
    return ConsentWanted(issuer, offered(state, hands.rules), tx_code, retry=state.retry, browser=not by_code)


def _challenge(state: Acceptance, _hands: Hands, _now: datetime) -> HttpRequest:
    return HttpRequest("POST", present(state.server).challenge_endpoint)


def _request(state: Acceptance) -> AuthorizationRequest:
    """Scopes where every configuration has one; else details, which the server said that it knows."""
    issuer = present(state.issuer)
    configurations = [present(issuer.configurations.get(name)) for name in state.chosen]
    scoped = all(one.scope for one in configurations)
    location = (issuer.credential_issuer,) if issuer.authorization_servers else ()
    grant = present(state.offer).authorization_code
    return AuthorizationRequest(
        client_id=state.client_id,
        redirect_uri=state.redirect_uri,
        code_challenge=code_challenge(state.code_verifier),
        scope=tuple(dict.fromkeys(one.scope for one in configurations)) if scoped else (),
        details=() if scoped else tuple(AuthorizationDetail(name, location) for name in state.chosen),
        state=state.state,
        issuer_state="" if grant is None else grant.issuer_state,
        resource=issuer.credential_issuer if location else "",
    )


def _pushed(state: Acceptance, hands: Hands, now: datetime) -> HttpRequest:
    address = present(state.server).pushed_authorization_request_endpoint
    return _to_server(state, hands, now, address, _request(state).to_form())


def _authorization_url(state: Acceptance) -> str:
    endpoint = present(state.server).authorization_endpoint
    if state.request_uri:
        return AuthorizationLink(state.client_id, state.request_uri).to_url(endpoint)
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{_request(state).to_form().decode()}"


def _token(state: Acceptance, hands: Hands, now: datetime) -> HttpRequest:
    message: TokenRequest
    if state.grant is Grant.REFRESH:
        message = RefreshRequest(state.refresh_token, state.client_id)
    elif state.grant is Grant.CODE:
        message = CodeRequest(state.code, state.redirect_uri, state.code_verifier, state.client_id)
    else:
        code = present(present(state.offer).pre_authorized).code
        message = PreAuthorizedRequest(code, state.tx_code, state.client_id)
    return _to_server(state, hands, now, present(state.server).token_endpoint, message.to_form())


def _to_server(state: Acceptance, hands: Hands, now: datetime, address: str, body: bytes) -> HttpRequest:
    """A form for the authorization server, with DPoP proof and client attestation where it wants them."""
    headers: list[tuple[str, str]] = []
    if state.session_key and uses_dpop(state):
        headers.append(_dpop(state, hands, now, "POST", address, nonce=state.server_nonce))
    if state.attestation:
        headers.append((client_attestation.HEADER.lower(), state.attestation))
        if not combined(state):
            pop = client_attestation.prepare_pop(
                alg=ES256,
                audience=present(state.server).issuer,
                jti=_jti(hands),
                now=now,
                challenge=state.challenge,
                client_id=state.client_id,
            )
            headers.append((client_attestation.POP_HEADER.lower(), _signed(pop, state, hands)))
    return HttpRequest("POST", address, content_type=FORM_TYPE, body=body, headers=tuple(headers))


def _dpop(
    state: Acceptance,
    hands: Hands,
    now: datetime,
    method: str,
    address: str,
    *,
    nonce: str,
    access_token: str = "",
) -> tuple[str, str]:
    prepared = dpop.prepare(
        _session_key(state),
        alg=ES256,
        htm=method,
        htu=address,
        jti=_jti(hands),
        now=now,
        access_token=access_token,
        nonce=nonce,
    )
    return dpop.HEADER.lower(), _signed(prepared, state, hands)


def _signed(prepared: PreparedJws, state: Acceptance, hands: Hands) -> str:
    key = _session_key(state)
    return prepared.complete([hands.keys.sign(key, one) for one in prepared.to_be_signed]).decode()


def _session_key(state: Acceptance) -> PublicKey:
    return PublicKey.from_multikey(state.session_key)


def _jti(hands: Hands) -> str:
    return base64url.encode(hands.random(_JTI_BYTES))


# From the access token on ---------------------------------------------------------------------------


def _keys(state: Acceptance, hands: Hands) -> KeysWanted:
    name, configuration = current(state)
    issuer = present(state.issuer)
    return KeysWanted(
        name,
        planned(configuration, hands.rules).algorithm,
        count=min(hands.rules.copies, issuer.batch_size),
        encryption=issuer.response_encryption is not None,
    )


def _nonce(state: Acceptance, _hands: Hands, _now: datetime) -> HttpRequest:
    return HttpRequest("POST", present(state.issuer).nonce_endpoint)


def _key_attestation(state: Acceptance, hands: Hands) -> KeyAttestationWanted:
    _, configuration = current(state)
    demanded = planned(configuration, hands.rules).attestation
    return KeyAttestationWanted(
        present(state.issuer).credential_issuer,
        made(state),
        state.nonce,
        () if demanded is None else demanded.key_storage,
        () if demanded is None else demanded.user_authentication,
    )


def _credential(state: Acceptance, hands: Hands, now: datetime) -> HttpRequest:
    _, configuration = current(state)
    wished, issuer = state.wished[0], present(state.issuer)
    made_proofs = binding.proofs(
        planned(configuration, hands.rules),
        made(state),
        issuer=issuer.credential_issuer,
        client_id=state.client_id,
        nonce=state.nonce,
        key_attestation=state.key_attestation,
        contexts=hands.rules.contexts,
        now=now,
        sign=hands.keys.sign,
    )
    message = CredentialRequest(
        "" if wished.identifier else wished.configuration_id,
        wished.identifier,
        made_proofs,
        answer_encryption(state),
    )
    return _to_issuer(state, hands, now, issuer.credential_endpoint, sealed(state, hands, message.to_wire()))


def _deferred(state: Acceptance, hands: Hands, now: datetime) -> HttpRequest:
    message = DeferredRequest(state.transaction_id, answer_encryption(state))
    address = present(state.issuer).deferred_credential_endpoint
    return _to_issuer(state, hands, now, address, sealed(state, hands, message.to_wire()))


def _notification(state: Acceptance, hands: Hands, now: datetime) -> HttpRequest:
    outcome = NotificationEvent.ACCEPTED if state.notified else NotificationEvent.FAILURE
    message = NotificationRequest(state.notification_id, outcome)
    address = present(state.issuer).notification_endpoint
    return _to_issuer(state, hands, now, address, (JSON_TYPE, strict_json.dumps(message.to_wire())))


def _to_issuer(
    state: Acceptance, hands: Hands, now: datetime, address: str, content: tuple[str, bytes]
) -> HttpRequest:
    """A message under the access token, which is sent as its type wants."""
    bound = state.token_type == "DPoP"  # noqa: S105 - a type, no token
    nonce, token = state.resource_nonce, state.access_token
    headers = (_dpop(state, hands, now, "POST", address, nonce=nonce, access_token=token),) if bound else ()
    return HttpRequest(
        "POST",
        address,
        accept=f"{JSON_TYPE}, {encryption.MEDIA_TYPE}",
        content_type=content[0],
        body=content[1],
        authorization=f"{state.token_type} {token}",
        headers=headers,
    )


def _session(state: Acceptance, _hands: Hands) -> SessionKeyWanted:
    return SessionKeyWanted(present(state.server).issuer)


def _attestation(state: Acceptance, _hands: Hands) -> ClientAttestationWanted:
    return ClientAttestationWanted(present(state.server).issuer, _session_key(state))


def _browser(state: Acceptance, _hands: Hands) -> BrowserWanted:
    return BrowserWanted(_authorization_url(state), state.redirect_uri, state.state)


def _waiting(state: Acceptance, _hands: Hands) -> Waiting:
    return Waiting(datetime.fromtimestamp(state.due, UTC))


def _received(state: Acceptance, _hands: Hands) -> Received:
    name, configuration = current(state)
    return Received(name, configuration, state.credentials, made(state))


_REQUESTS: Final = {
    Phase.OFFER: _offer,
    Phase.ISSUER_METADATA: _issuer,
    Phase.SERVER_METADATA: _server,
    Phase.CHALLENGE: _challenge,
    Phase.PUSHED: _pushed,
    Phase.TOKEN: _token,
    Phase.NONCE: _nonce,
    Phase.CREDENTIAL: _credential,
    Phase.DEFERRED: _deferred,
    Phase.NOTIFICATION: _notification,
}
_TASKS: Final[dict[Phase, Callable[[Acceptance, Hands], Reply]]] = {
    Phase.CONSENT: _consent,
    Phase.SESSION_KEY: _session,
    Phase.ATTESTATION: _attestation,
    Phase.BROWSER: _browser,
    Phase.KEYS: _keys,
    Phase.KEY_ATTESTATION: _key_attestation,
    Phase.WAITING: _waiting,
    Phase.CHECK: _received,
}
