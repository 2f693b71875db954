"""What a verifier or an issuer that means ill, or just dies, leaves behind in a wallet."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from clicid.adapters.askar_vault import Record, Removal
from clicid.codec.web import JSON_TYPE, HttpAnswer, HttpRequest, parse_form
from clicid.errors import ClicidError, Undecided
from clicid.keys.store import KeyRef
from clicid.oid4vci.dialogue import Consented, ConsentWanted
from clicid.oid4vp import verifier
from clicid.oid4vp.matching import Candidate
from clicid.oid4vp.request_object import MEDIA_TYPE
from clicid.oid4vp.session import HandOut, ObjectFetched
from tests.support.asking import CHECKERS, CONTEXTS, REFERENCE, Asking, Holder
from tests.support.holder import RULES as WALLET_RULES
from tests.support.issuance import IssuerServer
from tests.support.world import DID, VCT, Store
from wallet.store.named import NamedRecords
from wallet.store.records import Event, HeldCredential, HistoryEntry, WalletRecords
from wallet.store.roots import RootRecords
from wallet.usecases.accepting import accept
from wallet.usecases.choosing import Menu, Showing
from wallet.usecases.parts import Parts
from wallet.usecases.presenting import Question, present
from wallet.words import WORDS, Language

if TYPE_CHECKING:
    from collections.abc import Callable

    from clicid.oid4vp.matching import Picks


@dataclass
class Vault:
    """The records of an `AskarVault`, in memory."""

    rows: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def put_record(self, category: str, name: str, value: bytes) -> None:
        self.rows[category, name] = value

    def apply(self, changes: list[Record | Removal]) -> None:
        for one in changes:
            if isinstance(one, Record):
                self.put_record(one.category, one.name, one.value)
            else:
                self.delete_record(one.category, one.name)

    def get_record(self, category: str, name: str) -> Record | None:
        value = self.rows.get((category, name))
        return None if value is None else Record(category, name, value)

    def delete_record(self, category: str, name: str) -> None:
        self.rows.pop((category, name), None)

    def records(self, category: str) -> list[Record]:
        return [
            Record(kind, name, value) for (kind, name), value in sorted(self.rows.items()) if kind == category
        ]


@dataclass
class Http:
    """Sends by calling a function."""

    answer: Callable[[HttpRequest], HttpAnswer]

    def send(self, request: HttpRequest) -> HttpAnswer:
        return self.answer(request)


@dataclass
class Agreeing:
    """A person who agrees to everything."""

    asked: list[Question] = field(default_factory=list)

    def chooses(self, _asker: Question, menu: Menu) -> Picks | None:
        return menu.preferred

    def insists(self, question: Question) -> bool:
        return self.consents(question)

    def consents(self, question: Question) -> bool:
        self.asked.append(question)
        return True

    def on_offer(self, offer: ConsentWanted) -> Consented:
        return Consented(tuple(offer.configurations), "123456" if offer.tx_code else None)


def parts_for(holder: Holder, have: Any, answer: Callable[[HttpRequest], HttpAnswer]) -> Parts:
    vault: Any = Vault()
    records = WalletRecords(vault)
    raw = holder.holdings["id"].raw
    records.put(HeldCredential("id", "dc+sd-jwt", VCT, DID, "holder", raw, 1, {"en": "Identity"}))
    return Parts(
        keys=holder.world.keys,
        records=records,
        named=NamedRecords(vault),
        http=Http(answer),
        materials=Store(have),
        checkers=CHECKERS,
        contexts=CONTEXTS,
        policy=holder.policy,
        clock=lambda: holder.world.now,
        random=holder.world.random,
        roots=RootRecords(vault),
        holder=WALLET_RULES,
    )


def hangs_up() -> HttpAnswer:
    raise Undecided("fetch.failed", "https://verifier.example", "RemoteProtocolError")


def is_killed() -> HttpAnswer:
    raise KeyboardInterrupt


def shown_to(
    receives: Callable[[], HttpAnswer],
) -> tuple[Parts, list[HistoryEntry], type[BaseException] | None]:
    """Answer a request of a verifier that takes what it is shown, and then does this."""
    asking, holder = Asking(), Holder()
    session = asking.session()
    seen: list[HistoryEntry] = []

    def answer(request: HttpRequest) -> HttpAnswer:
        if request.url == REFERENCE.request_uri:
            nonce = parse_form(request.body, max_bytes=10_000)["wallet_nonce"]
            _, reply = verifier.step(
                session, ObjectFetched(nonce), now=asking.world.now, random=asking.world.random
            )
            assert isinstance(reply, HandOut)
            return HttpAnswer(200, MEDIA_TYPE, asking.object(reply.request))
        assert b"vp_token" in request.body
        seen.extend(parts.records.history())
        return receives()

    parts = parts_for(holder, {**holder.have, **asking.have}, answer)
    try:
        present(parts, REFERENCE.to_url(), Agreeing())
    except (ClicidError, KeyboardInterrupt) as error:
        return parts, seen, type(error)
    return parts, seen, None


@pytest.mark.parametrize(
    ("receives", "outcome", "raised"),
    [
        (lambda: HttpAnswer(200, JSON_TYPE, b"{}"), "accepted", False),
        (lambda: HttpAnswer(400, JSON_TYPE, b"{}"), "oid4vp.remote", True),
        (lambda: HttpAnswer(200, JSON_TYPE, b"["), "codec.json", True),
        (hangs_up, "fetch.failed", True),
        (is_killed, "no_answer", True),
    ],
)
def test_no_verifier_can_keep_what_it_was_shown_out_of_the_history(
    receives: Callable[[], HttpAnswer], outcome: str, raised: bool
) -> None:
    parts, seen, error = shown_to(receives)
    assert (error is not None) is raised
    # Already there when the first byte of the answer left.
    assert [entry.event for entry in seen] == [Event.PRESENTED]
    (entry,) = parts.records.history()
    assert (entry.event, entry.outcome, entry.registered) == (Event.PRESENTED, outcome, True)
    assert {"family_name", "age_over_18"} <= set(entry.shown)
    (held,) = parts.records.credentials()
    assert len(held.uses) == 1


@pytest.mark.parametrize("after", ["/token", "/nonce", "/credential"])
def test_an_issuer_that_fails_half_way_leaves_no_key(after: str) -> None:
    server, holder = IssuerServer(), Holder()
    offer = server.offer(tx_code=None)

    def answer(request: HttpRequest) -> HttpAnswer:
        found = server.send(request)
        if request.url.endswith(after):
            raise Undecided("fetch.failed", "https://issuer.example", "ReadTimeout")
        return found

    parts = parts_for(holder, holder.have, answer)
    before = parts.records.credentials()
    keys = set(vars(holder.world.keys)["_keys"])
    with pytest.raises(Undecided):
        accept(parts, offer.offer.to_url(), Agreeing())
    assert set(vars(holder.world.keys)["_keys"]) == keys
    assert parts.records.credentials() == before


def test_a_credential_that_is_none_is_refused_and_its_key_goes() -> None:
    # This issuer's "credentials" are a few words: none passes the verifier's own steps.
    server, holder = IssuerServer(), Holder()
    offer = server.offer(tx_code=None)
    parts = parts_for(holder, holder.have, server.send)
    keys = set(vars(holder.world.keys)["_keys"])
    with pytest.raises(ClicidError):
        accept(parts, offer.offer.to_url(), Agreeing())
    assert set(vars(holder.world.keys)["_keys"]) == keys
    assert {entry.event for entry in parts.records.history()} == {Event.REFUSED}
    assert parts.keys.find(KeyRef("holder").name) is not None


def test_nothing_in_a_question_commands_the_terminal_or_makes_a_line_of_its_own() -> None:
    evil = "x\x1b[2J\x9b1A\rBank\n  Registered purpose: none\u202e [bold]b[/] [/] :warning:"
    credential = HeldCredential("id", "dc+sd-jwt", VCT, DID, "holder", b"", 1, {"en": evil})
    candidate = Candidate("q", "id", (), ())
    question = Question(
        party=evil,
        registered=True,
        why_unknown="",
        purpose={"en": evil},
        privacy_policy="https://verifier.example/privacy",
        over_asking=(evil,),
        showings=(Showing(candidate, credential, (("family_name", evil), (evil, [evil]))),),
    )
    screen = io.StringIO()
    WORDS[Language.EN].describe(Console(file=screen, width=4000, highlight=False), question)
    WORDS[Language.EN].describe(
        Console(file=screen, width=4000, highlight=False),
        replace(question, registered=False, why_unknown="registration.unknown"),
    )
    text = screen.getvalue()
    assert not set(text) & set("\x1b\x9b\r\u202e")
    assert "[bold]b[/] [/] :warning:" in text
    assert not any(line.startswith("  Registered purpose") for line in text.splitlines())
