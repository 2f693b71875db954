"""How sure a recogniser is of the marks of the letters it read.

A small or blurred Ó is easily read as O: the text looks good, and so does its confidence. But the
recogniser had seen the other letter too, and says how likely it was.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Letters that Unicode does not take apart into a base and a mark.
_BASES = {"Ø": "O", "Ł": "L", "Đ": "D", "Ð": "D", "Ħ": "H", "Ŧ": "T", "Æ": "A", "Œ": "O"}


_NEGLIGIBLE = 0.005


class Unread(NamedTuple):
    """What may stand in a text instead of the character that was read there.

    Args:
        place: The character's place in the text.
        letter: The same letter with other marks, in the case of the one that was read; another separator
            for a separator; a separator and the letter where one may stand before it.
        chance: Its probability, 0 to 1.
    """

    place: int
    letter: str
    chance: float


class Diacritics:
    """The letters that differ by their marks only, among all that a recogniser knows.

    Args:
        known: The recogniser's characters in the order of its output, the blank first.
    """

    def __init__(self, known: Sequence[str]) -> None:
        self._known = known
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

    def unread(self, probabilities: NDArray[np.float32]) -> tuple[Unread, ...]:
        """The letters with other marks than those read, where they are likely enough to be thought of.

        Args:
            probabilities: Frames by known characters; the text is read off them as CTC has it.
        """
        seen: dict[tuple[int, str], float] = defaultdict(float)
        best = probabilities.argmax(axis=1)
        place, before = -1, 0
        for step, read in enumerate(int(one) for one in best):
            place += read not in {0, before}
            before = read
            chances: dict[str, float] = defaultdict(float)
            for other in self._others.get(read, ()):
                letter = self._known[other]
                chances[letter.upper() if self._known[read].isupper() else letter.lower()] += float(
                    probabilities[step, other]
                )
            for letter, chance in chances.items():
                seen[place, letter] = max(seen[place, letter], chance)
        return tuple(Unread(*one, chance) for one, chance in seen.items() if chance >= _NEGLIGIBLE)


def _base(letter: str) -> str:
    upper = letter.upper()
    return _BASES.get(upper) or unicodedata.normalize("NFD", upper)[0]
