"""Wallet providers that an issuer trusts: whose word on wallets and on keys counts.

A provider is known by the roots of its certificates, as HAIP wants it, or by keys. It speaks for its own
clients only: otherwise each one that is listed could attest the wallets of every other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clicid.codec import instant, shape, strict_json
from clicid.errors import LocalError, Refused, RemoteError, answered_with
from clicid.keys.public import PublicKey
from clicid.securing import jws
from clicid.status import token_list
from clicid.status.token_list import StatusListToken
from clicid.trust import anchors, x5c

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime, timedelta

    from clicid.codec.strict_json import Json
    from clicid.formats.base import StatusRef
    from clicid.securing.jws import UnverifiedJws
    from clicid.trust.anchors import Anchor

_MAX_ATTESTATION_BYTES: Final = 1 << 15
_MAX_KID: Final = 1024


@dataclass(frozen=True, slots=True)
class WalletProvider:
    """One provider.

    Args:
        name: What operators call it.
        clients: The client ids of its wallets: the `sub` of what it attests.
        roots: Certificate authorities under which its signers stand.
        keys: Its keys, each by its `kid`.

    Raises:
        LocalError: `oid4vci.wallet_providers` for one that nothing could be attested by.
    """

    name: str
    clients: frozenset[str]
    roots: tuple[Anchor, ...] = ()
    keys: Mapping[str, PublicKey] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.clients or not (self.roots or self.keys):
            raise LocalError("oid4vci.wallet_providers", self.name, "neither clients nor keys may be missing")


@dataclass(frozen=True, slots=True)
class WalletProviders:
    """The list of them; an empty one trusts nobody.

    Args:
        listed: Who is trusted.
        haip: Whether attestations must name their key as HAIP 1.0 does: by `x5c` without the root.

    Raises:
        LocalError: `oid4vci.wallet_providers` where two have a client id, a key, its name or that of a root
            in common.
    """

    listed: tuple[WalletProvider, ...]
    haip: bool

    def __post_init__(self) -> None:
        seen: set[object] = set()
        for one in self.listed:
            its: set[object] = {("client", client) for client in one.clients} | {
                ("kid", kid) for kid in one.keys
            }
            its |= {*one.keys.values(), *(root.key_digest for root in one.roots)}
            if seen & its:
                raise LocalError("oid4vci.wallet_providers", one.name, "another has the same client or key")
            seen |= its


def signer(
    token: UnverifiedJws, providers: WalletProviders, *, algs: Collection[str], now: datetime
) -> tuple[WalletProvider, PublicKey]:
    """Which provider an attestation says it is of, and the key that must have signed it.

    1. The algorithm is accepted here; none and MACs are in no list (ABCA 7.1 step 3).
    2. Exactly one of `x5c`, `jwk` and `kid` names the key, but that a `kid` may stand beside `x5c`.
    3. `x5c`: it leads to the root of a provider. `kid`, `jwk`: it is a provider's key (7.1 step 4).

    Raises:
        Refused: `keys.algorithm`; `oid4vci.wallet_provider` for a key that is no provider's;
            `issuer.certificate`, `issuer.unknown` for a chain that is not good; `codec.*`.
    """
    if token.header["alg"] not in algs:  # 1
        raise Refused("keys.algorithm", "/alg", "not one that is accepted")
    named = [name for name in ("x5c", "jwk", "kid") if name in token.header]
    if named in (["x5c"], ["x5c", "kid"]):  # 2, 3
        return _certified(token, providers, now)
    if providers.haip or len(named) != 1:
        raise Refused("oid4vci.wallet_provider", detail="its key is not named where it must be")
    return _listed(token, providers)


def attested(
    jwt: str,
    *,
    typ: str,
    providers: WalletProviders,
    algs: Collection[str],
    now: datetime,
    wire: str,
    code: str,
) -> tuple[WalletProvider, dict[str, Json]]:
    """The payload of a provider's attestation of either kind, and whose it is; its times are not checked yet.

    Args:
        jwt: As received.
        typ: What its header's `typ` must be.
        providers: Whose word counts.
        algs: JOSE algorithms accepted.
        now: The time, for the certificates.
        wire: What the peer is told.
        code: The reason for one that is malformed.

    Raises:
        RemoteError: `wire`: `code`, `oid4vci.wallet_provider`, `keys.signature`.
    """
    with answered_with(wire, code):
        token = jws.parse(jwt, typ=typ, max_bytes=_MAX_ATTESTATION_BYTES)
    with answered_with(wire, "oid4vci.wallet_provider"):
        provider, key = signer(token, providers, algs=algs, now=now)
    with answered_with(wire, "keys.signature"):
        raw = jws.verify(token, key)
    with answered_with(wire, code):
        return provider, shape.as_object(
            strict_json.loads(raw, max_bytes=_MAX_ATTESTATION_BYTES, max_depth=8)
        )


def _certified(
    token: UnverifiedJws, providers: WalletProviders, now: datetime
) -> tuple[WalletProvider, PublicKey]:
    by_root = {root: provider for provider in providers.listed for root in provider.roots}
    chain = x5c.from_header(token.header)
    leaf = anchors.leaf(chain, tuple(by_root), now=now)
    if providers.haip:
        x5c.check_rootless(chain, (leaf.anchor.certificate,))
    return by_root[leaf.anchor], leaf.key


def _listed(token: UnverifiedJws, providers: WalletProviders) -> tuple[WalletProvider, PublicKey]:
    every = [(one, kid, key) for one in providers.listed for kid, key in one.keys.items()]
    if "jwk" in token.header:
        # A key in the header proves nothing by itself: it is one of the list, or nobody's.
        wanted = PublicKey.from_jwk(shape.child(token.header, "jwk"), "/jwk")
        found = [(one, key) for one, _, key in every if key == wanted]
    else:
        named = shape.text(token.header, "kid", maximum=_MAX_KID)
        found = [(one, key) for one, kid, key in every if kid == named]
    if len(found) != 1:
        raise Refused("oid4vci.wallet_provider", detail="not the key of one listed provider")
    return found[0]


def key_header(kid: str, chain: Sequence[bytes]) -> dict[str, Json]:
    """How an attestation names its key: by certificates where there are some, leaf first, else by `kid`."""
    return {"x5c": x5c.to_header(chain)} if chain else {"kid": kid}


def status_list(
    raw: bytes | str,
    url: str,
    provider: WalletProvider,
    *,
    algs: Collection[str],
    now: datetime,
    leeway: timedelta,
) -> StatusListToken:
    """A provider's Status List Token for what it attested (Token Status List 8.3).

    1. It is signed by the provider.
    2. It is the list of that URL (`sub`); it has begun, and is not over.

    Args:
        raw: The list, as fetched.
        url: Where the attestation says that it stands.
        provider: Who signed the attestation.
        algs: JOSE algorithms accepted.
        now: The time.
        leeway: How far `iat` may lie in the future.

    Raises:
        Refused: as `signer`; `keys.signature`; `status.token_list` for another list, or one that is over or
            of the future.
    """
    token = jws.parse(raw, typ=token_list.TYP, max_bytes=token_list.MAX_CHARS)
    # Whether it must come with a certificate is a matter of the attestation's own key.
    _, key = signer(token, WalletProviders((provider,), haip=False), algs=algs, now=now)  # 1
    payload = strict_json.loads(jws.verify(token, key), max_bytes=token_list.MAX_CHARS)
    claims = StatusListToken.parse(shape.as_object(payload))
    if claims.sub != url:  # 2
        raise Refused("status.token_list", "/sub", "another list")
    at = instant.to_numeric_date(now)
    if claims.iat > at + leeway.total_seconds():
        raise Refused("status.token_list", "/iat", "of the future")
    if claims.exp is not None and claims.exp <= at:
        raise Refused("status.token_list", "/exp", "expired")
    return claims


def check_status(held: StatusListToken, entry: StatusRef, wire: str) -> None:
    """Return if a list says that an attestation holds.

    Args:
        held: The list that the attestation names, as `status_list` gave it.
        entry: Where in it the attestation stands.
        wire: What the peer is told.

    Raises:
        RemoteError: `wire`: `oid4vci.attestation_revoked` for every value but valid (Token Status List 7.1),
            `status.index`.
    """
    try:
        value = held.status_list[entry.index]
    except IndexError as error:
        raise RemoteError(wire, "status.index", "/status/status_list/idx") from error
    if value != token_list.VALID:
        raise RemoteError(wire, "oid4vci.attestation_revoked", "/status", f"value {value}")
