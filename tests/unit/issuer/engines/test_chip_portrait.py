"""A chip's portrait becomes a JPEG; one that would become too large is refused by its header."""

from __future__ import annotations

import struct
import time
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from issuer.chip.holder import ImageKind, Portrait
from issuer.engines import chip_portrait
from tests.support.refusals import refused

if TYPE_CHECKING:
    from collections.abc import Callable

COLOUR = (200, 120, 40)


def image(
    kind: str = "JPEG2000", mode: str = "RGB", size: tuple[int, int] = (60, 80), **options: Any
) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, COLOUR).convert(mode).save(out, kind, **options)
    return out.getvalue()


def stream(**options: Any) -> bytes:
    """A code stream without its boxes."""
    return image(no_jp2=True, **options)


def with_siz(data: bytes, place: int, *numbers: int) -> bytes:
    """The image with other numbers of four bytes in its SIZ segment: 0 is the grid's width (A.5.1)."""
    at = data.index(b"\xff\x4f\xff\x51") + 8 + 4 * place
    return data[:at] + struct.pack(f">{len(numbers)}I", *numbers) + data[at + 4 * len(numbers) :]


def one_tile(data: bytes, width: int, height: int) -> bytes:
    return with_siz(with_siz(data, 0, width, height), 4, width, height)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (ImageKind.JPEG, image("JPEG")),
        (ImageKind.JPEG_2000, image()),
        (ImageKind.JPEG_2000, stream()),
        (ImageKind.JPEG_2000, image(quality_mode="rates", quality_layers=[20])),
    ],
)
def test_each_form_becomes_a_jpeg(kind: ImageKind, data: bytes) -> None:
    made = Image.open(BytesIO(chip_portrait.as_jpeg(Portrait(kind, data))))
    assert (made.format, made.mode, made.size) == ("JPEG", "RGB", (60, 80))
    pixel = made.getpixel((30, 40))
    assert isinstance(pixel, tuple)
    assert max(abs(found - wanted) for found, wanted in zip(pixel, COLOUR, strict=True)) < 8


@pytest.mark.parametrize("mode", ["L", "I;16"])
def test_grey_ones_too(mode: str) -> None:
    grey = BytesIO()
    Image.new(mode, (60, 80), 30_000 if mode == "I;16" else 117).save(grey, "JPEG2000")
    made = Image.open(BytesIO(chip_portrait.as_jpeg(Portrait(ImageKind.JPEG_2000, grey.getvalue()))))
    pixel = made.getpixel((30, 40))
    assert isinstance(pixel, tuple)
    assert all(112 <= channel <= 122 for channel in pixel)


@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param(lambda data: with_siz(data, 0, 60_000, 60_000), id="60,000 by 60,000"),
        pytest.param(lambda data: one_tile(data, 60_000, 60_000), id="60,000 by 60,000 in one tile"),
        pytest.param(lambda data: one_tile(data, 2_001, 2_000), id="a little too large"),
        pytest.param(lambda data: with_siz(data, 0, 2**32 - 1, 2**32 - 1), id="the largest grid"),
        pytest.param(lambda data: with_siz(data, 0, 4_000_001, 1), id="a line"),
        pytest.param(lambda data: with_siz(data, 4, 1, 1), id="a tile for each pixel"),
        pytest.param(lambda data: with_siz(data, 4, 0, 0), id="tiles of nothing"),
        pytest.param(lambda data: with_siz(data, 2, 60, 80), id="an image that begins at its end"),
        pytest.param(lambda data: with_siz(data, 6, 61, 81), id="tiles that begin inside"),
        pytest.param(lambda data: data[: data.index(b"\xff\x51") + 20], id="cut short"),
        pytest.param(lambda data: data.replace(b"\xff\x4f\xff\x51", b"\xff\x4f\xff\x52"), id="no SIZ"),
    ],
)
@pytest.mark.parametrize("made", [image, stream])
def test_bombs_are_refused_by_the_header_of_the_code_stream(
    bomb: Callable[[bytes], bytes], made: Callable[[], bytes]
) -> None:
    started = time.process_time()
    with refused("chip.portrait", "DG2"):
        chip_portrait.check_size(bomb(made()))
    assert time.process_time() - started < 0.1


def test_a_box_that_says_small_does_not_help() -> None:
    """The image header box says 60 by 80; the decoder would go by the code stream."""
    data = with_siz(image(), 0, 30_000, 30_000)
    assert Image.open(BytesIO(data)).size == (60, 80)
    with refused("chip.portrait", "DG2"):
        chip_portrait.as_jpeg(Portrait(ImageKind.JPEG_2000, data))


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x00\x00\x0cjP  \r\n\x87\n",
        b"\x00\x00\x00\x0cjP  \r\n\x87\n" + b"\x00\x00\x00\x08free" * 1000,
        b"\x00\x00\x00\x0cjP  \r\n\x87\n" + b"\x00\x00\x00\x01jp2c" + b"\xff" * 8,
        b"\x00\x00\x00\x00jP  ",
        image()[:200],
        stream()[:100],
    ],
)
def test_files_that_are_none(data: bytes) -> None:
    with refused("chip.portrait", "DG2"):
        chip_portrait.as_jpeg(Portrait(ImageKind.JPEG_2000, data))


def test_a_long_box_is_walked() -> None:
    """A size of 64 bits (I.4)."""
    data = image()
    at = data.index(b"jp2c") - 4
    long = data[:at] + struct.pack(">I4sQ", 1, b"jp2c", len(data) - at + 8) + data[at + 8 :]
    assert chip_portrait.as_jpeg(Portrait(ImageKind.JPEG_2000, long))


def test_a_jpeg_is_not_taken_for_another_format() -> None:
    with refused("chip.portrait", "DG2"):
        chip_portrait.as_jpeg(Portrait(ImageKind.JPEG, image("PNG")))
