"""Accepting an offer, and going on with what was not ready or was stopped: the OpenID4VCI wallet role.

Each credential is checked before it is kept. Where the issuance stands is written down after each step, and
the names of keys before they are made: whenever the wallet stops, what it has is whole, and `resume` goes on.
No key stays that no credential, session or open issuance needs.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from clicid.codec.web import HttpAnswer, HttpRequest
from clicid.errors import LocalError, Refused, Undecided
from clicid.formats.base import FormatId
from clicid.keys.algorithms import P256
from clicid.keys.store import KeyRef
from clicid.oid4vci import wallet as role
from clicid.oid4vci.acceptance import Acceptance, Phase
from clicid.oid4vci.dialogue import (
    Answered,
    BrowserWanted,
    Checked,
    ClientAttestationWanted,
    ClientAttested,
    Consented,
    ConsentWanted,
    Finished,
    KeyAttestationWanted,
    KeysAttested,
    KeysMade,
    KeysWanted,
    Received,
    Redirected,
    SessionKeyMade,
    SessionKeyWanted,
    TimePassed,
    Waiting,
)
from wallet import labels
from wallet.store.records import Event, HeldCredential, HistoryEntry, IssuanceSession, OpenIssuance
from wallet.usecases import describing
from wallet.usecases.checking import fit, holder_key, raw_of, valid_until

if TYPE_CHECKING:
    from clicid.adapters.wallet_attester import WalletAttester
    from clicid.keys.public import PublicKey
    from clicid.oid4vci.dialogue import Declined, Reply
    from clicid.oid4vci.dialogue import Event as Moved
    from clicid.securing.signing import SigningOperation
    from wallet.usecases.parts import Parts


class Person(Protocol):
    """Whoever decides: a person at a terminal, or a script that was told what to do."""

    def on_offer(self, offer: ConsentWanted) -> Consented | Declined:
        """Shown who offers what; answers with a choice."""


class Browser(Protocol):
    """The person's browser, where an issuer wants to see the person in it."""

    @property
    def redirect_uri(self) -> str:
        """Where it comes back to (RFC 8252 7.3)."""

    def visit(self, url: str, state: str) -> str:
        """Open an address and wait; gives the address that the browser was sent to in the end.

        Args:
            url: The address.
            state: What the answer brings back, and nobody else knows.

        Raises:
            Undecided: `wallet.browser` where it did not come back.
        """


@dataclass
class Issuing:
    """One issuance, from what is written down of it.

    Args:
        parts: The wallet.
        run: What is written down.
        person: Asked once who offers what, and for the transaction code; None where nobody is to be asked.
        browser: Where one can be used.
    """

    parts: Parts
    run: OpenIssuance
    person: Person | None = None
    browser: Browser | None = None
    kept: list[HeldCredential] = field(default_factory=list)
    fault: Refused | Undecided | None = None

    def __post_init__(self) -> None:
        redirect_uri = "" if self.browser is None else self.browser.redirect_uri
        rules = replace(self.parts.holder, redirect_uri=redirect_uri)
        self.role = role.Wallet(rules, self, self.parts.random)
        self._publics: dict[str, str] = {}

    # What the role's keys do (`HolderKeys`) ------------------------------------------------------------

    def sign(self, key: PublicKey, operation: SigningOperation) -> bytes:
        """What a key of this issuance signs."""
        return self.parts.keys.sign(self._ref(key), operation.message, operation.alg)

    def agree(self, key: PublicKey, public: PublicKey) -> bytes:
        """What a key of this issuance and another agree on."""
        return self.parts.keys.agree(self._ref(key), public)

    def _ref(self, key: PublicKey) -> KeyRef:
        wanted = key.to_multikey()
        name = next((name for name in self.run.key_names if self._public(name) == wanted), "")
        if not name:
            raise LocalError("wallet.damaged", detail="a key of an issuance is gone")
        return KeyRef(name)

    # The walk ----------------------------------------------------------------------------------------

    def walk(self, state: Acceptance, reply: Reply) -> tuple[HeldCredential, ...]:
        """Go on until it is over; one copy of each credential that was kept.

        Raises:
            Refused: What is wrong with the offer, an answer or a credential. What was kept before stays.
            Undecided: No answer, or a credential could not be judged now; `wallet.not_ready` where the
                issuer wants to be asked again later.
        """
        ended = False
        try:
            while not isinstance(reply, Finished | Refused | Waiting):
                state, reply = self._step(state, reply)
            ended = True
        finally:
            # Also where a person, the network or the machine ended it.
            self.settle(state if ended else self.role.set_aside(state))
        if isinstance(reply, Refused):
            raise reply
        if isinstance(reply, Waiting):
            raise Undecided("wallet.not_ready", detail=reply.until.isoformat())
        if self.fault is not None:
            raise self.fault
        return tuple(self.kept)

    def _step(self, state: Acceptance, reply: Reply) -> tuple[Acceptance, Reply]:
        if isinstance(reply, Received):
            return self._check(state, reply)
        try:
            event = self._react(reply)
        except (Refused, Undecided):
            if state.phase is not Phase.NOTIFICATION:
                raise
            # A courtesy to the issuer: where it cannot be told, what was kept is kept all the same.
            event = Answered(HttpAnswer(503, "", b""))
        following, answer = self.role.step(state, event, now=self.parts.clock())
        self._write(following)
        return following, answer

    def _write(self, state: Acceptance) -> None:
        """Write down where it stands; before the person's consent there is nothing that could be lost."""
        if state.chosen:
            self.run = replace(self.run, state=state.to_bytes(), session=self._session(state))
            self.parts.records.put_run(self.run)

    def _session(self, state: Acceptance) -> str:
        """A refresh token is good once: the next one is written down before it could be needed."""
        session = role.Session.of(state)
        if session is None:
            return self.run.session
        name = self.run.session or self.run.run_id
        key = session.session_key
        known = next((one for one in self.run.key_names if key and self._public(one) == key), "")
        self.parts.records.put_session(
            IssuanceSession(
                name,
                session.credential_issuer,
                session.server,
                session.refresh_token,
                key,
                known,
                session.client_id,
            )
        )
        return name

    def _public(self, name: str) -> str:
        """The public half of a key by its name, as Multikey; "" if there is no such key."""
        if name not in self._publics:
            ref = self.parts.keys.find(name)
            self._publics[name] = "" if ref is None else self.parts.keys.public(ref).to_multikey()
        return self._publics[name]

    def _react(self, reply: Reply) -> Moved:  # noqa: PLR0911 - a line or two for each
        match reply:
            case HttpRequest():
                return Answered(self.parts.http.send(reply))
            case ConsentWanted() if self.person is not None:
                return _in_order(reply, self.person.on_offer(reply))
            case SessionKeyWanted():
                return SessionKeyMade(self._make(P256, 1)[0])
            case ClientAttestationWanted(key=key):
                found = self._attester.client_attestation(self._ref(key))
                return ClientAttested(found.jwt, found.client_id)
            case BrowserWanted() if self.browser is not None:
                return Redirected(self.browser.visit(reply.url, reply.state))
            case KeysWanted(algorithm=algorithm, count=count, encryption=encryption):
                keys = self._make(algorithm, count)
                return KeysMade(tuple(keys), self._make(P256, 1)[0] if encryption else None)
            case KeyAttestationWanted(keys=keys, nonce=nonce):
                return KeysAttested(self._attester.key_attestation([*map(self._ref, keys)], nonce))
        raise LocalError("oid4vci.sequence", detail=type(reply).__name__)

    @property
    def _attester(self) -> WalletAttester:
        if self.parts.attester is None:
            raise LocalError("oid4vci.sequence", detail="no wallet provider")
        return self.parts.attester

    def _make(self, algorithm: str, count: int) -> list[PublicKey]:
        """Fresh keys, whose names are written down before there are any."""
        first = len(self.run.key_names)
        names = tuple(f"holder-{self.run.run_id}-{first + index}" for index in range(count))
        self.run = replace(self.run, key_names=(*self.run.key_names, *names))
        self.parts.records.put_run(self.run)
        made = [self.parts.keys.public(self.parts.keys.generate(algorithm, name)) for name in names]
        self._publics |= {name: key.to_multikey() for name, key in zip(names, made, strict=True)}
        return made

    # What came ----------------------------------------------------------------------------------------

    def _check(self, state: Acceptance, received: Received) -> tuple[Acceptance, Reply]:
        """Keep all copies that came, or none of them: in one go with where the issuance stands then."""
        party = "" if state.issuer is None else state.issuer.credential_issuer
        try:
            copies = self._copies(received)
        except (Refused, Undecided) as error:
            self.fault = self.fault or error
            copies, outcome = [], error.code
        else:
            outcome = "kept"
        following, reply = self.role.step(state, Checked(kept=bool(copies)), now=self.parts.clock())
        replaced = self._replaced(received, len(copies)) if copies else []
        event = Event.REFUSED if not copies else Event.RENEWED if replaced else Event.RECEIVED
        # The keys of what goes are this issuance's to remove, also after a kill.
        names = (*self.run.key_names, *(one.key_name for one in replaced))
        self.run = replace(self.run, state=following.to_bytes(), key_names=names)
        ids = tuple(one.credential_id for one in copies)
        entry = note(self.parts, event, party, ids, outcome)
        self.parts.records.keep(copies, entry, self.run, replaced)
        self.kept += copies[:1]
        return following, reply

    def _copies(self, received: Received) -> list[HeldCredential]:
        """Each checked with the verifier's own steps, and bound to another one of the keys just made."""
        parts, configuration = self.parts, received.configuration
        form = FormatId(configuration.format)
        key_names = {self._public(name): name for name in self.run.key_names}
        left = {key.to_multikey() for key in received.keys}
        batch = parts.random(8).hex() if len(received.credentials) > 1 else ""
        display = {row.locale or "en": row.name for row in configuration.display if row.name}
        claims = tuple(
            (one.path, tuple((row.locale or "en", row.name) for row in one.display))
            for one in configuration.claims
        )
        called = labels.kept(claims)
        found: list[HeldCredential] = []
        for credential in received.credentials:
            raw = raw_of(credential, form)
            shown = fit(parts, configuration, raw)
            if form is FormatId.SD_JWT_VC and not found:  # All of them are of one type.
                names = describing.names(parts, raw)
                display = names.of_type | display
                # No issuer renames a claim that the type's publisher has named.
                called = labels.kept(names.of_claims, claims)
            key = holder_key(parts, form, raw)
            bound = "" if key is None else key.to_multikey()
            if bound not in left:
                raise Refused("holder.key_mismatch")
            left.remove(bound)
            until = valid_until(parts, form, raw)
            found.append(
                HeldCredential(
                    # Digits and letters alone: an id that begins with a hyphen would be an option to a shell.
                    credential_id=parts.random(8).hex(),
                    format=form.value,
                    credential_type=shown.credential_type,
                    issuer=shown.issuer,
                    key_name=key_names[bound],
                    raw=raw,
                    received_at=int(parts.clock().timestamp()),
                    display=display,
                    batch=batch,
                    configuration_id=received.configuration_id,
                    session=self.run.session,
                    expires_at=0 if until is None else int(until.timestamp()),
                    labels=called,
                )
            )
        return found

    def _replaced(self, received: Received, came: int) -> list[HeldCredential]:
        """The copies in whose place the new ones come: those that nobody saw only if as many came."""
        old = [
            one
            for one in self.parts.records.credentials()
            if one.entry in self.run.replaces and one.configuration_id == received.configuration_id
        ]
        left = sum(not one.spent for one in old)
        return [one for one in old if one.spent or came >= left]

    # The end ------------------------------------------------------------------------------------------

    def settle(self, state: Acceptance | None) -> None:
        """What can be gone on with stays, with its keys; everything else goes."""
        records = self.parts.records
        over = state is None or state.phase in (Phase.FINISHED, Phase.DECLINED, Phase.FAILED)
        needed = set() if state is None or over else {state.session_key, state.encryption_key, *state.keys}
        held = records.credentials()
        sessions = records.sessions()
        if over and self.run.session in sessions and self.run.session not in {one.session for one in held}:
            records.remove_session(self.run.session)
            sessions.pop(self.run.session)
        used = {one.key_name for one in held} | {one.key_name for one in sessions.values()}
        for name in self.run.key_names:
            if name not in used and self._public(name) not in needed:
                self.parts.keys.remove(KeyRef(name))
        if state is None or over:
            records.remove_run(self.run.run_id)
        else:
            self.run = replace(self.run, state=state.to_bytes())
            records.put_run(self.run)


def _in_order(offer: ConsentWanted, answer: Consented | Declined) -> Consented | Declined:
    """Mobile documents last: what comes before may bring the root that they are under (`checking`)."""
    if not isinstance(answer, Consented):
        return answer
    formats = {name: one.format == FormatId.MDOC for name, one in offer.configurations.items()}
    names = sorted(answer.configuration_ids, key=lambda name: formats.get(name, False))
    return replace(answer, configuration_ids=tuple(names))


def accept(
    parts: Parts, url: str, person: Person, browser: Browser | None = None
) -> tuple[HeldCredential, ...]:
    """Take what an offer holds, and keep what passes every check.

    Args:
        parts: The wallet.
        url: The offer's link, ``openid-credential-offer://...``.
        person: Asked once who offers what, and for the transaction code.
        browser: Where an issuer may want to see the person; without it, offers that need it are refused.

    Returns:
        Of each credential that was kept one copy; empty if the person declined.

    Raises:
        Refused, Undecided: As `Issuing.walk`.
    """
    tidy(parts)
    issuing = Issuing(parts, OpenIssuance(parts.random(8).hex(), b""), person, browser)
    return issuing.walk(*issuing.role.start(url, now=parts.clock()))


def resume(parts: Parts, run: OpenIssuance) -> tuple[HeldCredential, ...]:
    """Go on with an issuance that was not ready, or was stopped. Nobody is asked anything.

    Raises:
        Refused, Undecided: As `Issuing.walk`.
    """
    issuing = Issuing(parts, run)
    state = Acceptance.from_bytes(run.state)
    now = parts.clock()
    if state.phase is Phase.WAITING and now.timestamp() >= state.due:
        return issuing.walk(*issuing.role.step(state, TimePassed(), now=now))
    return issuing.walk(state, issuing.role.resume(state, now=now))


def tidy(parts: Parts) -> None:
    """After a kill: what can be gone on with stays, and every key that nothing needs goes."""
    for run in parts.records.runs():
        issuing = Issuing(parts, run)
        state = Acceptance.from_bytes(run.state) if run.state else None
        issuing.settle(None if state is None else issuing.role.set_aside(state))


def note(parts: Parts, event: Event, party: str, ids: tuple[str, ...], outcome: str) -> HistoryEntry:
    """An entry of the history about an issuer."""
    at = int(parts.clock().timestamp())
    return HistoryEntry(
        at, event, party, registered=False, purpose="", credential_ids=ids, shown=(), outcome=outcome
    )
