"""The VC API's requests: a request, or our error; what is in a request is the document that came."""

from __future__ import annotations

import contextlib

from clicid.codec import strict_json
from clicid.errors import ClicidError
from clicid.vc_api import messages

_CREDENTIAL = (
    b'{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"issuer":"x:y"}'
)
SEEDS = [
    b'{"credential":'
    + _CREDENTIAL
    + b',"options":{"cryptosuite":"bbs-2023","mandatoryPointers":["/issuer"]}}',
    b'{"verifiableCredential":' + _CREDENTIAL + b',"options":{"checks":["proof"],"returnResults":true}}',
    b'{"verifiableCredential":' + _CREDENTIAL + b',"options":{"selectivePointers":["/a~1b"],"nonce":"n"}}',
    b'{"presentation":{"type":"VerifiablePresentation"},"options":{"challenge":"c","created":"2026-01-01T00:00:00Z"}}',
]


def target(data: bytes) -> None:
    with contextlib.suppress(ClicidError):
        messages.issue(data)
    with contextlib.suppress(ClicidError):
        messages.derive(data)
    with contextlib.suppress(ClicidError):
        messages.prove(data)
    for member in (messages.VERIFIABLE_CREDENTIAL, messages.VERIFIABLE_PRESENTATION):
        try:
            request = messages.verify(data, member)
        except ClicidError:
            continue
        assert strict_json.loads(request.raw) == request.document()
        _same_unread(data, request)


def _same_unread(data: bytes, request: messages.VerifyRequest) -> None:
    """What is cut out without being read is what is read, if it is JSON; that it is, its user knows."""
    with contextlib.suppress(ClicidError):
        unread = messages.verify_unread(data, request.member)
        if unread is not None and isinstance(strict_json.loads(unread.raw), dict):
            assert (unread.document(), unread.options) == (request.document(), request.options)
