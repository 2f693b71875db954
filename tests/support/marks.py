"""Marks of a zone's line as a recogniser gives them: a few steps a character, blanks between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from issuer.engines.marks import BLANK, CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from issuer.engines.marks import Marks

SEEN = 0.9


def step(chances: Mapping[str, float], blank: float = 0.0) -> list[float]:
    """One step: these probabilities, and what is left spread over all other characters."""
    rest = (1 - blank - sum(chances.values())) / (len(CHARACTERS) - len(chances))
    return [blank] + [chances.get(character, rest) for character in CHARACTERS]


def marks_of(text: str, doubtful: Mapping[int, Mapping[str, float]] | None = None) -> Marks:
    """Marks along a text; at `doubtful` columns with these probabilities."""
    steps = []
    for column, character in enumerate(text):
        chances = (doubtful or {}).get(column, {character: SEEN})
        steps += [step({}, blank=0.98), step(chances), step(chances)]
    marks = np.array(steps, np.float32)
    assert marks[:, BLANK].max() <= 1
    return marks
