"""A telephone's camera, imitated: a picture lies on a table and is photographed by hand."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Camera:
    """How well the photograph is taken.

    Args:
        rotation: Degrees by which the picture lies turned, anticlockwise.
        perspective: How far its corners are off the rectangle, as a share of its size.
        blur: Standard deviation of the blur, in pixels of the photograph.
        noise: Standard deviation of the sensor's noise, of 255.
        light: How much darker the dimmest corner is, as a share.
        quality: JPEG quality, 1 to 95.
        size: Width and height of the photograph in pixels.
        share: How much of the photograph's width or height the picture takes.
        fine: Samples per pixel along each side; above 1 where the picture has a finer grain than the
            photograph, which then shows as the moiré that a sensor sees.
        exposure: How many times brighter the picture is than its file says.
    """

    rotation: float = 3.0
    perspective: float = 0.03
    blur: float = 0.8
    noise: float = 4.0
    light: float = 0.25
    quality: int = 85
    size: tuple[int, int] = (2000, 1500)
    share: float = 0.86
    fine: int = 1
    exposure: float = 1.0


GOOD = Camera()
UNREADABLE = Camera(blur=9.0, noise=14.0, quality=30)


def photograph(image: bytes, seed: int, camera: Camera = GOOD) -> bytes:
    """Photograph a picture; the same seed gives the same photograph.

    Args:
        image: The picture, PNG or JPEG.
        seed: Decides the corners, the noise and what else lies on the table.
        camera: How well it is taken.

    Returns:
        A JPEG.
    """
    random = np.random.default_rng(seed)
    with Image.open(BytesIO(image)) as opened:
        picture = np.array(opened.convert("RGB"))
    table = _table(camera.size, random)
    placed = _place((picture.shape[1], picture.shape[0]), camera, random)
    outline = cv2.warpPerspective(np.full(picture.shape[:2], 255, np.uint8), placed, camera.size)
    warped = _sampled(picture, placed, camera)
    cover = cv2.GaussianBlur(outline, (0, 0), 0.8).astype(np.float32)[..., None] / 255
    shadow = (
        cv2.GaussianBlur(np.roll(outline, (14, 10), (0, 1)), (0, 0), 12).astype(np.float32)[..., None] / 255
    )
    scene = warped * cover + table * (1 - 0.45 * shadow) * (1 - cover)
    seen = cv2.GaussianBlur(scene * _light(camera, random), (0, 0), camera.blur)
    grain = random.normal(0, camera.noise, scene.shape).astype(np.float32)
    out = BytesIO()
    Image.fromarray(np.clip(seen + grain, 0, 255).astype(np.uint8)).save(out, "JPEG", quality=camera.quality)
    return out.getvalue()


def placement(size: tuple[int, int], seed: int, camera: Camera = GOOD) -> NDArray[np.float64]:
    """Where `photograph` lays a picture of this width and height: the homography into the photograph."""
    random = np.random.default_rng(seed)
    _table(camera.size, random)
    return _place(size, camera, random)


def _sampled(picture: NDArray[np.uint8], placed: NDArray[np.float64], camera: Camera) -> NDArray[np.float32]:
    """The picture as the sensor gathers it: each pixel the mean of `fine` by `fine` samples."""
    size = tuple(camera.fine * side for side in camera.size)
    finer = np.diag((camera.fine, camera.fine, 1.0)) @ placed
    warped = cv2.warpPerspective(picture, finer, size, flags=cv2.INTER_AREA)
    if camera.fine > 1:
        warped = cv2.resize(warped, camera.size, interpolation=cv2.INTER_AREA)
    return np.asarray(warped.astype(np.float32) * camera.exposure, np.float32)


def _place(size: tuple[int, int], camera: Camera, random: np.random.Generator) -> NDArray[np.float64]:
    """The homography from the corners of a picture of this size to where they lie in the photograph."""
    width, height = size
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    off = 1 + random.uniform(-camera.perspective, camera.perspective, corners.shape).astype(np.float32)
    centred = np.asarray((corners - np.array((width / 2, height / 2), np.float32)) * off, np.float64)
    turn = np.deg2rad(-camera.rotation)
    turned = centred @ np.array([(np.cos(turn), np.sin(turn)), (-np.sin(turn), np.cos(turn))])
    fit = float(np.min(np.array(camera.size) / np.ptp(turned, axis=0))) * camera.share
    landed = (turned * fit + np.array(camera.size) / 2).astype(np.float32)
    return np.asarray(cv2.getPerspectiveTransform(corners, landed), np.float64)


def _table(size: tuple[int, int], random: np.random.Generator) -> NDArray[np.float32]:
    """A wooden table with a few things on it."""
    width, height = size
    across = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    grain = np.sin(down * 90 + 6 * np.sin(across * 5 + random.uniform(0, 6)))
    wood = np.array((122, 88, 60), np.float32) + 12 * grain[..., None] + 10 * np.sin(across * 40)[..., None]
    table: NDArray[np.float32] = np.ascontiguousarray(wood, dtype=np.float32)
    for _ in range(6):
        ink = tuple(float(value) for value in random.uniform(40, 210, 3))
        middle = (int(random.uniform(0, width)), int(random.uniform(0, height)))
        axes = (int(random.uniform(30, 160)), int(random.uniform(20, 90)))
        cv2.ellipse(table, middle, axes, float(random.uniform(0, 180)), 0, 360, ink, -1)
    return table


def _light(camera: Camera, random: np.random.Generator) -> NDArray[np.float32]:
    """A lamp from one side: 1 at the brightest corner, `1 - light` at the opposite one."""
    width, height = camera.size
    across, down = np.linspace(-1, 1, width), np.linspace(-1, 1, height)
    angle = random.uniform(0, 2 * np.pi)
    ramp = np.cos(angle) * across[None, :] + np.sin(angle) * down[:, None]
    share = (ramp - ramp.min()) / np.ptp(ramp)
    return np.asarray(1 - camera.light * share, np.float32)[..., None]
