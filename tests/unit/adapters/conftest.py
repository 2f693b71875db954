"""What tests of the follower in several files set up alike."""

from __future__ import annotations

import pytest

from clicid.adapters import chain_endpoint


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """All may be read anew at each sync."""
    monkeypatch.setattr(chain_endpoint, "FIRST_PAUSE", 0)
