"""Head turns judged: who turns as asked passes; what passes itself off for a head that turns does not."""

from __future__ import annotations

import numpy as np
import pytest

from issuer.engines import turning
from issuer.engines.faces import FaceFinder
from issuer.engines.liveness import HeadTurnChecker
from issuer.evidence.liveness import Answer, LivenessReading, Move
from issuer.usecases.liveness import draw
from sandbox.documents.assets import GENUINE, IMPOSTOR, photograph_of
from sandbox.faces.attacks import ATTACKS
from sandbox.faces.turning import turn_head
from tests.support.refusals import refused

MOVES = draw(0b010011)
SEED = 5
L, R = Move.LEFT, Move.RIGHT

# What each attack is noticed as; another code may stand beside it.
NOTICED = {
    "print turned": "liveness.still",
    "print turned aslant": "liveness.flat",
    "print bent": "liveness.still",
    "screen": "liveness.screen",
    "still": "liveness.still",
    "wrong challenge": "liveness.not_followed",
    "reordered": "liveness.not_followed",
    "swapped midway": "liveness.other_person",
    "swapped in turns": "liveness.other_person",
    "two sessions": "liveness.cut",
}


@pytest.fixture(scope="module")
def checker() -> HeadTurnChecker:
    return HeadTurnChecker(FaceFinder())


def check(checker: HeadTurnChecker, frames: list[bytes], moves: tuple[Move, ...] = MOVES) -> LivenessReading:
    return checker.check(Answer(moves, tuple(frames)), photograph_of(GENUINE[1]))


def codes(reading: LivenessReading) -> set[str]:
    return {finding.code for finding in reading.findings}


@pytest.mark.slow
def test_a_head_that_turns_as_asked_is_alive_and_the_selfies(checker: HeadTurnChecker) -> None:
    reading = check(checker, turn_head(photograph_of(GENUINE[0]), MOVES, SEED))
    assert codes(reading) == set()
    assert reading.scores["turn"] > turning.TURNED
    assert reading.scores["distance"] < 0.5


@pytest.mark.slow
@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_noticed_for_what_it_is(checker: HeadTurnChecker, name: str) -> None:
    frames = ATTACKS[name](photograph_of(GENUINE[0]), MOVES, SEED, photograph_of(IMPOSTOR))
    assert NOTICED[name] in codes(check(checker, frames))


@pytest.mark.slow
def test_mirrored_frames_are_told_apart_from_wrong_turns(checker: HeadTurnChecker) -> None:
    other_way = tuple(R if move is L else L for move in MOVES)
    frames = turn_head(photograph_of(GENUINE[0]), MOVES, SEED)
    assert codes(check(checker, frames, other_way)) == {"liveness.mirrored"}


@pytest.mark.slow
def test_another_persons_head_is_not_the_selfies(checker: HeadTurnChecker) -> None:
    frames = turn_head(photograph_of(GENUINE[0]), MOVES, SEED)
    reading = checker.check(Answer(MOVES, tuple(frames)), photograph_of(IMPOSTOR))
    assert codes(reading) == {"liveness.other_person"}


def test_a_frame_whose_pixels_are_broken_is_refused(checker: HeadTurnChecker) -> None:
    frame = turn_head(photograph_of(GENUINE[0]), (), SEED)[0]
    with refused("liveness.not_an_image"):
        check(checker, [frame[:2000]])


def test_the_same_seed_films_the_same_frames_and_another_does_not() -> None:
    photograph = photograph_of(GENUINE[0])
    assert turn_head(photograph, (), 1) == turn_head(photograph, (), 1) != turn_head(photograph, (), 2)


def points(
    sideways: float, own_left_width: float = 20.0
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Eyes 60 pixels apart and level, the nose's base 40 below them and so far off the middle."""
    half = own_left_width / 2
    return np.array([(90 + half, 0), (90 - half, 0), (20, 0), (40, 0), (60 + sideways, 40)], np.float64)


def test_the_yaw_is_positive_to_the_persons_own_left() -> None:
    assert turning.yaw(points(0)) == pytest.approx(0)
    assert turning.yaw(points(12)) > 10
    assert turning.yaw(points(-12)) < -10
    assert turning.yaw(points(0, own_left_width=15)) > 5  # the eye that turns away is the narrower one


@pytest.mark.parametrize(
    ("yaws", "moves"),
    [
        ([0, 12, 30, 12, 0, -12, -30, -12, 0], [L, R]),
        ([0, 30, 0, 30, 0], [L, L]),
        ([0, 30, 14, 30, 0], [L]),  # it never came back: one turn, not two
        ([0, 15, 0, -15, 0], []),  # not far enough
        ([0, 30, -30, 0], [L, R]),  # straight over to the other side
        ([0, 20, 35, 50, 35, 20], [L]),
        ([], []),
    ],
)
def test_turns_are_told_from_a_series_of_yaws(yaws: list[float], moves: list[Move]) -> None:
    assert turning.turns(yaws)[1] == moves


def test_the_middle_is_where_the_face_looks_ahead_within_bounds() -> None:
    assert turning.from_the_middle([5, 5, 35, 5, -25]) == [0, 0, 30, 0, -30]
    # Most turns go to one side, and the film has more frames there than in the middle.
    aside = [-9, 0, 12, 18, 9, -8, -1, 12, 17, 8, -7, 1, 14, 22, 8, -6, 1, 12, 15, 11, -7, -20, -38, -10]
    assert turning.turns(turning.from_the_middle(aside))[1] == [L, L, L, L, R]
    # A face turned to one side throughout does not become the middle.
    assert turning.from_the_middle([19, 19, 19]) == [9, 9, 9]
