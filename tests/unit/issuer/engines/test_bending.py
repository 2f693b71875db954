"""A page that does not lie flat is told by its rows of text, and made straight."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from issuer.engines.bending import straightened
from tests.support.bent import bent

if TYPE_CHECKING:
    from issuer.engines.images import Pixels


def page() -> Pixels:
    blank = np.full((400, 900, 3), 235, np.uint8)
    for row in range(8):
        cv2.putText(
            blank,
            "UTOPIA P<UTOLINDH<<EVA<MARIA",
            (30, 50 + 44 * row),
            cv2.FONT_HERSHEY_SIMPLEX,
            1.2,
            (20, 20, 20),
            2,
        )
    return blank


def ink_rows(image: Pixels) -> float:
    """How much rows of text stand out when summed up along them."""
    return float(np.var(image.mean(axis=(1, 2))))


@pytest.mark.parametrize("sag", [-0.05, -0.02, 0.03, 0.045])
def test_a_bent_page_is_made_straight(sag: float) -> None:
    flat = straightened(bent(page(), sag))
    assert flat is not None
    assert ink_rows(flat) > 0.8 * ink_rows(page())
    assert ink_rows(bent(page(), sag)) < 0.7 * ink_rows(page())


def test_a_flat_page_is_left_as_it_is() -> None:
    assert straightened(page()) is None
    assert straightened(np.full((300, 400, 3), 200, np.uint8)) is None
