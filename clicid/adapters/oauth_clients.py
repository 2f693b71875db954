"""OAuth 2 clients with a secret: how they say it, and whether it is theirs (RFC 6749 2.3.1, 4.4)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

GRANT: Final = "client_credentials"
TOKEN_SECONDS: Final = 600


class Client(Protocol):
    """A client as the operator has written it down: its id and its secret's SHA-256 (hex)."""

    @property
    def client_id(self) -> str:
        """Its id."""

    @property
    def secret_sha256(self) -> str:
        """64 hexadecimal digits."""


def basic(authorization: str) -> tuple[str, str] | None:
    """Id and secret of an Authorization header: both empty for a malformed one, None for another scheme."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:  # not ASCII, not base64 (binascii.Error), not UTF-8
        return "", ""
    return name, secret


def known(clients: Iterable[Client], client_id: str, secret: str) -> bool:
    """Whether there is such a client and the secret is its own."""
    digest = hashlib.sha256(secret.encode()).hexdigest()
    found = [hmac.compare_digest(one.secret_sha256, digest) for one in clients if one.client_id == client_id]
    return any(found)


def bearer(authorization: str) -> str:
    """The token of an Authorization header (RFC 6750 2.1); empty if there is none."""
    scheme, _, token = authorization.partition(" ")
    return token if scheme.lower() == "bearer" else ""
