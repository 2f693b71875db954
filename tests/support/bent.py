"""Pages as they lie in a book that does not lie flat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from issuer.engines.images import Pixels


def bent(page: Pixels, sag: float) -> Pixels:
    """The page with the middle of its rows lower than their ends by a share of its width."""
    height, width = page.shape[:2]
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    sinking = sag * width * np.sin(np.pi * columns / width)
    moved = cv2.remap(
        page, columns, (rows - sinking).astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, np.uint8)
