"""From an uploaded file to pixels, with every size known before anything is unpacked."""

from __future__ import annotations

import struct
import warnings
import zlib
from io import BytesIO
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from PIL import Image, ImageOps

from clicid.errors import Refused
from issuer.engines import structure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

MAX_BYTES: Final = 16 << 20
MAX_PIXELS: Final = 40_000_000
MAX_WEBP_PIXELS: Final = 16_000_000
"""Its decoder keeps the whole canvas four times over: 15 bytes a pixel where others take 3 to 10."""
MIN_SIDE: Final = 32
UPLOADED: Final = ("JPEG", "PNG", "WEBP")
_ANIMATED: Final = frozenset(
    {"PNG", "WEBP"}
)  # a JPEG with several pictures (MPO) is a telephone's, not a film
# Where readers of other formats look for their mark: a PDF's within the first KiB, a ZIP's at the end.
_PDF: Final = (b"%PDF-", 1024)
_ZIP_END: Final = (b"PK\x05\x06" + bytes(4), 22 + 65_535)
LARGEST_SIDE: Final = 3000
# All that Pillow's readers are known to let out on broken files.
BROKEN: Final = (
    OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError, TypeError, OverflowError,
    struct.error, zlib.error,
)  # fmt: skip


def decode(data: bytes, *, about: str, formats: tuple[str, ...] = UPLOADED) -> Pixels:
    """The pixels of a JPEG, PNG or WebP file: height by width by RGB, upright as its EXIF says.

    What is larger than the engines need is scaled down to `LARGEST_SIDE`, JPEGs already while decoding,
    others before anything is converted. CMYK, 16 bit grey and transparency become RGB.

    Args:
        data: The file.
        about: What the image is of, the first part of the reason code: ``document`` or ``face``.
        formats: Which formats are taken, by Pillow's names.

    Raises:
        Refused: ``<about>.not_an_image``, also for more parts than `structure` takes;
            ``<about>.image_bomb`` for more than `MAX_BYTES` or
            `MAX_PIXELS` (`MAX_WEBP_PIXELS`), judged by the header before any pixel is decoded;
            ``<about>.animated`` for several frames; ``<about>.other_file`` for what is a PDF or an
            archive to programs that open those.
    """
    if len(data) > MAX_BYTES:
        raise Refused(f"{about}.image_bomb", detail=f"{len(data)} bytes")
    structure.check(data, about=about)
    pixels = _decoded(data, about, formats)
    if _PDF[0] in data[: _PDF[1]] or _ZIP_END[0] in data[-_ZIP_END[1] :]:
        raise Refused(f"{about}.other_file")
    return pixels


def _decoded(data: bytes, about: str, formats: tuple[str, ...]) -> Pixels:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of broken EXIF, which then says nothing
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=formats) as opened:
                _check_size(opened, about)
                if opened.format in _ANIMATED and getattr(opened, "is_animated", False):
                    raise Refused(f"{about}.animated")
                opened.draft("RGB", (LARGEST_SIDE, LARGEST_SIDE))
                opened.thumbnail((LARGEST_SIDE, LARGEST_SIDE), Image.Resampling.BOX)
                return np.ascontiguousarray(_to_rgb(ImageOps.exif_transpose(opened)))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused(f"{about}.image_bomb", detail="by its header") from error
    except BROKEN as error:
        raise Refused(f"{about}.not_an_image", detail=type(error).__name__) from error


def _check_size(image: Image.Image, about: str) -> None:
    width, height = image.size
    if width * height > (MAX_WEBP_PIXELS if image.format == "WEBP" else MAX_PIXELS):
        raise Refused(f"{about}.image_bomb", detail=f"{width} by {height} pixels")
    scaled = min(1.0, LARGEST_SIDE / max(width, height))  # a strip has nothing left of its short side
    if min(width, height) * scaled < MIN_SIDE:
        raise Refused(f"{about}.not_an_image", detail=f"{width} by {height} pixels")


def _to_rgb(image: Image.Image) -> Pixels:
    if image.mode.startswith("I"):  # 16 bit grey: Pillow's own conversion would clip instead of scale
        grey = np.asarray(image, np.float32)
        bright = np.clip(grey / 257, 0, 255).astype(np.uint8)
        return np.repeat(bright[..., None], 3, axis=2)
    if "A" in image.mode or "transparency" in image.info:
        paper = Image.new("RGBA", image.size, "white")
        return np.asarray(Image.alpha_composite(paper, image.convert("RGBA")).convert("RGB"))
    return np.asarray(image.convert("RGB"))


def shrink(image: Pixels, longest: int) -> tuple[Pixels, float]:
    """The image with its longer side at most `longest` pixels, and the factor it was scaled by."""
    factor = min(1.0, longest / max(image.shape[:2]))
    if factor == 1.0:
        return image, factor
    size = (max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8), factor


def to_jpeg(image: Pixels) -> bytes:
    """An RGB image as JPEG."""
    out = BytesIO()
    Image.fromarray(image).save(out, "JPEG", quality=93)
    return out.getvalue()


def sharpness(image: Pixels, height: int = 48) -> float:
    """How sharp a cut-out is: the variance of its Laplacian, scaled to `height` pixels, over its contrast.

    Comparable between cut-outs of the same kind; 0 is a plain or wholly blurred one.
    """
    if 0 in image.shape[:2]:
        return 0.0
    width = max(1, round(image.shape[1] * height / image.shape[0]))
    grey = cv2.cvtColor(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    spread = float(np.std(grey))
    return (
        float(np.var(cv2.Laplacian(grey.astype(np.float32), cv2.CV_32F))) / (spread * spread)
        if spread > 1
        else 0.0
    )
