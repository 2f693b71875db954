"""Whether a letter that was read without a mark may have one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from issuer.engines.diacritics import Diacritics

if TYPE_CHECKING:
    from numpy.typing import NDArray

KNOWN = ["blank", "O", "o", "Ó", "Ö", "Ø", "X", "1"]


@pytest.mark.parametrize(
    ("chances", "unread"),
    [
        ({"O": 0.8, "Ó": 0.1, "Ö": 0.05, "Ø": 0.002}, {"Ó": 0.1, "Ö": 0.05}),
        ({"o": 0.8, "Ó": 0.1}, {"ó": 0.1}),  # in the case of the letter that was read
        ({"O": 0.8, "o": 0.2}, {}),  # a capital and a small letter have the same marks
        ({"Ó": 0.8, "O": 0.2}, {}),  # a mark was seen: that it may be none is another matter
        ({"Ó": 0.8, "Ö": 0.2}, {"Ö": 0.2}),
        ({"X": 0.8, "Ó": 0.2}, {}),
        ({"1": 0.8, "Ó": 0.2}, {}),
        ({"blank": 0.8, "Ó": 0.2}, {}),
    ],
)
def test_what_may_stand_there_instead(chances: dict[str, float], unread: dict[str, float]) -> None:
    step = np.array([chances.get(character, 0.0) for character in KNOWN], np.float32)
    found = Diacritics(KNOWN).unread(np.stack([sure("X"), sure("X"), sure("blank"), step, step]))
    assert {one.letter: one.chance for one in found} == pytest.approx(unread)
    assert {one.place for one in found} <= {1}  # of the two steps of X, only the first is a letter


def sure(character: str) -> NDArray[np.float32]:
    return np.asarray(np.eye(len(KNOWN))[KNOWN.index(character)], np.float32)


def test_of_no_text_nothing_is_unread() -> None:
    assert Diacritics(KNOWN).unread(np.zeros((0, len(KNOWN)), np.float32)) == ()
