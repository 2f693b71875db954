"""A borderline selfie: the holder's face blended with another person's, as one tries to pass for two.

The descriptor finds such a face neither surely the same nor surely another; it has to go to review.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from clicid.errors import Refused
from issuer.engines.images import decode, to_jpeg

if TYPE_CHECKING:
    from issuer.engines.faces import Face, FaceFinder
    from issuer.engines.images import Pixels

# Of the test photographs (the impostor into the holder's second one) this gives a distance near 0.59.
BORDERLINE: Final = 0.62


def morph(photograph: bytes, other: bytes, share: float, finder: FaceFinder) -> bytes:
    """Blend the face of `other` into a photograph.

    Args:
        photograph: An image file of one person.
        other: An image file of another person.
        share: How much of the face is the other's, 0 to 1.
        finder: Finds both faces.

    Returns:
        A JPEG of the photograph's size.

    Raises:
        Refused: ``face.none``, or what `issuer.engines.images.decode` raises.
    """
    into, face = _face(photograph, finder)
    out_of, donor = _face(other, finder)
    size = (into.shape[1], into.shape[0])
    lie, _ = cv2.estimateAffinePartial2D(donor.points, face.points)
    laid = cv2.warpAffine(out_of, lie, size, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    mask = np.zeros(into.shape[:2], np.float32)
    left, top, right, bottom = face.box
    middle = ((left + right) // 2, (top + bottom) // 2)
    cv2.ellipse(mask, middle, (round(0.55 * face.width), round(0.68 * face.width)), 0, 0, 360, share, -1)
    soft = cv2.GaussianBlur(mask, (0, 0), 0.06 * face.width)[..., None]
    return to_jpeg(np.clip(into * (1 - soft) + laid * soft, 0, 255).astype(np.uint8))


def _face(photograph: bytes, finder: FaceFinder) -> tuple[Pixels, Face]:
    image = decode(photograph, about="face")
    faces = finder.find(image)
    if not faces:
        raise Refused("face.none")
    return image, faces[0]
