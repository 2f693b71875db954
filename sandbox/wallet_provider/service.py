"""What a wallet provider does for its wallets, and what it publishes of them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, assert_never

from clicid.codec import instant, strict_json
from clicid.formats.base import StatusRef
from clicid.oid4vci import attesting, client_attestation, key_attestation, wallet_provider
from clicid.oid4vci.attesting import Action, Attested
from clicid.securing import jws
from clicid.securing.signing import sign
from clicid.status import token_list
from clicid.status.token_list import StatusListToken, TokenStatusList
from sandbox.wallet_provider.store import CHALLENGE, CODE

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from clicid.keys.store import KeyRef, KeyStore
    from clicid.oid4vci.attesting import VerifiedAsking
    from clicid.securing.jws import PreparedJws
    from sandbox.wallet_provider.config import Settings
    from sandbox.wallet_provider.store import Store

ALGS: Final = ("ES256",)
_SECRET_BYTES: Final = 24
_LEEWAY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class WalletProviding:
    """The provider.

    Args:
        settings: Its configuration.
        keys: Its vault.
        key: The attesting key.
        chain: The key's certificates, DER, leaf first, without the root.
        store: What it remembers.
        clock: The time.
    """

    settings: Settings
    keys: KeyStore
    key: KeyRef
    chain: tuple[bytes, ...]
    store: Store
    clock: Callable[[], datetime]

    def code(self) -> str:
        """A new enrolment code, for one wallet."""
        return self._once(CODE, self.settings.code_seconds)

    def challenge(self) -> str:
        """A new challenge, for one request."""
        return self._once(CHALLENGE, self.settings.challenge_seconds)

    def answer(self, action: Action, jwt: bytes) -> Attested | None:
        """Do what a wallet asks for; None where there is nothing to tell.

        1. The request and the proofs in it hold (`attesting.verify`).
        2. Its challenge is ours, and is used up.
        3. The wallet is registered and not revoked, and the keys are no other wallet's; or, to register, it
           brings a code.

        Raises:
            RemoteError: with the code of `attesting.Wire` that the wallet is told.
        """
        now = self.clock()
        asked = attesting.verify(  # 1
            jwt,
            action=action,
            provider=self.settings.url,
            algs=ALGS,
            now=now,
            max_age=timedelta(seconds=self.settings.challenge_seconds),
            leeway=_LEEWAY,
        )
        self.store.spend_challenge(asked.challenge, instant.to_numeric_date(now))  # 2
        if action is Action.REGISTER:
            self.store.register(asked.instance.thumbprint(), asked.request.code, instant.to_numeric_date(now))
            return None
        if action is Action.ATTEST_CLIENT:
            return self._attest_client(asked, now)
        if action is Action.ATTEST_KEYS:
            return self._attest_keys(asked, now)
        assert_never(action)

    def revoke(self, name: str) -> bool:
        """Revoke a wallet by its thumbprint; False if there is none."""
        return self.store.revoke(name, instant.to_numeric_date(self.clock()))

    def status_list(self, number: int) -> bytes | None:
        """A Status List Token of now; None for a list that there is not."""
        revoked = self.store.revoked(number)
        if revoked is None:
            return None
        entries = bytearray(self.settings.list_size // 8)
        for entry in revoked:
            entries[entry >> 3] |= 1 << (entry & 7)
        now = instant.to_numeric_date(self.clock())
        claims = StatusListToken(
            sub=self._list_url(number),
            iat=now,
            exp=now + 2 * self.settings.ttl_seconds,
            ttl=self.settings.ttl_seconds,
            status_list=TokenStatusList(1, bytes(entries)),
        )
        header = {"typ": token_list.TYP, "alg": self._alg, **wallet_provider.key_header("", self.chain)}
        return self._signed(jws.prepare(header, strict_json.dumps(claims.payload())))

    def _attest_client(self, asked: VerifiedAsking, now: datetime) -> Attested:
        # By the second, two issuers could tell that the same wallet was attested for both.
        begins = now.replace(minute=0, second=0, microsecond=0)
        lifetime = timedelta(seconds=self.settings.client_seconds)
        prepared = client_attestation.prepare_attestation(
            asked.keys[0],
            issuer=self.settings.url,
            client_id=self.settings.client_id,
            alg=self._alg,
            kid="",
            chain=self.chain,
            now=begins,
            lifetime=lifetime,
            wallet_name=self.settings.wallet_name,
            wallet_link=self.settings.wallet_link or f"{self.settings.url}/",
            status=self._entry(asked, now, begins + lifetime),
        )
        return self._attested(prepared, begins + lifetime - now)

    def _attest_keys(self, asked: VerifiedAsking, now: datetime) -> Attested:
        lifetime = timedelta(seconds=self.settings.key_seconds)
        prepared = key_attestation.prepare(
            asked.keys,
            alg=self._alg,
            kid="",
            chain=self.chain,
            now=now,
            lifetime=lifetime,
            key_storage=[self.settings.software],
            user_authentication=[],
            nonce=asked.request.nonce,
            status=self._entry(asked, now, now + lifetime),
        )
        return self._attested(prepared, lifetime)

    def _entry(self, asked: VerifiedAsking, now: datetime, ends: datetime) -> StatusRef:
        number, index = self.store.attest(
            asked.instance.thumbprint(),
            [key.thumbprint() for key in asked.keys],
            now=instant.to_numeric_date(now),
            expires=instant.to_numeric_date(ends),
            size=self.settings.list_size,
            below=secrets.randbelow,
        )
        return StatusRef(self._list_url(number), index)

    def _attested(self, prepared: PreparedJws, lifetime: timedelta) -> Attested:
        jwt = self._signed(prepared).decode()
        return Attested(jwt, self.settings.client_id, int(lifetime.total_seconds()))

    def _once(self, kind: str, seconds: int) -> str:
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        now = instant.to_numeric_date(self.clock())
        self.store.give_once(kind, secret, now=now, expires=now + seconds)
        return secret

    def _list_url(self, number: int) -> str:
        return f"{self.settings.url}/status/{number}"

    @property
    def _alg(self) -> str:
        return self.keys.public(self.key).algorithm.jose

    def _signed(self, prepared: PreparedJws) -> bytes:
        return prepared.complete([sign(self.keys, self.key, one) for one in prepared.to_be_signed])
