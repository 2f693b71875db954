from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from clicid.errors import Refused
from clicid.status import rice
from clicid.status.delta import Delta, Limits, apply, plan
from clicid.status.rows import StatusList

SIZE = 3000
POSITIONS = st.sets(st.integers(0, 2 * SIZE - 1), max_size=300).map(sorted)


@given(st.sets(st.integers(0, 1 << 40), max_size=200).map(sorted))
def test_a_set_reads_back_from_its_code(indexes: list[int]) -> None:
    assert rice.decode(rice.encode(indexes), (1 << 40) + 1) == indexes


@settings(max_examples=500)
@given(st.binary(max_size=12))
def test_whatever_is_read_is_written_the_same(code: bytes) -> None:
    try:
        indexes = rice.decode(code, 1 << 45)
    except Refused:
        return
    assert rice.encode(indexes) == code


@given(POSITIONS, st.data())
def test_one_flipped_bit_never_means_the_same_set(indexes: list[int], data: st.DataObject) -> None:
    code = bytearray(rice.encode(indexes))
    if not code:
        return
    bit = data.draw(st.integers(0, 8 * len(code) - 1))
    code[bit >> 3] ^= 1 << (bit & 7)
    try:
        found = rice.decode(bytes(code), 1 << 45)
    except Refused:
        return
    assert found != indexes


@given(st.lists(st.tuples(POSITIONS, POSITIONS), max_size=6), st.integers(40, 400))
def test_applying_deltas_equals_building_the_list_anew(
    changes: list[tuple[list[int], list[int]]], code: int
) -> None:
    held, bits = StatusList(2, SIZE), set[int]()
    for added, removed in changes:
        gone = [position for position in removed if position not in added]
        bits = (bits | set(added)) - set(gone)
        for delta in plan(added, gone, Limits(code=code)):
            apply(held, Delta(delta.set, delta.cleared))
    anew = StatusList(2, SIZE)
    anew.change(bits, [])
    assert held.entries == anew.entries
    assert held.digest(b"\0" * 32, 1) == anew.digest(b"\0" * 32, 1)
