"""Client identifiers and their prefixes (OpenID4VP 5.9): who asks, and how that is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from clicid.errors import Refused


@dataclass(frozen=True, slots=True)
class PrefixRule:
    """What a prefix demands of a request.

    Args:
        signed: Whether the request must be signed; if not, it must not be.
        supported: Whether we can check it; what we cannot is refused by name.
    """

    signed: bool
    supported: bool


REDIRECT_URI: Final = "redirect_uri"
DECENTRALIZED_IDENTIFIER: Final = "decentralized_identifier"
PRE_REGISTERED: Final = ""

# OpenID4VP 5.9.3; an identifier without one of these is that of a client registered beforehand
# (5.9.1). `origin` is the wallet's own and never comes in a request.
PREFIXES: Final[dict[str, PrefixRule]] = {
    REDIRECT_URI: PrefixRule(signed=False, supported=True),
    DECENTRALIZED_IDENTIFIER: PrefixRule(signed=True, supported=True),
    "openid_federation": PrefixRule(signed=True, supported=False),
    "verifier_attestation": PrefixRule(signed=True, supported=False),
    "x509_san_dns": PrefixRule(signed=True, supported=False),
    "x509_hash": PrefixRule(signed=True, supported=False),
    "origin": PrefixRule(signed=True, supported=False),
    PRE_REGISTERED: PrefixRule(signed=True, supported=False),
}

_MAX_CLIENT_ID: Final = 2048


@dataclass(frozen=True, slots=True)
class ClientId:
    """A client identifier taken apart; ``str()`` gives it whole, as every check wants it (14.10)."""

    prefix: str
    rest: str

    @classmethod
    def parse(cls, text: str, where: str = "client_id") -> ClientId:
        """Read an identifier.

        Raises:
            Refused: `oid4vp.client_id` for one that is empty, too long or not printable ASCII, and
                for every prefix that is not supported.
        """
        if not (
            0 < len(text) <= _MAX_CLIENT_ID and text.isascii() and text.isprintable() and " " not in text
        ):
            raise Refused("oid4vp.client_id", where, "1 to 2048 printable ASCII characters")
        head, _, rest = text.partition(":")
        prefix = head if head in PREFIXES else PRE_REGISTERED
        if not PREFIXES[prefix].supported or not rest:
            raise Refused("oid4vp.client_id", where, "a prefix that is not supported")
        return cls(prefix, rest)

    def __str__(self) -> str:
        return f"{self.prefix}:{self.rest}"

    @property
    def signed(self) -> bool:
        """Whether a request of this client must be signed; if not, it must not be."""
        return PREFIXES[self.prefix].signed
