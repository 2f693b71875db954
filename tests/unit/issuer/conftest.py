"""An issuer for the tests of this room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import issuer_world
from tests.support.chip_world import place, trusting
from tests.support.issuer_clients import Person

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


@pytest.fixture
def chips(tmp_path: Path) -> Iterator[World]:
    """A running issuer that reads chips, and trusts those of `chip_world.place`."""
    with trusting(tmp_path, place()) as found:
        yield found


@pytest.fixture
def person(chips: World) -> Person:
    """Somebody at that issuer, of whom a document is wanted."""
    found = Person(chips)
    found.to_document()
    return found
