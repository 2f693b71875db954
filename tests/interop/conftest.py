"""The foreign parties; a test that wants one skips where node is not installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import http, network, person, photographs, shop  # noqa: F401 - fixtures
from tests.support.foreign import party, why_not

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.foreign import Party


@pytest.fixture(scope="session")
def node() -> None:
    """Skips where the packages cannot be had."""
    if missing := why_not():
        pytest.skip(missing)


@pytest.fixture(scope="session")
def documents(node: None) -> Iterator[Party]:
    """Makes and checks credentials of either format."""
    with party("documents") as made:
        yield made


@pytest.fixture(scope="session")
def wallet(node: None) -> Iterator[Party]:
    """A foreign wallet."""
    with party("wallet") as made:
        yield made
