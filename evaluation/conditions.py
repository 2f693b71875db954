"""The conditions under which each document is read: made from the image, the same ones every time."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from PIL import Image

from issuer.engines.images import decode, to_jpeg
from sandbox.documents.camera import photograph

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from issuer.engines.images import Pixels

_BLUR: Final = 1 / 800  # of the longer side, standard deviation
_DIM: Final = 0.3
_NOISE: Final = 5.0  # of 255
_SPOT: Final = (0.16, 0.10)  # half axes of the reflection, of width and height


def make(condition: str, image: bytes, seed: int) -> bytes:
    """The image under a condition of `CONDITIONS`; the same seed gives the same bytes."""
    return CONDITIONS[condition](image, seed)


def _turned(degrees: float) -> Callable[[bytes, int], bytes]:
    def turn(image: bytes, _: int) -> bytes:
        with Image.open(BytesIO(image)) as opened:
            picture = opened.convert("RGB").rotate(degrees, Image.Resampling.BICUBIC, expand=True)
        return to_jpeg(np.array(picture))

    return turn


def _half(pixels: Pixels) -> Pixels:
    return np.asarray(cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)


def _blurred(pixels: Pixels) -> Pixels:
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), _BLUR * max(pixels.shape[:2])), np.uint8)


def _dark(pixels: Pixels, random: np.random.Generator) -> Pixels:
    dim = _DIM * pixels + random.normal(0, _NOISE, pixels.shape)
    return np.asarray(np.clip(dim, 0, 255), np.uint8)


def _glare(pixels: Pixels, random: np.random.Generator) -> Pixels:
    """The reflection of a lamp somewhere on the page, white in the middle and soft at its edge."""
    height, width = pixels.shape[:2]
    across, down = random.uniform(0.15, 0.85, 2)
    y, x = np.mgrid[0:height, 0:width]
    off = np.hypot((x / width - across) / _SPOT[0], (y / height - down) / _SPOT[1])
    light = np.clip(2 - 1.5 * off, 0, 1)[..., None]
    return np.asarray(pixels * (1 - light) + 255 * light, np.uint8)


def _seen(change: Callable[[Pixels, np.random.Generator], Pixels]) -> Callable[[bytes, int], bytes]:
    def make_one(image: bytes, seed: int) -> bytes:
        return to_jpeg(change(decode(image, about="document"), np.random.default_rng(seed)))

    return make_one


def _poorly_stored(image: bytes, _: int) -> bytes:
    out = BytesIO()
    Image.fromarray(decode(image, about="document")).save(out, "JPEG", quality=40)
    return out.getvalue()


AS_GIVEN: Final = "as given"
CONDITIONS: Final[Mapping[str, Callable[[bytes, int], bytes]]] = {
    AS_GIVEN: lambda image, _: image,
    "turned 90°": _turned(90),
    "turned 180°": _turned(180),
    "turned 7°": _turned(7),
    "half size": _seen(lambda pixels, _: _half(pixels)),
    "blurred": _seen(lambda pixels, _: _blurred(pixels)),
    "dark": _seen(_dark),
    "glare": _seen(_glare),
    "in clutter": photograph,
    "JPEG 40": _poorly_stored,
}
"""What is done to an image (the file, a seed), by the condition's name."""
