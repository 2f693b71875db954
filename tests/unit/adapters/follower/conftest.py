"""The chain that every test here follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.followed import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "ledger.sqlite")
    yield made
    made.store.close()
