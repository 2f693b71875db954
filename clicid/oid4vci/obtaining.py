"""An issuance from the offer to the access token, as the wallet reads it (OpenID4VCI 4 to 6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url, shape, strict_json
from clicid.errors import LocalError, Refused
from clicid.keys import algorithms
from clicid.oid4vci import haip, signed_metadata
from clicid.oid4vci.acceptance import Grant, Phase, Wished
from clicid.oid4vci.answers import KNOWN_ERRORS, MAX_NONCE, body_of, error_of, with_challenge
from clicid.oid4vci.authorization import DETAILS_TYPE, S256, AuthorizationResponse, PushedResponse
from clicid.oid4vci.errors import Wire
from clicid.oid4vci.holding import attests, check_encryption, offered, present, uses_dpop
from clicid.oid4vci.metadata import AuthorizationServerMetadata, CredentialIssuerMetadata
from clicid.oid4vci.offer import AUTHORIZATION_CODE, PRE_AUTHORIZED, CredentialOffer
from clicid.oid4vci.receiving import following
from clicid.oid4vci.token import BEARER, DPOP, TokenResponse

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.codec.web import HttpAnswer
    from clicid.oid4vci.acceptance import Acceptance
    from clicid.oid4vci.dialogue import Consented
    from clicid.oid4vci.holding import Hands

_SECRET_BYTES: Final = 32
_MAX_IDENTIFIERS: Final = 16
"""Credentials of one configuration that an issuer may hand out at once."""
_METADATA_AGE: Final = timedelta(days=30)
_LEEWAY: Final = timedelta(minutes=1)
_MAX_CHALLENGE_BYTES: Final = 16_384


def read_offer(state: Acceptance, answer: HttpAnswer, _hands: Hands, _now: datetime) -> Acceptance:
    """An offer that was fetched."""
    return begun(state, CredentialOffer.parse(body_of(answer)))


def read_issuer(state: Acceptance, answer: HttpAnswer, hands: Hands, now: datetime) -> Acceptance:
    """The issuer's metadata: whether we can hold what it offers, and which server to look at."""
    offer = present(state.offer)
    body = _metadata(answer, offer.credential_issuer, hands, now)
    issuer = CredentialIssuerMetadata.parse(body, issuer=offer.credential_issuer)
    check_encryption(issuer)
    state = replace(state, issuer=issuer)
    if not offered(state, hands.rules):
        raise Refused("oid4vci.unsupported", detail="no offered credential is of a kind that we hold")
    if hands.rules.haip:
        haip.check_issuer(issuer, offered(state, hands.rules).values())
    servers = issuer.authorization_servers or (issuer.credential_issuer,)
    wanted = state.servers or tuple(
        grant.authorization_server
        for grant in (offer.pre_authorized, offer.authorization_code)
        if grant is not None and grant.authorization_server
    )
    # 12.2.4: an offer's hint, and what a renewal remembers, must be one of the issuer's.
    if not set(wanted) <= set(servers):
        raise Refused("oid4vci.offer", "authorization_server", "not one of the issuer's")
    return replace(state, phase=Phase.SERVER_METADATA, servers=wanted[:1] or servers)


def _metadata(answer: HttpAnswer, issuer: str, hands: Hands, now: datetime) -> bytes:
    """The metadata, whose signer is trusted if they are signed (12.2.3).

    Whoever named an authority for a wallet under HAIP wants more than TLS tells (HAIP 1.0 4.1): plain ones,
    which anybody in between could put in the place of signed ones, are refused then.
    """
    if not hands.rules.signed_metadata or answer.content_type != signed_metadata.MEDIA_TYPE:
        if hands.rules.signed_metadata and hands.rules.haip:
            raise Refused("oid4vci.metadata_signer", detail="not signed")
        return body_of(answer)
    return signed_metadata.verify(
        body_of(answer, content_type=signed_metadata.MEDIA_TYPE),
        issuer=issuer,
        signers=hands.rules.signers,
        algs=algorithms.JOSE_ALGORITHMS,
        now=now,
        max_age=_METADATA_AGE,
        leeway=_LEEWAY,
    )


def read_server(state: Acceptance, answer: HttpAnswer, hands: Hands, _now: datetime) -> Acceptance:
    """The server's metadata: whether it knows a grant that we can use."""
    server = AuthorizationServerMetadata.parse(body_of(answer), issuer=state.servers[0])
    state = replace(state, server=server)
    grant = _grant(state, hands)
    if grant is None:
        if len(state.servers) == 1:
            raise Refused("oid4vci.unsupported", "/grant_types_supported", "no grant that can be used")
        return replace(state, server=None, servers=state.servers[1:])
    if hands.rules.haip:
        haip.check_server(server, attested=hands.rules.attested, by_code=grant is Grant.CODE)
    state = replace(state, grant=grant, servers=())
    if grant is not Grant.REFRESH:
        return replace(state, phase=Phase.CONSENT)
    if attests(server, hands.rules) and state.session_key:
        return replace(state, phase=Phase.ATTESTATION)
    return replace(state, phase=Phase.TOKEN, repeated=())


def _grant(state: Acceptance, hands: Hands) -> Grant | None:
    """How the token can be got from this server."""
    offer, server = present(state.offer), present(state.server)
    supported = server.grant_types_supported
    if state.grant is Grant.REFRESH:
        return Grant.REFRESH
    if offer.pre_authorized is not None and PRE_AUTHORIZED in supported:
        return Grant.PRE_AUTHORIZED
    by_code = offer.authorization_code is not None or offer.pre_authorized is None
    if by_code and AUTHORIZATION_CODE in supported and _can_authorize(state, hands):
        return Grant.CODE
    return None


def _can_authorize(state: Acceptance, hands: Hands) -> bool:
    """Whether the code flow can be walked: a browser, an endpoint, a client, PKCE and a way to ask."""
    server, issuer = present(state.server), present(state.issuer)
    methods = server.code_challenge_methods_supported
    scoped = all(issuer.configurations[name].scope for name in offered(state, hands.rules))
    return bool(
        hands.rules.redirect_uri
        and server.authorization_endpoint
        and (attests(server, hands.rules) or (hands.rules.client_id and _public(server)))
        and (not methods or S256 in methods)
        and (server.pushed_authorization_request_endpoint or not server.require_pushed_authorization_requests)
        and (scoped or DETAILS_TYPE in server.authorization_details_types_supported)
    )


def consented(state: Acceptance, event: Consented, hands: Hands) -> Acceptance:
    """After the person's word. Raises as `Wallet.step`."""
    asked = offered(state, hands.rules)
    if not event.configuration_ids or not asked.keys() >= set(event.configuration_ids):
        raise LocalError("oid4vci.configuration", detail="a choice among what was offered is wanted")
    grant = present(state.offer).pre_authorized if state.grant is Grant.PRE_AUTHORIZED else None
    demanded = grant is not None and grant.tx_code is not None
    if (event.tx_code is not None) != demanded:
        raise LocalError("oid4vci.tx_code", detail="given exactly if the offer demands one")
    chosen = tuple(dict.fromkeys(event.configuration_ids))
    if grant is not None and not present(state.server).anonymous_access:
        # Where the wallet has no name at all, anonymous access is tried: many leave the member out (12.3).
        state = replace(state, client_id=hands.rules.client_id)
    return authorize(replace(state, chosen=chosen, tx_code=event.tx_code, retry=False), hands)


def authorize(state: Acceptance, hands: Hands) -> Acceptance:
    """On to whatever is still wanted before the token can be asked for."""
    server = present(state.server)
    attested = attests(server, hands.rules)
    if (attested or uses_dpop(state)) and not state.session_key:
        return replace(state, phase=Phase.SESSION_KEY)
    if attested and not state.attestation:
        return replace(state, phase=Phase.ATTESTATION)
    if attested and server.challenge_endpoint and not (state.challenge or state.server_nonce):
        return replace(state, phase=Phase.CHALLENGE)
    state = replace(state, repeated=())
    if state.grant is not Grant.CODE or state.code:
        return replace(state, phase=Phase.TOKEN)
    state = replace(
        state,
        client_id=state.client_id or hands.rules.client_id,
        redirect_uri=hands.rules.redirect_uri,
        state=base64url.encode(hands.random(_SECRET_BYTES)),
        code_verifier=base64url.encode(hands.random(_SECRET_BYTES)),
    )
    pushed = server.pushed_authorization_request_endpoint
    return replace(state, phase=Phase.PUSHED if pushed else Phase.BROWSER)


def read_challenge(state: Acceptance, answer: HttpAnswer, hands: Hands, _now: datetime) -> Acceptance:
    """What the client attestation's proof has to hold (ABCA 6.1)."""
    found = shape.as_object(strict_json.loads(body_of(answer), max_bytes=_MAX_CHALLENGE_BYTES, max_depth=8))
    challenge = shape.text(found, "attestation_challenge", maximum=MAX_NONCE)
    return authorize(with_challenge(state, challenge), hands)


def read_pushed(state: Acceptance, answer: HttpAnswer, _hands: Hands, _now: datetime) -> Acceptance:
    """The request's place in the link that the browser opens (RFC 9126 2.2)."""
    pushed = PushedResponse.parse(body_of(answer, 201))
    return replace(state, phase=Phase.BROWSER, request_uri=pushed.request_uri)


def read_token(state: Acceptance, answer: HttpAnswer, _hands: Hands, _now: datetime) -> Acceptance:
    """The access token, of the type that was asked for."""
    if answer.status != 200 and error_of(answer) == Wire.INVALID_GRANT and state.tx_code is not None:
        # A mistyped code and a burnt offer look the same from here: the person may try again.
        return replace(state, phase=Phase.CONSENT, chosen=(), tx_code=None, retry=True)
    token = TokenResponse.parse(body_of(answer))
    # RFC 9449 5: a token that is bound to nothing would be a step back, one that is bound to a key that
    # was not shown is not for us.
    wanted = DPOP if state.session_key and uses_dpop(state) else BEARER
    if token.token_type != wanted:
        raise Refused("oid4vci.token_type", "/token_type", f"{wanted} is wanted")
    state = replace(
        state,
        access_token=token.access_token,
        token_type=token.token_type,
        refresh_token=token.refresh_token or state.refresh_token,
        tx_code=None,
        code="",
        code_verifier="",
        state="",
        repeated=(),
    )
    if state.transaction_id:
        return replace(state, phase=Phase.DEFERRED)
    return following(replace(state, wished=_wished(state, token)))


def begun(state: Acceptance, offer: CredentialOffer) -> Acceptance:
    """On with an offer to its issuer."""
    return replace(state, phase=Phase.ISSUER_METADATA, offer=offer)


def _public(server: AuthorizationServerMetadata) -> bool:
    """Whether a client without a secret is taken, as far as the server says."""
    methods = server.token_endpoint_auth_methods_supported
    return not methods or "none" in methods


def redirected(state: Acceptance, url: str) -> Acceptance:
    """What the browser brought is this request's answer (RFC 6749 10.12), by this server (RFC 9207 2.4)."""
    start, _, query = url.partition("?")
    if start != state.redirect_uri:
        raise Refused("oid4vci.redirect", detail="not the address that was asked for")
    found = AuthorizationResponse.parse(query.partition("#")[0])
    server = present(state.server)
    if found.state != state.state:
        raise Refused("oid4vci.redirect", "state", "of another request")
    if found.iss != server.issuer and (found.iss or server.authorization_response_iss_parameter_supported):
        raise Refused("oid4vci.redirect", "iss", "of another server, or missing")
    if found.error:
        known = found.error if found.error in KNOWN_ERRORS else ""
        raise Refused("oid4vci.remote", detail=f"not authorized {known}".rstrip())
    return replace(state, phase=Phase.TOKEN, code=found.code, request_uri="", repeated=())


def _wished(state: Acceptance, token: TokenResponse) -> tuple[Wished, ...]:
    """What is fetched with the token: by the identifiers that it names, where it names any (6.2, 8.2)."""
    named = token.credential_identifiers
    if not named:
        return tuple(Wished(name) for name in state.chosen)
    wished = tuple(
        Wished(name, identifier)
        for name in state.chosen
        for identifier in dict.fromkeys(named.get(name, ())[:_MAX_IDENTIFIERS])
    )
    if not wished:
        raise Refused("oid4vci.remote", "/authorization_details", "nothing of what was asked for")
    return wished
