"""An issuance up to its access token: the offer, and what is redeemed for it (OpenID4VCI 4 and 6)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url
from clicid.errors import LocalError, RemoteError
from clicid.oid4vci.errors import Wire
from clicid.oid4vci.issuance import Issuance, Phase, Reply, TokenRequested, expired, seconds
from clicid.oid4vci.offer import CredentialOffer, PreAuthorized, TxCode
from clicid.oid4vci.token import PreAuthorizedRequest, TokenResponse

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from clicid.oid4vci.rules import IssuerRules

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
    """A pre-authorized code for an access token (OpenID4VCI 6.1, 6.3); a wrong try counts in the state."""
    request = event.request
    if not isinstance(request, PreAuthorizedRequest):
        return state, RemoteError(Wire.INVALID_GRANT, "oid4vci.grant", detail="of another grant type")
    if not hmac.compare_digest(rules.digest(request.pre_authorized_code), state.code_digest):
        return state, RemoteError(Wire.INVALID_GRANT, "oid4vci.grant")
    if expired(state, now).phase is Phase.EXPIRED:
        return expired(state, now), RemoteError(Wire.INVALID_GRANT, "oid4vci.grant", detail="expired")
    if bool(state.tx_code_digest) != (request.tx_code is not None):
        return state, RemoteError(Wire.INVALID_REQUEST, "oid4vci.tx_code", detail="missing, or not expected")
    if request.tx_code is not None:
        given = _tx_code_digest(rules, request.pre_authorized_code, request.tx_code)
        if not hmac.compare_digest(given, state.tx_code_digest):
            return _count_try(state)
    token = base64url.encode(random(_SECRET_BYTES))
    following = replace(
        state,
        phase=Phase.AUTHORISED,
        token_digest=rules.digest(token),
        expires_at=seconds(now + rules.token_life),
    )
    return following, TokenResponse(token, int(rules.token_life.total_seconds()))


def _tx_code_digest(rules: IssuerRules, code: str, tx_code: str) -> str:
    # The code salts it, so that equal transaction codes do not look equal in the store.
    return rules.digest(f"{code} {tx_code}")


def _count_try(state: Issuance) -> tuple[Issuance, Reply]:
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
