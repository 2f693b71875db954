"""Uploaded files: what is decoded, what is refused, and that a bomb never unfolds."""

from __future__ import annotations

import struct
import tracemalloc
import zlib
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from issuer.engines.images import LARGEST_SIDE, MAX_BYTES, decode, sharpness, shrink
from tests.support.refusals import refused


def file(mode: str = "RGB", kind: str = "PNG", size: tuple[int, int] = (64, 48), **how: Any) -> bytes:
    out = BytesIO()
    Image.effect_noise(size, 60).convert(mode if mode != "I;16" else "L").save(out, kind, **how)
    return out.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG of that size whose pixels, all black, deflate a thousandfold."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    body = zlib.compress(b"\0" * 100_000)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def jpeg_header(width: int, height: int) -> bytes:
    whole = file(kind="JPEG")
    place = whole.index(b"\xff\xc0") + 5
    return whole[:place] + struct.pack(">HH", height, width) + whole[place + 4 :]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_an_image_is_height_by_width_by_rgb(kind: str, mode: str) -> None:
    pixels = decode(file(mode, kind), about="document")
    assert pixels.shape == (48, 64, 3)
    assert pixels.dtype == np.dtype(np.uint8)


def test_modes_that_need_care() -> None:
    assert decode(file("CMYK", "JPEG"), about="document").shape == (48, 64, 3)
    assert decode(file("P"), about="document").shape == (48, 64, 3)
    out = BytesIO()
    Image.fromarray(np.full((48, 64), 65535, np.uint16)).save(out, "PNG")
    assert decode(out.getvalue(), about="document").min() == 255
    out = BytesIO()
    Image.new("RGBA", (64, 48), (0, 0, 0, 0)).save(out, "PNG")
    assert decode(out.getvalue(), about="document").min() == 255


def test_exif_says_which_way_is_up() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert decode(file(kind="JPEG", exif=exif), about="document").shape == (64, 48, 3)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not an image",
        b"%PDF-1.7\n",
        b"GIF89a" + b"\0" * 100,
        file()[:200],
        file(kind="JPEG")[:300],
        b"\x89PNG\r\n\x1a\n",
        file(size=(20, 20)),
        file(kind="BMP"),
        file(kind="TIFF"),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ],
)
def test_what_is_no_image_is_refused(data: bytes) -> None:
    with refused("document.not_an_image"):
        decode(data, about="document")
    with refused("face.not_an_image"):
        decode(data, about="face")


@pytest.mark.parametrize(
    "data",
    [
        png_header(20_000, 10_000),
        png_header(2**31 - 1, 2**31 - 1),
        jpeg_header(65_000, 65_000),
        bytes(MAX_BYTES + 1),
    ],
    ids=["200 megapixels", "the largest PNG", "the largest JPEG", "too many bytes"],
)
def test_a_bomb_is_refused_by_its_header(data: bytes) -> None:
    tracemalloc.start()
    with refused("document.image_bomb"):
        decode(data, about="document")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 20


def test_a_bomb_within_the_caps_is_no_image_when_cut_short() -> None:
    with refused("document.not_an_image"):
        decode(png_header(6000, 6000), about="document")


def test_large_photographs_are_scaled_down_in_decoding() -> None:
    pixels = decode(file(kind="JPEG", size=(6400, 6000), quality=20), about="document")
    assert max(pixels.shape) == LARGEST_SIDE


def test_shrink_and_sharpness() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (400, 800, 3), dtype=np.uint8)
    small, factor = shrink(noise, 200)
    assert (small.shape, factor) == ((100, 200, 3), 0.25)
    assert shrink(noise, 900)[0] is noise
    assert sharpness(noise) > sharpness(np.full((50, 200, 3), 90, np.uint8)) == 0.0
    assert sharpness(noise[:0]) == 0.0
