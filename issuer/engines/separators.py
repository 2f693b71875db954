"""Hyphens, apostrophes and spaces: one form of each, and how sure a recogniser is of them.

The machine readable zone has one filler for a hyphen and a space, and nothing for an apostrophe (ICAO 9303-3
4.6), so that it does not tell one lost in reading. The recogniser does: between two letters it saw the other
mark too, and says how likely it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from issuer.engines.diacritics import Unread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

HYPHEN: Final = "-"
APOSTROPHE: Final = "'"
SPACE: Final = " "
# What print or a recogniser has for each, itself first.
FORMS: Final = {HYPHEN: "-‐‑–—―−", APOSTROPHE: "'’‘`´ʼʻ′", SPACE: " \u00a0\u3000"}
# Seen in place of one, though no name is written with it.
_SEEN_AS: Final = {HYPHEN: "_·•~〜", APOSTROPHE: '"“”″', SPACE: ""}
_PLAIN: Final = str.maketrans({form: mark for mark, forms in FORMS.items() for form in forms})
_NEGLIGIBLE: Final = 0.005


def plain(text: str) -> str:
    """The text with one form of hyphen, apostrophe and space."""
    return text.translate(_PLAIN)


class Separators:
    """The separators among all characters that a recogniser knows.

    Args:
        known: The recogniser's characters in the order of its output, the blank first.
    """

    def __init__(self, known: Sequence[str]) -> None:
        self._mark_of = {
            place: mark
            for mark, forms in FORMS.items()
            for place, character in enumerate(known)
            if len(character) == 1 and character in forms + _SEEN_AS[mark]
        }
        self._places = {
            mark: np.array([place for place, its in self._mark_of.items() if its == mark], np.intp)
            for mark in FORMS
        }
        self._known = known

    def unread(self, probabilities: NDArray[np.float32]) -> tuple[Unread, ...]:
        """What else may stand between two letters: another separator, or one where none was read.

        No hyphen or apostrophe was read where none stands in 1500 lines drawn in eight fonts.

        Args:
            probabilities: Frames by known characters; the text is read off them as CTC has it.
        """
        seen = {mark: probabilities[:, places].sum(axis=1) for mark, places in self._places.items()}
        found: list[Unread] = []
        left: int | None = None  # the last step of the letter before
        between: list[tuple[int, str]] = []  # separators read since, with their places in the text
        for place, (first, last, read) in enumerate(_characters(probabilities)):
            mark = self._mark_of.get(read)
            if mark is not None:
                between.append((place, mark))
                continue
            if left is not None:
                gap = {mark: float(chances[left : first + 1].max()) for mark, chances in seen.items()}
                found += _others(gap, between, place, self._known[read])
            left, between = last, []
        return tuple(one for one in found if one.chance >= _NEGLIGIBLE)


def _others(
    gap: dict[str, float], between: Sequence[tuple[int, str]], place: int, letter: str
) -> Iterator[Unread]:
    """The other readings of the gap before a letter."""
    if not between:
        yield from (Unread(place, mark + letter, chance) for mark, chance in gap.items())
        return
    where, read = between[0]
    yield from (Unread(where, mark, chance) for mark, chance in gap.items() if mark != read)


def _characters(probabilities: NDArray[np.float32]) -> list[tuple[int, int, int]]:
    """The characters that were read: first step, last step, and place among the known ones."""
    best = probabilities.argmax(axis=1)
    found: list[tuple[int, int, int]] = []
    before = 0
    for step, read in enumerate(int(one) for one in best):
        if read not in {0, before}:
            found.append((step, step, read))
        elif read:
            found[-1] = (found[-1][0], step, read)
        before = read
    return found
