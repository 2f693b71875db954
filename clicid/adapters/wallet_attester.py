"""The wallet's way to its own provider: registered once, and attested for each issuer anew."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from clicid.oid4vci import attesting
from clicid.oid4vci.attesting import Action, AttestingRequest
from clicid.securing.signing import sign

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clicid.codec.web import HttpAnswer, HttpRequest
    from clicid.keys.store import KeyRef, KeyStore
    from clicid.securing.jws import PreparedJws


class Sending(Protocol):
    """Sends under the rules of the one Fetcher."""

    def send(self, request: HttpRequest) -> HttpAnswer:
        """As `Fetcher.send`."""


@dataclass(frozen=True, slots=True)
class ClientAttestation:
    """What a wallet shows to one authorization server, and until when."""

    jwt: str = field(repr=False)
    client_id: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class WalletAttester:
    """A wallet's provider, as the wallet sees it.

    Each method asks for a challenge first, so two requests go out. All raise `Refused`
    (`wallet_provider.remote`, with the provider's error in the detail, `fetch.*`, `codec.*`), and `Undecided`
    (`fetch.failed`) where the provider cannot be reached.

    Args:
        url: The provider's base URL, which is its identifier.
        http: The way out.
        keys: The wallet's keys.
        instance: The one by which the provider knows this wallet; it is shown to nobody else.
        clock: The time.
    """

    url: str
    http: Sending
    keys: KeyStore
    instance: KeyRef
    clock: Callable[[], datetime]

    def register(self, code: str) -> None:
        """Be known from now on, by a one-time code that the provider gave out."""
        challenge = self._challenge()
        self._ask(AttestingRequest(Action.REGISTER, code=code), challenge, 204)

    def client_attestation(self, key: KeyRef) -> ClientAttestation:
        """Have this wallet attested with a key.

        Args:
            key: One that was made for one authorization server and is shown to no other: by a common key two
                would know that they have the same wallet before them.
        """
        asked = self.clock()
        challenge = self._challenge()
        request = AttestingRequest(Action.ATTEST_CLIENT, keys=(self._proof(key, challenge),))
        found = attesting.Attested.parse(self._ask(request, challenge, 200))
        return ClientAttestation(
            found.attestation, found.client_id, asked + timedelta(seconds=found.expires_in)
        )

    def key_attestation(self, keys: Sequence[KeyRef], nonce: str) -> str:
        """Have keys attested that credentials are to be bound to.

        Args:
            keys: All for one credential request.
            nonce: The issuer's c_nonce, or "" where it has none.
        """
        challenge = self._challenge()
        proofs = tuple(self._proof(key, challenge) for key in keys)
        request = AttestingRequest(Action.ATTEST_KEYS, keys=proofs, nonce=nonce)
        return attesting.Attested.parse(self._ask(request, challenge, 200)).attestation

    def _challenge(self) -> str:
        return attesting.read_challenge(self.http.send(attesting.challenge_request(self.url)))

    def _proof(self, ref: KeyRef, challenge: str) -> str:
        key = self.keys.public(ref)
        prepared = attesting.prepare_key(
            key, alg=key.algorithm.jose, provider=self.url, challenge=challenge, now=self.clock()
        )
        return self._signed(prepared, ref).decode()

    def _ask(self, request: AttestingRequest, challenge: str, wanted: int) -> bytes:
        key = self.keys.public(self.instance)
        prepared = request.prepare(
            key, alg=key.algorithm.jose, provider=self.url, challenge=challenge, now=self.clock()
        )
        jwt = self._signed(prepared, self.instance)
        return attesting.read_answer(
            self.http.send(attesting.http_request(self.url, request.action, jwt)), wanted
        )

    def _signed(self, prepared: PreparedJws, ref: KeyRef) -> bytes:
        return prepared.complete([sign(self.keys, ref, one) for one in prepared.to_be_signed])
