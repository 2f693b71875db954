"""What is of a known layout is decided at once, and as ever; everything else is left to the long way."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from clicid.adapters.gather import settle
from clicid.formats.base import FormatId
from clicid.vc_api import messages
from clicid.verification import (
    Accepted,
    Checkers,
    Ending,
    NotAtOnce,
    RefusedWith,
    SignedLists,
    at_once,
    check,
    checkers,
)
from tests.support import w3c
from tests.unit.verification.test_nested import NOW, POLICY, REQUEST, store
from verifier.usecases.vc_api import GeneralVerifying

PRESENTATION = w3c.presentation()


def decide(raw: bytes, reading: Checkers, form: FormatId = FormatId.LDP_VP, value: int = 0) -> Ending:
    request = replace(REQUEST, format=form)
    return settle(
        lambda have: check(raw, have, request=request, policy=POLICY, checkers=reading, now=NOW),
        store(value),
        NOW,
    )


def taught() -> Checkers:
    """Checkers that have met some: first a shape is learned, then the credential, then what it stands in."""
    reading = checkers(w3c.CONTEXTS)
    for _ in range(4):
        assert isinstance(decide(PRESENTATION, reading), Accepted)
    return reading


def test_a_layout_that_was_never_met() -> None:
    with pytest.raises(NotAtOnce):
        decide(PRESENTATION, at_once(checkers(w3c.CONTEXTS)))


def test_a_known_layout_is_decided_as_ever() -> None:
    reading = taught()
    assert decide(PRESENTATION, at_once(reading)).report == decide(PRESENTATION, reading).report
    revoked = decide(PRESENTATION, at_once(reading), value=1)
    assert (type(revoked), revoked.report.code) == (RefusedWith, "status.revoked")
    others = w3c.presentation(ref=w3c.OTHER_REF)
    found = decide(others, at_once(reading))
    assert (type(found), found.report.code) == (RefusedWith, "holder.key_mismatch")


def test_what_is_malformed_or_of_a_format_without_layouts() -> None:
    quick = at_once(taught())
    for raw, form in (
        (b"{", FormatId.LDP_VP),
        (PRESENTATION[:-1], FormatId.LDP_VP),
        (PRESENTATION, FormatId.VP_JWT),
        (b"", FormatId.SD_JWT_VC),
    ):
        with pytest.raises(NotAtOnce):
            decide(raw, quick, form)


def test_nothing_is_waited_for() -> None:
    body = {
        "verifiablePresentation": json.loads(PRESENTATION),
        "options": {"challenge": w3c.BINDING.nonce, "domain": w3c.BINDING.audience},
    }
    request = messages.verify(json.dumps(body).encode(), messages.VERIFIABLE_PRESENTATION)
    reading = taught()
    service = GeneralVerifying(POLICY, reading, store(), lambda: NOW)
    found = service.verify_at_once(request)
    assert isinstance(found, Accepted)
    assert found.report == service.verify(request).report
    policy = replace(POLICY, signed_lists=SignedLists.MAY_REFUSE)
    assert GeneralVerifying(policy, reading, store(), lambda: NOW).verify_at_once(request) is None
    asleep = store()
    asleep.get_at_once = lambda *_: None  # type: ignore[method-assign]
    assert GeneralVerifying(POLICY, reading, asleep, lambda: NOW).verify_at_once(request) is None
    fresh = GeneralVerifying(POLICY, checkers(w3c.CONTEXTS), store(), lambda: NOW)
    assert fresh.verify_at_once(request) is None


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('"created":"2026-11-22T00:00:00Z"', '"created":"yesterday"', "codec.time"),
        ('"proofValue":"z', '"proofValue":"z0', "codec.multibase"),
    ],
)
def test_what_is_wrong_inside_is_said_the_same_where_the_layout_is_known(
    old: str, new: str, code: str
) -> None:
    """The presentation is the holder's own word: its signature is good whatever stands in it."""
    credential = w3c.credential().decode()
    assert old in credential
    evil = w3c.presentation([credential.replace(old, new).encode()])
    known = taught()
    for _ in range(3):
        found, fresh = decide(evil, known), decide(evil, checkers(w3c.CONTEXTS))
        assert found.report == fresh.report
        assert isinstance(found, RefusedWith)
        assert found.report.code == code
