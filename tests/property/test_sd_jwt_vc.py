"""Nothing but the very bytes that were signed and shown is accepted."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from clicid.formats.base import FormatId
from clicid.formats.sd_jwt_vc import SdJwtVcChecker
from clicid.verification import Accepted, check
from tests.support.world import World

WORLD = World()
GOOD = WORLD.presentation()
HAVE = WORLD.have
CHECKERS = {FormatId.SD_JWT_VC: SdJwtVcChecker()}


def accepted(raw: bytes) -> bool:
    ending = check(raw, HAVE, request=WORLD.request, policy=WORLD.policy, checkers=CHECKERS, now=WORLD.now)
    return isinstance(ending, Accepted)


def test_the_good_one_is() -> None:
    assert accepted(GOOD)


@settings(max_examples=2000)
@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_no_changed_byte(position: int, change: int) -> None:
    raw = bytearray(GOOD)
    raw[position] ^= change

    assert not accepted(bytes(raw))


def test_no_other_last_character_of_any_part() -> None:
    # Where the unused bits of base64url hide.
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    ends = [at - 1 for at, byte in enumerate(GOOD) if byte in b"~."] + [len(GOOD) - 1]
    for end in ends:
        for other in alphabet:
            raw = GOOD[:end] + bytes([other]) + GOOD[end + 1 :]
            assert accepted(raw) == (raw == GOOD)


@given(st.integers(0, len(GOOD)), st.integers(0, len(GOOD)))
def test_nothing_cut_out_or_doubled(first: int, second: int) -> None:
    start, end = sorted((first, second))
    cut, doubled = GOOD[:start] + GOOD[end:], GOOD[:end] + GOOD[start:]

    assert accepted(cut) == (cut == GOOD)
    assert accepted(doubled) == (doubled == GOOD)


@given(st.permutations(GOOD.split(b"~")[1:-1]))
def test_no_other_order_of_the_disclosures(shown: list[bytes]) -> None:
    jwt, *_, proof = GOOD.split(b"~")
    raw = b"~".join([jwt, *shown, proof])

    assert accepted(raw) == (raw == GOOD)
