"""The verifier's role: its table walked whole, and what is answered out of order."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest

from clicid.errors import REASONS, LocalError, RemoteError
from clicid.oid4vp import errors, verifier
from clicid.oid4vp import session as module
from clicid.oid4vp.client_id import ClientId
from clicid.oid4vp.errors import PresentationRefused, Wire
from clicid.oid4vp.request import ResponseMode
from clicid.oid4vp.response import AuthorizationResponse, ErrorResponse, ResponseReceipt
from clicid.oid4vp.session import (
    OUT_OF_PLACE,
    TRANSITIONS,
    Check,
    Concluded,
    Event,
    HandOut,
    HandOver,
    Noted,
    NotYet,
    ObjectFetched,
    Phase,
    ReportAsked,
    ResponsePosted,
    Session,
    TimePassed,
    Verdict,
)
from tests.support.asking import VERIFIER, Asking
from tests.support.refusals import refused
from tests.support.world import NOW, Dice

EVENTS = get_args(module.Event)


class Play:
    """One session and a clock; remembers each transition taken."""

    def __init__(self, **changes: Any) -> None:
        self.asking = Asking()
        self.random = Dice("verifier")
        self.session = self.asking.session(**changes)
        self.now = NOW
        self.walked: set[tuple[Phase, type, Phase]] = set()

    def step(self, event: Event) -> Any:
        before = self.session
        after, reply = verifier.step(before, event, now=self.now, random=self.random)
        assert Session.from_bytes(after.to_bytes()) == after
        if (before.phase, type(event)) in TRANSITIONS:
            self.walked.add((before.phase, type(event), after.phase))
        self.session = after
        return reply

    def post(self, **changes: Any) -> Any:
        response = AuthorizationResponse({"who": ("x~",)}, self.session.request.state)
        return self.step(ResponsePosted(replace(response, **changes)))

    def decline(self, error: Wire = Wire.ACCESS_DENIED) -> Any:
        return self.step(ResponsePosted(ErrorResponse(error, self.session.request.state)))


def fault(reply: Any) -> tuple[str, str]:
    assert isinstance(reply, RemoteError), reply
    return reply.wire, reply.code


def test_nonce_and_state_are_fresh_and_long() -> None:
    asking = Asking()
    first, second = asking.session().request, asking.session().request
    values = {first.nonce, second.nonce, first.state, second.state}
    assert len(values) == 4
    assert {len(value) for value in values} == {43}


def test_the_object_may_be_fetched_again_until_the_answer() -> None:
    play = Play()
    for nonce in ("one", "two"):
        reply = play.step(ObjectFetched(nonce))
        assert isinstance(reply, HandOut)
        assert reply.request.wallet_nonce == nonce
    assert play.session.request.wallet_nonce == ""
    play.post()
    assert fault(play.step(ObjectFetched())) == ("invalid_request", "oid4vp.sequence")


def test_an_answer_before_the_object_was_fetched_is_refused() -> None:
    play = Play()
    assert fault(play.post()) == ("invalid_request", "oid4vp.sequence")
    assert play.session.phase is Phase.CREATED


def test_a_request_in_the_open_waits_for_its_answer_at_once() -> None:
    address = f"{VERIFIER}/response/1"
    play = Play(client_id=ClientId("redirect_uri", address))
    assert isinstance(play.post(), Check)


def test_an_answer_with_another_state_changes_nothing() -> None:
    play = Play()
    play.step(ObjectFetched())
    before = play.session
    for state in ("", "another", "ö"):
        assert fault(play.post(state=state)) == ("invalid_request", "oid4vp.response")
    assert fault(play.step(ResponsePosted(ErrorResponse(Wire.ACCESS_DENIED, "x")))) == (
        "invalid_request",
        "oid4vp.response",
    )
    assert play.session == before


def test_a_late_answer_is_refused() -> None:
    play = Play()
    play.step(ObjectFetched())
    play.now += timedelta(minutes=5)
    assert fault(play.post()) == ("invalid_request", "oid4vp.sequence")
    assert play.session.phase is Phase.EXPIRED


def test_a_late_fetch_is_refused() -> None:
    play = Play()
    play.now += timedelta(minutes=5)
    assert fault(play.step(ObjectFetched())) == ("invalid_request", "oid4vp.sequence")


def concluded(verdict: Verdict, code: str = "", **changes: Any) -> tuple[Play, Any]:
    play = Play(**changes)
    play.step(ObjectFetched())
    play.post()
    return play, play.step(Concluded(verdict, code))


def test_the_report_is_handed_out_once_and_to_its_owner() -> None:
    play, _ = concluded(Verdict.ACCEPTED)
    assert fault(play.step(ReportAsked("another shop"))) == ("access_denied", "oid4vp.owner")
    assert play.step(ReportAsked("shop")) == HandOver()
    assert fault(play.step(ReportAsked("shop"))) == ("access_denied", "oid4vp.collected")


def test_a_refused_wallet_hears_no_more_than_the_code() -> None:
    play, reply = concluded(Verdict.REFUSED, "status.revoked", return_to="https://shop.example")
    assert fault(reply) == ("invalid_request", "status.revoked")
    assert play.session.response_code_digest == ""
    assert play.step(ReportAsked("shop")) == HandOver()


def test_the_code_for_the_browser_is_kept_as_a_digest() -> None:
    play, reply = concluded(Verdict.ACCEPTED, return_to="https://shop.example/done")
    assert isinstance(reply, ResponseReceipt)
    address, _, code = reply.redirect_uri.partition("?response_code=")
    assert address == "https://shop.example/done"
    assert code.encode() not in play.session.to_bytes()
    assert fault(play.step(ReportAsked("shop"))) == ("access_denied", "oid4vp.owner")
    assert play.step(ReportAsked("shop", code)) == HandOver()


def test_until_there_is_a_report_its_owner_hears_the_phase() -> None:
    play = Play()
    assert play.step(ReportAsked("shop")) == NotYet(Phase.CREATED)
    play.step(ObjectFetched())
    assert play.step(ReportAsked("shop")) == NotYet(Phase.HANDED_OUT)
    play.decline(Wire.VP_FORMATS_NOT_SUPPORTED)
    assert play.step(ReportAsked("shop")) == NotYet(Phase.DECLINED)
    assert play.session.code == "vp_formats_not_supported"


@pytest.mark.parametrize(
    "changes",
    [
        {"response_uri": "file:///x"},
        {"return_to": "javascript:x"},
        {"client_id": ClientId("redirect_uri", "https://another.example")},
        {"client_id": ClientId("x509_hash", "abc")},
    ],
)
def test_a_session_that_is_no_request_is_our_mistake(changes: dict[str, Any]) -> None:
    with refused("oid4vp.request", kind=LocalError):
        Asking().session(**changes)


EXAMPLES: dict[type, Event] = {
    ObjectFetched: ObjectFetched(),
    ResponsePosted: ResponsePosted(ErrorResponse(Wire.ACCESS_DENIED)),
    Concluded: Concluded(Verdict.ACCEPTED),
    ReportAsked: ReportAsked("shop"),
    TimePassed: TimePassed(),
}


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("kind", EVENTS)
def test_what_has_no_row_is_refused(phase: Phase, kind: type) -> None:
    if (phase, kind) in TRANSITIONS:
        return
    play = Play()
    play.session = replace(play.session, phase=phase)
    before = play.session
    if kind in OUT_OF_PLACE:
        assert fault(play.step(EXAMPLES[kind])) == OUT_OF_PLACE[kind]
    else:
        with refused("oid4vp.sequence", kind=LocalError):
            play.step(EXAMPLES[kind])
    assert play.session == before


def _reach(phase: Phase, *, late: bool, after: Any) -> set[tuple[Phase, type, Phase]]:
    play = Play()
    if phase is not Phase.CREATED:
        play.step(ObjectFetched())
    if phase in (Phase.ANSWERED, Phase.CONCLUDED):
        play.post()
    if phase is Phase.CONCLUDED:
        play.step(Concluded(Verdict.UNDECIDED, "did.unavailable"))
    if phase is Phase.DECLINED:
        play.decline()
    if phase is Phase.EXPIRED:
        play.now += timedelta(minutes=5)
        play.step(TimePassed())
    if late:
        play.now += timedelta(minutes=5)
    after(play)
    return play.walked


ACTS: dict[str, Any] = {
    "fetch": lambda play: play.step(ObjectFetched()),
    "post": Play.post,
    "decline": Play.decline,
    "wrong state": lambda play: play.post(state="x"),
    "conclude": lambda play: play.step(Concluded(Verdict.ACCEPTED)),
    "ask": lambda play: play.step(ReportAsked("shop")),
    "ask as another": lambda play: play.step(ReportAsked("another")),
    "time": lambda play: play.step(TimePassed()),
}
KIND_OF = {
    "fetch": ObjectFetched,
    "post": ResponsePosted,
    "decline": ResponsePosted,
    "wrong state": ResponsePosted,
    "conclude": Concluded,
    "ask": ReportAsked,
    "ask as another": ReportAsked,
    "time": TimePassed,
}


def test_every_transition_of_the_table_is_walked_and_no_other() -> None:
    walked: set[tuple[Phase, type, Phase]] = set()
    for phase, kind in TRANSITIONS:
        for name, act in ACTS.items():
            for late in (False, True):
                if KIND_OF[name] is kind:
                    walked |= _reach(phase, late=late, after=act)
    table = {(phase, kind, after) for (phase, kind), following in TRANSITIONS.items() for after in following}
    assert walked == table


def test_time_is_noted_without_an_answer() -> None:
    assert Play().step(TimePassed()) == Noted()


def test_a_role_that_left_its_table_would_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TRANSITIONS, (Phase.CREATED, ObjectFetched), frozenset({Phase.EXPIRED}))
    with refused("oid4vp.sequence", kind=LocalError):
        Play().step(ObjectFetched())


def test_a_stored_state_that_is_not_ours_is_not_read() -> None:
    play, _ = concluded(Verdict.ACCEPTED)
    stored = play.session.to_bytes()
    assert Session.from_bytes(stored) == play.session
    for change in (
        (b'"version":1', b'"version":2'),
        (b'"concluded"', b'"x"'),
        (b'"accepted"', b'"x"'),
        (b'"vp_token"', b'"code"'),
    ):
        assert change[0] in stored
        with refused("oid4vp.state", kind=LocalError):
            Session.from_bytes(stored.replace(*change))


@pytest.mark.parametrize("code", ["status.revoked", "oid4vp.answer", "issuer.unknown", "issuer.signature"])
@pytest.mark.parametrize("return_to", ["", "https://shop.example/done"])
def test_a_wallet_learns_that_it_was_refused_and_of_the_reason_what_is_its_own(
    code: str, return_to: str
) -> None:
    play = Play(return_to=return_to)
    play.step(ObjectFetched())
    play.post()
    reply = play.step(Concluded(Verdict.REFUSED, code))
    assert isinstance(reply, PresentationRefused)
    body = errors.to_wire(reply)
    told = REASONS[code].en if code in {"status.revoked", "oid4vp.answer"} else None
    assert body["error"] == "invalid_request"
    assert body["error_description"] == (told or "The presentation was not accepted.")
    assert str(body["error_description"]).isascii()
    assert not set(str(body["error_description"])) & set('"\\')
    address = str(body.get("redirect_uri", ""))
    assert address.startswith(return_to)
    assert ("response_code=" in address) is bool(return_to)


def test_what_a_wallet_is_told_fits_into_an_error_description() -> None:
    """RFC 6749 5.2: no quotation marks, no backslashes, ASCII."""
    for code in errors.TOLD:
        told = REASONS[code].en
        assert told.isascii()
        assert not set(told) & set('"\\')


def test_a_refused_report_needs_no_code_as_there_is_nothing_in_it() -> None:
    play = Play(return_to="https://shop.example/done")
    play.step(ObjectFetched())
    play.post()
    play.step(Concluded(Verdict.REFUSED, "status.revoked"))
    assert play.session.response_code_digest == ""
    assert isinstance(play.step(ReportAsked("shop")), HandOver)


def test_an_error_is_receipted_and_the_browser_goes_on_with_a_fresh_code() -> None:
    found: set[str] = set()
    for _ in range(2):
        play = Play(return_to="https://shop.example/done?a=1")
        play.random = Dice(str(len(found)))
        play.step(ObjectFetched())
        receipt = play.decline(Wire.WALLET_UNAVAILABLE)
        assert isinstance(receipt, ResponseReceipt)
        assert receipt.redirect_uri.startswith("https://shop.example/done?a=1&response_code=")
        assert (play.session.phase, play.session.code) == (Phase.DECLINED, "wallet_unavailable")
        found.add(receipt.redirect_uri)
    assert len(found) == 2


@pytest.mark.parametrize("error", Wire)
def test_every_error_of_a_wallet_ends_the_session(error: Wire) -> None:
    play = Play()
    play.step(ObjectFetched())
    assert play.decline(error) == ResponseReceipt()
    assert play.session.code == error.value
    assert fault(play.post()) == ("invalid_request", "oid4vp.sequence")


def test_a_state_from_before_there_were_pages_is_read() -> None:
    session = Play().session
    stored = json.loads(session.to_bytes())
    assert stored.pop("origin") == ""
    assert Session.from_bytes(json.dumps(stored).encode()) == session


def test_a_signed_request_of_a_page_is_handed_out_before_an_answer_is_taken() -> None:
    play = Play(response_uri="", origin=VERIFIER, response_mode=ResponseMode.DC_API)
    assert play.session.request.expected_origins == (VERIFIER,)
    assert play.session.request.state == ""
    assert fault(play.post()) == ("invalid_request", "oid4vp.sequence")
    assert isinstance(play.step(ObjectFetched()), HandOut)
    assert isinstance(play.post(), Check)


def test_an_unsigned_request_of_a_page_waits_for_its_answer_at_once() -> None:
    play = Play(
        client_id=ClientId("origin", VERIFIER),
        response_uri="",
        origin=VERIFIER,
        response_mode=ResponseMode.DC_API,
    )
    assert (play.session.phase, play.session.request.expected_origins) == (Phase.HANDED_OUT, ())
    # There is no state over the API: an answer with one is none of this session.
    assert fault(play.post(state="x")) == ("invalid_request", "oid4vp.response")
    assert isinstance(play.post(), Check)
