"""Whether frames are one film, and what they were filmed off: cuts, and the grid of a screen."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from issuer.engines.images import Pixels

_SMALL: Final = (24, 32)
_CUT_OUT: Final = 256
"""Pixels of the square in which a grid is looked for, at the frame's own size: scaling would hide it."""
_LOWEST: Final = 0.12
"""Cycles a pixel: below it faces and rooms have much of their own."""
_BLOCKS: Final = 8
"""JPEG codes in blocks of so many pixels, whose edges are a grid of their own."""


def jump(images: Sequence[Pixels]) -> float:
    """The largest step between neighbouring frames as a whole, over the film's usual step (1 and up)."""
    small = [
        cv2.GaussianBlur(cv2.resize(image, _SMALL, interpolation=cv2.INTER_AREA), (0, 0), 1).astype(
            np.float32
        )
        for image in images
    ]
    steps = [float(np.abs(one - other).mean()) for one, other in pairwise(small)]
    if not steps:
        return 1.0
    # A film that stands nearly still has steps of noise alone: those are no measure.
    return max(steps) / max(float(np.median(steps)), 1.5)


def grid(image: Pixels) -> float:
    """The strongest regular pattern in the middle of a frame, over what is usual there: a screen's pixels."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    height, width = grey.shape
    side = min(_CUT_OUT, height, width) // _BLOCKS * _BLOCKS
    top, left = (height - side) // 2, (width - side) // 2
    cut = grey[top : top + side, left : left + side]
    detail = cut - cv2.GaussianBlur(cut, (0, 0), 2)
    window = np.hanning(side).astype(np.float32)
    strength = np.abs(np.fft.rfft2(detail * window[:, None] * window[None, :]))
    down, across = np.abs(np.fft.fftfreq(side))[:, None], np.fft.rfftfreq(side)[None, :]
    looked_at = np.hypot(down, across) > _LOWEST
    for frequency in (down, across):
        looked_at = looked_at & (np.abs(frequency * _BLOCKS - np.round(frequency * _BLOCKS)) > 0.08)
    usual = float(np.median(strength[looked_at])) + 1e-6
    return float(strength[looked_at].max()) / usual
