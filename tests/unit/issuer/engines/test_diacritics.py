"""Whether a letter that was read without a mark may have one."""

from __future__ import annotations

import numpy as np
import pytest

from issuer.engines.diacritics import Diacritics

KNOWN = ["blank", "O", "o", "Ó", "Ö", "Ø", "X", "1"]


@pytest.mark.parametrize(
    ("chances", "doubt"),
    [
        ({"O": 0.8, "Ó": 0.1, "Ö": 0.05, "Ø": 0.02}, 0.17),
        ({"O": 0.8, "o": 0.2}, 0.0),  # a capital and a small letter have the same marks
        ({"Ó": 0.8, "O": 0.2}, 0.0),  # a mark was seen: that it may be none is another matter
        ({"Ó": 0.8, "Ö": 0.2}, 0.2),
        ({"X": 0.8, "Ó": 0.2}, 0.0),
        ({"1": 0.8, "Ó": 0.2}, 0.0),
        ({"blank": 0.8, "Ó": 0.2}, 0.0),
    ],
)
def test_doubt(chances: dict[str, float], doubt: float) -> None:
    step = np.array([chances.get(character, 0.0) for character in KNOWN], np.float32)
    sure = np.eye(len(KNOWN), dtype=np.float32)[KNOWN.index("O")]
    assert Diacritics(KNOWN).doubt(np.stack([sure, step, sure])) == pytest.approx(doubt)


def test_no_text_no_doubt() -> None:
    assert Diacritics(KNOWN).doubt(np.zeros((0, len(KNOWN)), np.float32)) == 0.0
