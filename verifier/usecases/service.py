"""What every use case of the verifier is given; `verifier.main` builds it once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from clicid.adapters.gather import Source
    from clicid.codec.strict_json import Json
    from clicid.did.resolution import Records
    from clicid.keys.store import KeyRef, KeyStore
    from clicid.oid4vp.client_id import ClientId
    from clicid.trust.registration import RegistrationDocument
    from clicid.verification import Checkers, Policy
    from verifier.store import VerifierStore


@dataclass(frozen=True, slots=True)
class Service:
    """The verifier's parts.

    Args:
        origin: Where wallets and clients reach it.
        client_id: Who asks, with its prefix.
        key_id: DID URL of the key that signs requests.
        algorithm: JOSE name of that key's algorithm.
        key: The key in `keys`.
        keys: Where it lives.
        registration: The registration document as read.
        registration_json: The same as JSON, to be attached to requests.
        store: Requests and tokens.
        materials: What is known from the chain; touched, never waited for.
        records: What is known of DIDs, for who resolves them.
        checkers: A checker for each format.
        policy: The written policy.
        clock: The time.
        random: So many random bytes.
    """

    origin: str
    client_id: ClientId
    key_id: str
    algorithm: str
    key: KeyRef
    keys: KeyStore
    registration: RegistrationDocument
    registration_json: dict[str, Json]
    store: VerifierStore
    materials: Source
    records: Records
    checkers: Checkers
    policy: Policy
    clock: Callable[[], datetime]
    random: Callable[[int], bytes]
