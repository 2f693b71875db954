"""Both roles of OpenID4VP wired to each other in memory, with real credentials and every check."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from clicid.codec import strict_json
from clicid.codec.web import JSON_TYPE, HttpAnswer, HttpRequest, parse_form
from clicid.errors import RemoteError
from clicid.formats.base import NeedKind, Wanted
from clicid.oid4vp import errors, presenting, verifier, wallet
from clicid.oid4vp.checking import (
    AcceptedAnswer,
    Answer,
    RefusedAnswer,
    UndecidedAnswer,
    check_response,
)
from clicid.oid4vp.dcql import Query
from clicid.oid4vp.matching import match
from clicid.oid4vp.presentation import Answered, ChoiceWanted, Declined, Finished, Gathered, Presented
from clicid.oid4vp.request_object import MEDIA_TYPE
from clicid.oid4vp.response import AuthorizationResponse, ResponseReceipt, parse_response
from clicid.oid4vp.session import (
    Check,
    Concluded,
    HandOut,
    HandOver,
    ObjectFetched,
    Phase,
    ReportAsked,
    ResponsePosted,
    Session,
    Verdict,
)
from tests.support.asking import (
    AGE_QUERY,
    AGE_TYPE,
    CHECKERS,
    CONTEXTS,
    NAME_QUERY,
    REFERENCE,
    TERMS,
    Asking,
    Holder,
    serve,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from clicid.oid4vp.presentation import Event, Presentation, Reply

VERDICTS = {
    AcceptedAnswer: Verdict.ACCEPTED,
    RefusedAnswer: Verdict.REFUSED,
    UndecidedAnswer: Verdict.UNDECIDED,
}


@dataclass
class Stage:
    """One request played through; `altered` may change what is posted."""

    query: Query = NAME_QUERY
    return_to: str = ""
    asking: Asking = field(default_factory=Asking)
    holder: Holder = field(default_factory=Holder)
    altered: Callable[[AuthorizationResponse], AuthorizationResponse] = field(default=lambda one: one)
    consents: bool = True
    answer: Answer | None = None
    choice: ChoiceWanted | None = None

    def __post_init__(self) -> None:
        self.now = self.asking.world.now
        self.have = self.holder.have
        self.stored = self.asking.session(self.query, return_to=self.return_to).to_bytes()

    @property
    def session(self) -> Session:
        return Session.from_bytes(self.stored)

    def verifier_step(self, event: Any) -> Any:
        session, reply = verifier.step(self.session, event, now=self.now, random=self.asking.world.random)
        self.stored = session.to_bytes()
        return reply

    def send(self, request: HttpRequest) -> HttpAnswer:
        """The verifier's HTTP shell."""
        if request.url == REFERENCE.request_uri:
            nonce = parse_form(request.body, max_bytes=10_000)["wallet_nonce"]
            reply = self.verifier_step(ObjectFetched(nonce))
            assert isinstance(reply, HandOut)
            return HttpAnswer(200, MEDIA_TYPE, self.asking.object(reply.request))
        assert request.url == self.session.request.response_uri
        response = parse_response(request.body)
        if isinstance(response, AuthorizationResponse):
            response = self.altered(response)
        return self.receive(response)

    def receive(self, response: Any) -> HttpAnswer:
        reply = self.verifier_step(ResponsePosted(response))
        if isinstance(reply, Check):
            self.answer = self.check(reply.response)
            code = "" if isinstance(self.answer, AcceptedAnswer) else self.answer.code
            reply = self.verifier_step(Concluded(VERDICTS[type(self.answer)], code))
        if isinstance(reply, RemoteError):
            return HttpAnswer(400, JSON_TYPE, strict_json.dumps(errors.to_wire(reply)))
        assert isinstance(reply, ResponseReceipt)
        return HttpAnswer(200, JSON_TYPE, strict_json.dumps(reply.to_wire()))

    def check(self, response: AuthorizationResponse) -> Answer:
        have: dict[Any, Any] = {}
        for _ in range(6):
            found = check_response(
                self.session.request,
                response,
                have,
                policy=self.holder.policy,
                checkers=CHECKERS,
                now=self.now,
            )
            if not isinstance(found, Wanted):
                return found
            have |= serve(self.have, found)
        raise AssertionError("wants more than there is")

    def play(self) -> Reply:
        """The wallet's shell, from the link to the end."""
        random = self.asking.world.random
        state, reply = wallet.start(REFERENCE.to_url(), terms=TERMS, now=self.now, random=random)
        known: dict[Any, Any] = {}
        while not isinstance(reply, Finished | Exception):
            state = type(state).from_bytes(state.to_bytes())
            if isinstance(reply, Wanted):
                known |= serve(self.asking.have, reply)
            state, reply = wallet.step(
                state, self.react(state, reply, known), terms=TERMS, now=self.now, random=random
            )
        return reply

    def react(self, _state: Presentation, reply: Reply, known: Any) -> Event:
        match reply:
            case HttpRequest():
                return Answered(self.send(reply))
            case Wanted():
                return Gathered(known)
            case ChoiceWanted():
                self.choice = reply
                return self.consent(reply) if self.consents else Declined()
        raise AssertionError(reply)

    def consent(self, wanted: ChoiceWanted) -> Event:
        held = [presenting.held(one, CONTEXTS) for one in self.holder.holdings.values()]
        request = wanted.verified.request
        choices = match(request.query, held)
        picks = choices.preferred()
        choices.check(picks)
        prepared = presenting.prepare(request, picks, self.holder.holdings, contexts=CONTEXTS, now=self.now)
        signatures = [self.holder.sign(name, one.message, one.alg) for name, one in prepared.to_be_signed]
        return Presented(prepared.complete(signatures))


def test_over_18_and_family_name_from_the_sd_jwt_vc() -> None:
    stage = Stage()
    assert stage.play() == Finished(presented=True)
    assert isinstance(stage.answer, AcceptedAnswer)
    (shown,) = stage.answer.credentials["who"]
    assert shown.claims.reveal() == {"family_name": "Öhrn", "age_over_18": True}
    assert stage.choice is not None
    registered = stage.choice.verified.asker.registered
    assert registered is not None
    assert registered.document.legal_name == "Systembolaget i exemplet AB"
    assert registered.purpose.text["sv"] == "Ålder och namn"
    assert stage.choice.over_asking == ()
    assert isinstance(stage.verifier_step(ReportAsked("shop")), HandOver)


def test_over_18_from_the_w3c_credential() -> None:
    stage = Stage(AGE_QUERY)
    assert stage.play() == Finished(presented=True)
    assert isinstance(stage.answer, AcceptedAnswer)
    (shown,) = stage.answer.credentials["age"]
    assert (shown.credential_type, shown.claims.reveal()) == (AGE_TYPE, {"ageOver18": True})


def test_both_in_one_request() -> None:
    stage = Stage(Query(NAME_QUERY.credentials + AGE_QUERY.credentials))
    assert stage.play() == Finished(presented=True)
    assert isinstance(stage.answer, AcceptedAnswer)
    assert set(stage.answer.credentials) == {"who", "age"}


def test_the_browser_returns_with_a_code_of_its_own() -> None:
    stage = Stage(return_to="https://shop.example/done?cart=7")
    reply = stage.play()
    assert isinstance(reply, Finished)
    assert reply.redirect_uri.startswith("https://shop.example/done?cart=7&response_code=")
    denied = stage.verifier_step(ReportAsked("shop", "guessed"))
    assert isinstance(denied, RemoteError)
    assert denied.code == "oid4vp.owner"
    code = reply.redirect_uri.rpartition("=")[2]
    assert isinstance(stage.verifier_step(ReportAsked("shop", code)), HandOver)


def test_who_declines_shows_nothing() -> None:
    stage = Stage(consents=False)
    assert stage.play() == Finished(presented=False)
    assert (stage.session.phase, stage.session.code) == (Phase.DECLINED, "access_denied")
    assert stage.answer is None


def test_a_response_posted_twice_is_taken_once() -> None:
    posted: list[AuthorizationResponse] = []

    def keep(response: AuthorizationResponse) -> AuthorizationResponse:
        posted.append(response)
        return response

    stage = Stage(altered=keep)
    stage.play()
    before = stage.stored
    assert stage.receive(posted[0]).status == 400
    assert stage.stored == before


def test_a_response_to_another_session_is_refused() -> None:
    posted: list[AuthorizationResponse] = []

    def keep(response: AuthorizationResponse) -> AuthorizationResponse:
        posted.append(response)
        return response

    first = Stage(altered=keep)
    first.play()
    second = Stage(asking=first.asking)
    second.verifier_step(ObjectFetched())
    # With the other session's state it is not taken at all, with the right one it is seen through.
    assert second.receive(posted[0]).status == 400
    assert second.session.phase is Phase.HANDED_OUT
    assert second.receive(replace(posted[0], state=second.session.request.state)).status == 400
    assert isinstance(second.answer, RefusedAnswer)
    assert second.answer.code == "holder.nonce"


def _swap(key: str, *values: Any) -> Callable[[AuthorizationResponse], AuthorizationResponse]:
    return lambda one: replace(one, vp_token={key: values})


@pytest.mark.parametrize(
    ("query", "altered", "code"),
    [
        (NAME_QUERY, _swap("other", "x"), "oid4vp.answer"),
        (NAME_QUERY, _swap("who", {"type": ["VerifiablePresentation"]}), "oid4vp.answer"),
        (AGE_QUERY, _swap("age", "x~"), "oid4vp.answer"),
        (NAME_QUERY, _swap("who", "x~"), "securing.jws"),
        (AGE_QUERY, _swap("age", {}), "vc.context"),
    ],
    ids=["an id that was not asked for", "an object for a text", "a text for an object", "junk", "empty"],
)
def test_an_altered_answer_is_refused(query: Query, altered: Any, code: str) -> None:
    stage = Stage(query, altered=altered)
    outcome = stage.play()
    assert isinstance(outcome, Exception)
    assert isinstance(stage.answer, RefusedAnswer)
    assert stage.answer.code == code


def test_two_presentations_where_one_was_asked_for_are_refused() -> None:
    stage = Stage(altered=lambda one: replace(one, vp_token={"who": one.vp_token["who"] * 2}))
    stage.play()
    assert isinstance(stage.answer, RefusedAnswer)
    assert stage.answer.code == "oid4vp.answer"
    assert len(stage.answer.reports["who"]) == 2


def test_a_claim_that_is_withheld_is_missed() -> None:
    stage = Stage()
    narrow = Query.parse(
        {"credentials": [{**NAME_QUERY.credentials[0].to_wire(), "claims": [{"path": ["age_over_18"]}]}]}
    )
    consent = stage.consent

    def stingy(wanted: ChoiceWanted) -> Event:
        request = replace(wanted.verified.request, query=narrow)
        return consent(replace(wanted, verified=replace(wanted.verified, request=request)))

    stage.consent = stingy  # type: ignore[method-assign]  # this wallet shows less than was asked
    stage.play()
    assert isinstance(stage.answer, RefusedAnswer)
    assert stage.answer.code == "oid4vp.answer"


def test_a_revoked_credential_is_refused_and_nobody_is_asked_more() -> None:
    stage = Stage(Query(NAME_QUERY.credentials + AGE_QUERY.credentials))
    stage.holder.world.entry(1)
    stage.have = stage.holder.have
    assert isinstance(stage.play(), Exception)
    assert isinstance(stage.answer, RefusedAnswer)
    assert stage.answer.code == "status.revoked"


def test_without_material_it_stays_undecided_and_the_wallet_is_thanked() -> None:
    stage = Stage()
    stage.have = {need: found for need, found in stage.have.items() if need.kind is not NeedKind.STATUS}
    assert stage.play() == Finished(presented=True)
    assert isinstance(stage.answer, UndecidedAnswer)
    assert stage.answer.code == "status.unavailable"
    assert (stage.session.verdict, stage.session.code) == (Verdict.UNDECIDED, "status.unavailable")
