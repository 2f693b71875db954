"""To whom and for what an answer is made: audience and nonce, and of mdocs the session transcript."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec import base64url
from clicid.formats.base import Binding
from clicid.formats.mdoc import transcript

if TYPE_CHECKING:
    from collections.abc import Callable

    from clicid.keys.public import PublicKey
    from clicid.oid4vp.request import AuthorizationRequest


@dataclass(frozen=True, slots=True)
class Channel:
    """How an answer goes back, as far as holders' proofs depend on it; the two sides must mean the same.

    Args:
        encryption_key: SHA-256 thumbprint of the key that the answer is encrypted for (RFC 7638, 32 bytes);
            None where it is not encrypted.
        origin: The page's, as the browser says it, where the Digital Credentials API carries the answer; ""
            where it is posted to the response URI.
        agree: On the verifier's side, what that key and another agree on (ECDH): for MACs of mdocs, which are
            refused without.
    """

    encryption_key: bytes | None = None
    origin: str = ""
    agree: Callable[[PublicKey], bytes] | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of(cls, request: AuthorizationRequest, agree: Callable[[PublicKey], bytes] | None = None) -> Channel:
        """How the answer to a request goes back, as the request says it.

        Raises:
            RemoteError: `invalid_request` with `oid4vp.encryption` for an encrypted answer without a key.
        """
        recipient = request.recipient
        key = None if recipient is None else base64url.decode(recipient.key.thumbprint())
        return cls(key, request.origin, agree)


IN_THE_OPEN: Final = Channel()
"""Posted to the response URI, not encrypted."""


def of(request: AuthorizationRequest, channel: Channel) -> Binding:
    """The binding of every presentation in the answer to a request.

    By the Digital Credentials API the audience is the page's origin, whoever the client is (A.4); else it is
    the full client identifier (14.2).
    """
    if channel.origin:
        session = transcript.dc_api(channel.origin, request.nonce, channel.encryption_key)
        return Binding(f"origin:{channel.origin}", request.nonce, transcript=session, agree=channel.agree)
    client = str(request.client_id)
    session = transcript.openid4vp(client, request.nonce, request.response_uri, channel.encryption_key)
    return Binding(client, request.nonce, transcript=session, agree=channel.agree)
