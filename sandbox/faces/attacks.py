"""What passes itself off for a head that turns: a print, a screen, still or foreign frames.

Each attack is a function of the same form, so that tests and the evaluation go through `ATTACKS`. The
attacker knows the challenge and does the best that the means allow: a print is turned and bent to the
side that was asked for, a screen shows a person who follows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import cv2
import numpy as np

from issuer.evidence.liveness import Move
from sandbox.faces.turning import SIZE, USUAL, Head, film, path, place, turn_head, turned

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from sandbox.faces.turning import Picture

_FURTHEST: Final = 50.0
"""Degrees by which a print is turned: beyond it no face is found on it."""
_WALL: Final = (168.0, 160.0, 150.0)


class Attack(Protocol):
    """Makes frames that must not pass."""

    def __call__(self, photograph: bytes, moves: Sequence[Move], seed: int, other: bytes) -> list[bytes]:
        """The frames, JPEG, in their order.

        Args:
            photograph: Of the person whom the attacker wants to pass for.
            moves: The turns that were asked for.
            seed: The same one gives the same frames.
            other: A photograph of the attacker, or of anybody else.
        """


def print_turned(photograph: bytes, moves: Sequence[Move], seed: int, other: bytes) -> list[bytes]:
    """A flat print is turned about its upright, in perspective."""
    del other
    return _shown(photograph, moves, seed, lambda head, by: _perspective(head.picture, by, 0.0))


def print_turned_aslant(photograph: bytes, moves: Sequence[Move], seed: int, other: bytes) -> list[bytes]:
    """A flat print is turned about a slanting axis: that shears it, and the nose seems to move."""
    del other
    return _shown(photograph, moves, seed, lambda head, by: _perspective(head.picture, by, -35.0))


def print_bent(photograph: bytes, moves: Sequence[Move], seed: int, other: bytes) -> list[bytes]:
    """A print is bent around an upright cylinder, and turned."""
    del other
    return _shown(photograph, moves, seed, _bent)


def screen(photograph: bytes, moves: Sequence[Move], seed: int, other: bytes) -> list[bytes]:
    """A screen shows a person who follows the challenge; its pixels beat with the camera's (moiré)."""
    del other
    random = np.random.default_rng(seed)
    head = place(photograph)
    return [
        film(_on_screen(turned(head, degrees), random), random) for degrees in path(moves, random, USUAL.turn)
    ]


def still(photograph: bytes, moves: Sequence[Move], seed: int, other: bytes) -> list[bytes]:
    """One photograph again and again, moved by hand, with fresh noise."""
    del other
    random = np.random.default_rng(seed)
    head = place(photograph)
    return [film(head.picture, random) for _ in path(moves, random, USUAL.turn)]


def wrong_challenge(photograph: bytes, moves: Sequence[Move], seed: int, other: bytes) -> list[bytes]:
    """A recording of another challenge: its last turn is the other way."""
    del other
    last = Move.RIGHT if moves[-1] is Move.LEFT else Move.LEFT
    return turn_head(photograph, [*moves[:-1], last], seed)


def reordered(photograph: bytes, moves: Sequence[Move], seed: int, other: bytes) -> list[bytes]:
    """The right frames in another order."""
    del other
    frames = turn_head(photograph, moves, seed)
    order = np.random.default_rng(seed).permutation(len(frames))
    return [frames[place] for place in order]


def swapped_midway(photograph: bytes, moves: Sequence[Move], seed: int, other: bytes) -> list[bytes]:
    """Half-way through, the other person goes on."""
    first, second = turn_head(photograph, moves, seed), turn_head(other, moves, seed + 1)
    return [*first[: len(first) // 2], *second[len(first) // 2 :]]


def swapped_in_turns(photograph: bytes, moves: Sequence[Move], seed: int, other: bytes) -> list[bytes]:
    """The other person turns; where the head looks ahead it is the photographed one."""
    random = np.random.default_rng(seed)
    mine, theirs = place(photograph), place(other)
    return [
        film(mine.picture if abs(degrees) < 8 else turned(theirs, degrees), random)
        for degrees in path(moves, random, USUAL.turn)
    ]


def two_sessions(photograph: bytes, moves: Sequence[Move], seed: int, other: bytes) -> list[bytes]:
    """One person filmed twice, in another place and light, and the two joined between turns."""
    del other
    first, second = turn_head(photograph, moves, seed), _elsewhere(photograph, moves, seed + 1)
    joint = 1 + 5 * (len(moves) // 2)
    return [*first[:joint], *second[joint:]]


ATTACKS: Final[Mapping[str, Attack]] = {
    "print turned": print_turned,
    "print turned aslant": print_turned_aslant,
    "print bent": print_bent,
    "screen": screen,
    "still": still,
    "wrong challenge": wrong_challenge,
    "reordered": reordered,
    "swapped midway": swapped_midway,
    "swapped in turns": swapped_in_turns,
    "two sessions": two_sessions,
}


class _Showing(Protocol):
    def __call__(self, head: Head, by: float, /) -> Picture:
        """The print held so, by an angle in radians, positive to the right edge."""


def _shown(photograph: bytes, moves: Sequence[Move], seed: int, show: _Showing) -> list[bytes]:
    random = np.random.default_rng(seed)
    head = place(photograph)
    return [
        film(show(head, float(np.radians(degrees))), random) for degrees in path(moves, random, _FURTHEST)
    ]


def _perspective(picture: Picture, by: float, slant: float) -> Picture:
    """A print of the picture, turned about an axis `slant` degrees off the upright, before a wall."""
    width = SIZE[0]
    card = np.array([(-0.5, -0.66), (0.5, -0.66), (0.5, 0.66), (-0.5, 0.66)]) * width * 0.9
    axis = np.radians(slant) * np.sign(by)
    lie = np.array([(np.cos(axis), -np.sin(axis)), (np.sin(axis), np.cos(axis))])
    along = card @ lie
    away = 2.4 * width + along[:, 0] * np.sin(by)
    turned_card = np.column_stack([along[:, 0] * np.cos(by), along[:, 1]]) @ lie.T
    landed = turned_card * (2.4 * width / away)[:, None] + np.array(SIZE) / 2
    return _laid(picture, landed)


def _laid(picture: Picture, landed: NDArray[np.float64]) -> Picture:
    width, height = SIZE
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    lie = cv2.getPerspectiveTransform(corners, landed.astype(np.float32))
    cover = cv2.warpPerspective(np.ones(picture.shape[:2], np.float32), lie, SIZE)[..., None]
    seen = cv2.warpPerspective(picture, lie, SIZE, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen * cover + np.array(_WALL, np.float32) * (1 - cover), np.float32)


def _bent(head: Head, by: float) -> Picture:
    """A print around a cylinder of two thirds of its width, turned by half as much as asked."""
    width, height = SIZE
    radius = width * 0.66
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    aside = np.clip((across - head.middle[0]) / radius, -0.999, 0.999)
    source = (np.arcsin(aside) - 0.7 * by) * radius + head.middle[0]
    return np.asarray(
        cv2.remap(
            head.picture,
            source.astype(np.float32),
            down,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.float32,
    )


def _on_screen(picture: Picture, random: np.random.Generator) -> Picture:
    """As a camera sees a screen: each pixel three stripes, sampled at a pitch that is not the screen's."""
    width, height = SIZE
    pitch = 1.87 + random.normal(0, 0.002)
    down, across = np.mgrid[0:height, 0:width]
    stripes = [1 + 0.35 * np.cos(2 * np.pi * (across / pitch + shift / 3)) for shift in range(3)]
    rows = 1 + 0.2 * np.cos(2 * np.pi * down / pitch)
    return np.asarray(picture * np.stack(stripes, axis=2) * rows[..., None], np.float32)


def _elsewhere(photograph: bytes, moves: Sequence[Move], seed: int) -> list[bytes]:
    """The same head, dimmer and redder, and nearer to the left edge."""
    random = np.random.default_rng(seed)
    head = place(photograph)
    shift = np.array([(1, 0, -0.12 * SIZE[0]), (0, 1, 0.03 * SIZE[1])], np.float32)
    tint = np.array([0.9, 0.78, 0.7], np.float32)
    frames = []
    for degrees in path(moves, random, USUAL.turn):
        there = cv2.warpAffine(turned(head, degrees) * tint, shift, SIZE, borderMode=cv2.BORDER_REPLICATE)
        frames.append(film(np.asarray(there, np.float32), random))
    return frames
