"""How a wallet shows, with a request, who it is and which key it holds.

DPoP (RFC 9449) and attestation-based client authentication: the kernel checks the proofs; that their
nonces are ours and young, and that none comes twice, is checked here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from clicid.errors import RemoteError
from clicid.oid4vci import client_attestation, clients, dpop
from clicid.oid4vci.clients import Client
from clicid.oid4vci.errors import Wire
from clicid.oid4vci.proving import Attested
from clicid.oid4vci.token import PresentedToken

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from clicid.oid4vci.clients import ClientRules
    from clicid.oid4vci.dpop import VerifiedDpop
    from clicid.oid4vci.issuer import Issuer
    from clicid.oid4vci.wallet_provider import WalletProviders
    from issuer.usecases.attestations import AttestationStatuses
    from issuer.usecases.environment import Environment
    from issuer.usecases.ports import Transaction

ALGS: Final = ("ES256", "EdDSA")
"""JOSE algorithms of proofs and attestations."""
DPOP_NONCE: Final = "dpop"
CHALLENGE: Final = "attestation"
_MAX_AGE: Final = timedelta(minutes=5)
_LEEWAY: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Sent:
    """What of a request proves something.

    Args:
        method: Its method.
        url: Its URL, as we are known, without query.
        headers: Every value of the headers of DPoP and of wallet attestation, by lower-case name.
    """

    method: str
    url: str
    headers: Mapping[str, tuple[str, ...]] = field(repr=False)

    def one(self, name: str, wire: str, code: str) -> str:
        """The one header of a name, or ""; two are refused (RFC 9449 4.3; ABCA 7)."""
        found = self.headers.get(name.lower(), ())
        if len(found) > 1:
            raise RemoteError(wire, code, name, "more than one")
        return found[0] if found else ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What it proves. `proofs` are to be marked as seen in the transaction that acts on it.

    Args:
        client: Who it is, or None.
        jkt: Thumbprint of the key that it holds, or "".
        proofs: Hash of each proof, until when it must not come again, and what is said if it does.
    """

    client: Client | None
    jkt: str
    proofs: tuple[tuple[bytes, datetime, RemoteError], ...] = ()

    def mark(self, tx: Transaction, now: datetime) -> RemoteError | None:
        """Mark the proofs as seen; a `RemoteError` where one was seen before."""
        for hash_, until, fault in self.proofs:
            if not tx.visits.first(hash_, until, now):
                return fault
        return None


class Authenticating:
    """Reads proofs.

    Args:
        env: Keys, time.
        core: The issuer's role: makes nonces and knows them again.
        rules: Which wallets are served.
        providers: Whose word on wallets counts.
        statuses: Looks up whether they have revoked it.
        audience: Our identifier.
        bound: Whether every access token is bound to a key.
    """

    def __init__(
        self,
        env: Environment,
        core: Issuer,
        rules: ClientRules,
        providers: WalletProviders,
        statuses: AttestationStatuses,
        *,
        audience: str,
        bound: bool,
    ) -> None:
        self._env = env
        self._core = core
        self._rules = rules
        self._providers = providers
        self._statuses = statuses
        self._audience = audience
        self._bound = bound

    def nonce(self, purpose: str) -> str:
        """A fresh nonce for DPoP proofs (RFC 9449 8), or challenge for wallet attestations (ABCA 8)."""
        return self._core.server_nonce(purpose, now=self._env.now(), random=self._env.random)

    def client(self, sent: Sent, client_id: str, *, pre_authorized: bool, token: bool) -> Shown:
        """Who asks, and with which key.

        Args:
            sent: The request.
            client_id: Its parameter, or "".
            pre_authorized: Whether it redeems a pre-authorized code, or may renew what that gave.
            token: Whether it is for an access token: then a proof is demanded where tokens are bound.

        Raises:
            RemoteError: `invalid_client`, `use_attestation_challenge`, `use_fresh_attestation`,
                `invalid_dpop_proof`, `use_dpop_nonce`.
            Undecided: `oid4vci.attestation_status` where it is not known whether an attestation was revoked.
        """
        proof = self._dpop(sent, "", demanded=self._bound and token)
        attested, proofs = self._attested(sent, client_id, proof)
        client = clients.identified(self._rules, attested, client_id, pre_authorized=pre_authorized)
        return Shown(client, "" if proof is None else proof.jkt, self._seen(proof) + proofs)

    def presented(self, sent: Sent, access_token: str) -> PresentedToken:
        """A token with the key that its holder has shown (RFC 9449 7.1); the core sees if it is bound to it.

        Raises:
            RemoteError: `invalid_dpop_proof`, `use_dpop_nonce`.
        """
        proof = self._dpop(sent, access_token, demanded=True)
        shown = Shown(None, "" if proof is None else proof.jkt, self._seen(proof))
        with self._env.store.writing() as tx:
            # Only a proof that came with a token of ours is remembered: others fill nothing.
            known = tx.issuance.grant(bytes.fromhex(self._core.digest(access_token))) is not None
            if known and (fault := shown.mark(tx, self._env.now())):
                raise fault
        return PresentedToken(access_token, shown.jkt)

    def _dpop(self, sent: Sent, access_token: str, *, demanded: bool) -> VerifiedDpop | None:
        wire = Wire.INVALID_DPOP_PROOF
        given = sent.one(dpop.HEADER, wire, "oid4vci.dpop_missing")
        if not given and not demanded:
            return None
        if not given:
            raise RemoteError(wire, "oid4vci.dpop_missing", dpop.HEADER)
        now = self._env.now()
        proof = dpop.verify(
            given,
            htm=sent.method,
            htu=sent.url,
            algs=ALGS,
            now=now,
            max_age=_MAX_AGE,
            leeway=_LEEWAY,
            access_token=access_token,
        )
        if not self._core.is_fresh(proof.nonce, DPOP_NONCE, now=now):
            raise RemoteError(Wire.USE_DPOP_NONCE, "oid4vci.dpop_nonce", dpop.HEADER)
        return proof

    def _seen(self, proof: VerifiedDpop | None) -> tuple[tuple[bytes, datetime, RemoteError], ...]:
        if proof is None:
            return ()
        hash_ = self._env.sealer.lookup("dpop", f"{proof.jkt} {proof.jti}")
        return ((hash_, proof.until, RemoteError(Wire.INVALID_DPOP_PROOF, "oid4vci.dpop_replayed")),)

    def _attested(
        self, sent: Sent, client_id: str, proof: VerifiedDpop | None
    ) -> tuple[Client | None, tuple[tuple[bytes, datetime, RemoteError], ...]]:
        attestation, pop = (
            sent.one(name, Wire.INVALID_CLIENT, "oid4vci.attestation")
            for name in (client_attestation.HEADER, client_attestation.POP_HEADER)
        )
        if not attestation:
            return None, ()
        shown = pop or proof
        if shown is None:
            raise RemoteError(Wire.INVALID_CLIENT, "oid4vci.attestation_pop", client_attestation.POP_HEADER)
        now = self._env.now()
        verified = client_attestation.verify(
            attestation,
            shown,
            audience=self._audience,
            client_id=client_id or None,
            providers=self._providers,
            algs=ALGS,
            now=now,
            max_age=_MAX_AGE,
            leeway=_LEEWAY,
        )
        client = Client.attested(verified)
        if pop and not self._core.is_fresh(verified.challenge, CHALLENGE, now=now):
            raise RemoteError(Wire.USE_ATTESTATION_CHALLENGE, "oid4vci.challenge")
        if verified.status is not None:
            # Last: what proves nothing makes nobody call.
            self._statuses.check((Attested(verified.status, verified.provider),), Wire.INVALID_CLIENT)
        if not pop:  # the DPoP proof, whose nonce and id are looked at above
            return client, ()
        hash_ = self._env.sealer.lookup("attestation", f"{client.jkt} {verified.jti}")
        fault = RemoteError(Wire.INVALID_CLIENT, "oid4vci.attestation_replayed")
        return client, ((hash_, verified.until, fault),)
