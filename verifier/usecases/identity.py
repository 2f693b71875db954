"""The names that a verifier may ask under, each with the key that proves it (OpenID4VP 5.9.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clicid.errors import LocalError
from clicid.oid4vp import request_object
from clicid.oid4vp.client_id import ORIGIN, REDIRECT_URI, ClientId
from clicid.securing.signing import sign

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.keys.store import KeyRef, KeyStore
    from clicid.oid4vp.request import AuthorizationRequest


@dataclass(frozen=True, slots=True)
class Identity:
    """One of them.

    Args:
        prefix: Of the client identifier.
        rest: What stands after it; "" for `redirect_uri`, where it is the address of each answer.
        key: The key that signs requests, in the vault; None for `redirect_uri`, which signs none.
        key_id: DID URL of that key; "" where it is known otherwise.
        x5c: Its certificates, DER, leaf first.
        attestation: Its verifier attestation.
    """

    prefix: str
    rest: str
    key: KeyRef | None
    key_id: str = ""
    x5c: tuple[bytes, ...] = ()
    attestation: str = field(default="", repr=False)

    @property
    def signs(self) -> bool:
        """Whether its requests are signed."""
        return self.key is not None

    def client_id(self, response_uri: str, origin: str) -> ClientId:
        """The client identifier of one request.

        Args:
            response_uri: Where its answer is posted.
            origin: Over the Digital Credentials API, that of the page; "" otherwise.
        """
        if self.prefix != REDIRECT_URI:
            return ClientId(self.prefix, self.rest)
        return ClientId(ORIGIN, origin) if origin else ClientId(REDIRECT_URI, response_uri)

    def signed(
        self, request: AuthorizationRequest, keys: KeyStore, *, issued_at: datetime, expires_at: datetime
    ) -> bytes:
        """The request object.

        Raises:
            LocalError: `oid4vp.sequence` for a name whose requests are not signed; `keystore.*`.
        """
        if self.key is None:
            raise LocalError("oid4vp.sequence", detail="requests of redirect_uri are not signed")
        prepared = request_object.prepare(
            request,
            alg=keys.public(self.key).algorithm.jose,
            issued_at=issued_at,
            expires_at=expires_at,
            key_id=self.key_id,
            x5c=self.x5c,
            attestation=self.attestation,
        )
        return prepared.complete([sign(keys, self.key, one) for one in prepared.to_be_signed])
