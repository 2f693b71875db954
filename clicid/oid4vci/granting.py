"""Offers by pre-authorized code, and access tokens for whatever is redeemed (OpenID4VCI 4 and 6)."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from clicid.codec import base64url
from clicid.errors import LocalError, RemoteError
from clicid.oid4vci.authorizing import check_details
from clicid.oid4vci.errors import Wire
from clicid.oid4vci.issuance import Issuance, Phase, Reply, TokenRequested, expired, seconds
from clicid.oid4vci.kept import Refreshing
from clicid.oid4vci.offer import CredentialOffer, PreAuthorized, TxCode
from clicid.oid4vci.token import (
    BEARER,
    DPOP,
    CodeRequest,
    PreAuthorizedRequest,
    RefreshRequest,
    TokenResponse,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from clicid.oid4vci.clients import Client
    from clicid.oid4vci.rules import IssuerRules

_Step: TypeAlias = "tuple[Issuance, RemoteError | None]"
_SECRET_BYTES: Final = 32
_ID_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class NewOffer:
    """A fresh offer. `tx_code` goes to the person over another channel; "" when none is used."""

    issuance: Issuance
    offer: CredentialOffer
    tx_code: str = field(repr=False)


def offer(
    rules: IssuerRules,
    configuration_ids: tuple[str, ...],
    *,
    tx_code: TxCode | None,
    now: datetime,
    random: Callable[[int], bytes],
) -> NewOffer:
    """Make an offer by pre-authorized code.

    Args:
        rules: The issuer's.
        configuration_ids: Keys of the metadata's configurations.
        tx_code: The kind of transaction code to demand (numeric, with a length), or None.
        now: The time.
        random: So many random bytes.

    Raises:
        LocalError: `oid4vci.configuration` for an identifier that the metadata do not have;
            `oid4vci.unsupported` for a transaction code that is not numeric.
    """
    for name in configuration_ids:
        if name not in rules.metadata.configurations:
            raise LocalError("oid4vci.configuration", detail="not in the metadata")
    code = base64url.encode(random(_SECRET_BYTES))
    digits = "" if tx_code is None else _digits(tx_code, random)
    issuance = Issuance(
        phase=Phase.OFFERED,
        configuration_ids=configuration_ids,
        code_digest=rules.digest(code),
        tx_code_digest="" if tx_code is None else _tx_code_digest(rules, code, digits),
        tries_left=rules.tries,
        expires_at=seconds(now + rules.offer_life),
    )
    made = CredentialOffer(
        credential_issuer=rules.metadata.credential_issuer,
        credential_configuration_ids=configuration_ids,
        pre_authorized=PreAuthorized(code, tx_code),
    )
    return NewOffer(issuance, made, digits)


def redeem(
    rules: IssuerRules, state: Issuance, event: TokenRequested, now: datetime, random: Callable[[int], bytes]
) -> tuple[Issuance, Reply]:
    """A code or a refresh token for an access token (OpenID4VCI 6.1, 6.3).

    With a code the wallet may say by `authorization_details` which of what it may have it wants (6.1.1).
    """
    detailed = () if state.requested is None else state.requested.detailed
    match event.request:
        case PreAuthorizedRequest() as request:
            following, fault = _redeem_offer(rules, state, event, request, now)
        case CodeRequest() as request:
            following, fault = _redeem_code(rules, state, event, request, now)
        case RefreshRequest() as request:
            following, fault = _refresh(rules, state, event, request, now)
    if fault is not None:
        return following, fault
    if rules.details and not isinstance(event.request, RefreshRequest) and event.request.details:
        try:
            check_details(rules, event.request.details, state.configuration_ids)
        except RemoteError as wrong:
            return state, wrong
        detailed = tuple(one.credential_configuration_id for one in event.request.details)
        names = tuple(name for name in state.configuration_ids if name in detailed)
        following = replace(following, configuration_ids=names)
    return _tokens(rules, following, detailed, now, random)


def _redeem_offer(
    rules: IssuerRules, state: Issuance, event: TokenRequested, request: PreAuthorizedRequest, now: datetime
) -> _Step:
    # A wrong try counts in the state. A second use ends nothing: whoever saw the offer could do it.
    if state.phase is not Phase.OFFERED or not _is(rules, request.pre_authorized_code, state.code_digest):
        return state, RemoteError(Wire.INVALID_GRANT, "oid4vci.grant")
    if expired(state, now).phase is Phase.EXPIRED:
        return expired(state, now), RemoteError(Wire.INVALID_GRANT, "oid4vci.grant", detail="expired")
    if bool(state.tx_code_digest) != (request.tx_code is not None):
        return state, RemoteError(Wire.INVALID_REQUEST, "oid4vci.tx_code", detail="missing, or not expected")
    if request.tx_code is not None:
        given = _tx_code_digest(rules, request.pre_authorized_code, request.tx_code)
        if not hmac.compare_digest(given, state.tx_code_digest):
            return _count_try(state)
    return replace(state, client=event.client, jkt=event.jkt), None


def _redeem_code(
    rules: IssuerRules, state: Issuance, event: TokenRequested, request: CodeRequest, now: datetime
) -> _Step:
    """An authorization code (RFC 6749 4.1.3).

    1. The code is the one that was given. A second use ends the issuance and its tokens (4.1.2).
    2. It holds still.
    3. It comes from the client and address that it was given for.
    4. The verifier hashes to the challenge (RFC 7636 4.6).
    5. The key is the one that the request named (RFC 9449 10).

    A code with which 3 to 5 fail has gone astray, and is burnt.
    """
    requested = state.requested
    if requested is None or not _is(rules, request.code, state.code_digest):  # 1
        return state, RemoteError(Wire.INVALID_GRANT, "oid4vci.grant")
    if state.phase is not Phase.GRANTED:
        return _end(state), RemoteError(Wire.INVALID_GRANT, "oid4vci.grant_replayed")
    if expired(state, now).phase is Phase.EXPIRED:  # 2
        return expired(state, now), RemoteError(Wire.INVALID_GRANT, "oid4vci.grant", detail="expired")
    challenge = base64url.encode(hashlib.sha256(request.code_verifier.encode()).digest())
    faults = (
        (not _same(event.client, requested.client), "client_id"),  # 3
        (request.redirect_uri != requested.redirect_uri, "redirect_uri"),
        (not hmac.compare_digest(challenge, requested.code_challenge), "code_verifier"),  # 4
        (requested.dpop_jkt not in ("", event.jkt), "DPoP"),  # 5
    )
    for wrong, where in faults:
        if wrong:
            burnt = replace(state, phase=Phase.BURNT)
            return burnt, RemoteError(Wire.INVALID_GRANT, "oid4vci.grant_astray", where)
    return replace(state, client=event.client, jkt=event.jkt), None


def _refresh(
    rules: IssuerRules, state: Issuance, event: TokenRequested, request: RefreshRequest, now: datetime
) -> _Step:
    """A refresh token for the next one (RFC 6749 6, RFC 9700 4.14.2).

    1. It comes from the wallet, and with the key, that it is bound to; from others it does nothing.
    2. It is the last that was given; or the one before, if nothing that it brought was used: its answer was
       lost. Any other was copied: whoever has it, all of it ends.
    3. It holds still.
    """
    refreshing = state.refreshing
    if refreshing is None or state.phase not in {Phase.AUTHORISED, Phase.COMPLETED}:
        return state, RemoteError(Wire.INVALID_GRANT, "oid4vci.grant")
    if not _same(event.client, state.client) or not hmac.compare_digest(event.jkt, state.jkt):  # 1
        return state, RemoteError(Wire.INVALID_GRANT, "oid4vci.grant_astray")
    lost = bool(refreshing.before) and _is(rules, request.refresh_token, refreshing.before)
    if not lost and not _is(rules, request.refresh_token, refreshing.digest):  # 2
        return _end(state), RemoteError(Wire.INVALID_GRANT, "oid4vci.grant_replayed")
    if now >= refreshing.until:  # 3
        return expired(state, now), RemoteError(Wire.INVALID_GRANT, "oid4vci.grant", detail="expired")
    before = refreshing.before if lost else refreshing.digest
    return replace(state, refreshing=replace(refreshing, before=before if rules.rotated else "")), None


def _tokens(
    rules: IssuerRules,
    state: Issuance,
    detailed: tuple[str, ...],
    now: datetime,
    random: Callable[[int], bytes],
) -> tuple[Issuance, Reply]:
    token = base64url.encode(random(_SECRET_BYTES))
    refresh = ""
    refreshing = state.refreshing
    if state.jkt and rules.refresh_life:  # without a key, whoever copied it could go on with it
        until = seconds(now + rules.refresh_life)
        if refreshing is None or rules.rotated:
            refresh = base64url.encode(random(_SECRET_BYTES))
            before = "" if refreshing is None else refreshing.before
            refreshing = Refreshing(rules.digest(refresh), until, before)
        else:  # bound to a wallet that is attested: changing it would protect nothing (FAPI 2.0 5.3.2.1)
            refreshing = replace(refreshing, until=until)
    identifiers = state.identifiers
    if not identifiers:
        identifiers = {name: (base64url.encode(random(_ID_BYTES)),) for name in detailed}
    following = replace(
        state,
        phase=Phase.COMPLETED if state.phase is Phase.COMPLETED else Phase.AUTHORISED,
        token_digest=rules.digest(token),
        expires_at=seconds(now + rules.token_life),
        refreshing=refreshing,
        identifiers=identifiers,
    )
    return following, TokenResponse(
        access_token=token,
        expires_in=int(rules.token_life.total_seconds()),
        credential_identifiers=identifiers,
        token_type=DPOP if state.jkt else BEARER,
        refresh_token=refresh,
        scope=_scope(rules, following),
    )


def _scope(rules: IssuerRules, state: Issuance) -> str:
    """What was granted of the scopes asked for (RFC 6749 5.1)."""
    names = () if state.requested is None else state.configuration_ids
    scopes = (rules.metadata.configurations[name].scope for name in names if name not in state.identifiers)
    return " ".join(dict.fromkeys(one for one in scopes if one))


def _end(state: Issuance) -> Issuance:
    return replace(state, phase=Phase.WITHDRAWN)


def _same(one: Client | None, other: Client | None) -> bool:
    """Whether it is the same instance of the same wallet: what it is called may have changed."""
    known = None if other is None else (other.id, other.jkt)
    return known == (None if one is None else (one.id, one.jkt))


def _is(rules: IssuerRules, secret: str, digest: str) -> bool:
    return hmac.compare_digest(rules.digest(secret), digest)


def _tx_code_digest(rules: IssuerRules, code: str, tx_code: str) -> str:
    # The code salts it, so that equal transaction codes do not look equal in the store.
    return rules.digest(f"{code} {tx_code}")


def _count_try(state: Issuance) -> _Step:
    left = state.tries_left - 1
    if left > 0:
        return replace(state, tries_left=left), RemoteError(Wire.INVALID_GRANT, "oid4vci.tx_code")
    burnt = replace(state, tries_left=0, phase=Phase.BURNT)
    return burnt, RemoteError(Wire.INVALID_GRANT, "oid4vci.grant_burnt")


def _digits(tx_code: TxCode, random: Callable[[int], bytes]) -> str:
    if tx_code.input_mode != "numeric" or tx_code.length is None:
        raise LocalError("oid4vci.unsupported", "tx_code", "numeric with a length is wanted")
    # 128 bits over at most 10^24: what the remainder favours cannot be measured.
    number = int.from_bytes(random(_ID_BYTES), "big") % 10**tx_code.length
    return str(number).zfill(tx_code.length)
