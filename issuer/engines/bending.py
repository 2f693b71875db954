"""A page that does not lie flat: its lines of text are arcs, and are made straight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from issuer.engines.images import shrink

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from issuer.engines.images import Pixels

_LOOK: Final = 640  # pixels of the longer side at which bending is judged
_SAGS: Final = np.linspace(-0.06, 0.06, 25)  # of the width, by which a line's middle lies lower than its ends
_BETTER: Final = 1.15  # by how much rows of text must stand out more than in the page as it is


def straightened(level: Pixels) -> Pixels | None:
    """The page with its arcs made straight; None where it does not look bent.

    Rows of text show as peaks when ink is summed up along them, the sharper the straighter they are.

    Args:
        level: The page, text running level but for the bending.
    """
    small, _ = shrink(level, _LOOK)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    ink = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, np.ones((9, 9), np.uint8))
    sharpness = [_sharpness(_unbent(np.asarray(ink, np.uint8), float(sag))) for sag in _SAGS]
    best = int(np.argmax(sharpness))
    flat = sharpness[len(_SAGS) // 2]
    if sharpness[best] <= _BETTER * flat:
        return None
    return _unbent(level, float(_SAGS[best]))


def _sharpness(ink: Pixels) -> float:
    """How much the ink of neighbouring rows differs."""
    profile = ink.mean(axis=1, dtype=np.float64)
    return float(np.square(np.diff(profile)).sum())


def _unbent(image: Pixels, sag: float) -> Pixels:
    """Each column moved up by an arc that sinks by `sag` times the width in the middle."""
    height, width = image.shape[:2]
    across = np.linspace(-1, 1, width, dtype=np.float32)
    arc: NDArray[np.float32] = (sag * width * (1 - across**2)).astype(np.float32)
    columns = np.broadcast_to(np.arange(width, dtype=np.float32), (height, width))
    rows = np.arange(height, dtype=np.float32)[:, None] + arc[None, :]
    moved = cv2.remap(
        image, np.ascontiguousarray(columns), rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, np.uint8)
