"""What a recogniser saw, reduced to the 37 characters that a machine readable zone can hold.

A general recogniser knows thousands of characters and splits what it is sure of between several: the
filler, which no other text has in such numbers, comes as ``<``, ``«``, ``く`` or ``ヘ``. Here the
probabilities of all forms of one character are added up, and only then is asked which is the likeliest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Marks = NDArray[np.float32]
    """Frames by 38: for each step along the line the probabilities of the blank and of `CHARACTERS`."""

CHARACTERS: Final = "<ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
BLANK: Final = 0
# Small letters of the same shape as their capitals only: others are a sign of other print.
_FORMS: Final = {"<": "<«‹＜〈《≤くぐへヘべハΛ∧八人"} | {
    letter: letter + letter.lower() for letter in "CKOPSUVWXZ"
}


class Alphabet:
    """Where the forms of a zone's characters are among all that a recogniser knows.

    Args:
        known: The recogniser's characters in the order of its output, the blank first.
    """

    def __init__(self, known: Sequence[str]) -> None:
        places: dict[str, list[int]] = {}
        for place, character in enumerate(known):
            places.setdefault(character, []).append(place)
        groups = [[BLANK]] + [
            [place for form in _FORMS.get(character, character) for place in places.get(form, [])]
            for character in CHARACTERS
        ]
        self._places = np.concatenate([np.array(group, np.intp) for group in groups])
        self._starts = np.cumsum([0, *(len(group) for group in groups[:-1])])

    def marks(self, probabilities: NDArray[np.float32]) -> Marks:
        """The probabilities (frames by known characters) of the blank and of a zone's characters."""
        kept = probabilities[:, self._places]
        return np.asarray(np.add.reduceat(kept, self._starts, axis=1), np.float32)


def likeliest(marks: Marks) -> tuple[str, float]:
    """The text of the likeliest character at each step, and the mean probability of its characters."""
    best = marks.argmax(axis=1)
    starts = np.flatnonzero((best != BLANK) & (best != np.concatenate(([BLANK], best[:-1]))))
    if not len(starts):
        return "", 0.0
    text = "".join(CHARACTERS[best[start] - 1] for start in starts)
    return text, float(np.mean(marks[starts, best[starts]]))
