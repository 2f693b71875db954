"""An issuance from the access token on, as the wallet reads it (OpenID4VCI 7 to 11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from clicid.codec import instant
from clicid.errors import LocalError, Refused
from clicid.keys import algorithms
from clicid.keys.algorithms import P256
from clicid.oid4vci import encryption
from clicid.oid4vci.acceptance import Grant, Phase
from clicid.oid4vci.answers import body_of, error_of
from clicid.oid4vci.credential import CredentialResponse, DeferredResponse, NonceResponse, ProofType
from clicid.oid4vci.dialogue import Checked, KeysAttested, TimePassed
from clicid.oid4vci.errors import Wire
from clicid.oid4vci.holding import answer_encryption, attests, current, made, planned, present
from clicid.securing import jwe

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.codec.web import HttpAnswer
    from clicid.keys.public import PublicKey
    from clicid.oid4vci.acceptance import Acceptance
    from clicid.oid4vci.dialogue import Event, KeysMade
    from clicid.oid4vci.holding import Hands

_MAX_ASKED: Final = 500
"""How often a deferred credential is asked for: an issuer that never has it is no issuer."""
_MAX_SEALED_BYTES: Final = 2 << 20


def check_algorithm(key: PublicKey, name: str) -> None:
    """Return if a key is of the algorithm that was wanted; LocalError `oid4vci.sequence`."""
    if key.algorithm != algorithms.by_name(name):
        raise LocalError("oid4vci.sequence", "key", "of another algorithm than was wanted")


def following(state: Acceptance) -> Acceptance:
    """On to the first of what is wished, or to the end."""
    state = replace(
        state,
        keys=(),
        encryption_key="",
        nonce="",
        renewed=False,
        key_attestation="",
        transaction_id="",
        due=0,
        asked=0,
        refreshed=False,
        credentials=(),
        notification_id="",
        repeated=(),
    )
    if state.wished:
        return replace(state, phase=Phase.KEYS)
    return replace(state, phase=Phase.FINISHED, access_token="")


def keys_made(state: Acceptance, event: KeysMade, hands: Hands) -> Acceptance:
    """On to the proof of fresh keys. LocalError `oid4vci.sequence` for others than were wanted."""
    _, configuration = current(state)
    for key in event.keys:
        check_algorithm(key, planned(configuration, hands.rules).algorithm)
    issuer = present(state.issuer)
    many = {key.to_multikey() for key in event.keys}
    if not 1 <= len(many) == len(event.keys) <= issuer.batch_size:
        raise LocalError("oid4vci.sequence", "keys", "another number of keys than was wanted")
    if (event.encryption is not None) != (issuer.response_encryption is not None):
        raise LocalError("oid4vci.sequence", "encryption", "a key exactly if one was wanted")
    if event.encryption is not None:
        check_algorithm(event.encryption, P256)
    state = replace(
        state,
        keys=tuple(key.to_multikey() for key in event.keys),
        encryption_key="" if event.encryption is None else event.encryption.to_multikey(),
    )
    return replace(state, phase=Phase.NONCE) if issuer.nonce_endpoint else _prove(state, hands)


def _prove(state: Acceptance, hands: Hands) -> Acceptance:
    _, configuration = current(state)
    how = planned(configuration, hands.rules)
    attested = how.attestation is not None or how.kind is ProofType.ATTESTATION
    return replace(state, phase=Phase.KEY_ATTESTATION if attested else Phase.CREDENTIAL, repeated=())


def read_nonce(state: Acceptance, answer: HttpAnswer, hands: Hands, _now: datetime) -> Acceptance:
    """The c_nonce of the next proof."""
    return _prove(replace(state, nonce=NonceResponse.parse(body_of(answer)).c_nonce), hands)


def read_credential(state: Acceptance, answer: HttpAnswer, hands: Hands, now: datetime) -> Acceptance:
    """Credentials, the promise of them, or that the nonce ran out."""
    refused = answer.status != 200 and error_of(answer) == Wire.INVALID_NONCE
    if refused and state.nonce and not state.renewed:
        return replace(state, phase=Phase.NONCE, nonce="", key_attestation="", renewed=True)
    if answer.status == 202:
        if not present(state.issuer).deferred_credential_endpoint:
            raise Refused("oid4vci.remote", detail="deferred, and no endpoint to ask")
        return _wait(state, answer, hands, now)
    return _came(state, answer, hands)


def read_deferred(state: Acceptance, answer: HttpAnswer, hands: Hands, now: datetime) -> Acceptance:
    """The same for what was promised."""
    if answer.status == 401 and state.refresh_token and not state.refreshed:
        state = replace(state, grant=Grant.REFRESH, refreshed=True, repeated=())
        if attests(present(state.server), hands.rules) and state.session_key:
            return replace(state, phase=Phase.ATTESTATION)
        return replace(state, phase=Phase.TOKEN)
    if answer.status == 202:
        return _wait(replace(state, refreshed=False), answer, hands, now)
    return _came(state, answer, hands)


def _wait(state: Acceptance, answer: HttpAnswer, hands: Hands, now: datetime) -> Acceptance:
    deferred = DeferredResponse.parse(_opened(state, answer, hands, 202))
    if state.transaction_id not in ("", deferred.transaction_id):
        raise Refused("oid4vci.remote", "/transaction_id", "another than was asked for (9.2)")
    if state.asked >= _MAX_ASKED:
        raise Refused("oid4vci.remote", detail="never ready")
    due = now + timedelta(seconds=deferred.interval)
    return replace(
        state,
        phase=Phase.WAITING,
        transaction_id=deferred.transaction_id,
        due=instant.to_numeric_date(due),
    )


def _came(state: Acceptance, answer: HttpAnswer, hands: Hands) -> Acceptance:
    response = CredentialResponse.parse(_opened(state, answer, hands, 200))
    if len(response.credentials) > len(made(state)):
        raise Refused("oid4vci.remote", "/credentials", "at most one for each key is wanted")
    # 8.3: one answer is a credential, or the promise of one.
    return replace(
        state,
        phase=Phase.CHECK,
        credentials=response.credentials,
        notification_id=response.notification_id,
    )


def _opened(state: Acceptance, answer: HttpAnswer, hands: Hands, status: int) -> bytes:
    """What is in an answer, which is encrypted exactly if we wanted it so (8.3, 10)."""
    wanted = answer_encryption(state)
    if wanted is None:
        return body_of(answer, status)
    if answer.status == status and answer.content_type != encryption.MEDIA_TYPE:
        raise Refused("oid4vci.encryption", detail="an encrypted answer is wanted")
    body = body_of(answer, status, encryption.MEDIA_TYPE)
    key = wanted.recipient.key
    token = jwe.parse(body, max_bytes=_MAX_SEALED_BYTES)
    return jwe.decrypt(
        token,
        agree=lambda public: hands.keys.agree(key, public),
        kid=wanted.recipient.kid,
        encs=(wanted.enc,),
    )


def read_notification(state: Acceptance, _answer: HttpAnswer, _hands: Hands, _now: datetime) -> Acceptance:
    """A courtesy to the issuer: whatever it says to it, the credential is ours (11)."""
    return following(state)


def looked_at(state: Acceptance, *, kept: bool) -> Acceptance:
    """After the check: the issuer is told, where it wants to be."""
    name, _ = current(state)
    names = state.kept if not kept or name in state.kept else (*state.kept, name)
    state = replace(state, wished=state.wished[1:], kept=names, notified=kept, repeated=())
    if not present(state.issuer).notification_endpoint or not state.notification_id:
        return following(state)
    return replace(state, phase=Phase.NOTIFICATION, credentials=(), keys=())


def moved(state: Acceptance, event: Event, now: datetime) -> Acceptance:
    """After an event that needs nothing but the state."""
    match event:
        case KeysAttested():
            return replace(state, phase=Phase.CREDENTIAL, key_attestation=event.attestation)
        case Checked():
            return looked_at(state, kept=event.kept)
        case TimePassed():
            if instant.to_numeric_date(now) < state.due:
                raise LocalError("oid4vci.sequence", detail="the issuer said when to ask again")
            return replace(state, phase=Phase.DEFERRED, asked=state.asked + 1, repeated=())
        case _:  # Declined
            return replace(state, phase=Phase.DECLINED)
