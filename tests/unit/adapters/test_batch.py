from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clicid.adapters.batch import Workers

if TYPE_CHECKING:
    from collections.abc import Callable


def prepare() -> Callable[[int], int]:
    """What a worker does: it counts its own pieces, and refuses one."""
    done = 0

    def work(piece: int) -> int:
        nonlocal done
        done += 1
        if piece == 1000:
            raise ValueError(piece)
        return piece * piece

    return work


def test_pieces_come_back_in_their_order_and_the_first_exception_is_raised() -> None:
    with Workers(prepare, 2) as workers:
        assert workers.map(range(700)) == [piece * piece for piece in range(700)]
        assert workers.map([]) == []
        assert workers.map([3]) == [9]
        with pytest.raises(ValueError, match="1000"):
            workers.map(range(990, 1010))
