"""What every use case of the verifier is given; `verifier.main` builds it once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clicid.oid4vp.rules import OPENID4VP
from verifier.usecases.answer_keys import AnswerKeys

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from clicid.adapters.gather import Source
    from clicid.codec.strict_json import Json
    from clicid.did.resolution import Records
    from clicid.keys.store import KeyStore
    from clicid.oid4vp.request import ResponseMode
    from clicid.oid4vp.rules import RequestRules
    from clicid.trust.registration import RegistrationDocument
    from clicid.verification import Checkers, Policy
    from verifier.store import VerifierStore
    from verifier.usecases.identity import Identity


@dataclass(frozen=True, slots=True)
class Service:
    """The verifier's parts.

    Args:
        origin: Where wallets and clients reach it.
        identities: The names that it may ask under, by their names here.
        identity: The one to ask under where a request does not choose.
        response_mode: How answers come back where a request does not say.
        keys: Where their keys live.
        registration: The registration document as read.
        registration_json: The same as JSON, to be attached to requests.
        store: Requests and tokens.
        materials: What is known from the chain; touched, never waited for.
        records: What is known of DIDs, for who resolves them.
        checkers: A checker for each format.
        policy: The written policy.
        clock: The time.
        random: So many random bytes.
        rules: What its requests may be like.
    """

    origin: str
    identities: Mapping[str, Identity]
    identity: str
    response_mode: ResponseMode
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
    rules: RequestRules = OPENID4VP

    @property
    def answer_keys(self) -> AnswerKeys:
        """The keys that answers are encrypted for."""
        return AnswerKeys(self.store, self.random)
