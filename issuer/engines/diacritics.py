"""How sure a recogniser is of the marks of the letters it read.

A small or blurred Ó is easily read as O: the text looks good, and so does its confidence. But the
recogniser had seen the other letter too, and says how likely it was.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Letters that Unicode does not take apart into a base and a mark.
_BASES = {"Ø": "O", "Ł": "L", "Đ": "D", "Ð": "D", "Ħ": "H", "Ŧ": "T", "Æ": "A", "Œ": "O"}


class Diacritics:
    """The letters that differ by their marks only, among all that a recogniser knows.

    Args:
        known: The recogniser's characters in the order of its output, the blank first.
    """

    def __init__(self, known: Sequence[str]) -> None:
        families: dict[str, list[int]] = defaultdict(list)
        for place, character in enumerate(known):
            if len(character) == 1 and character.isalpha():
                families[_base(character)].append(place)
        self._others: dict[int, NDArray[np.intp]] = {}
        for base, family in families.items():
            for place in family:
                others = [
                    other for other in family if known[other].upper() not in {base, known[place].upper()}
                ]
                if others:
                    self._others[place] = np.array(others, np.intp)

    def doubt(self, probabilities: NDArray[np.float32]) -> float:
        """The greatest probability, over the letters read, that one has marks that were not read: 0 to 1.

        Args:
            probabilities: Frames by known characters.
        """
        return max(
            (
                float(probabilities[step, self._others[int(place)]].sum())
                for step, place in enumerate(probabilities.argmax(axis=1))
                if int(place) in self._others
            ),
            default=0.0,
        )


def _base(letter: str) -> str:
    upper = letter.upper()
    return _BASES.get(upper) or unicodedata.normalize("NFD", upper)[0]
