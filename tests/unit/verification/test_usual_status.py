"""The line of an entry that is good, from a list that is fresh, is the line that the steps give."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from clicid.formats.base import Line, Need, NeedKind, Outcome, Unavailable
from clicid.ledger.facts import ABSENT
from clicid.verification import status
from tests.support.world import DID, LIST_URL, NOW, World

NEED = Need(NeedKind.STATUS, LIST_URL, DID)


@pytest.mark.parametrize("value", [0, 1, 2, 3])
@pytest.mark.parametrize("trouble", ["", "status.digest_mismatch"])
@pytest.mark.parametrize("age", [timedelta(minutes=1), timedelta(hours=2), timedelta(minutes=-5)])
@pytest.mark.parametrize("list_id", [None, bytes(32)])
def test_as_the_steps_say(
    value: int, trouble: str, age: timedelta, list_id: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    world.entry(value)
    snapshot = replace(world.snapshot, trouble=trouble, list_id=list_id or world.snapshot.list_id)
    found = world.material(snapshot.to_bytes(), age=age)
    usual = status._usually(world.status, DID, found, world.policy, NOW)
    monkeypatch.setattr(status, "_usually", lambda *_: None)
    steps = status._anchored(world.status, DID, {NEED: found}, policy=world.policy, now=NOW)
    assert isinstance(steps, Line)
    assert (usual is not None) == (steps.outcome is Outcome.PASSED)
    assert usual in (None, steps)


def test_what_is_not_there_is_for_the_steps() -> None:
    world = World()
    found = world.have[NEED]
    beyond = replace(world.status, index=1000)
    for entry, material, issuer in (
        (world.status, Unavailable(NOW, "down"), DID),
        (world.status, None, DID),
        (world.status, world.material(ABSENT), DID),
        (world.status, world.material(b"garbled"), DID),
        (beyond, found, DID),
        (world.status, found, "did:key:z6Mk"),
    ):
        assert status._usually(entry, issuer, material, world.policy, NOW) is None
