"""Answering a request: what the person is shown and asked, what leaves the wallet, what is remembered."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from clicid.codec.web import FORM_TYPE, JSON_TYPE, HttpAnswer, HttpRequest, parse_form
from clicid.errors import Refused, Undecided
from clicid.formats.base import Need, NeedKind, Unavailable
from clicid.oid4vp import verifier
from clicid.oid4vp.dcql import Query
from clicid.oid4vp.request_object import MEDIA_TYPE
from clicid.oid4vp.session import HandOut, ObjectFetched
from tests.support.asking import ASKER, NAME_QUERY, REFERENCE, Asking, Holder
from tests.support.refusals import refused
from tests.support.world import DID, NOW, VCT
from tests.unit.wallet.test_hostile_peers import parts_for
from wallet.cli import Terminal
from wallet.store.records import Event, HeldCredential
from wallet.usecases.presenting import Question, Showing, present
from wallet.words import WORDS, Language

if TYPE_CHECKING:
    from wallet.usecases.parts import Parts

NAME = "Systembolaget i exemplet AB"


@dataclass
class Deciding:
    """A person who looks and then says what the test wants."""

    answer: bool
    asked: list[Question] = field(default_factory=list)

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
CANDIDATE: Any = None
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


def at_terminal(
    question: Question, typed: str, language: Language = Language.EN, *, yes: bool = False
) -> bool:
    """What a person who types this has consented to; an end of input is no consent."""
    with CliRunner().isolation(input=typed):
        return Terminal(WORDS[language], yes=yes).consents(question)


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
    assert at_terminal(OVER_ASKING, "", yes=True)


def said(question: Question, language: Language) -> str:
    with CliRunner().isolation() as (out, *_):
        Terminal(WORDS[language], yes=True).consents(question)
        return out.getvalue().decode()


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
