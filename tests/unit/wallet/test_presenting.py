"""Answering a request: what the person is shown and asked, what leaves the wallet, what is remembered."""

from __future__ import annotations

import copy
import io
import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from clicid.codec.web import FORM_TYPE, JSON_TYPE, HttpAnswer, HttpRequest, parse_form
from clicid.errors import Refused, RemoteError, Undecided
from clicid.formats.base import Need, NeedKind, Unavailable
from clicid.formats.sd_jwt_vc import token
from clicid.oid4vp import verifier
from clicid.oid4vp.client_id import ClientId
from clicid.oid4vp.dcql import Query
from clicid.oid4vp.matching import Candidate
from clicid.oid4vp.request import ResponseMode
from clicid.oid4vp.request_object import MEDIA_TYPE
from clicid.oid4vp.session import HandOut, ObjectFetched
from clicid.oid4vp.transaction_data import PAYMENT, TransactionData
from tests.support.asking import ASKER, NAME_QUERY, REFERENCE, Asking, Holder
from tests.support.refusals import refused
from tests.support.world import DID, NOW, VCT
from tests.unit.wallet.test_hostile_peers import parts_for
from wallet.store.records import Event, HeldCredential
from wallet.terminal import Terminal
from wallet.usecases.choosing import Showing
from wallet.usecases.presenting import Question, present, present_to_page
from wallet.words import WORDS, Language, say

if TYPE_CHECKING:
    from clicid.oid4vp.matching import Picks
    from wallet.usecases.choosing import Menu
    from wallet.usecases.parts import Parts

NAME = "Systembolaget i exemplet AB"
PAGE = "https://shop.example"


@dataclass
class Deciding:
    """A person who looks and then says what the test wants."""

    answer: bool
    asked: list[Question] = field(default_factory=list)

    def chooses(self, _asker: Question, menu: Menu) -> Picks | None:
        return menu.preferred

    def insists(self, question: Question) -> bool:
        return self.consents(question)

    def consents(self, question: Question) -> bool:
        self.asked.append(question)
        return self.answer


@dataclass
class Scene:
    """A verifier that asks, a wallet that is asked."""

    query: Query = NAME_QUERY
    asking: Asking = field(default_factory=Asking)
    holder: Holder = field(default_factory=Holder)
    posted: list[dict[str, str]] = field(default_factory=list)
    attached: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.have = {**self.holder.have, **self.asking.have}
        self.parts: Parts = parts_for(self.holder, self.have, self._answer)

    def _answer(self, request: HttpRequest) -> HttpAnswer:
        if request.url != REFERENCE.request_uri:
            assert request.content_type == FORM_TYPE
            self.posted.append(parse_form(request.body, max_bytes=1 << 20))
            return HttpAnswer(200, JSON_TYPE, b"{}")
        nonce = parse_form(request.body, max_bytes=10_000)["wallet_nonce"]
        world = self.asking.world
        session = self.asking.session(self.query, **self.attached)
        _, reply = verifier.step(session, ObjectFetched(nonce), now=world.now, random=world.random)
        assert isinstance(reply, HandOut)
        return HttpAnswer(200, MEDIA_TYPE, self.asking.object(reply.request))

    def asks(self, person: Deciding) -> Question:
        outcome = present(self.parts, REFERENCE.to_url(), person)
        assert outcome.presented is person.answer
        (question,) = person.asked
        return question


def asking_also(*path: str) -> Query:
    wish: Any = copy.deepcopy(NAME_QUERY.to_wire())
    wish["credentials"][0]["claims"].append({"path": list(path)})
    return Query.parse(wish)


def test_a_registered_asker_is_shown_by_its_registered_name_with_each_value() -> None:
    scene = Scene()
    question = scene.asks(Deciding(answer=True))
    assert (question.party, question.registered, question.over_asking) == (NAME, True, ())
    assert question.purpose == {"sv": "Ålder och namn", "en": "Age and name"}
    (showing,) = question.showings
    values = dict(showing.values)
    assert (values["family_name"], values["age_over_18"]) == ("Öhrn", True)
    assert "given_name" not in values
    (form,) = scene.posted
    assert set(json.loads(form["vp_token"])) == {"who"}
    (entry,) = scene.parts.records.history()
    assert (entry.event, entry.party, entry.registered, entry.purpose) == (
        Event.PRESENTED,
        NAME,
        True,
        "Age and name",
    )
    assert "Öhrn" not in str(entry), "the history holds names of claims and no values"


def test_declined_nothing_leaves_but_the_refusal() -> None:
    scene = Scene()
    scene.asks(Deciding(answer=False))
    (form,) = scene.posted
    assert (form["error"], "vp_token" in form) == ("access_denied", False)
    (entry,) = scene.parts.records.history()
    assert (entry.event, entry.shown, entry.outcome) == (Event.DECLINED, (), "declined")
    (held,) = scene.parts.records.credentials()
    assert held.uses == ()


PAYMENT_DETAILS = {"payee": "Systembolaget", "amount": "129.50", "currency": "SEK"}


def test_what_would_be_authorised_is_shown_in_the_persons_language_and_signed() -> None:
    item = TransactionData.make(PAYMENT, PAYMENT_DETAILS, ["who"])
    scene = Scene(attached={"transaction_data": (item,)})
    question = scene.asks(Deciding(answer=True))
    (one,) = question.authorisations
    assert one.title["sv"] == "Godkänn en betalning"
    assert [(label["sv"], text) for label, text in one.lines] == [
        ("Till", "Systembolaget"),
        ("Belopp", "129.50"),
        ("Valuta", "SEK"),
    ]
    out = io.StringIO()
    WORDS[Language.SV].describe(Console(file=out, width=200), question)
    assert "Du skulle också godkänna" in out.getvalue()
    assert "Belopp: 129.50" in out.getvalue()
    (form,) = scene.posted
    (presentation,) = json.loads(form["vp_token"])["who"]
    proof = token.parse(presentation.encode()).combined.key_binding
    assert proof is not None
    assert "transaction_data_hashes" in json.loads(proof.jws.unverified_payload)


def test_a_proof_is_of_when_the_person_consented() -> None:
    """Not of when they were asked: who reads for long must not be too late for the verifier."""
    scene = Scene()
    now = [NOW]
    scene.parts = replace(scene.parts, clock=lambda: now[0])

    class Slow(Deciding):
        def consents(self, question: Question) -> bool:
            now[0] += timedelta(minutes=4)
            return super().consents(question)

    scene.asks(Slow(answer=True))
    (form,) = scene.posted
    (presentation,) = json.loads(form["vp_token"])["who"]
    proof = token.parse(presentation.encode()).combined.key_binding
    assert proof is not None
    assert proof.issued_at == NOW + timedelta(minutes=4)


def test_what_cannot_be_authorised_with_what_is_held_is_not_asked_about() -> None:
    item = TransactionData.make(PAYMENT, PAYMENT_DETAILS, ["more"])
    wish: Any = copy.deepcopy(NAME_QUERY.to_wire())
    wish["credentials"].append({**wish["credentials"][0], "id": "more"})
    wish["credential_sets"] = [{"options": [["who"]]}, {"options": [["more"]], "required": False}]
    scene = Scene(Query.parse(wish), attached={"transaction_data": (item,)})
    person = Deciding(answer=True)
    outcome = present(scene.parts, REFERENCE.to_url(), person)
    assert (outcome.presented, outcome.reason, person.asked) == (False, "oid4vp.transaction_data", [])
    (form,) = scene.posted
    assert form["error"] == "invalid_transaction_data"


def page_asks(scene: Scene, person: Deciding, **changes: Any) -> Any:
    request = scene.asking.session(
        client_id=ClientId("origin", PAGE), response_uri="", response_mode=ResponseMode.DC_API, origin=PAGE
    ).request
    data = {**request.to_wire(), **changes}
    return present_to_page(scene.parts, "openid4vp-v1-unsigned", data, PAGE, person)


def test_a_page_is_answered_by_its_origin_and_remembered_by_it() -> None:
    scene = Scene()
    person = Deciding(answer=True)
    answer = page_asks(scene, person)
    assert answer.keys() == {"vp_token"}
    (presentation,) = answer["vp_token"]["who"]
    proof = token.parse(presentation.encode()).combined.key_binding
    assert proof is not None
    assert proof.audience == f"origin:{PAGE}"
    (question,) = person.asked
    assert (question.party, question.registered, question.destination) == (PAGE, False, PAGE)
    (entry,) = scene.parts.records.history()
    assert (entry.event, entry.party, entry.outcome) == (Event.PRESENTED, PAGE, "accepted")
    assert scene.posted == []


def test_a_page_learns_nothing_of_who_declines_or_holds_nothing() -> None:
    scene = Scene()
    assert page_asks(scene, Deciding(answer=False)) is None
    person = Deciding(answer=True)
    query = asking_also("eye_colour").to_wire()
    assert page_asks(scene, person, dcql_query=query) is None
    assert person.asked == []
    with refused("oid4vp.request", kind=RemoteError):
        page_asks(scene, person, nonce="not safe")


def test_who_vouches_for_an_identifier_is_named_and_no_more() -> None:
    out = io.StringIO()
    question = replace(
        QUESTION,
        registered=False,
        why_unknown="registration.unknown",
        vouched_by="EU CA",
        destination="verifier.example",
    )
    WORDS[Language.EN].describe(Console(file=out, width=200), question)
    assert "UNKNOWN party" in out.getvalue()
    assert "EU CA vouches that the identifier is its own, and says nothing of who it is." in out.getvalue()
    assert "The answer would go to verifier.example." in out.getvalue()


def test_what_is_not_held_is_not_asked_about() -> None:
    scene = Scene(query=asking_also("eye_colour"))
    person = Deciding(answer=True)
    assert not present(scene.parts, REFERENCE.to_url(), person).presented
    assert person.asked == []
    assert [form["error"] for form in scene.posted] == ["access_denied"]


def test_claims_beyond_the_registered_purpose_are_pointed_at() -> None:
    question = Scene(query=asking_also("document", "number")).asks(Deciding(answer=True))
    assert question.over_asking == ("document/number",)
    assert ("document/number", "AA0000000") in question.showings[0].values


@pytest.mark.parametrize("attached", [(), None])
def test_an_asker_that_nobody_registered_has_no_name(attached: tuple[()] | None) -> None:
    scene = Scene(attached={} if attached is None else {"verifier_info": attached})
    if attached is None:
        # It attaches a registration, with a fine name in it, of which the chain knows nothing.
        scene.have.pop(Need(NeedKind.REGISTRATION, ASKER))
    question = scene.asks(Deciding(answer=True))
    assert (question.party, question.registered) == (ASKER, False)
    assert question.why_unknown == "registration.unknown"
    assert (question.purpose, question.privacy_policy) == ({}, "")
    (entry,) = scene.parts.records.history()
    assert (entry.party, entry.registered) == (ASKER, False)


def test_a_withdrawn_registration_gives_no_name() -> None:
    scene = Scene()
    scene.asking.fact = replace(scene.asking.fact, withdrawn_at=int(NOW.timestamp()) - 60)
    scene.have |= scene.asking.have
    question = scene.asks(Deciding(answer=True))
    assert (question.party, question.why_unknown) == (ASKER, "registration.withdrawn")


def test_a_copy_shown_to_another_is_said_to_be_linkable() -> None:
    scene = Scene()
    (held,) = scene.parts.records.credentials()
    scene.parts.records.put(replace(held, uses=("decentralized_identifier:did:example:bank",)))
    assert scene.asks(Deciding(answer=True)).showings[0].linkable
    (held,) = scene.parts.records.credentials()
    assert len(held.uses) == 2


def test_a_copy_shown_to_the_same_again_is_not() -> None:
    scene = Scene()
    assert not scene.asks(Deciding(answer=True)).showings[0].linkable
    assert not scene.asks(Deciding(answer=True)).showings[0].linkable


def test_a_request_signed_by_another_key_is_not_even_shown() -> None:
    scene = Scene()
    scene.asking.ref = scene.asking.world.other_ref
    scene.asking.keys = scene.asking.world.keys
    person = Deciding(answer=True)
    with pytest.raises(Refused) as caught:
        present(scene.parts, REFERENCE.to_url(), person)
    assert caught.value.code in {"keys.signature", "oid4vp.asker_key"}
    assert (person.asked, scene.posted, scene.parts.records.history()) == ([], [], [])


def test_an_asker_that_cannot_be_looked_up_leaves_it_undecided() -> None:
    scene = Scene()
    scene.have[Need(NeedKind.DID, ASKER)] = Unavailable(NOW, "no endpoint answers")
    person = Deciding(answer=True)
    with refused("did.unavailable", kind=Undecided):
        present(scene.parts, REFERENCE.to_url(), person)
    assert (person.asked, scene.posted) == ([], [])


# At the terminal -------------------------------------------------------------------------------------

HELD = HeldCredential("id", "dc+sd-jwt", VCT, DID, "holder", b"", 1, {"en": "Identity", "sv-SE": "Identitet"})
CANDIDATE = Candidate("q", "id", (("family_name",),), (("family_name",), ("cnf", "jwk", "x")))
QUESTION = Question(
    party=NAME,
    registered=True,
    why_unknown="",
    purpose={"en": "Age and name", "sv": "Ålder och namn"},
    privacy_policy="https://verifier.example/privacy",
    over_asking=(),
    showings=(Showing(CANDIDATE, HELD, (("family_name", "Öhrn"), ("cnf/jwk/x", "abc"))),),
)
OVER_ASKING = replace(QUESTION, over_asking=("birth_date",))


def at_terminal(question: Question, typed: str, language: Language = Language.EN, **how: bool) -> bool:
    """What a person who types this has consented to; an end of input is no consent."""
    with CliRunner().isolation(input=typed):
        person = Terminal(
            Console(), WORDS[language], yes=how.get("yes", False), beyond=how.get("beyond", False)
        )
        return (person.insists if question.over_asking else person.consents)(question)


@pytest.mark.parametrize(("typed", "consents"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_consent_is_a_word(typed: str, consents: bool) -> None:
    assert at_terminal(QUESTION, typed) is consents


@pytest.mark.parametrize(
    ("typed", "language", "consents"),
    [
        ("SHOW\n", Language.EN, True),
        ("VISA\n", Language.SV, True),
        ("y\n", Language.EN, False),
        ("show\n", Language.EN, False),
        ("SHOW\n", Language.SV, False),
        ("\nyes\n", Language.EN, False),
    ],
)
def test_over_asking_is_consented_to_on_purpose(typed: str, language: Language, consents: bool) -> None:
    assert at_terminal(OVER_ASKING, typed, language) is consents


def test_a_script_that_agreed_beforehand_is_not_asked() -> None:
    assert at_terminal(QUESTION, "", yes=True)
    assert not at_terminal(OVER_ASKING, "", yes=True), "to show more than registered takes a word of its own"
    assert at_terminal(OVER_ASKING, "", yes=True, beyond=True)


def said(question: Question, language: Language) -> str:
    screen = io.StringIO()
    Terminal(Console(file=screen, width=200), WORDS[language], yes=True).consents(question)
    return screen.getvalue()


def test_what_is_said_in_both_languages() -> None:
    unknown = replace(OVER_ASKING, party=ASKER, registered=False, why_unknown="registration.unknown")
    english, swedish = said(OVER_ASKING, Language.EN), said(OVER_ASKING, Language.SV)
    for text in (english, swedish):
        assert NAME in text
        assert "family_name: Öhrn" in text
        assert "birth_date" in text
        assert "cnf" not in text, "what a credential says of itself is one line"
    assert "Registered purpose: Age and name" in english
    assert "Registrerat ändamål: Ålder och namn" in swedish
    assert ("Identity (dc+sd-jwt)" in english, "Identitet (dc+sd-jwt)" in swedish) == (True, True)
    assert "UNKNOWN" in said(unknown, Language.EN)
    assert "OKÄND" in said(unknown, Language.SV)
    assert NAME not in said(unknown, Language.EN)


@pytest.mark.parametrize("form", ["dc+sd-jwt", "ldp_vc", "jwt_vc_json", "mso_mdoc"])
@pytest.mark.parametrize("name", ["id", "type", "iat", "status", "issuer"])
def test_nothing_that_can_be_withheld_is_left_out_of_what_the_person_reads(form: str, name: str) -> None:
    """A number of a person's may be called `id`: it is no business of the credential's because of that."""
    candidate = Candidate("q", "id", ((name,),), ((name, "no"), ("cnf", "x")))
    showing = Showing(
        candidate, replace(HELD, format=form), ((f"{name}/no", "19700101-0000"), ("cnf/x", "y"))
    )
    out = io.StringIO()
    words = WORDS[Language.EN]
    words.describe(Console(file=out, width=400), replace(QUESTION, showings=(showing,)))
    words.way(Console(file=out, width=400), 1, showing)
    assert f"{name}/no: 19700101-0000" in out.getvalue()
    assert f": {name}/no" in out.getvalue()
    assert ("cnf/x" in out.getvalue()) == (form == "mso_mdoc")


@pytest.mark.parametrize("name", ["issuer", "issuanceDate", "expirationDate", "validFrom"])
def test_what_a_credential_as_jwt_says_of_itself_is_one_line_in_both_its_forms(name: str) -> None:
    shown = replace(HELD, format="jwt_vc_json")
    showing = Showing(replace(CANDIDATE, disclose=()), shown, ((name, "x-y"), ("credentialSubject/a", "z")))
    out = io.StringIO()
    WORDS[Language.EN].describe(Console(file=out, width=400), replace(QUESTION, showings=(showing,)))
    assert "x-y" not in out.getvalue()
    assert "credentialSubject/a: z" in out.getvalue()


def test_an_sd_jwt_vcs_own_claims_are_no_w3c_credentials() -> None:
    showing = Showing(replace(CANDIDATE, disclose=()), HELD, (("id", "19700101-0000"), ("iat", 17)))
    out = io.StringIO()
    WORDS[Language.EN].describe(Console(file=out, width=400), replace(QUESTION, showings=(showing,)))
    assert "id: 19700101-0000" in out.getvalue()
    assert "iat" not in out.getvalue()


@pytest.mark.parametrize("blank", [" ", "\u3164", "\u2800\u200c", " \ufe0f", "\u00a0"])
def test_no_text_of_an_askers_begins_a_line_of_the_wallets(blank: str) -> None:
    """On 80 columns the amount would stand where the wallet writes one."""
    screen = io.StringIO()
    filler = blank * (68 // len(blank))
    say(Console(file=screen, width=80), f"    To: Shop{filler}    Amount: 1.00")
    assert screen.getvalue() == "    To: Shop \\u{20}*72 Amount: 1.00\n"
    shown = io.StringIO()
    say(Console(file=shown, width=80), "     three   blanks")
    assert shown.getvalue() == "     three   blanks\n"
