"""The line of a zone that fits best what a recogniser saw, of all lines that a format allows there.

A recogniser gives, for each step along a line, the probability of each character. Read freely, a filler
is easily lost or doubled in a run of them, and a digit comes as a letter. A zone's line has a fixed number
of characters, of known types: the likeliest of these lines is found here (Viterbi's algorithm over the
alignments of connectionist temporal classification, where a character repeats over several steps and
two equal ones are kept apart by a blank).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from issuer.engines.marks import BLANK, CHARACTERS
from issuer.engines.mrz_layout import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from issuer.engines.marks import Marks
    from issuer.engines.mrz_layout import Layout

    Scores = NDArray[np.float32]

MAX_STEPS: Final = 500
_FLOOR: Final = 1e-4  # no character is ruled out at a step: one bad step must not decide a line
_DOUBT: Final = 5.0  # an alternative e^5 times less likely is none
_NEVER: Final = np.float32(-1e9)
# Seen as the first where only the second can stand.
LETTERS_AS_DIGITS: Final = {
    "O": "0",
    "Q": "0",
    "D": "0",
    "I": "1",
    "L": "1",
    "Z": "2",
    "S": "5",
    "G": "6",
    "B": "8",
}
DIGITS_AS_LETTERS: Final = {"0": "O", "1": "I", "2": "Z", "5": "S", "6": "G", "8": "B"}
_STAY, _FROM_BLANK, _FROM_OTHER = range(3)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Another character that may stand at a position.

    Args:
        column: The position in its line.
        character: What else may stand there.
        cost: How much less likely it is than what was taken, as a logarithm: 0 is as likely.
    """

    column: int
    character: str
    cost: float


@dataclass(frozen=True, slots=True)
class Spelling:
    """A line and how well it fits.

    Args:
        text: The line.
        cost: Its improbability a character, as a logarithm: near 0 for a line read without doubt.
        doubts: Where it was not.
    """

    text: str
    cost: float
    doubts: tuple[Doubt, ...]


def spell(marks: Marks, layout: Layout, line: int) -> Spelling | None:
    """The likeliest line of this format.

    Args:
        marks: What was seen along the line.
        layout: The format.
        line: Which of its lines, from 0.

    Returns:
        None where the line is seen in fewer steps than it has characters, or in more than any line is.
    """
    if not layout.width <= len(marks) <= MAX_STEPS:
        return None
    scores = _scores(marks, layout, line)
    blank = np.log(marks[:, BLANK] + _FLOOR)
    total, places, starts, ends = _align(scores, blank)
    text = "".join(CHARACTERS[place] for place in places)
    doubts = []
    for column, place in enumerate(places):
        seen = scores[starts[column] : ends[column] + 1, column].max(axis=0)
        costs = seen[place] - seen
        doubts += [
            Doubt(column, CHARACTERS[other], round(float(costs[other]), 3))
            for other in np.flatnonzero(costs < _DOUBT)
            if other != place
        ]
    return Spelling(text, -total / layout.width, tuple(doubts))


def _scores(marks: Marks, layout: Layout, line: int) -> Scores:
    """Logarithms: steps by positions by characters; `_NEVER` where a character cannot stand."""
    by_kind = {
        kind: np.where(_seen_as(kind).any(axis=0), np.log(marks[:, 1:] @ _seen_as(kind) + _FLOOR), _NEVER)
        for kind in Kind
    }
    kinds = [Kind.EITHER] * layout.width
    for field in layout.fields:
        if field.line == line:
            kinds[field.start : field.start + field.width] = [field.kind] * field.width
    return np.stack([by_kind[kind] for kind in kinds], axis=1).astype(np.float32)


@cache
def _seen_as(kind: Kind) -> NDArray[np.float32]:
    """Seen character by standing character: 1 where the first is taken for the second."""
    table = np.zeros((len(CHARACTERS), len(CHARACTERS)), np.float32)
    others = {Kind.DIGIT: LETTERS_AS_DIGITS, Kind.LETTER: DIGITS_AS_LETTERS}.get(kind, {})
    for place, character in enumerate(CHARACTERS):
        stands = character if character in kind.allowed else others.get(character)
        if stands is not None:
            table[place, CHARACTERS.index(stands)] = 1
    return table


def _align(scores: Scores, blank: Scores) -> tuple[float, list[int], list[int], list[int]]:
    """The likeliest path: its total, and by position the character's place, its first and its last step."""
    steps, width, characters = scores.shape
    on = np.full((width, characters), _NEVER, np.float32)  # best path that ends on this character here
    off = np.full(width + 1, _NEVER, np.float32)  # best path that ends on a blank after so many characters
    off[0] = 0
    how = np.empty((steps, width, characters), np.int8)
    best = np.empty((steps, width), np.int64)
    second = np.empty((steps, width), np.int64)
    was_on = np.empty((steps, width + 1), np.bool_)
    rows = np.arange(width)
    other = np.empty((3, width, characters), np.float32)
    for step in range(steps):
        first = on.argmax(axis=1)
        top = on[rows, first]
        rest = on.copy()
        rest[rows, first] = _NEVER
        runner = rest.argmax(axis=1)
        other[_STAY] = on
        other[_FROM_BLANK] = off[:-1, None]
        other[_FROM_OTHER, 0] = _NEVER
        other[_FROM_OTHER, 1:] = top[:-1, None]
        # After itself a character needs a blank between: only another leads on at once.
        other[_FROM_OTHER, rows[1:], first[:-1]] = rest[rows[:-1], runner[:-1]]
        how[step] = other.argmax(axis=0)
        best[step], second[step] = first, runner
        on = other.max(axis=0) + scores[step]
        from_on = np.concatenate(([_NEVER], top))
        was_on[step] = from_on > off
        off = np.maximum(off, from_on) + blank[step]
    return _walk(on, off, (how, best, second, was_on))


def _walk(
    on: Scores,
    off: Scores,
    history: tuple[NDArray[np.int8], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]],
) -> tuple[float, list[int], list[int], list[int]]:
    how, best, second, was_on = history
    steps, width, _ = how.shape
    places, starts, ends = [0] * width, [0] * width, [0] * width
    position, place = width - 1, int(on[-1].argmax())
    blank = bool(off[width] > on[-1, place])
    total = float(off[width] if blank else on[-1, place])
    if not blank:
        places[position], ends[position] = place, steps - 1
    for step in range(steps - 1, -1, -1):
        if blank:
            blank = position < 0 or not was_on[step, position + 1]
            if not blank:
                place = int(best[step, position])
                places[position], ends[position] = place, step - 1
            continue
        came = how[step, position, place]
        if came == _STAY:
            continue
        starts[position] = step
        position -= 1
        if came == _FROM_BLANK:
            blank = True
            continue
        place = int(second[step, position] if best[step, position] == place else best[step, position])
        places[position], ends[position] = place, step - 1
    return total, places, starts, ends
