"""One issuance, played against the issuer's role in memory: its store, a clock, a wallet's messages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from clicid.errors import RemoteError
from clicid.keys.algorithms import P256
from clicid.oid4vci import proof
from clicid.oid4vci.credential import (
    CredentialRequest,
    CredentialResponse,
    DeferredRequest,
    DeferredResponse,
    NotificationEvent,
    NotificationRequest,
    Proofs,
    ProofType,
)
from clicid.oid4vci.encryption import AnswerEncryption
from clicid.oid4vci.issuance import (
    TRANSITIONS,
    CredentialRequested,
    CredentialsMade,
    DeferredRequested,
    Event,
    Grant,
    Issuance,
    NonceSpent,
    NonceWanted,
    NotificationSent,
    NotReady,
    Phase,
    Reply,
    TokenRequested,
)
from clicid.oid4vci.issuer import Issuer
from clicid.oid4vci.offer import TxCode
from clicid.oid4vci.token import PreAuthorizedRequest, PresentedToken, TokenResponse
from clicid.securing.jwe import Recipient
from tests.support.issuance import IDENTITY, ISSUER, NOW, RULES, MemoryNonces, made
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.world import Dice

KEYS = MemoryKeyStore(b"issuer tests")
ANSWER = AnswerEncryption(Recipient(KEYS.public(KEYS.generate(P256, "answers")), "k", "ECDH-ES"), "A128GCM")


class Play:
    """One issuance, its store and a clock; remembers each transition taken."""

    def __init__(
        self, rules: Any = RULES, names: tuple[str, ...] = (IDENTITY,), digits: int | None = 6
    ) -> None:
        self.role = Issuer(rules)
        self.random = Dice()
        self.now = NOW
        self.nonces = MemoryNonces()
        tx_code = None if digits is None else TxCode("numeric", digits)
        self.new = self.role.offer(names, tx_code=tx_code, now=NOW, random=self.random)
        self.state = self.new.issuance
        self.walked: set[tuple[Phase, type, Phase]] = set()
        self.token = ""

    @property
    def code(self) -> str:
        assert self.new.offer.pre_authorized is not None
        return self.new.offer.pre_authorized.code

    def step(self, event: Event) -> Reply:
        before = self.state
        after, reply = self.role.step(before, event, now=self.now, random=self.random)
        assert Issuance.from_bytes(after.to_bytes()) == after
        if (before.phase, type(event)) in TRANSITIONS:
            self.walked.add((before.phase, type(event), after.phase))
        self.state = after
        return reply

    def redeem(self, tx_code: str | None = None) -> Reply:
        given = (self.new.tx_code or None) if tx_code is None else tx_code
        reply = self.step(TokenRequested(PreAuthorizedRequest(self.code, given)))
        if isinstance(reply, TokenResponse):
            self.token = reply.access_token
        return reply

    def nonce(self) -> str:
        new = self.role.nonce(now=self.now, random=self.random)
        self.nonces.add(new.digest, new.expires_at)
        return new.response.c_nonce

    def proof(self, nonce: str, key: str = "a") -> str:
        ref = KEYS.find(key) or KEYS.generate(P256, key)
        prepared = proof.prepare(
            KEYS.public(ref), alg="ES256", binding="jwk", issuer=ISSUER, nonce=nonce, now=self.now
        )
        (operation,) = prepared.to_be_signed
        return prepared.complete([KEYS.sign(ref, operation.message, operation.alg)]).decode()

    def ask(self, *jwts: str, name: str = IDENTITY, token: str | None = None) -> Reply:
        request = CredentialRequest(name, "", Proofs(ProofType.JWT, jwts or (self.proof(self.nonce()),)))
        return self.step(CredentialRequested(PresentedToken(self.token if token is None else token), request))

    def spend(self, wanted: NonceWanted) -> Reply:
        return self.step(NonceSpent(wanted.grant, self.nonces.spend(wanted.digests, self.now)))

    def issue(self, *jwts: str, name: str = IDENTITY) -> CredentialResponse:
        wanted = self.ask(*jwts, name=name)
        assert isinstance(wanted, NonceWanted), wanted
        grant = self.spend(wanted)
        assert isinstance(grant, Grant), grant
        response = self.step(CredentialsMade(grant, made(grant)))
        assert isinstance(response, CredentialResponse), response
        return response

    def grant(self, *jwts: str) -> Grant:
        wanted = self.ask(*jwts)
        assert isinstance(wanted, NonceWanted), wanted
        grant = self.spend(wanted)
        assert isinstance(grant, Grant), grant
        return grant

    def defer(self, answer: AnswerEncryption | None = None) -> DeferredResponse:
        proofs = Proofs(ProofType.JWT, (self.proof(self.nonce()),))
        request = CredentialRequest(IDENTITY, "", proofs, answer)
        wanted = self.step(CredentialRequested(PresentedToken(self.token), request, encrypted=True))
        assert isinstance(wanted, NonceWanted), wanted
        response = self.step(NotReady(wanted.grant))
        assert isinstance(response, DeferredResponse), response
        return response

    def resume(self, transaction_id: str) -> Reply:
        return self.step(DeferredRequested(PresentedToken(self.token), DeferredRequest(transaction_id)))

    def resumed(self, transaction_id: str) -> Grant:
        grant = self.resume(transaction_id)
        assert isinstance(grant, Grant), grant
        return grant

    def copies(self) -> int:
        return self.state.copies(IDENTITY, NOW - RULES.renew_after)

    def refreshed(self, jwt: str) -> tuple[str, str]:
        """With a token that was just refreshed: wire code and reason, or two times nothing."""
        life = self.now + RULES.token_life
        self.state = replace(self.state, phase=Phase.AUTHORISED, expires_at=life)
        wanted = self.ask(jwt)
        if isinstance(wanted, RemoteError):
            return fault(wanted)
        self.issue(jwt)
        return "", ""

    def notify(self, notification_id: str, event: NotificationEvent = NotificationEvent.ACCEPTED) -> Reply:
        return self.step(
            NotificationSent(PresentedToken(self.token), NotificationRequest(notification_id, event))
        )


def fault(reply: Reply) -> tuple[str, str]:
    """The wire code of a refusal, and its reason."""
    assert isinstance(reply, RemoteError), reply
    return reply.wire, reply.code
