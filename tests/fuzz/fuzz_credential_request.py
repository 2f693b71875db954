"""Credential requests and responses, deferred ones, nonces and notifications."""

from __future__ import annotations

import contextlib

from clicid.codec import strict_json
from clicid.errors import ClicidError
from clicid.oid4vci.credential import (
    CredentialRequest,
    CredentialResponse,
    DeferredRequest,
    DeferredResponse,
    NonceResponse,
    NotificationEvent,
    NotificationRequest,
    Proofs,
    ProofType,
)

_MESSAGES = (
    CredentialRequest,
    CredentialResponse,
    DeferredRequest,
    DeferredResponse,
    NonceResponse,
    NotificationRequest,
)
SEEDS = [
    strict_json.dumps(message.to_wire())
    for message in (
        CredentialRequest("a", "", Proofs(ProofType.JWT, ("x.y.z", "u.v.w"))),
        CredentialRequest("a", "", Proofs(ProofType.DI_VP, ({"holder": "h"},))),
        CredentialRequest("a", "", Proofs(ProofType.ATTESTATION, ("x.y.z",))),
        CredentialRequest("", "i"),
        CredentialResponse(("abc", {"a": [1]}), "n"),
        DeferredRequest("t"),
        DeferredResponse("t", 5),
        NonceResponse("n"),
        NotificationRequest("n", NotificationEvent.DELETED),
    )
]


def target(data: bytes) -> None:
    for message in _MESSAGES:
        with contextlib.suppress(ClicidError):
            found = message.parse(data)
            assert message.parse(strict_json.dumps(found.to_wire())) == found
