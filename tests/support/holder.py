"""A wallet in memory that calls an issuer in memory; every state of its role goes through its bytes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from clicid.adapters import package_data
from clicid.codec.web import HttpRequest
from clicid.errors import Refused
from clicid.keys.algorithms import P256
from clicid.oid4vci import client_attestation, key_attestation
from clicid.oid4vci.acceptance import Acceptance
from clicid.oid4vci.dialogue import (
    Answered,
    BrowserWanted,
    Checked,
    ClientAttestationWanted,
    ClientAttested,
    Consented,
    ConsentWanted,
    Declined,
    Event,
    Finished,
    KeyAttestationWanted,
    KeysAttested,
    KeysMade,
    KeysWanted,
    Received,
    Redirected,
    Reply,
    SessionKeyMade,
    SessionKeyWanted,
    TimePassed,
    Waiting,
)
from clicid.oid4vci.holding import WalletRules
from clicid.oid4vci.signed_metadata import Signers
from clicid.oid4vci.wallet import Wallet
from tests.support import attesting
from tests.support.memory_keystore import MemoryKeyStore
from tests.support.world import Dice

if TYPE_CHECKING:
    from collections.abc import Callable

    from clicid.codec.web import HttpAnswer
    from clicid.keys.public import PublicKey
    from clicid.keys.store import KeyRef
    from clicid.oid4vci.wallet import Session
    from clicid.securing.signing import SigningOperation

REDIRECT = "http://127.0.0.1:4711/back"
RULES = WalletRules(
    copies=1,
    client_id="wallet-client",
    redirect_uri=REDIRECT,
    attested=False,
    signers=Signers(()),
    contexts=package_data.contexts(),
)
ATTESTED = replace(RULES, attested=True)


class Server(Protocol):
    """Who is called."""

    now: datetime

    def send(self, request: HttpRequest) -> HttpAnswer:
        """Answer a request."""


@dataclass
class Keys:
    """`HolderKeys` over a key store, by public half."""

    store: MemoryKeyStore = field(default_factory=lambda: MemoryKeyStore(b"wallet"))
    refs: dict[str, KeyRef] = field(default_factory=dict)

    def make(self, algorithm: str) -> PublicKey:
        ref = self.store.generate(algorithm, f"key {len(self.refs)}")
        key = self.store.public(ref)
        self.refs[key.to_multikey()] = ref
        return key

    def sign(self, key: PublicKey, operation: SigningOperation) -> bytes:
        return self.store.sign(self.refs[key.to_multikey()], operation.message, operation.alg)

    def agree(self, key: PublicKey, public: PublicKey) -> bytes:
        return self.store.agree(self.refs[key.to_multikey()], public)


@dataclass
class MemoryWallet:
    """The wallet. `stop` ends a run as soon as it is true, as a kill would."""

    server: Server
    tx_codes: list[str] = field(default_factory=list)
    rules: WalletRules = RULES
    keys: Keys = field(default_factory=Keys)
    keep: bool = True
    received: dict[str, list[Any]] = field(default_factory=dict)
    bound: dict[str, tuple[PublicKey, ...]] = field(default_factory=dict)
    questions: list[ConsentWanted] = field(default_factory=list)
    browse: Callable[[str], str] = field(default=lambda url: url)
    alter: Callable[[HttpRequest], HttpRequest] = field(default=lambda request: request)
    alter_answer: Callable[[HttpRequest, HttpAnswer], HttpAnswer] = field(default=lambda _, answer: answer)
    alter_event: Callable[[Event], Event] = field(default=lambda event: event)
    stop: Callable[[Acceptance], bool] = field(default=lambda _: False)
    attestations: int = 0

    def __post_init__(self) -> None:
        self.role = Wallet(self.rules, self.keys, Dice("holder"))

    def accept(self, url: str) -> Finished | Refused | Waiting:
        return self._run(*self.role.start(url, now=self.server.now))

    def renew(self, session: Session, *names: str) -> Finished | Refused | Waiting:
        return self._run(*self.role.renew(session, names, now=self.server.now))

    def go_on(self) -> Finished | Refused | Waiting:
        """From the state that was stored last."""
        state = Acceptance.from_bytes(self.stored)
        return self._run(state, self.role.resume(state, now=self.server.now))

    def ask_again(self) -> Finished | Refused | Waiting:
        """Once the time has come."""
        state = Acceptance.from_bytes(self.stored)
        return self._run(*self.role.step(state, TimePassed(), now=self.server.now))

    def _run(self, state: Acceptance, reply: Reply) -> Finished | Refused | Waiting:
        while True:
            self.state, self.stored = state, state.to_bytes()
            if isinstance(reply, Finished | Refused | Waiting):
                return reply
            if self.stop(state):
                return Refused("oid4vci.state", detail="killed")
            state = Acceptance.from_bytes(self.stored)
            event = self.alter_event(self.react(reply))
            state, reply = self.role.step(state, event, now=self.server.now)

    def react(self, reply: Reply) -> Event:  # noqa: PLR0911 - a line or two for each
        match reply:
            case HttpRequest():
                return Answered(self.alter_answer(reply, self.server.send(self.alter(reply))))
            case ConsentWanted():
                self.questions.append(reply)
                if reply.tx_code is not None and not self.tx_codes:
                    return Declined()
                code = None if reply.tx_code is None else self.tx_codes.pop(0)
                return Consented(tuple(reply.configurations), code)
            case SessionKeyWanted():
                return SessionKeyMade(self.keys.make(P256))
            case ClientAttestationWanted():
                self.attestations += 1
                return ClientAttested(attest(reply.key, self.server.now), attesting.CLIENT)
            case BrowserWanted():
                return Redirected(self.browse(reply.url))
            case KeysWanted():
                keys = tuple(self.keys.make(reply.algorithm) for _ in range(reply.count))
                return KeysMade(keys, self.keys.make(P256) if reply.encryption else None)
            case KeyAttestationWanted():
                return KeysAttested(attest_keys(reply, self.server.now))
            case Received():
                self.received.setdefault(reply.configuration_id, []).extend(reply.credentials)
                self.bound[reply.configuration_id] = reply.keys
                return Checked(self.keep)
            case _:
                raise AssertionError(reply)


def attest(key: PublicKey, now: datetime) -> str:
    """The word of the wallet's provider on an instance."""
    prepared = client_attestation.prepare_attestation(
        key,
        issuer="https://provider.example",
        client_id=attesting.CLIENT,
        alg="ES256",
        kid="",
        chain=attesting.CHAINS["listed"],
        now=now,
        lifetime=timedelta(hours=1),
    )
    return attesting.sign(prepared)


def attest_keys(wanted: KeyAttestationWanted, now: datetime) -> str:
    """The word of the wallet's provider on keys, in whatever they are kept."""
    prepared = key_attestation.prepare(
        wanted.keys,
        alg="ES256",
        kid="",
        chain=attesting.CHAINS["listed"],
        now=now,
        lifetime=timedelta(hours=1),
        key_storage=("software",),
        user_authentication=(),
        nonce=wanted.nonce,
    )
    return attesting.sign(prepared)
