"""On what terms a wallet listens: what a request may be like, whom it trusts to ask, what it can authorise.

None of it has a default. `OPENID4VP` is everything that OpenID4VP 1.0 allows and that we can do; a profile
is another `RequestRules`, which allows less: `HAIP` is what HAIP 1.0 leaves.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from clicid.codec.web import web_url
from clicid.errors import LocalError, Refused, RemoteError
from clicid.formats.base import HAIP_FORMATS, FormatId
from clicid.keys.algorithms import JOSE_ALGORITHMS
from clicid.oid4vp.client_id import PRE_REGISTERED, PREFIXES, X509_HASH
from clicid.oid4vp.errors import Wire
from clicid.oid4vp.request import HAIP_SCHEME, SCHEME, ResponseMode
from clicid.securing import jwe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.formats.base import Rules
    from clicid.keys.public import PublicKey
    from clicid.oid4vp.client_id import ClientId
    from clicid.oid4vp.client_metadata import ClientMetadata
    from clicid.oid4vp.request import AuthorizationRequest
    from clicid.oid4vp.transaction_data import TransactionType
    from clicid.trust.anchors import Anchor


@dataclass(frozen=True, slots=True)
class RequestRules:
    """What a request may be like.

    Args:
        prefixes: Client identifier prefixes; "" for registered clients.
        response_modes: How answers may be wanted.
        algorithms: JOSE `alg` values of request objects and verifier attestations.
        encs: Content encryption of answers, best first.
        formats: Formats that credentials are asked for in.
        scheme: How a verifier's links begin; wallets read every scheme that they know.
        by_value: Whether a request may stand in the link itself.
        known_roots: Whether a certificate must lead to a trusted authority. Where it need not, an asker
            whose certificate leads nowhere is shown as unknown.
        rootless: Whether that authority's own certificate must be left out of `x5c`.
        max_life: How long a request object may be good for.
    """

    prefixes: frozenset[str]
    response_modes: frozenset[ResponseMode]
    algorithms: frozenset[str]
    encs: tuple[str, ...]
    formats: frozenset[str]
    scheme: str
    by_value: bool
    known_roots: bool
    rootless: bool
    max_life: timedelta

    def check_client(self, client_id: ClientId, *, by_value: bool) -> None:
        """Return if a client of this kind may ask in this way.

        Raises:
            RemoteError: `invalid_request` with `oid4vp.unsupported`.
        """
        if client_id.prefix not in self.prefixes:
            _refuse(
                "client_id", f"clients of kind {client_id.prefix or 'pre-registered'} are not listened to"
            )
        if by_value and not self.by_value:
            _refuse("request_uri", "a request must be fetched")

    def check(self, request: AuthorizationRequest) -> None:
        """Return if the request may be answered; a verifier holds its own against the same rules.

        Raises:
            RemoteError: `invalid_request` with `oid4vp.unsupported` or `oid4vp.encryption`.
        """
        if request.response_mode not in self.response_modes:
            _refuse("/response_mode", f"answers are not given by {request.response_mode}")
        if request.recipient is not None:
            self.enc(request)

    def enc(self, request: AuthorizationRequest) -> str:
        """With what the answer is encrypted: the best that both sides have.

        Raises:
            RemoteError: `invalid_request` with `oid4vp.encryption`.
        """
        found = next((enc for enc in self.encs if enc in request.metadata.enc_values), None)
        if found is None:
            raise RemoteError(
                Wire.INVALID_REQUEST,
                "oid4vp.encryption",
                "/client_metadata/encrypted_response_enc_values_supported",
            )
        return found

    def readable(self, formats: Mapping[str, Json]) -> dict[str, Json]:
        """What of `vp_formats_supported` these rules leave."""
        return {name: value for name, value in formats.items() if name in self.formats}

    def wallet_metadata(self, formats: Mapping[str, Json]) -> dict[str, Json]:
        """What a wallet of these rules says of itself to a verifier whose requests are signed (5.10, 10)."""
        encrypted = any(mode.encrypted for mode in self.response_modes)
        metadata: dict[str, Json] = {
            "vp_formats_supported": self.readable(formats),
            "client_id_prefixes_supported": [prefix or "pre-registered" for prefix in sorted(self.prefixes)],
            "request_object_signing_alg_values_supported": [*sorted(self.algorithms)],
            "response_types_supported": ["vp_token"],
            "response_modes_supported": [
                *sorted(mode.value for mode in self.response_modes if not mode.by_browser)
            ],
        }
        if encrypted:
            metadata["authorization_encryption_alg_values_supported"] = [*jwe.ALGS]
            metadata["authorization_encryption_enc_values_supported"] = [*self.encs]
        return metadata


OPENID4VP: Final = RequestRules(
    prefixes=frozenset(prefix for prefix, rule in PREFIXES.items() if rule.supported),
    response_modes=frozenset(ResponseMode),
    algorithms=frozenset(JOSE_ALGORITHMS),
    encs=(jwe.A256GCM, jwe.A128GCM),
    formats=frozenset(form.value for form in FormatId),
    scheme=SCHEME,
    by_value=True,
    known_roots=False,
    rootless=False,
    max_life=timedelta(hours=24),
)

HAIP: Final = replace(
    OPENID4VP,
    prefixes=frozenset({X509_HASH}),
    response_modes=frozenset({ResponseMode.DIRECT_POST_JWT, ResponseMode.DC_API_JWT}),
    formats=frozenset(form.value for form in HAIP_FORMATS),
    scheme=HAIP_SCHEME,
    by_value=False,
    # Without its root a chain leads to somebody who is known, or to nobody at all.
    known_roots=True,
    rootless=True,
)
"""What HAIP 1.0 5, 5.1 and 5.2 leave. A page's request that is not signed has no prefix, and is among it."""


@dataclass(frozen=True, slots=True)
class Attester:
    """A party whose verifier attestations are believed (12).

    Args:
        name: What a person is told it is called.
        keys: Its keys, by their `kid`; "" for one that it does not name.
    """

    name: str
    keys: Mapping[str, PublicKey]


@dataclass(frozen=True, slots=True)
class Client:
    """A client that was registered with the wallet beforehand (5.9.2).

    Args:
        name: What a person is told it is called.
        keys: The keys of its request objects, by their `kid`; "" for one that it does not name.
        response_uris: Where its answers may go, to the letter.
        metadata: What it would say of itself, which its requests may not say then (8.5).
    """

    name: str
    keys: Mapping[str, PublicKey]
    response_uris: frozenset[str]
    metadata: ClientMetadata

    def __post_init__(self) -> None:
        try:
            for address in self.response_uris:
                web_url(address, "response_uris")
        except Refused as fault:
            raise LocalError("oid4vp.client_id", fault.where, fault.detail) from fault


@dataclass(frozen=True, slots=True)
class Requesters:
    """Whom a wallet knows beside those who are on a chain. Each is empty for nobody.

    Args:
        roots: Authorities whose certificates askers may have, and what a person is told they are called.
        attesters: By the `iss` of their attestations.
        clients: By their whole client identifier.
    """

    roots: Mapping[Anchor, str] = field(default_factory=dict)
    attesters: Mapping[str, Attester] = field(default_factory=dict)
    clients: Mapping[str, Client] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a wallet listens.

    Args:
        request: What a request may be like.
        requesters: Whom the wallet knows.
        material: Largest ages of what a chain says, and the leeway.
        transactions: The types of transaction data that it can show, by name.
    """

    request: RequestRules
    requesters: Requesters
    material: Rules
    transactions: Mapping[str, TransactionType]


def client_of(requesters: Requesters, client_id: ClientId) -> Client:
    """The registered client of an identifier without prefix.

    Raises:
        RemoteError: `invalid_client` with `oid4vp.client_id` for one that is not registered.
    """
    client = requesters.clients.get(str(client_id)) if client_id.prefix == PRE_REGISTERED else None
    if client is None:
        raise RemoteError(Wire.INVALID_CLIENT, "oid4vp.client_id", "client_id", "not a registered client")
    return client


def _refuse(where: str, detail: str) -> None:
    raise RemoteError(Wire.INVALID_REQUEST, "oid4vp.unsupported", where, detail)
