"""The issuer's table, walked whole: what has no row is refused, and what left it would say so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, get_args

import pytest

from clicid.errors import LocalError
from clicid.oid4vci import issuance
from clicid.oid4vci.authorization import AuthorizationLink
from clicid.oid4vci.credential import (
    CredentialRequest,
    DeferredRequest,
    NotificationEvent,
    NotificationRequest,
)
from clicid.oid4vci.issuance import (
    OUT_OF_PLACE,
    TRANSITIONS,
    Agreed,
    BrowserArrived,
    CredentialRequested,
    CredentialsMade,
    Declined,
    DeferredRequested,
    Denied,
    Event,
    Grant,
    Issuance,
    NonceSpent,
    NotificationSent,
    NotReady,
    Phase,
    RequestPushed,
    TimePassed,
    TokenRequested,
    Withdraw,
)
from clicid.oid4vci.token import PreAuthorizedRequest, PresentedToken
from tests.support import authorizing
from tests.support.authorizing import LISTED, REQUEST
from tests.support.issuance import AGE, IDENTITY, made
from tests.support.issuance_play import Play, fault
from tests.support.refusals import refused

if TYPE_CHECKING:
    from collections.abc import Callable

EVENTS = get_args(issuance.Event)


def _grant() -> Grant:
    return Grant(IDENTITY, ())


EXAMPLES: dict[type, Event] = {
    RequestPushed: RequestPushed(REQUEST, LISTED),
    BrowserArrived: BrowserArrived(AuthorizationLink("wallet", "x")),
    Agreed: Agreed(),
    Declined: Declined(),
    TokenRequested: TokenRequested(PreAuthorizedRequest("x")),
    CredentialRequested: CredentialRequested(PresentedToken("x"), CredentialRequest(IDENTITY)),
    NonceSpent: NonceSpent(_grant(), fresh=True),
    CredentialsMade: CredentialsMade(_grant(), ()),
    NotReady: NotReady(_grant()),
    Denied: Denied(_grant()),
    DeferredRequested: DeferredRequested(PresentedToken("x"), DeferredRequest("x")),
    NotificationSent: NotificationSent(
        PresentedToken("x"), NotificationRequest("x", NotificationEvent.ACCEPTED)
    ),
    Withdraw: Withdraw(),
    TimePassed: TimePassed(),
}


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("kind", EVENTS)
def test_what_has_no_row_is_refused(phase: Phase, kind: type) -> None:
    if (phase, kind) in TRANSITIONS:
        return
    play = Play()
    play.state = replace(play.state, phase=phase)
    before = play.state
    if kind in OUT_OF_PLACE:
        wire, code = OUT_OF_PLACE[kind]
        assert fault(play.step(EXAMPLES[kind])) == (wire, code)
    else:
        with refused("oid4vci.sequence", kind=LocalError):
            play.step(EXAMPLES[kind])
    assert play.state == before


def _walk(phase: Phase, script: str) -> set[tuple[Phase, type, Phase]]:
    """Bring an issuance to a phase, and let one thing happen."""
    play = Play(names=(IDENTITY,))
    notification_id = ""
    wanted: Any = None
    if phase is not Phase.OFFERED:
        play.redeem()
        wanted = play.ask()
    if phase is Phase.COMPLETED or script == "delivered":
        notification_id = play.issue().notification_id
    if script == "partly":
        play.state = replace(play.state, configuration_ids=(IDENTITY, AGE))
        notification_id = play.issue().notification_id
    if script.startswith("late "):
        play.now += timedelta(days=1)
    acts: dict[str, Callable[[], object]] = {
        "wrong code": lambda: play.redeem(""),
        "burn": lambda: [play.redeem("") for _ in range(5)],
        "redeem": play.redeem,
        "withdraw": lambda: play.step(Withdraw()),
        "time": lambda: play.step(TimePassed()),
        "ask": play.ask,
        "spend": lambda: play.step(NonceSpent(wanted.grant, fresh=True)),
        "make": lambda: play.step(CredentialsMade(wanted.grant, made(wanted.grant))),
        "not ready": lambda: play.step(NotReady(wanted.grant)),
        "deny": lambda: play.step(Denied(wanted.grant)),
        "resume": lambda: play.resume("x"),
        "notify": lambda: play.notify(notification_id),
        "partly": lambda: play.notify(notification_id),
    }
    acts[script.removeprefix("late ")]()
    return play.walked


SCRIPTS = (
    [
        (Phase.OFFERED, script)
        for script in ("wrong code", "burn", "redeem", "withdraw", "time", "late redeem", "late time")
    ]
    + [
        (phase, script)
        for phase in (Phase.AUTHORISED, Phase.COMPLETED)
        for script in (
            "ask",
            "spend",
            "make",
            "not ready",
            "deny",
            "resume",
            "time",
            "notify",
            "partly",
        )
        if (phase, script) != (Phase.COMPLETED, "partly")
    ]
    + [
        (Phase.AUTHORISED, script)
        for script in ("withdraw", "late ask", "late spend", "late resume", "late notify", "late time")
    ]
)


def test_every_transition_of_the_table_is_walked_and_no_other() -> None:
    walked = authorizing.walked().union(*(_walk(phase, script) for phase, script in SCRIPTS))
    table = {(phase, kind, after) for (phase, kind), following in TRANSITIONS.items() for after in following}
    assert walked == table


def test_a_role_that_left_its_table_would_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TRANSITIONS, (Phase.OFFERED, Withdraw), frozenset({Phase.OFFERED}))
    with refused("oid4vci.sequence", kind=LocalError):
        Play().step(Withdraw())


@pytest.mark.parametrize(
    "change",
    [(b'"version":1', b'"version":2'), (b'"kind":"oid4vci.issuance"', b'"kind":"x"'), (b'"offered"', b'"x"')],
)
def test_a_stored_state_that_is_not_ours_is_not_read(change: tuple[bytes, bytes]) -> None:
    raw = Play().state.to_bytes()
    assert change[0] in raw
    for broken in (raw.replace(*change), raw[:-1], b""):
        with refused("oid4vci.state", kind=LocalError):
            Issuance.from_bytes(broken)
