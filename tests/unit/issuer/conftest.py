"""An issuer for the tests of this room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import issuer_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.issuer_world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A running issuer, with its background work."""
    with issuer_world.running(tmp_path) as found:
        yield found


@pytest.fixture
def still(tmp_path: Path) -> Iterator[World]:
    """An issuer whose background work stands still."""
    with issuer_world.running(tmp_path, background=False) as found:
        yield found
