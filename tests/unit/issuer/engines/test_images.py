"""Uploaded files: what is decoded, what is refused, and that a bomb never unfolds."""

from __future__ import annotations

import struct
import subprocess
import sys
import tracemalloc
import zipfile
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


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_exif_says_which_way_is_up(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert decode(file(kind=kind, exif=exif), about="document").shape == (64, 48, 3)
    large = file("L", kind, (3500, 3100), exif=exif)
    assert decode(large, about="document").shape == (LARGEST_SIDE, round(3100 * LARGEST_SIDE / 3500), 3)


def test_broken_exif_says_nothing() -> None:
    """Found by fuzzing: a tag that is longer than the file."""
    exif = Image.Exif()
    exif[0x0131] = "camera"
    broken = file(kind="WEBP", exif=exif).replace(
        b"\x01\x31\x00\x02\x00\x00\x00\x07", b"\x01\x31\x00\x02\x00\x2e\x00\x05"
    )
    broken = broken.replace(b"\x31\x01\x02\x00\x07\x00\x00\x00", b"\x31\x01\x02\x00\x05\x00\x2e\x00")
    assert broken != file(kind="WEBP", exif=exif)
    assert decode(broken, about="document").shape == (48, 64, 3)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_film_is_refused(kind: str) -> None:
    still, moved = (Image.new("RGB", (64, 48), colour) for colour in ("red", "blue"))
    out = BytesIO()
    still.save(out, kind, save_all=True, append_images=[moved])
    with refused("document.animated"):
        decode(out.getvalue(), about="document")


def test_the_several_pictures_of_a_telephones_photograph_are_no_film() -> None:
    photograph, preview = (Image.new("RGB", (64, 48), colour) for colour in ("red", "blue"))
    out = BytesIO()
    photograph.save(out, "MPO", save_all=True, append_images=[preview])
    red = decode(out.getvalue(), about="document")[24, 32]
    assert red[0] > 200
    assert red[2] < 50


def archive() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as opened:
        opened.writestr("page.html", "<script>")
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_an_image_that_is_an_archive_too_is_refused(kind: str) -> None:
    with refused("face.other_file"):
        decode(file(kind=kind) + archive(), about="face")


def test_an_archive_in_a_comment_is_found_too() -> None:
    with refused("face.other_file"):
        decode(file(kind="JPEG", comment=archive()), about="face")


def test_an_image_that_is_a_pdf_too_is_refused() -> None:
    with refused("document.other_file"):
        decode(file(kind="JPEG", comment=b"%PDF-1.7 1 0 obj"), about="document")


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
        file("L", size=(6_000, 40)),
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


def test_a_webp_above_its_own_cap_is_a_bomb() -> None:
    with refused("document.image_bomb"):
        decode(file("L", "WEBP", (5000, 3300), quality=1), about="document")


_WORST = """
import resource, sys
from issuer.engines.images import decode
data = sys.stdin.buffer.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
decode(data, about="document")
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "kind", "size"),
    [
        ("RGBA", "PNG", (7300, 5400)),
        ("LA", "PNG", (7300, 5400)),
        ("CMYK", "JPEG", (7300, 5400)),
        ("RGBA", "WEBP", (4900, 3200)),
    ],
)
def test_the_largest_images_allowed_take_less_than_half_a_gigabyte(
    mode: str, kind: str, size: tuple[int, int]
) -> None:
    out = BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(out, kind)
    done = subprocess.run(
        [sys.executable, "-c", _WORST], input=out.getvalue(), capture_output=True, check=True
    )
    assert int(done.stdout) < 500


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
