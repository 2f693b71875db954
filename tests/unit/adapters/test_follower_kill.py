"""A follower that is killed at random moments knows in the end what one that was not knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.follow_child import kill_often

if TYPE_CHECKING:
    from pathlib import Path


def test_killed_while_writing_it_loses_and_doubles_nothing(tmp_path: Path) -> None:
    kill_often(tmp_path / f"{number}.sqlite" for number in range(1 << 30))
