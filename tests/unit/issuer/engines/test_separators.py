"""Hyphens, apostrophes and spaces that a recogniser saw between letters without reading them."""

from __future__ import annotations

import numpy as np
import pytest

from issuer.engines.separators import Separators, plain

KNOWN = ["blank", "A", "B", "-", "–", "'", "’", '"', "·", " "]


def seen(*steps: dict[str, float]) -> dict[tuple[int, str], float]:
    table = np.array([[step.get(character, 0.0) for character in KNOWN] for step in steps], np.float32)
    return {(one.place, one.letter): one.chance for one in Separators(KNOWN).unread(table)}


@pytest.mark.parametrize(
    ("between", "unread"),
    [
        ({"blank": 1.0}, {}),
        ({"blank": 0.9, "'": 0.06, "’": 0.02, '"': 0.01}, {(1, "'B"): 0.09}),
        ({"blank": 0.9, "-": 0.05, "–": 0.02, " ": 0.003}, {(1, "-B"): 0.07}),
        ({"-": 0.9, " ": 0.1}, {(1, " "): 0.1}),
        ({" ": 0.9, "·": 0.04, "'": 0.02}, {(1, "-"): 0.04, (1, "'"): 0.02}),
        ({"'": 0.5, "’": 0.5}, {}),
    ],
)
def test_what_may_stand_between_two_letters(
    between: dict[str, float], unread: dict[tuple[int, str], float]
) -> None:
    assert seen({"A": 1.0}, between, {"blank": 1.0}, {"B": 1.0}) == pytest.approx(unread)


def test_a_mark_seen_at_the_same_step_as_a_letter_counts() -> None:
    assert seen({"A": 0.9, "-": 0.1}, {"B": 1.0}) == pytest.approx({(1, "-B"): 0.1})


def test_before_and_after_the_text_nothing_is_missing() -> None:
    assert seen({"blank": 0.5, "-": 0.5}, {"A": 1.0}, {"A": 1.0}, {"blank": 0.6, "-": 0.4}) == {}


def test_places_are_those_of_the_text() -> None:
    steps = ("A", "A", "blank", " ", "blank", "B")
    table = [{step: 1.0} for step in steps]
    assert seen(*table, {"blank": 0.9, "'": 0.1}, {"A": 1.0}) == pytest.approx({(3, "'A"): 0.1})


def test_one_form_of_each() -> None:
    assert plain("O’BRIEN‐D`ARC\u00a0É") == "O'BRIEN-D'ARC É"
