"""A passport portrait out of a photograph: head and shoulders, the face in the middle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clicid.errors import Refused
from issuer.engines.faces.finder import subject_first
from issuer.engines.images import decode, to_jpeg

if TYPE_CHECKING:
    from issuer.engines.faces import FaceFinder

# The portrait's height over its width, and its width over the detected face's.
_RATIO: Final = 43 / 34
_WIDTH: Final = 1.75


def cut_portrait(photograph: bytes, finder: FaceFinder) -> bytes:
    """Cut a portrait out of a photograph of one person.

    Args:
        photograph: An image file.
        finder: Finds the face.

    Returns:
        A JPEG, head and shoulders.

    Raises:
        Refused: ``face.none``, or what `issuer.engines.images.decode` raises.
    """
    image = decode(photograph, about="face")
    faces = subject_first(image, finder.find(image))
    if not faces:
        raise Refused("face.none")
    left, top, right, bottom = faces[0].box
    width = min(_WIDTH * (right - left), image.shape[1], image.shape[0] / _RATIO)
    height = width * _RATIO
    across = _within((left + right) / 2 - width / 2, image.shape[1] - width)
    down = _within((top + bottom) / 2 - 0.56 * height, image.shape[0] - height)
    return to_jpeg(image[round(down) : round(down + height), round(across) : round(across + width)])


def _within(value: float, highest: float) -> float:
    return max(0.0, min(value, highest))
