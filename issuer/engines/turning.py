"""How a head is turned in each frame, and whether the turns are those that were asked for.

The yaw comes from dlib's five points, by two measures that err differently. The base of the nose stands
before the plane of the eyes, so that a turn moves it sideways between them. The eyes lie on a curve, so
that the one that turns away becomes narrower than the other. Angles are degrees, positive to the person's
own left, which is to the right in a picture that is not mirrored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from issuer.evidence.liveness import Move

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# How far the nose's base stands before the eyes' plane, as a share of the distance between the eyes'
# middles; and the logarithm of the eyes' widths' ratio for each degree. Both from heads whose turn is
# known otherwise: by how much nearer their eyes come to each other.
_NOSE_DEPTH: Final = 0.36
_EYES_A_DEGREE: Final = 0.011
TURNED: Final = 16.0
"""Degrees from the middle from which a head counts as turned: the least of a turn."""
BACK: Final = 10.0
"""Degrees from the middle within which it counts as turned back."""
_MOST_TILT: Final = 10.0
"""Degrees by which a face that looks into the camera may seem turned: faces are not symmetrical."""
_NEAR: Final = 6.0
"""Degrees from the first frame within which a head looks ahead: twice what measuring errs."""


def yaw(points: NDArray[np.float64]) -> float:
    """How far a head is turned, in degrees, from dlib's five points (5 by 2, pixels)."""
    own_left, own_right = points[0:2], points[2:4]
    across = own_left.mean(axis=0) - own_right.mean(axis=0)
    sideways = float((points[4] - points[0:4].mean(axis=0)) @ across) / float(across @ across + 1e-9)
    by_nose = float(np.degrees(np.arctan(sideways / _NOSE_DEPTH)))
    widths = [float(np.hypot(*(eye[0] - eye[1]))) + 1e-9 for eye in (own_right, own_left)]
    by_eyes = float(np.log(widths[0] / widths[1])) / _EYES_A_DEGREE
    return (by_nose + by_eyes) / 2


def from_the_middle(yaws: Sequence[float]) -> list[float]:
    """The yaws less what the face has when it looks straight ahead, as it does before the first turn.

    The first frame alone would be one measurement; the median of those near it is of every time that the
    head came back. A median of all would lie to the side of the turns where most go to one side.
    """
    near = [one for one in yaws if abs(one - yaws[0]) < _NEAR] if yaws else []
    middle = float(np.median(near)) if near else 0.0
    middle = max(-_MOST_TILT, min(middle, _MOST_TILT))
    return [one - middle for one in yaws]


def turns(yaws: Sequence[float]) -> tuple[list[int], list[Move]]:
    """The turns that a series of yaws has: the place of each one's extreme, and where it went.

    A turn begins beyond `TURNED`, and ends within `BACK`; it begins only after the one before has ended.
    """
    places: list[int] = []
    moves: list[Move] = []
    turning = False
    for place, degrees in enumerate(yaws):
        if turning and abs(degrees) > abs(yaws[places[-1]]) and _side(degrees) is moves[-1]:
            places[-1] = place
        elif abs(degrees) >= TURNED and not (turning and _side(degrees) is moves[-1]):
            places.append(place)
            moves.append(_side(degrees))
            turning = True
        elif abs(degrees) <= BACK:
            turning = False
    return places, moves


def _side(degrees: float) -> Move:
    return Move.LEFT if degrees > 0 else Move.RIGHT
