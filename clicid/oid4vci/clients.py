"""Who may ask an issuer's authorization server, and where its answers may go (RFC 6749 3.1.2, RFC 8252 7)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from clicid.codec import saved, shape
from clicid.codec.web import web_url
from clicid.errors import Refused, RemoteError
from clicid.oid4vci.errors import Wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.oid4vci.client_attestation import VerifiedClient

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})
# RFC 8252 7.1: a scheme of one's own is a domain name backwards, so no `javascript:` and no `data:`.
_PRIVATE: Final = re.compile(r"[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:[A-Za-z0-9._~!$&'()*+,=:@/?%-]*")


@dataclass(frozen=True, slots=True)
class Client:
    """A wallet as the server knows it: listed, attested by a provider that is listed, or by its own word.

    Args:
        id: Its `client_id`.
        jkt: Thumbprint of the attested key of this instance; "" of a wallet that showed none.
        provider: Who attested it, or "".
        name: What the provider calls it, or "".
    """

    id: str
    jkt: str = ""
    provider: str = ""
    name: str = ""

    @classmethod
    def attested(cls, verified: VerifiedClient) -> Client:
        """The wallet behind an attestation."""
        return cls(
            verified.client_id, verified.key.thumbprint(), verified.provider.name, verified.wallet_name
        )

    def to_json(self) -> dict[str, Json]:
        """The stored form."""
        return {"id": self.id, "jkt": self.jkt, "provider": self.provider, "name": self.name}

    @classmethod
    def from_json(cls, obj: dict[str, Json]) -> Client:
        """Read the stored form."""
        return cls(
            shape.text(obj, "id"),
            saved.text(obj, "jkt"),
            saved.text(obj, "provider"),
            saved.text(obj, "name"),
        )


@dataclass(frozen=True, slots=True)
class ClientRules:
    """Which wallets are served.

    Args:
        listed: Redirect URIs of wallets that need not be attested, by `client_id`.
        attested: Redirect URIs of attested wallets, by the name of their provider, where it has told them.
        attested_only: Whether a wallet must be attested, listed or not.
        anonymous: Whether a pre-authorized code is redeemed for a wallet that does not say who it is.
        loopback: Whether plain http on this machine is an address to answer to: in a sandbox.
    """

    listed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    attested: Mapping[str, frozenset[str]] = field(default_factory=dict)
    attested_only: bool = False
    anonymous: bool = False
    loopback: bool = False


def identified(
    rules: ClientRules, attested: Client | None, client_id: str, *, pre_authorized: bool
) -> Client | None:
    """The wallet behind a request; None for one that may stay anonymous (OpenID4VCI 6.1).

    Args:
        rules: Which wallets are served.
        attested: What an attestation says, verified.
        client_id: The parameter, or "".
        pre_authorized: Whether it redeems a pre-authorized code, or may renew what that gave.

    Raises:
        RemoteError: `invalid_client` for one that is unknown, or not attested where it must be.
    """
    if attested is not None:
        return attested
    if rules.attested_only:
        raise RemoteError(Wire.INVALID_CLIENT, "oid4vci.client", detail="no attestation")
    if client_id in rules.listed:
        return Client(client_id)
    if pre_authorized and rules.anonymous:
        # Who names itself is not anonymous: its proofs may name it (annex F.1), though nobody vouches for it.
        return Client(client_id) if client_id else None
    raise RemoteError(Wire.INVALID_CLIENT, "oid4vci.client", "client_id", "not listed, and not attested")


def check_redirect(rules: ClientRules, client: Client, redirect_uri: str) -> None:
    """See that answers for a client may go there.

    A listed wallet has its addresses in the list, compared character by character (RFC 9700 4.1.3), and so
    has an attested one whose provider told them. Others that are attested name their own: https, or a scheme
    of their own. A thief with such a wallet names an address of his, and sends the link to somebody else.

    Raises:
        RemoteError: `invalid_request`.
    """
    if client.id in rules.listed:
        allowed = redirect_uri in rules.listed[client.id]
    elif client.provider in rules.attested:
        allowed = redirect_uri in rules.attested[client.provider]
    else:
        allowed = bool(client.jkt) and is_redirect_uri(redirect_uri, loopback=rules.loopback)
    if not allowed:
        raise RemoteError(Wire.INVALID_REQUEST, "oid4vci.redirect_uri", "redirect_uri")


def is_redirect_uri(text: str, *, loopback: bool) -> bool:
    """Whether it is an address to which a browser may be sent back at all."""
    if _PRIVATE.fullmatch(text):
        return True
    try:
        parts = urlsplit(web_url(text, "redirect_uri"))
    except Refused:
        return False
    return parts.scheme == "https" or (loopback and parts.hostname in _LOOPBACK)
