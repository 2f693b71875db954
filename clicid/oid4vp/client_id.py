"""Client identifiers and their prefixes (OpenID4VP 5.9): who asks, and how that is shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from clicid.errors import Refused


@dataclass(frozen=True, slots=True)
class PrefixRule:
    """What a prefix demands of a request.

    Args:
        signed: Whether the request must be signed; if not, it must not be.
        supported: Whether we can check it; what we cannot is refused by name.
        rest: What must stand after it.
    """

    signed: bool
    supported: bool
    rest: re.Pattern[str]


REDIRECT_URI: Final = "redirect_uri"
DECENTRALIZED_IDENTIFIER: Final = "decentralized_identifier"
VERIFIER_ATTESTATION: Final = "verifier_attestation"
X509_SAN_DNS: Final = "x509_san_dns"
X509_HASH: Final = "x509_hash"
ORIGIN: Final = "origin"
PRE_REGISTERED: Final = ""

_ANYTHING: Final = re.compile(r".+", re.ASCII)
# RFC 1034 3.5 as relaxed by RFC 1123 2.1. There is no wildcard: one name asks, not a domain of them.
_DNS_NAME: Final = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*",
    re.ASCII | re.IGNORECASE,
)
# SHA-256 in base64url: the last character has two bits that belong to no byte.
_SHA_256: Final = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]", re.ASCII)

# OpenID4VP 5.9.3; an identifier without one of these is that of a client registered beforehand (5.9.2).
# `origin` is the wallet's own and never comes in a request.
PREFIXES: Final[dict[str, PrefixRule]] = {
    REDIRECT_URI: PrefixRule(signed=False, supported=True, rest=_ANYTHING),
    DECENTRALIZED_IDENTIFIER: PrefixRule(signed=True, supported=True, rest=_ANYTHING),
    VERIFIER_ATTESTATION: PrefixRule(signed=True, supported=True, rest=_ANYTHING),
    X509_SAN_DNS: PrefixRule(signed=True, supported=True, rest=_DNS_NAME),
    X509_HASH: PrefixRule(signed=True, supported=True, rest=_SHA_256),
    PRE_REGISTERED: PrefixRule(signed=True, supported=True, rest=_ANYTHING),
    "openid_federation": PrefixRule(signed=True, supported=False, rest=_ANYTHING),
    ORIGIN: PrefixRule(signed=False, supported=False, rest=_ANYTHING),
}

_MAX_CLIENT_ID: Final = 2048


@dataclass(frozen=True, slots=True)
class ClientId:
    """A client identifier taken apart; ``str()`` gives it whole, as every check wants it (14.10).

    Over the Digital Credentials API a request that is not signed has none; the page's origin stands in
    its place, with the prefix that no request may have itself (A.2).
    """

    prefix: str
    rest: str

    @classmethod
    def parse(cls, text: str, where: str = "client_id") -> ClientId:
        """Read an identifier.

        Raises:
            Refused: `oid4vp.client_id` for one that is empty, too long or not printable ASCII, for a prefix
                that is not supported, and for what may not stand after one.
        """
        if not (
            0 < len(text) <= _MAX_CLIENT_ID and text.isascii() and text.isprintable() and " " not in text
        ):
            raise Refused("oid4vp.client_id", where, "1 to 2048 printable ASCII characters")
        head, colon, tail = text.partition(":")
        # What precedes a colon and is no prefix belongs to the name of a registered client (5.9.2).
        prefix, rest = (head, tail) if colon and head and head in PREFIXES else (PRE_REGISTERED, text)
        rule = PREFIXES[prefix]
        if not rule.supported:
            raise Refused("oid4vp.client_id", where, f"the prefix {prefix} is not supported")
        if not rule.rest.fullmatch(rest):
            raise Refused("oid4vp.client_id", where, f"not what stands after {prefix}")
        return cls(prefix, rest)

    def __str__(self) -> str:
        return f"{self.prefix}:{self.rest}" if self.prefix else self.rest

    @property
    def signed(self) -> bool:
        """Whether a request of this client must be signed; if not, it must not be."""
        return PREFIXES[self.prefix].signed
