"""Forged and replayed documents, made of honest ones: to measure which signs of forgery an image shows.

Each maker takes an image of a document and a seed, and gives an image of the forgery. `on_screen`, `printed`,
`inkjet` and `copied` are photographed again by `sandbox.documents.camera`; `pasted_portrait` and `overtyped`
change the picture itself: of a page, before it is photographed, or of a photograph, as an editor does.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from clicid.errors import Refused
from issuer.engines.faces import FaceFinder
from issuer.engines.images import decode
from sandbox.documents.assets import IMPOSTOR, font_path, photograph_of
from sandbox.documents.camera import Camera, photograph
from sandbox.documents.portrait import cut_portrait

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from issuer.engines.images import Pixels

_FINE: Final = 3  # samples per pixel of a photograph of something that has a finer grain
_SUBPIXELS: Final = 3
_GAP: Final = 0.35  # light of the dark row between two rows of a screen's pixels
_INKS: Final = ((0, 15.0), (1, 75.0), (2, 0.0))  # channel of the ink's complement, angle of its raster
_BLACK_ANGLE: Final = 45.0
_PRINT_WIDTH: Final = 3000  # samples: the finest raster has nearly five a dot


def on_screen(image: bytes, seed: int) -> bytes:
    """A photograph of a screen that shows the document: pixels of three stripes, and their moiré."""
    random = np.random.default_rng((seed, 1))
    width = int(random.uniform(700, 1500))  # of the screen's own pixels
    shown = _width(_pixels(image), width)
    lit = np.repeat(np.repeat(shown, _SUBPIXELS, axis=0), _SUBPIXELS, axis=1).astype(np.float32)
    stripes = np.zeros((_SUBPIXELS, _SUBPIXELS, 3), np.float32)
    for colour in range(3):
        stripes[:, colour, colour] = (1, 1, _GAP)
    mask = np.tile(stripes, (*shown.shape[:2], 1))
    # Exposed so that white comes out a little under white.
    glowing = np.clip(lit * mask * (0.9 / mask.mean()), 0, 765) / 3
    return _shoot(np.asarray(glowing, np.uint8), seed, random, brighten=3.0)


def printed(image: bytes, seed: int) -> bytes:
    """A photograph of a laser print: four rasters of dots, 85 to 130 lines an inch on a page 125 mm wide."""
    random = np.random.default_rng((seed, 2))
    lines = random.uniform(85, 130) * 125 / 25.4
    large = _width(_pixels(image), _PRINT_WIDTH).astype(np.float32) / 255
    ink = 1 - large
    black = ink.min(axis=2)
    sheet = np.ones_like(large)
    for channel, angle in _INKS:
        sheet[..., channel] -= 0.88 * _dots(ink[..., channel] - black, lines, angle)
    sheet *= (1 - 0.92 * _dots(black, lines, _BLACK_ANGLE))[..., None]
    return _shoot(np.asarray(np.clip(sheet * 250, 0, 255), np.uint8), seed, random)


def inkjet(image: bytes, seed: int) -> bytes:
    """A photograph of an inkjet print: scattered dots of 600 to an inch, less colour, softer edges."""
    random = np.random.default_rng((seed, 3))
    large = cv2.GaussianBlur(_width(_pixels(image), 600 * 125 // 25), (0, 0), 1.2).astype(np.float32) / 255
    pale = 0.06 + 0.88 * (0.85 * large + 0.15 * large.mean(axis=2, keepdims=True))
    # Scattered evenly, as a driver does: noise without its slow part, made uniform again.
    noise = random.normal(size=large.shape).astype(np.float32)
    even = noise - cv2.GaussianBlur(noise, (0, 0), 1.5)
    dots = 0.5 + np.asarray(even, np.float32) / (3.4 * float(even.std())) < pale
    spread = cv2.GaussianBlur(dots.astype(np.float32), (0, 0), 0.9)
    return _shoot(np.asarray(np.clip(spread * 250, 0, 255), np.uint8), seed, random)


def copied(image: bytes, seed: int) -> bytes:
    """A photograph of a black and white copy, on paper that is not quite white."""
    random = np.random.default_rng((seed, 4))
    grey = cv2.cvtColor(_width(_pixels(image), 1500), cv2.COLOR_RGB2GRAY).astype(np.float32)
    hard = np.clip((grey - 128) * random.uniform(1.1, 1.5) + 140, 12, 250)
    paper = np.array((1.0, random.uniform(0.97, 1.0), random.uniform(0.93, 1.0)), np.float32)
    return _shoot(np.asarray(hard[..., None] * paper, np.uint8), seed, random)


def pasted_portrait(image: bytes, seed: int) -> bytes:
    """Another person's portrait put over the document's: a rectangle cut straight, or with a soft edge.

    Raises:
        Refused: ``document.portrait_missing`` where no face is found to paste over.
    """
    random = np.random.default_rng((seed, 5))
    page = _pixels(image)
    faces = _finder().find(page, small=True)
    if not faces:
        raise Refused("document.portrait_missing")
    left, top, right, _ = faces[0].box
    side = right - left
    box = (round(left - 0.3 * side), round(top - 0.45 * side), round(1.6 * side), round(1.95 * side))
    donor = cv2.resize(_donor(), box[2:], interpolation=cv2.INTER_AREA).astype(np.float32)
    grey = donor.mean(axis=2, keepdims=True)
    donor = grey + random.uniform(0.6, 1.0) * (donor - grey) + random.uniform(-8, 12)
    soft = 0.0 if seed % 2 else 0.02 * side
    return _laid(page, np.clip(donor, 0, 255), (box[0], box[1]), soft, quality=92)


def overtyped(image: bytes, seed: int) -> bytes:
    """One or two characters of the lower zone line written anew, in another pitch, on a patch of paper.

    Args:
        image: A page of `sandbox.documents.passport`: the places are known there.
        seed: Decides where and what.
    """
    random = np.random.default_rng((seed, 6))
    page = _pixels(image)
    scale = page.shape[1] / 125
    column = int(random.choice((2, 5, 13, 21)))
    left, base = (6.6 + column * 2.54) * scale, (73.5 + 6.35) * scale
    sheet = Image.fromarray(page)
    draw = ImageDraw.Draw(sheet)
    size = random.choice((0.9, 1.1))
    font = ImageFont.truetype(str(font_path()), round(3.45 * size * scale))
    paper = tuple(
        int(value) for value in np.percentile(page[round(base - 4 * scale) : round(base)], 80, (0, 1))
    )
    draw.rectangle((left - 2, base - 3.4 * scale, left + 3 * 2.54 * scale, base + 0.6 * scale), fill=paper)
    for place in range(3):
        digit = str(random.integers(10))
        draw.text(
            (left + place * 2.54 * scale * size, base), digit, fill=(52, 48, 60), font=font, anchor="ls"
        )
    out = BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()


def _pixels(image: bytes) -> Pixels:
    return decode(image, about="document")


def _width(image: Pixels, width: int) -> Pixels:
    factor = width / image.shape[1]
    kind = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, None, fx=factor, fy=factor, interpolation=kind), np.uint8)


def _dots(ink: NDArray[np.float32], lines: float, angle: float) -> NDArray[np.float32]:
    """Round dots of a raster turned by `angle` degrees, as large as the ink asks: 1 where ink lies."""
    height, width = ink.shape
    turn = np.deg2rad(angle)
    down, across = np.mgrid[0:height, 0:width].astype(np.float32) * np.float32(2 * np.pi * lines / width)
    one, two = across * np.cos(turn) + down * np.sin(turn), down * np.cos(turn) - across * np.sin(turn)
    threshold = 0.5 + (np.cos(one) + np.cos(two)) / 4
    # The share of a cell under the threshold is not quite linear in it; near enough for a raster.
    return np.asarray(np.clip((ink - threshold) * 6 + 0.5, 0, 1), np.float32)


def _shoot(picture: Pixels, seed: int, random: np.random.Generator, brighten: float = 1.0) -> bytes:
    camera = Camera(
        rotation=float(random.uniform(-4, 4)),
        blur=float(random.uniform(0.5, 0.9)),
        noise=float(random.uniform(2, 5)),
        quality=int(random.integers(80, 93)),
        fine=_FINE,
        exposure=brighten,
    )
    out = BytesIO()
    Image.fromarray(picture).save(out, "PNG", compress_level=1)
    return photograph(out.getvalue(), seed, camera)


def _laid(
    page: Pixels, patch: NDArray[np.float32], place: tuple[int, int], soft: float, quality: int
) -> bytes:
    left, top = place
    rows = slice(max(0, top), min(page.shape[0], top + patch.shape[0]))
    columns = slice(max(0, left), min(page.shape[1], left + patch.shape[1]))
    cut = patch[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    cover: NDArray[np.float32] = np.zeros(cut.shape[:2], np.float32)
    edge = round(2 * soft)
    cover[edge : len(cover) - edge, edge : cover.shape[1] - edge] = 1
    if soft:
        cover = np.asarray(cv2.GaussianBlur(cover, (0, 0), soft), np.float32)
    mixed = page.astype(np.float32)
    mixed[rows, columns] = cut * cover[..., None] + mixed[rows, columns] * (1 - cover[..., None])
    out = BytesIO()
    Image.fromarray(np.asarray(mixed, np.uint8)).save(out, "JPEG", quality=quality)
    return out.getvalue()


@cache
def _finder() -> FaceFinder:
    return FaceFinder()


@cache
def _donor() -> Pixels:
    return decode(cut_portrait(photograph_of(IMPOSTOR), _finder()), about="face")
