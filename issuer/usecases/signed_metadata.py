"""The issuer's metadata as a JWT: signed when first asked for, and anew before half its life is over."""

from __future__ import annotations

from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final

from clicid.keys.algorithms import ALGORITHMS, P256
from clicid.oid4vci import signed_metadata
from issuer.usecases.signing import finish

if TYPE_CHECKING:
    from datetime import datetime

    from clicid.keys.store import KeyStore
    from clicid.oid4vci.metadata import CredentialIssuerMetadata
    from issuer.usecases.environment import Environment
    from issuer.usecases.signing import IssuerKey

_LIFE: Final = timedelta(days=1)


class SignedMetadata:
    """Signs with the key of SD-JWT VCs, whose DID URL and certificates name the issuer.

    Args:
        env: The time.
        keystore: Where the key lives.
        key: The key.
        metadata: What is signed.
    """

    def __init__(
        self, env: Environment, keystore: KeyStore, key: IssuerKey, metadata: CredentialIssuerMetadata
    ) -> None:
        self._env = env
        self._keystore = keystore
        self._key = key
        self._metadata = metadata
        self._lock = Lock()
        self._made: tuple[datetime, bytes] | None = None

    def get(self) -> bytes:
        """The JWT (OpenID4VCI 12.2.3)."""
        now = self._env.now()
        with self._lock:
            if self._made is None or not now - _LIFE / 2 < self._made[0] <= now:
                self._made = (now, self._sign(now))
            return self._made[1]

    def _sign(self, now: datetime) -> bytes:
        identity = self._key.identity
        prepared = signed_metadata.prepare(
            self._metadata.to_wire(),
            issuer=self._metadata.credential_issuer,
            alg=ALGORITHMS[P256].jose,
            kid=identity.key_id,
            chain=identity.x5c,
            now=now,
            lifetime=_LIFE,
        )
        return finish(prepared, self._keystore, self._key.ref)
