from __future__ import annotations

import random

import pytest

from clicid.errors import Refused
from clicid.status import rice
from clicid.status.delta import Delta, Limits, apply, plan, read
from clicid.status.rows import StatusList


def test_nothing_to_change_is_no_commit() -> None:
    assert plan([], []) == ()


def test_a_small_change_is_one_commit() -> None:
    (only,) = plan([1, 5, 900], [2])
    assert read(only.set, only.cleared, 1000) == ([1, 5, 900], [2])


def test_large_changes_are_split_until_each_fits_and_none_is_lost() -> None:
    positions = sorted(random.Random(1).sample(range(1 << 25), 100_000))
    deltas = plan(positions, [])
    assert len(deltas) == 5
    assert all(delta.fits(Limits()) for delta in deltas)
    assert [index for delta in deltas for index in read(delta.set, delta.cleared, 1 << 25)[0]] == positions


def test_what_is_set_comes_first_when_it_does_not_fit_one_commit() -> None:
    deltas = plan([0, 3000], [1, 4000], Limits(code=3))
    assert next((len(delta.set) > 0, len(delta.cleared) > 0) for delta in deltas) == (True, False)
    assert {bool(delta.set) for delta in deltas[: len(deltas) // 2]} == {True}


@pytest.mark.parametrize("limits", [Limits(code=1), Limits(transaction=500), Limits(gas=25_000)])
def test_limits_that_not_even_one_change_fits_are_refused(limits: Limits) -> None:
    with pytest.raises(Refused, match=r"status\.delta"):
        plan([7], [], limits)


def test_every_limit_splits() -> None:
    positions = list(range(0, 40_000, 10))
    for limits in (Limits(code=500), Limits(transaction=1200), Limits(gas=80_000)):
        deltas = plan(positions, [], limits)
        assert len(deltas) > 1
        assert all(delta.fits(limits) for delta in deltas)


def test_a_position_in_both_sets_is_refused_by_writer_and_reader() -> None:
    with pytest.raises(Refused, match=r"status\.delta"):
        plan([1, 2], [2])
    with pytest.raises(Refused, match=r"status\.delta"):
        read(rice.encode([1, 2]), rice.encode([2]), 10)


def test_a_refused_delta_leaves_the_list_as_it_was() -> None:
    held = StatusList(2, 8)
    apply(held, Delta(rice.encode([3]), b""))
    before = bytes(held.entries)
    with pytest.raises(Refused, match=r"status\.rice"):
        apply(held, Delta(rice.encode([1]), b"\x00\xff"))
    assert bytes(held.entries) == before


def test_a_list_is_changed_in_place() -> None:
    held = StatusList(2, 8)
    entries = held.entries
    apply(held, Delta(rice.encode([0, 15]), b""))
    apply(held, Delta(b"", rice.encode([0])))
    assert held.entries is entries
    assert bytes(entries) == b"\x00\x80"
