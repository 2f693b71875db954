"""Fields of a passport's machine readable zone typed anew: on the page, or in the file of its photograph.

What is typed stands where it should, in the zone's own pitch and size, and says what it is told to say, check
digits and all: only its looks differ. `sandbox.documents.forgery` has the clumsier way, in another pitch.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from issuer.engines.images import decode
from sandbox.documents.assets import font_path
from sandbox.documents.camera import GOOD, Camera, photograph, placement
from sandbox.documents.passport import DOTS_PER_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from issuer.engines.images import Pixels

_PITCH: Final = 2.54 * DOTS_PER_MM
_LEFT: Final = 6.6 * DOTS_PER_MM
_BASE: Final = (73.5 + 6.35) * DOTS_PER_MM
_SIZE: Final = 3.45 * DOTS_PER_MM
_FIELDS: Final = ((0, 10), (13, 20), (21, 28), (0, 28))  # number, birth, expiry, with check digits; all
_INK: Final = (24, 22, 26)
_PAPER: Final = 80  # per cent of what lies there are darker: ink


def retyped(image: bytes, seed: int, lower: str) -> bytes:
    """A field of the lower line written anew on the page: in another font, or in OCR-B of another weight.

    Args:
        image: A page of `sandbox.documents.passport`.
        seed: Decides which field, and with what it is written.
        lower: What the lower line is to say.

    Returns:
        A PNG of the page, not photographed.
    """
    page = decode(image, about="document")
    cover = _typed(page.shape[1::-1], lower, np.random.default_rng((seed, 7)))
    strip = page[round(_BASE - 4 * DOTS_PER_MM) : round(_BASE)]
    out = BytesIO()
    Image.fromarray(_laid(page, cover, np.asarray(np.percentile(strip, _PAPER, (0, 1))))).save(out, "PNG")
    return out.getvalue()


def retyped_in_file(image: bytes, seed: int, lower: str, camera: Camera = GOOD) -> bytes:
    """The page photographed, and then the field written anew in the photograph's file by an image editor.

    As `retyped`; the letters are laid as the page lies, without the photograph's blur and noise.

    Returns:
        A JPEG.
    """
    picture = decode(image, about="document")
    seen = decode(photograph(image, seed, camera), about="document")
    lie = placement(picture.shape[1::-1], seed, camera)
    flat = _typed(picture.shape[1::-1], lower, np.random.default_rng((seed, 7)))
    paper, ink = (
        np.asarray(cv2.warpPerspective(part, lie, camera.size, flags=cv2.INTER_AREA), np.float32)
        for part in flat
    )
    light = np.asarray(np.percentile(seen[paper > 0.5], _PAPER, 0), np.float64)
    out = BytesIO()
    Image.fromarray(_laid(seen, (paper, ink), light)).save(out, "JPEG", quality=92)
    return out.getvalue()


def _typed(
    size: tuple[int, int], lower: str, random: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where paper is laid over the page, and where ink on it: 0 to 1, of the page's size."""
    start, end = _FIELDS[int(random.integers(len(_FIELDS)))]
    paper, ink = Image.new("L", size, 0), Image.new("L", size, 0)
    left = _LEFT + start * _PITCH
    box = (left - 2, _BASE - 3.3 * DOTS_PER_MM, left + (end - start) * _PITCH - 2, _BASE + 0.6 * DOTS_PER_MM)
    ImageDraw.Draw(paper).rectangle(box, fill=255)
    _write(ink, lower[start:end], start, int(random.integers(4)))
    return _share(np.asarray(paper)), _share(np.asarray(ink))


def _write(ink: Image.Image, text: str, start: int, how: int) -> None:
    """0: OCR-B, bolder. 1: a grotesque. 2 and 3: OpenCV's sans-serif, regular and bold."""
    own = ImageFont.truetype(str(font_path()), round(_SIZE))
    other = ImageFont.load_default(round(_SIZE))
    sans = np.zeros((ink.height, ink.width), np.uint8)
    for place, character in enumerate(text, start):
        left = _LEFT + place * _PITCH
        if how == 0:
            ImageDraw.Draw(ink).text((left, _BASE), character, 255, own, "ls", stroke_width=1)
        elif how == 1:
            ImageDraw.Draw(ink).text((left + _PITCH / 2 - 2, _BASE), character, 255, other, "ms")
        else:
            face, weight = cv2.FontFace("sans"), 400 if how == 2 else 700
            cv2.putText(sans, character, (round(left + 2), round(_BASE)), 255, face, round(_SIZE), weight)
    if how > 1:
        ink.paste(Image.fromarray(sans))


def _laid(
    page: Pixels, cover: tuple[NDArray[np.float32], NDArray[np.float32]], paper: NDArray[np.float64]
) -> Pixels:
    under, ink = (part[..., None] for part in cover)
    clean = page * (1 - under) + paper * under
    return np.asarray(np.clip(clean * (1 - ink) + np.array(_INK) * ink, 0, 255), np.uint8)


def _share(drawn: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(drawn.astype(np.float32) / 255, np.float32)
