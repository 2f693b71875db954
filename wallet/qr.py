"""The link in a QR code, read from a picture in a file: with every size known before anything is unpacked."""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import TYPE_CHECKING, Final

import zxingcpp
from PIL import Image

from clicid.errors import LocalError, Refused

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES: Final = 16 << 20
MAX_PIXELS: Final = 40_000_000
MAX_TEXT: Final = 1 << 16
_LARGEST_SIDE: Final = 4000
_FORMATS: Final = ("PNG", "JPEG", "WEBP")
# All that Pillow's readers are known to let out on broken files.
_BROKEN: Final = (
    OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError, TypeError, OverflowError, MemoryError,
)  # fmt: skip


def link_in(path: Path) -> str:
    """The text of the one QR code in a picture.

    Raises:
        LocalError: `config.file` for a file that cannot be read.
        Refused: As `link_of`.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise LocalError("config.file", str(path), error.strerror or "") from error
    return link_of(data)


def link_of(data: bytes) -> str:
    """The text of the one QR code in a PNG, JPEG or WebP image.

    Raises:
        Refused: `wallet.picture` for no picture, one that is too large, or one without a code;
            `wallet.picture_several` for several different codes: which of them was meant, nobody knows.
    """
    if len(data) > MAX_BYTES:
        raise Refused("wallet.picture", detail=f"more than {MAX_BYTES} bytes")
    pixels = _decoded(data)
    found = zxingcpp.read_barcodes(pixels, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    texts = {one.text for one in found if one.valid and 0 < len(one.text) <= MAX_TEXT}
    if len(texts) > 1:
        raise Refused("wallet.picture_several")
    if not texts:
        raise Refused("wallet.picture", detail="no QR code")
    return texts.pop()


def _decoded(data: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=_FORMATS) as opened:
                width, height = opened.size
                if width * height > MAX_PIXELS:
                    raise Refused("wallet.picture", detail=f"{width} by {height} pixels")
                opened.draft("L", (_LARGEST_SIDE, _LARGEST_SIDE))
                opened.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE))
                return _grey(opened)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused("wallet.picture", detail="too many pixels by its header") from error
    except _BROKEN as error:
        raise Refused("wallet.picture", detail=type(error).__name__) from error


def _grey(image: Image.Image) -> Image.Image:
    """Dark on light also where the picture is transparent."""
    if "A" in image.mode or "transparency" in image.info:
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image.convert("RGBA"))
    return image.convert("L")
