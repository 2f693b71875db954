"""The VC API's requests: a request, or our error; what is in a request is the document that came."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from clicid.codec import strict_json
from clicid.errors import ClicidError
from clicid.vc_api import messages

if TYPE_CHECKING:
    from collections.abc import Callable

_CREDENTIAL = (
    b'{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"issuer":"x:y"}'
)
SEEDS = [
    b'{"credential":'
    + _CREDENTIAL
    + b',"options":{"cryptosuite":"bbs-2023","mandatoryPointers":["/issuer"]}}',
    b'{"verifiableCredential":' + _CREDENTIAL + b',"options":{"checks":["proof"],"returnResults":true}}',
    b'{"verifiableCredential":' + _CREDENTIAL + b',"options":{"selectivePointers":["/a~1b"],"nonce":"n"}}',
    b'{"verifiableCredential":'
    + _CREDENTIAL
    + b',"options":{"issuanceProofs":{"sha256:00":"AAAA","a/b":"_-8"}}}',
    b'{"verifiablePresentation":{"type":"VerifiablePresentation"},"options":{"challenge":"c","domain":"d"}}',
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
        request = _read(messages.verify, data, member)
        if request is not None:
            whole = strict_json.loads(data)
            assert isinstance(whole, dict)
            assert strict_json.loads(request.raw) == whole[member] == request.document()
        unread = _read(messages.verify_unread, data, member)
        if unread is not None and _is_object(unread.raw):
            assert request is not None
            assert (unread.document(), unread.options) == (request.document(), request.options)


def _read(
    read: Callable[[bytes, str], messages.VerifyRequest | None], data: bytes, member: str
) -> messages.VerifyRequest | None:
    try:
        return read(data, member)
    except ClicidError:
        return None


def _is_object(raw: bytes) -> bool:
    """What whoever cuts a body without reading it must know of what it cuts out."""
    try:
        return isinstance(strict_json.loads(raw, max_depth=22), dict)
    except ClicidError:
        return False
