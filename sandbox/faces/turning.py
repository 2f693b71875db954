"""A head that turns before a telephone's camera, imitated from one photograph.

The photograph gets a depth: a head as round as a ball seen from above, with a nose on it, laid where the
face's five points are. Turning it shows the nose before the cheeks, hides what lies behind it, and brings
in the other side, which the photograph does not have and hair-like texture stands in for. Shoulders and
background stay. It serves the sandbox's test people, as the imitated camera does for documents.

An attacker who feeds pictures in past the camera can do the same and better. No check that has images
alone refuses that for certain; docs/liveness.md says what would.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from PIL import Image

from clicid.errors import Refused
from issuer.engines import images, turning
from issuer.engines.faces import FaceFinder
from issuer.evidence.liveness import Move

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Picture = NDArray[np.float32]

SIZE: Final = (480, 640)
"""Width and height of a frame, in pixels."""
_SHARE: Final = 0.44
"""Of a frame's width that the face's box takes."""
# The head's measures in distances between the eyes' middles: its radius seen from above, how far it
# reaches above and below the eyes, and the nose: how far its base stands out, how wide and high it is.
_RADIUS, _UP, _DOWN = 1.3, 1.75, 2.05
_NOSE, _NOSE_WIDTH, _NOSE_HEIGHT, _NOSE_BASE = 0.34, 0.2, 0.42, 0.62
_STEP: Final = 4
"""Rows between two for which it is worked out where they come from."""
# The way of one turn, as shares of its extreme; before the first the head looks ahead.
_WAY: Final = (0.35, 0.8, 1.0, 0.6, 0.05)


@dataclass(frozen=True, slots=True)
class Filming:
    """How a series of frames comes about.

    Args:
        turn: Degrees at a turn's extreme, on the average.
        noise: Standard deviation of the sensor's noise, of 255.
        sway: How far the hand sways from frame to frame, in pixels.
        quality: JPEG quality, 1 to 95.
    """

    turn: float = 38.0
    noise: float = 3.0
    sway: float = 1.5
    quality: int = 88


USUAL: Final = Filming()


@dataclass(frozen=True, slots=True)
class Head:
    """A photograph scaled to a frame, and where the head in it is.

    Args:
        picture: Height by width by RGB, `SIZE`.
        middle: The point between the eyes.
        unit: The distance between the eyes' middles.
        yaw: How far the head is turned in the photograph, in degrees.
    """

    picture: Picture
    middle: tuple[float, float]
    unit: float
    yaw: float


def turn_head(photograph: bytes, moves: Sequence[Move], seed: int, filming: Filming = USUAL) -> list[bytes]:
    """Film a head that makes the moves; the same seed gives the same frames.

    Args:
        photograph: An image of one person who looks into the camera.
        moves: The turns, in their order.
        seed: Decides how far each turn goes, the hand's sway and the noise.
        filming: How it is filmed.

    Returns:
        JPEGs in the order taken: five a turn and one before.

    Raises:
        Refused: ``face.none``, or what `issuer.engines.images.decode` raises.
    """
    random = np.random.default_rng(seed)
    head = place(photograph)
    return [film(turned(head, degrees), random, filming) for degrees in path(moves, random, filming.turn)]


def path(moves: Sequence[Move], random: np.random.Generator, turn: float) -> Iterator[float]:
    """The yaw of each frame in degrees, positive to the person's own left."""
    yield float(random.normal(0, 1))
    for move in moves:
        extreme = turn * random.uniform(0.92, 1.08) * (1 if move is Move.LEFT else -1)
        yield from (float(extreme * share + random.normal(0, 0.7)) for share in _WAY)


def place(photograph: bytes) -> Head:
    """Scale a photograph so that its face stands in the middle of a frame; raises as `turn_head`."""
    image = images.decode(photograph, about="face")
    found = _finder().find(image)
    if not found:
        raise Refused("face.none")
    face = found[0]
    scale = SIZE[0] * _SHARE / face.width
    middle = face.points[0:4].mean(axis=0)
    to = np.array([SIZE[0] / 2, SIZE[1] * 0.42])
    lie = np.hstack([np.eye(2) * scale, (to - middle * scale)[:, None]])
    picture = cv2.warpAffine(image, lie, SIZE, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    return Head(
        picture.astype(np.float32),
        (float(to[0]), float(to[1])),
        face.eye_distance * scale,
        turning.yaw(_finder().steady_points(image, face)),
    )


def turned(head: Head, degrees: float) -> Picture:
    """The picture with its head turned to `degrees`, whatever it was turned in the photograph."""
    by = np.radians(degrees - head.yaw)
    if by < 0:  # the other way is the same before a mirror
        there = Head(head.picture[:, ::-1], (SIZE[0] - 1 - head.middle[0], head.middle[1]), head.unit, 0)
        return _turned(there, -by)[:, ::-1]
    return _turned(head, float(by))


def _turned(head: Head, by: float) -> Picture:
    """Turned towards the right edge, by an angle in radians from nought up."""
    width, height = SIZE
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    columns = np.arange(width, dtype=np.float64)
    rows = np.linspace(0, height - 1, height // _STEP)
    coarse = np.array([_row(head, row, columns, by) for row in rows], np.float32)
    maps = cv2.remap(coarse, across, down / (height - 1) * (len(rows) - 1), cv2.INTER_LINEAR)
    moved = cv2.remap(head.picture, maps, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    cover = _cover(head, across, down)
    return np.asarray(moved * cover + head.picture * (1 - cover), np.float32)


def _row(head: Head, row: float, columns: NDArray[np.float64], by: float) -> NDArray[np.float64]:
    """Where each column of a row comes from, once the head is turned."""
    up = (row - head.middle[1]) / head.unit
    reach = min(1.0, abs(up) / (_DOWN if up > 0 else _UP))
    radius = _RADIUS * float(np.sqrt(max(1e-3, 1 - reach * reach)))
    across = np.linspace(-radius, radius, 241)
    depth = np.sqrt(np.maximum(radius * radius - across * across, 0))
    nose = np.exp(-0.5 * (across / _NOSE_WIDTH) ** 2 - 0.5 * ((up - _NOSE_BASE) / _NOSE_HEIGHT) ** 2)
    landed = across * np.cos(by) + (depth + _NOSE * nose) * np.sin(by)
    last = int(np.argmax(landed)) + 1  # what lies beyond has turned away
    seen = np.maximum.accumulate(landed[:last])  # what lies behind the nose is hidden
    wanted = (columns - head.middle[0]) / head.unit
    source = np.interp(wanted, seen + np.arange(last) * 1e-9, across[:last])
    # The side that comes in was not photographed: what is next to it stands in, as before a mirror.
    source = np.where(wanted < seen[0], across[0] + (seen[0] - wanted), source)
    return source * head.unit + head.middle[0]


def _cover(head: Head, across: Picture, down: Picture) -> Picture:
    """1 on the head, 0 beside it, with a soft edge."""
    up = (down - head.middle[1]) / head.unit
    reach = np.where(up > 0, up / _DOWN, up / _UP)
    aside = (across - head.middle[0]) / (head.unit * _RADIUS)
    inside = (reach * reach + aside * aside < 0.97).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(inside, (0, 0), 0.05 * head.unit), np.float32)[..., None]


def film(picture: Picture, random: np.random.Generator, filming: Filming = USUAL) -> bytes:
    """One frame of what is before the camera: the hand sways, the light flickers, the sensor has noise."""
    angle, scale = random.normal(0, 0.5), 1 + random.normal(0, 0.004)
    sway = cv2.getRotationMatrix2D((SIZE[0] / 2, SIZE[1] / 2), float(angle), float(scale))
    sway = sway + np.hstack([np.zeros((2, 2)), random.normal(0, filming.sway, (2, 1))])
    seen = cv2.warpAffine(picture, sway, SIZE, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    seen = cv2.GaussianBlur(seen * random.normal(1, 0.008), (0, 0), 0.6)
    grain = random.standard_normal(seen.shape, np.float32) * np.float32(filming.noise)
    out = BytesIO()
    pixels = np.clip(seen + grain, 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(out, "JPEG", quality=filming.quality)
    return out.getvalue()


@cache
def _finder() -> FaceFinder:
    return FaceFinder()
