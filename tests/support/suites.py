"""Where the published vector suites lie, and how a test is parametrised over one that may be absent."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ROOT = Path(__file__).resolve().parents[2]


def folder(suite: str) -> Path:
    """The folder of a suite; it may not exist."""
    root = os.environ.get("CLICID_VECTORS")
    return (Path(root) if root else ROOT.parent / "shared" / "vectors") / suite


def cases(suite: str, load: Callable[[Path], Iterable[tuple[str, object]]]) -> list[object]:
    """Pytest parameters (id, value) that `load` finds in the suite's folder.

    Where the folder is absent there is one parameter, skipped with a reason that names it.
    """
    path = folder(suite)
    if not path.is_dir():
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"no vectors at {path}"), id="absent")]
    return [pytest.param(value, id=name) for name, value in load(path)]
