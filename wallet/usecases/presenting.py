"""Answering a request: who asks, for what, which values; on consent a signed answer, and a history entry."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from clicid.codec.web import HttpRequest
from clicid.errors import ClicidError, Refused, RemoteError, Undecided
from clicid.formats.base import FormatId, Material, Need, Unavailable, Wanted
from clicid.keys.store import KeyRef
from clicid.oid4vp import presenting
from clicid.oid4vp import wallet as role
from clicid.oid4vp.errors import Wire
from clicid.oid4vp.matching import match
from clicid.oid4vp.presentation import (
    Answered,
    ChoiceWanted,
    Declined,
    Finished,
    ForPage,
    Gathered,
    Presented,
)
from clicid.oid4vp.transaction_data import TYPES
from clicid.oid4vp.vp_formats import reads
from wallet.store.records import Event, HistoryEntry
from wallet.usecases import choosing, proving, renewing
from wallet.usecases.checking import judge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clicid.codec.strict_json import Json
    from clicid.oid4vp.matching import Picks
    from clicid.oid4vp.presentation import Event as Moved
    from clicid.oid4vp.presentation import Presentation, Reply
    from clicid.oid4vp.presenting import Holding
    from clicid.oid4vp.transaction_data import TransactionData
    from wallet.store.records import HeldCredential
    from wallet.usecases.choosing import Menu, Showing
    from wallet.usecases.parts import Parts


@dataclass(frozen=True, slots=True)
class Authorisation:
    """One thing that the person would authorise with what is shown.

    Args:
        title: What it is, by language.
        lines: What it consists of: the name of each part by language, and its text.
    """

    title: Mapping[str, str]
    lines: tuple[tuple[Mapping[str, str], str], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked before anything leaves the wallet.

    Args:
        party: The registered name, or the identifier of an asker nobody knows.
        registered: Whether the chain vouches for that name.
        why_unknown: Reason code where it does not.
        purpose: The registered purpose by language; empty for an unknown asker.
        privacy_policy: Where to read on; empty for an unknown asker.
        over_asking: Claims beyond the registered purpose that would be shown.
        showings: What would be shown.
        authorisations: What would be authorised with it.
        vouched_by: Who vouches for the identifier of an asker that no chain knows; "" for nobody.
        destination: The host, or the page's origin, that the answer goes to.
    """

    party: str
    registered: bool
    why_unknown: str
    purpose: dict[str, str]
    privacy_policy: str
    over_asking: tuple[str, ...]
    showings: tuple[Showing, ...]
    authorisations: tuple[Authorisation, ...] = ()
    vouched_by: str = ""
    destination: str = ""


class Person(Protocol):
    """Whoever decides."""

    def chooses(self, asker: Question, menu: Menu) -> Picks | None:
        """What to answer with, where there is a choice; None to show nothing. `asker` shows nothing yet."""

    def consents(self, question: Question) -> bool:
        """Whether what is shown may be sent."""

    def insists(self, question: Question) -> bool:
        """The same where more is asked for than the asker is registered for: no slip may answer that."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended: whether something was presented, and where the browser goes on (or "").

    `reason` is the reason code where nothing was presented and the person was not asked. `renew` names the
    credentials that should be renewed, at another time, and why: ``spent`` or ``ending``.
    """

    presented: bool
    redirect_uri: str = ""
    reason: str = ""
    renew: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Run:
    parts: Parts
    person: Person
    have: dict[Need, Material | Unavailable] = field(default_factory=dict)
    noted: tuple[str, HistoryEntry] | None = None
    shown: tuple[str, ...] = ()
    reason: str = ""


def present(parts: Parts, url: str, person: Person) -> Outcome:
    """Answer a request, or decline it.

    Args:
        parts: The wallet.
        url: The request's link, ``openid4vp://...``.
        person: Asked once, with everything that would be shown.

    Raises:
        Refused: What is wrong with the request, or that the verifier refused the answer.
        Undecided: Who asks cannot be found out now, or there is no answer. Nothing was shown.
    """
    run = _Run(parts, person)
    state, reply = role.start(url, terms=parts.terms, now=parts.clock(), random=parts.random)
    reply = _play(run, state, reply)
    address, code = (reply.redirect_uri, reply.code) if isinstance(reply, Finished) else ("", "")
    reason = run.reason or code
    return Outcome(reply.presented, address, reason, _to_renew(run))


def present_to_page(parts: Parts, protocol: str, data: Json, origin: str, person: Person) -> Json:
    """Answer a page that asks by the Digital Credentials API (OpenID4VP A), or cancel.

    Args:
        parts: The wallet.
        protocol: The exchange protocol, ``openid4vp-v1-...``.
        data: The request, as the page gave it.
        origin: The page's, as the browser says it. Nobody else may say it: it is whom the answer is for.
        person: Asked once, with everything that would be shown.

    Returns:
        What the page gets, or None: the flow is cancelled, and the page learns nothing.

    Raises:
        Refused: What is wrong with the request: the flow is cancelled.
        Undecided: Who asks cannot be found out now. Nothing was shown.
    """
    run = _Run(parts, person)
    now, random = parts.clock(), parts.random
    state, reply = role.start_for_page(protocol, data, origin, terms=parts.terms, now=now, random=random)
    ending = _play(run, state, reply)
    return ending.data if isinstance(ending, ForPage) else None


def _play(run: _Run, state: Presentation, reply: Reply) -> Finished | ForPage:
    parts = run.parts
    try:
        while not isinstance(reply, Finished | ForPage):
            if isinstance(reply, Refused | Undecided):
                raise reply
            event = _react(run, state, reply)
            state, reply = role.step(state, event, terms=parts.terms, now=parts.clock(), random=parts.random)
    except ClicidError as error:
        _close(run, error.code)
        raise
    code = reply.code if isinstance(reply, Finished) else ""
    _close(run, "accepted" if reply.presented else run.reason or code or "declined")
    return reply


def _to_renew(run: _Run) -> dict[str, str]:
    """Entries of which the last copy was just shown, or that end soon, and which of the two."""
    entries, now = run.parts.records.entries(), run.parts.clock()
    found = {name: renewing.state_of(entries[name], now) for name in run.shown}
    return {name: why for name, why in found.items() if why}


def _react(run: _Run, state: Presentation, reply: Reply) -> Moved:
    match reply:
        case HttpRequest():
            return Answered(run.parts.http.send(reply))
        case Wanted(needs):
            now = run.parts.clock()
            run.have |= {need: run.parts.materials.get(need, now) for need in needs}
            return Gathered(run.have)
        case ChoiceWanted():
            return _choose(run, reply)
    raise Refused("oid4vp.sequence", detail=f"{type(reply).__name__} in {state.phase}")


def _choose(run: _Run, wanted: ChoiceWanted) -> Moved:
    parts = run.parts
    credentials = {one.credential_id: one for one in parts.records.at_hand()}
    holdings = {name: _holding(parts, one) for name, one in credentials.items()}
    request = wanted.verified.request
    readable = request.metadata.vp_formats
    held = [
        presenting.held(one, parts.contexts)
        for one in holdings.values()
        if one.format in parts.asked.formats and reads(readable, one)
    ]
    choices = match(request.query, held)
    # Where no set is required, an answer without a credential is none: a `vp_token` is not empty (8.1).
    if not (choices.satisfiable and any(one.options for one in choices.sets)):
        run.reason = "oid4vp.nothing_held"
        _note(run, _entry(run, wanted, {}, (), Event.DECLINED))
        return Declined(Wire.ACCESS_DENIED)
    client = str(request.client_id)
    menu = choosing.menu(choices, credentials, held, client)
    asker = _question(wanted, {}, ())
    picks = run.person.chooses(asker, menu) if menu.is_open else menu.preferred
    if picks is not None:
        choices.check(picks)
    if not picks:  # Also where nothing is required and all of it was left out: there is nothing to send.
        _note(run, _entry(run, wanted, {}, (), Event.DECLINED))
        return Declined()
    showings = choosing.showings(menu, picks)
    try:
        presenting.check_authorises(request, picks, holdings)
    except RemoteError as fault:
        # What is held does not authorise what is to be authorised: there is nothing to ask the person.
        run.reason = fault.code
        _note(run, _entry(run, wanted, {}, (), Event.DECLINED))
        return Declined(Wire(fault.wire))
    question = _question(wanted, picks, showings)
    if not (run.person.insists if question.over_asking else run.person.consents)(question):
        _note(run, _entry(run, wanted, picks, showings, Event.DECLINED))
        return Declined()
    _check_unchanged(parts, picks, credentials)
    prepared = presenting.prepare(request, picks, holdings, contexts=parts.contexts, now=parts.clock())
    signatures = [
        parts.keys.sign(KeyRef(credentials[name].key_name), operation.message, operation.alg)
        for name, operation in prepared.to_be_signed
    ]
    _note(run, _entry(run, wanted, picks, showings, Event.PRESENTED))
    run.shown = _mark_used(parts, picks, credentials, client)
    response = replace(prepared.complete(signatures), issuance_proofs=_needed_proofs(parts, showings))
    return Presented(response)


def _needed_proofs(parts: Parts, showings: tuple[Showing, ...]) -> dict[str, bytes]:
    """The proofs without which a verifier that knows what we know would refuse what is shown."""
    found: dict[str, bytes] = {}
    for credential in (showing.credential for showing in showings if showing.credential.proof):
        source = proving.brought(parts, credential)
        judge(parts, FormatId(credential.format), credential.raw, source)
        found |= dict.fromkeys(source.needed, credential.proof)
    return found


def _holding(parts: Parts, credential: HeldCredential) -> Holding:
    key = parts.keys.public(KeyRef(credential.key_name))
    return presenting.Holding(credential.credential_id, FormatId(credential.format), credential.raw, key)


def _question(wanted: ChoiceWanted, picks: Picks, showings: tuple[Showing, ...]) -> Question:
    asker, request = wanted.verified.asker, wanted.verified.request
    known = asker.registered
    return Question(
        party=known.document.legal_name if known else asker.identifier,
        registered=known is not None,
        why_unknown=asker.why,
        purpose=dict(known.purpose.text) if known else {},
        privacy_policy=known.document.privacy_policy if known else "",
        over_asking=choosing.beyond(wanted.over_asking, picks),
        showings=showings,
        authorisations=tuple(_authorisation(item) for item in request.transaction_data),
        vouched_by=asker.vouched_by,
        destination=request.origin or urlsplit(request.response_uri).netloc,
    )


def _authorisation(item: TransactionData) -> Authorisation:
    kind = TYPES[item.type]
    lines = (
        (member.label, str(item.details[name]))
        for name, member in kind.members.items()
        if name in item.details
    )
    return Authorisation(kind.title, tuple(lines))


def _entry(
    run: _Run, wanted: ChoiceWanted, picks: Picks, showings: tuple[Showing, ...], event: Event
) -> HistoryEntry:
    question = _question(wanted, picks, showings)
    shown = {name for showing in showings for name, _ in showing.values}
    # Where two credentials call the same name differently, which of them is meant is not told: neither.
    said: dict[str, list[dict[str, str]]] = {}
    for showing in showings:
        for name, one in showing.called.items():
            said.setdefault(name, []).append(one.full)
    called = {name: fulls[0] for name, fulls in said.items() if all(full == fulls[0] for full in fulls)}
    return HistoryEntry(
        at=int(run.parts.clock().timestamp()),
        event=event,
        party=question.party,
        registered=question.registered,
        purpose=question.purpose.get("en", ""),
        credential_ids=tuple(one.credential.credential_id for one in showings),
        shown=tuple(sorted(shown)) if event is Event.PRESENTED else (),
        outcome="no_answer",
        beyond=question.over_asking if event is Event.PRESENTED else (),
        called=called if event is Event.PRESENTED else {},
    )


def _check_unchanged(parts: Parts, picks: Picks, credentials: dict[str, HeldCredential]) -> None:
    """What the person was told of who has seen a copy holds still: another window may be open beside this.

    Raises:
        Undecided: `wallet.changed`.
    """
    uses = {one.credential_id: one.uses for one in parts.records.credentials()}
    for name in (candidate.held_id for found in picks.values() for candidate in found):
        if uses.get(name) != credentials[name].uses:
            raise Undecided("wallet.changed")


def _mark_used(
    parts: Parts, picks: Picks, credentials: dict[str, HeldCredential], client: str
) -> tuple[str, ...]:
    """Who saw which copy, before anybody sees it; gives the entries. A copy of several is spent by it."""
    shown = [credentials[candidate.held_id] for found in picks.values() for candidate in found]
    for one in shown:
        parts.records.put(replace(one, uses=tuple(sorted({*one.uses, client}))))
    return tuple(dict.fromkeys(one.entry for one in shown))


def _note(run: _Run, entry: HistoryEntry) -> None:
    """Written before anything is sent: a verifier that never answers, or a kill, leaves the entry."""
    run.noted = run.parts.records.add_history(entry), entry


def _close(run: _Run, outcome: str) -> None:
    """The history says how it ended, also when the verifier refused what it was shown."""
    if run.noted is not None:
        name, entry = run.noted
        run.parts.records.end_history(name, replace(entry, outcome=outcome))
