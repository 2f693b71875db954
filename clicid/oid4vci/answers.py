"""What an answer hands out beside its body, and what is wrong with it: nonces, challenges, error codes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from clicid.codec.web import JSON_TYPE
from clicid.errors import Refused
from clicid.oid4vci import client_attestation, dpop
from clicid.oid4vci.acceptance import Phase
from clicid.oid4vci.errors import ErrorAnswer, Wire
from clicid.oid4vci.holding import combined

if TYPE_CHECKING:
    from clicid.codec.web import HttpAnswer
    from clicid.oid4vci.acceptance import Acceptance

_AT_SERVER: Final = frozenset({Phase.CHALLENGE, Phase.PUSHED, Phase.TOKEN})
_AT_ISSUER: Final = frozenset({Phase.NONCE, Phase.CREDENTIAL, Phase.DEFERRED, Phase.NOTIFICATION})
_REPEATABLE: Final = (_AT_SERVER | _AT_ISSUER) - {Phase.CHALLENGE, Phase.NONCE}
"""Phases of requests that prove who asks."""
MAX_NONCE: Final = 1024
_CHALLENGED: Final = re.compile(r'\berror="?([a-z_]{1,64})')


def with_nonces(state: Acceptance, answer: HttpAnswer) -> Acceptance:
    """What an answer hands out for the next proof (RFC 9449 8.2; VCI 7.2; ABCA 6.2)."""
    nonce = _header(answer, dpop.NONCE_HEADER)
    challenge = _header(answer, client_attestation.CHALLENGE_HEADER)
    if state.phase in _AT_ISSUER:
        return replace(state, resource_nonce=nonce or state.resource_nonce)
    if state.phase not in _AT_SERVER:
        return state
    state = replace(state, server_nonce=nonce or state.server_nonce)
    return with_challenge(state, challenge) if challenge else state


def with_challenge(state: Acceptance, challenge: str) -> Acceptance:
    """What the next client attestation's proof has to hold; a DPoP proof that serves for it has one place."""
    return replace(state, server_nonce=challenge) if combined(state) else replace(state, challenge=challenge)


def _header(answer: HttpAnswer, name: str) -> str:
    value = answer.headers.get(name.lower(), "")
    return value if len(value) <= MAX_NONCE and value.isascii() and value.isprintable() else ""


def again(state: Acceptance, answer: HttpAnswer) -> Acceptance | None:
    """The same request with what the answer brought; None if it is no reason for that, or was one before."""
    if answer.status not in (400, 401) or state.phase not in _REPEATABLE:
        return None
    code = error_of(answer) or _challenge_error(answer)
    stale = code == Wire.USE_FRESH_ATTESTATION and state.phase in _AT_SERVER
    if stale and state.attestation and not state.fresh:
        return replace(state, phase=Phase.ATTESTATION, attestation="", fresh=True)
    brought = {
        Wire.USE_DPOP_NONCE: dpop.NONCE_HEADER,
        Wire.USE_ATTESTATION_CHALLENGE: client_attestation.CHALLENGE_HEADER,
    }
    header = next((name for wire, name in brought.items() if code == wire), "")
    if code in state.repeated or not header or not _header(answer, header):
        return None
    return replace(state, repeated=(*state.repeated, code))


def _challenge_error(answer: HttpAnswer) -> str:
    """The error code of a `WWW-Authenticate` header (RFC 6750 3, RFC 9449 9) if it is one that we know."""
    found = _CHALLENGED.search(answer.headers.get("www-authenticate", "")[:MAX_NONCE])
    code = found.group(1) if found else ""
    return code if code in KNOWN_ERRORS else ""


def body_of(answer: HttpAnswer, status: int = 200, content_type: str = JSON_TYPE) -> bytes:
    """The body of an answer of that status; the error code of any other is kept in the detail."""
    if answer.status != status:
        code = error_of(answer) or _challenge_error(answer)
        raise Refused("oid4vci.remote", detail=f"status {answer.status} {code}".rstrip())
    if answer.content_type != content_type:
        raise Refused("oid4vci.remote", detail=f"not {content_type}")
    return answer.body


def error_of(answer: HttpAnswer) -> str:
    """The error code in an answer if it is one that we know, else ""."""
    try:
        code = ErrorAnswer.parse(answer.body).error
    except Refused:
        return ""
    return code if code in KNOWN_ERRORS else ""


KNOWN_ERRORS: Final = frozenset(wire.value for wire in Wire)
